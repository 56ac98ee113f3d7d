"""How long a session lasts: as long as it is used, and no longer than it may."""

import re
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from tests.signin.times import held_session, later, minutes_left
from tests.signin.ways import by_code, by_portal_session

AUTHENTICATE = "POST sessions/authenticate"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"session_minutes": 120, "session_idle_minutes": 30}


def ended(visitor: Visitor) -> bool:
    page = visitor.get("/history")
    assert page.status_code == 200
    if page.url.path == "/history":
        return False
    assert (page.url.path, "Your session has ended" in page.text) == ("/login", True)
    return True


def test_a_session_that_is_used_goes_on(vic: Visitor, sandbox: Sandbox) -> None:
    for _ in range(2):
        later(vic, sandbox, 29)
        assert not ended(vic)
        assert 34 < minutes_left(vic, sandbox) <= 35


def test_one_that_is_not_used_ends_after_the_idle_time(vic: Visitor, sandbox: Sandbox) -> None:
    later(vic, sandbox, 36)
    assert ended(vic)


@pytest.mark.parametrize(("idle", "over"), [(30, False), (36, True)])
def test_uses_that_stytch_did_not_hear_of_count_too(vic: Visitor, sandbox: Sandbox, idle: int, over: bool) -> None:
    """While its JWT lives, Stytch is not told of a use: it is given five minutes more."""
    later(vic, sandbox, 4)
    vic.get("/history")
    assert vic.requests() == []
    later(vic, sandbox, idle)
    assert ended(vic) is over


def test_going_on_costs_no_call_of_its_own(vic: Visitor, sandbox: Sandbox) -> None:
    later(vic, sandbox, 6)
    vic.get("/connections")
    assert [request.rpartition("/")[2] for request in vic.requests()] == ["authenticate", "connection"]
    assert 34 < minutes_left(vic, sandbox) <= 35
    vic.get("/connections")
    assert [request.rpartition("/")[2] for request in vic.requests()] == ["connection"]


def test_however_much_it_is_used_it_ends_with_its_whole_time(vic: Visitor, sandbox: Sandbox) -> None:
    began = held_session(vic, sandbox).started_at
    for _ in range(13):
        later(vic, sandbox, 9)
        assert not ended(vic)
        assert held_session(vic, sandbox).expires_at <= began + timedelta(minutes=120)
    later(vic, sandbox, 3.1)
    assert ended(vic)


def test_nobody_else_makes_it_last_longer(vic: Visitor, sandbox: Sandbox) -> None:
    """Another application that holds the same session may: here it ends all the same, and at Stytch."""
    held_session(vic, sandbox).expires_at += timedelta(days=1)
    later(vic, sandbox, 119)
    assert not ended(vic)
    held_session(vic, sandbox).expires_at += timedelta(days=1)
    later(vic, sandbox, 1)
    assert ended(vic)
    assert vic.requests()[-1] == "POST sessions/revoke"
    assert sandbox.world.sessions == {}


def test_a_jwt_is_worth_no_more_than_its_session(vic: Visitor, sandbox: Sandbox) -> None:
    """It is valid for five minutes by itself; what it says of the session's end counts first."""
    sandbox.world.clock.advance(36 * 60)
    assert ended(vic)
    assert vic.requests() == [AUTHENTICATE]


def test_staying_signed_in_by_one_press(vic: Visitor, sandbox: Sandbox) -> None:
    page = vic.get("/connections")
    later(vic, sandbox, 33)
    answer = vic.press(page, "Stay signed in")
    assert (answer.status_code, answer.url.path) == (200, "/connections")
    assert 34 < minutes_left(vic, sandbox) <= 35


def test_staying_signed_in_by_htmx(vic: Visitor, sandbox: Sandbox) -> None:
    fields = form(vic.get("/connections"), "Stay signed in").fields
    sandbox.world.clock.advance(33 * 60)
    answer = vic.http.post("/session/extend", data=fields, headers=HTMX)
    assert answer.status_code == 200
    seconds = answer.headers["Console-Session-Seconds"]
    assert 2090 < int(seconds) <= 2100
    assert f'data-seconds="{seconds}" data-extendable' in answer.text


