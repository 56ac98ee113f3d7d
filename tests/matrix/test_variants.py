"""Whatever Stytch does where its documentation is silent: the way through, and answers that are lost on it."""

import pytest

from tests.connections.conftest import press_by_htmx
from tests.matrix.invariants import check_answer, check_final, check_scene, last_fours
from tests.matrix.stage import Stage, title
from tests.matrix.table import CHANGES, LOST
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.faults import Kind
from webapp.sandbox.variants import CHOICES

OTHERS = [(name, choice) for name, (_, *others) in CHOICES.items() for choice in others]
"""What the sandbox does not play unless told to: the first choices are played everywhere else."""
SAID = {"start": "Rotation started", "complete": "Rotation completed", "cancel": "Rotation cancelled"}


@pytest.mark.parametrize(("name", "choice"), OTHERS, ids=lambda value: value)
def test_a_rotation_and_another_cancelled(stage: Stage, name: str, choice: str) -> None:
    stage.sandbox.world.variants[name] = choice
    page, starts = stage.look(), []
    for call in ("start", "complete", "start", "cancel"):
        before = last_fours(stage)
        page = stage.press(press_by_htmx, page, call)
        assert (title(page), page.status_code) == (SAID[call], 200)
        check_answer(stage, page, before)
        if call == "start":
            starts.append(page)
    check_final(stage, stage.look())
    check_scene(stage, starts)


@pytest.mark.parametrize("fault", ["drop_after_commit", "late_commit"])
@pytest.mark.parametrize("call", CHANGES)
@pytest.mark.parametrize(("name", "choice"), OTHERS, ids=lambda value: value)
def test_a_lost_answer(stage: Stage, name: str, choice: str, call: str, fault: Kind) -> None:
    stage.sandbox.world.variants[name] = choice
    page, starts = stage.look(), []
    if call != "start":
        starts.append(page := stage.press(press_by_htmx, page, "start"))
        stage.sandbox.world.clock.advance(600)  # what Stytch may renew at the end differs from what it made
    before = last_fours(stage)
    stage.sandbox.fail(fault, f"/{call}$")
    starts.append(answer := stage.press(press_by_htmx, page, call))
    check_answer(stage, answer, before)
    stage.sandbox.world.clock.advance(SETTLE.total_seconds() + 1)
    settled = stage.look()
    check_answer(stage, settled, before)
    check_final(stage, settled)
    assert title(settled if fault == "late_commit" else answer) == {**SAID, "start": LOST.title}[call]
    assert last_fours(stage) != before
    check_scene(stage, starts)
