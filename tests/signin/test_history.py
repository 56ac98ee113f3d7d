"""What sign-in leaves in the history: who came in and how, what was confirmed, and what was ended."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.signin.times import held_session, later
from tests.signin.ways import (
    by_code,
    by_password,
    by_portal_session,
    by_second_factor,
    come_back,
    finish,
)
from webapp.history import log
from webapp.history.database import Database, events
from webapp.history.events import Confirmation, Event, SessionEnd, SignIn, SignOut
from webapp.sandbox.faults import Fault

SigningIn = Callable[[Visitor, Sandbox, Console], object]


def written(history: Database) -> list[Event]:
    """Newest last."""
    with history.read() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.at, events.c.sequence)).mappings()
        return [log.entry(row).event for row in rows]


def coming_back(way: str) -> SigningIn:
    return lambda visitor, sandbox, console: finish(visitor, way, come_back(visitor, way, sandbox, console))


HOW: dict[str, tuple[SigningIn, str]] = {
    "link": (coming_back("link"), "email"),
    "door link": (coming_back("door link"), "email"),
    "reset": (coming_back("reset"), "knowledge"),
    "oauth": (coming_back("oauth"), "oauth_google"),
    "door oauth": (coming_back("door oauth"), "oauth_google"),
    "sso": (coming_back("sso"), "sso_saml"),
    "portal": (coming_back("portal"), "oauth_access_token_exchange"),
    "code": (lambda visitor, _sandbox, _console: by_code(visitor), "email"),
    "password": (lambda visitor, _sandbox, _console: by_password(visitor), "knowledge"),
    "second factor": (
        lambda visitor, sandbox, _console: by_second_factor(visitor, sandbox),
        "email, authenticator_app",
    ),
    "portal's session": (lambda visitor, sandbox, _console: by_portal_session(visitor, sandbox), "email"),
}


@pytest.mark.parametrize("way", HOW)
def test_who_came_in_and_how(visitor: Visitor, sandbox: Sandbox, console: Console, history: Database, way: str) -> None:
    sign_in, how = HOW[way]
    sign_in(visitor, sandbox, console)
    (event,) = written(history)
    assert isinstance(event, SignIn)
    assert (event.outcome, event.how) == ("done", how)
    held = visitor.session["member"]
    assert (event.by.member_id, event.by.email) == (held["member_id"], held["email"])
    assert (event.by.organization_id, event.by.address) == (held["organization_id"], "127.0.0.1")
    assert event.request_ids[0].startswith("request-id-test-")


def test_nothing_is_written_of_who_did_not_come_in(visitor: Visitor, history: Database) -> None:
    page = visitor.press(visitor.get("/login"), "Email me a code", email="vic@acme.example")
    visitor.press(page, "Sign in", code="000000")
    by_code(visitor, email="uma@umbrella.example")
    assert written(history) == []


def test_a_proof_of_identity(vic: Visitor, sandbox: Sandbox, history: Database) -> None:
    page = vic.press(vic.get("/authenticate/confirm"), "Email me a code")
    vic.press(page, "Confirm", code=vic.code())
    _, event = written(history)
    assert isinstance(event, Confirmation)
    assert (event.outcome, event.how) == ("done", "email, email")
    assert sandbox.world.sessions


def test_a_change_of_organization_is_a_sign_in_there(visitor: Visitor, sandbox: Sandbox, history: Database) -> None:
    visitor.sign_in("ada@acme.example", "Acme")
    visitor.press(visitor.get("/organizations"), "Initech")
    first, second = written(history)
    assert isinstance(second, SignIn)
    assert first.by.organization_id != second.by.organization_id
    assert second.by.organization_id == sandbox.world.find_organization("initech").organization_id


@pytest.mark.parametrize(("button", "everywhere"), [("Sign out", False), ("Sign out everywhere", True)])
@pytest.mark.parametrize("lost", [False, True])
def test_signing_out(
    vic: Visitor, sandbox: Sandbox, history: Database, button: str, everywhere: bool, lost: bool
) -> None:
    page = vic.get("/sessions")
    if lost:
        sandbox.world.faults.append(Fault(method="POST", path="revoke", fault="drop_after_commit"))
    vic.press(page, button)
    event = written(history)[-1]
    assert isinstance(event, SignOut)
    assert (event.outcome, event.everywhere) == ("unknown" if lost else "done", everywhere)


@pytest.mark.parametrize("lost", [False, True])
def test_the_end_of_a_session_elsewhere(
    vic: Visitor, other_browser: Visitor, sandbox: Sandbox, history: Database, lost: bool
) -> None:
    by_code(other_browser)
    which = held_session(other_browser, sandbox).member_session_id
    page = vic.get("/sessions")
    if lost:
        sandbox.world.faults.append(Fault(method="POST", path="revoke", fault="drop_after_commit"))
    vic.press(page, "End it")
    event = written(history)[-1]
    assert isinstance(event, SessionEnd)
    assert (event.outcome, event.what) == ("unknown" if lost else "done", which)


def test_all_of_it_is_shown(vic: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    by_code(other_browser)
    vic.press(vic.get("/sessions"), "End it")
    later(vic, sandbox, 6)
    page = vic.press(vic.get("/authenticate/confirm"), "Email me a code")
    vic.press(page, "Confirm", code=vic.code())
    page = vic.press(vic.get("/history"), "Sign out")
    by_code(vic)
    text = vic.get("/history").text
    for title in ("Sign in", "Sign out", "Confirm identity", "End another session"):
        assert title in text