def test_staying_signed_in_too_late(vic: Visitor, sandbox: Sandbox) -> None:
    page = vic.get("/connections")
    later(vic, sandbox, 36)
    answer = vic.press(page, "Stay signed in")
    assert (answer.url.path, heading(answer)) == ("/login", "Sign in")
    assert "Your last step changed nothing" in answer.text


def test_in_the_end_it_is_said_that_it_can_t_go_on(vic: Visitor, sandbox: Sandbox) -> None:
    for _ in range(4):
        later(vic, sandbox, 28)
        page = vic.get("/connections")
    assert re.search(r'data-seconds="\d+">', page.text), "extendable, eight minutes before the whole end"
    assert "It lasted as long as a session may" in page.text
    answer = vic.press(vic.get("/sessions"), "Sign out")
    assert answer.url.path == "/login"


@pytest.fixture
def guest(visitor: Visitor, sandbox: Sandbox) -> Visitor:
    """Vic, with the session of the portal, which has 60 minutes."""
    by_portal_session(visitor, sandbox)
    visitor.requests()
    return visitor


def test_the_portal_s_session_is_never_lengthened(guest: Visitor, sandbox: Sandbox) -> None:
    end = held_session(guest, sandbox).expires_at
    page = guest.get("/connections")
    assert "data-extendable" not in page.text
    for minutes in (6, 20, 20):
        later(guest, sandbox, minutes)
        assert not ended(guest)
        guest.http.post(
            "/session/extend",
            data=form(guest.get("/sessions"), "Sign out").fields,
            headers={"Sec-Fetch-Site": "same-origin"},
        )
        assert held_session(guest, sandbox).expires_at == end
    later(guest, sandbox, 15)
    assert ended(guest)


def test_nor_by_a_proof_of_identity_in_it(guest: Visitor, sandbox: Sandbox) -> None:
    end = held_session(guest, sandbox).expires_at
    later(guest, sandbox, 20)
    code = guest.press(guest.get("/authenticate/confirm"), "Email me a code")
    guest.press(code, "Confirm", code=guest.code())
    assert end - timedelta(minutes=1) <= held_session(guest, sandbox).expires_at <= end


def test_nor_is_it_ended_by_the_console_s_own_limit(guest: Visitor, sandbox: Sandbox) -> None:
    held_session(guest, sandbox).expires_at += timedelta(hours=5)
    later(guest, sandbox, 180)
    assert not ended(guest)


def test_confirming_does_not_outlast_the_whole_time(vic: Visitor, sandbox: Sandbox) -> None:
    began = held_session(vic, sandbox).started_at
    for _ in range(4):
        later(vic, sandbox, 29)
        vic.get("/history")
    code = vic.press(vic.get("/authenticate/confirm"), "Email me a code")
    vic.press(code, "Confirm", code=vic.code())
    assert held_session(vic, sandbox).expires_at <= began + timedelta(minutes=125), "it may be no shorter than five"
    later(vic, sandbox, 4.1)
    assert ended(vic)


def test_a_new_sign_in_begins_a_new_time(vic: Visitor, sandbox: Sandbox) -> None:
    later(vic, sandbox, 29)
    by_code(vic, "/login?again=1")
    assert held_session(vic, sandbox).started_at >= sandbox.world.clock.now() - timedelta(minutes=1)
    assert len(sandbox.world.sessions) == 1


def test_changing_the_organization_begins_no_new_time(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.sign_in("ada@acme.example", "Acme")
    for organization in ("Globex", "Acme", "Globex", "Acme"):
        later(visitor, sandbox, 25)
        assert not ended(visitor)
        visitor.press(visitor.get("/organizations"), organization)
        assert not ended(visitor)
    later(visitor, sandbox, 21)
    assert ended(visitor)
