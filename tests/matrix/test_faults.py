"""Every fault on every call, by htmx and by a plain form."""

import time
import uuid

import pytest
import sqlalchemy as sa

from tests.connections.conftest import press_by_htmx
from tests.matrix.failing import failing
from tests.matrix.invariants import check_answer, check_final, check_scene, last_fours, works
from tests.matrix.stage import Press, Stage, title
from tests.matrix.table import AS_USUAL, CHANGES, MATRIX, NO_ANSWER, SIGN_IN, UNKNOWN, UNREACHABLE, cells
from webapp.history.database import events
from webapp.rotation.outcome import SETTLE
from webapp.stytch import Stytch

AMBIGUOUS = (
    "never arrives",
    "reply lost",
    "arrives late",
    "500",
    "500, but done",
    "502 page",
    "broken JSON",
    "redirect",
)
"""Faults after which the console has to read, one of each kind of error."""
FREED_WITHIN = 12
"""Seconds: several times what three calls may take here, and far less than an answer in drips would."""


def recorded(stage: Stage, call: str) -> list[str]:
    """The outcomes in the history, oldest first: of this change, or of all events where the call changes nothing.

    Without those of presses that found the connection busy, and of trying a new token.
    """
    outcomes = sa.select(events.c.outcome).where(events.c.outcome != "busy", events.c.type != "token.probe")
    outcomes = outcomes.order_by(events.c.sequence)
    if call in CHANGES:
        outcomes = outcomes.where(events.c.type == f"rotation.{call}")
    with stage.history.read() as read:
        return list(read.execute(outcomes).scalars())


@pytest.mark.parametrize(("fault", "call"), cells(), ids=lambda value: value.replace(" ", "_"))
def test_a_fault(stage: Stage, unreachable: dict[str, Stytch], press: Press, fault: str, call: str) -> None:
    told = MATRIX[fault][call]
    change = call if call in CHANGES else "start"
    page = stage.look()
    starts = []
    if change != "start":
        starts.append(page := stage.press(press, page, "start"))
    if call == "authenticate":
        stage.let_jwt_run_out()
    before = last_fours(stage)

    began = time.monotonic()
    with failing(stage, unreachable, fault, call):
        answer = stage.look(press) if call == "get connection" else stage.press(press, page, change)
    assert time.monotonic() - began < FREED_WITHIN, "I7"
    if change == "start":
        starts.append(answer)
    assert (title(answer), answer.status_code) == (told.title, told.status)
    is_fragment = press is press_by_htmx and told.title != SIGN_IN.title
    assert ("Console-Fragment" in answer.headers) is is_fragment is ("<html" not in answer.text)
    assert recorded(stage, call) == ([told.recorded] if told.recorded else [])
    check_answer(stage, answer, before)

    if told.title == SIGN_IN.title:
        stage.sign_in()
    elif call in CHANGES:
        asked = stage.changes(call)
        check_answer(stage, stage.press(press, page, call), before)
        assert stage.changes(call) == asked, "a form that is sent again does nothing"
        if told.later:
            refused = stage.press(press, page, call, intent=str(uuid.uuid4()))
            assert (title(refused), refused.status_code) == ("We do not know yet", 409)
            check_answer(stage, refused, before)
            assert stage.changes(call) == asked, "I9"
    promised = works(answer) if told.later else []
    settle(stage, press, before, told.later.title if told.later else AS_USUAL.title)
    if told.later:
        assert recorded(stage, call) == [told.recorded, told.later.recorded]
        assert set(promised) <= set(last_fours(stage)), "what was said to work either way still does"
    check_scene(stage, starts)


def settle(stage: Stage, press: Press, before: list[str], title_then: str) -> None:
    """Looks at once, while what is late arrives, and after the settle time: then all is definite, said once."""
    world = stage.sandbox.world
    said = []
    for seconds in (0, SETTLE.total_seconds() / 2, SETTLE.total_seconds()):
        if seconds:
            world.clock.advance(seconds)
        at_once = stage.look(press)
        check_answer(stage, at_once, before)
        said.append(title(at_once))
    check_final(stage, at_once)
    assert [each for each in said if each not in (UNKNOWN.title, AS_USUAL.title, title_then)] == []
    assert title_then in said
    assert said.count(title_then) == 1 or title_then == AS_USUAL.title


@pytest.mark.parametrize("fault", AMBIGUOUS)
@pytest.mark.parametrize("call", CHANGES)
def test_a_fault_and_the_check_after_it_fails_too(
    stage: Stage, unreachable: dict[str, Stytch], press: Press, fault: str, call: str
) -> None:
    page = stage.look()
    starts = []
    if call != "start":
        starts.append(page := stage.press(press, page, "start"))
    before = last_fours(stage)
    # The read before the change meets no fault; the two tries after it do.
    stage.sandbox.fail("latency", "/connection$", "GET", seconds=0)
    stage.sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    with failing(stage, unreachable, fault, call):
        starts.append(answer := stage.press(press, page, call))
    assert (title(answer), answer.status_code) == (UNKNOWN.title, UNKNOWN.status)
    promised = works(answer)
    assert recorded(stage, call) == ["unknown"]
    asked = stage.changes(call)
    again = stage.press(press, page, call, intent=str(uuid.uuid4()))
    check_answer(stage, again, before)
    if title(again) == UNKNOWN.title:
        assert stage.changes(call) == asked, "I9"
    elif call == "start":
        starts.append(again)
    stage.sandbox.world.clock.advance(SETTLE.total_seconds() + 1)
    settled = stage.look()
    check_answer(stage, settled, before)
    check_final(stage, settled)
    if title(again) == UNKNOWN.title:
        assert set(promised) <= set(last_fours(stage)), "what was said to work either way still does"
    check_scene(stage, starts)


ONCE = [
    fault for fault in MATRIX if fault not in UNREACHABLE and MATRIX[fault]["get connection"].title == NO_ANSWER.title
]


@pytest.mark.parametrize("fault", ONCE)
@pytest.mark.parametrize("call", ["get connection", "authenticate"])
def test_a_read_that_fails_once_is_read_again(
    stage: Stage, unreachable: dict[str, Stytch], fault: str, call: str
) -> None:
    if call == "authenticate":
        stage.let_jwt_run_out()
    with failing(stage, unreachable, fault, call, times=1):
        assert title(stage.look()) == (NO_ANSWER.title if fault == "answer in drips" else AS_USUAL.title)
    check_scene(stage, [])


@pytest.mark.parametrize(
    "fault", ["never arrives", "500", "403", "401", "session ended", "429", "connection gone", "connection refused"]
)
@pytest.mark.parametrize("call", CHANGES)
def test_nothing_is_sent_when_the_read_before_a_change_fails(
    stage: Stage, unreachable: dict[str, Stytch], press: Press, fault: str, call: str
) -> None:
    page = stage.look()
    starts = []
    if call != "start":
        starts.append(page := stage.press(press, page, "start"))
    before, asked = last_fours(stage), stage.changes(call)
    with failing(stage, unreachable, fault, "get connection"):
        answer = stage.press(press, page, call)
    assert stage.changes(call) == asked
    check_answer(stage, answer, before)
    if title(answer) == SIGN_IN.title:
        stage.sign_in()
    check_final(stage, stage.look())
    check_scene(stage, starts)
