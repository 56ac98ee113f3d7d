"""A session that is over, or somebody else's, changes nothing at Stytch (I8)."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.matrix.invariants import check_answer, check_final, check_scene, last_fours
from tests.matrix.stage import Press, Stage, title
from tests.matrix.table import CHANGES, SIGN_IN
from webapp.sandbox.variants import CHOICES


def revoked(stage: Stage) -> None:
    """Ended at Stytch, while its JWT is still good for minutes."""
    stage.sandbox.world.sessions.clear()


def revoked_and_jwt_run_out(stage: Stage) -> None:
    stage.sandbox.world.sessions.clear()
    stage.let_jwt_run_out()


def timed_out(stage: Stage) -> None:
    stage.sandbox.world.clock.advance(2 * 60 * 60)


@pytest.mark.parametrize(
    ("end", "variant"),
    [(revoked, variant) for variant in CHOICES["dead_session_in_header"]]
    + [(revoked_and_jwt_run_out, "404"), (timed_out, "404")],
)
@pytest.mark.parametrize("call", CHANGES)
def test_a_session_that_is_over(
    stage: Stage, press: Press, call: str, end: Callable[[Stage], None], variant: str
) -> None:
    stage.sandbox.world.variants["dead_session_in_header"] = variant
    page, starts = rotating(stage, press, call)
    end(stage)
    nothing_is_changed(stage, press, page, call)
    stage.sign_in()
    check_final(stage, stage.look())
    check_scene(stage, starts)


@pytest.mark.parametrize("call", CHANGES)
@pytest.mark.parametrize("jwt", ["own", "run out"])
def test_somebody_else_s_session(stage: Stage, press: Press, call: str, jwt: str) -> None:
    """The cookie has the session token of another organization's member in it, as no browser can make it."""
    page, starts = rotating(stage, press, call)
    content = stage.visitor.session
    foreign = stage.sandbox.actor("ian@initech.example", "initech").session_token.get_secret_value()
    member: dict[str, Any] = {**content["member"], "session_token": foreign}
    stage.visitor.session = {**content, "member": member | ({"session_jwt": ""} if jwt == "run out" else {})}
    before, asked = last_fours(stage), stage.changes(call)
    answer = stage.press(press, page, call)
    assert answer.status_code in (403, 404)
    check_answer(stage, answer, before)
    assert stage.changes(call) == asked
    stage.visitor.session = content
    check_final(stage, stage.look())
    check_scene(stage, starts)


def rotating(stage: Stage, press: Press, call: str) -> tuple[httpx.Response, list[httpx.Response]]:
    """A page on which the call's button is, and the answers of the member's own starts."""
    page = stage.look()
    if call == "start":
        return page, []
    page = stage.press(press, page, "start")
    return page, [page]


def nothing_is_changed(stage: Stage, press: Press, page: httpx.Response, call: str) -> None:
    """The press leads to sign-in, which says so; and Stytch is asked for no change."""
    before, asked = last_fours(stage), stage.changes(call)
    answer = stage.press(press, page, call)
    assert title(answer) == SIGN_IN.title
    assert "Your last step changed nothing." in answer.text
    check_answer(stage, answer, before)
    assert (last_fours(stage), stage.changes(call)) == (before, asked)
