"""Session fixation: nothing that an attacker put into this browser before the sign-in is there after it."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, form
from tests.signin.ways import (
    COMING_BACK,
    by_code,
    by_password,
    by_portal_session,
    by_second_factor,
    come_back,
    finish,
)

SignIn = Callable[[Visitor, Sandbox, Console, str], httpx.Response]


def coming_back(way: str) -> SignIn:
    return lambda visitor, sandbox, console, _path: finish(visitor, way, come_back(visitor, way, sandbox, console))


WAYS: dict[str, SignIn] = {
    **{way: coming_back(way) for way in COMING_BACK},
    "code": lambda visitor, _sandbox, _console, path: by_code(visitor, path),
    "password": lambda visitor, _sandbox, _console, path: by_password(visitor, path),
    "second factor": lambda visitor, sandbox, _console, path: by_second_factor(visitor, sandbox, path),
    "portal's session": lambda visitor, sandbox, _console, path: by_portal_session(visitor, sandbox, path),
}


def planted(other: Visitor) -> dict[str, Any]:
    """All that can be in a cookie of somebody who is not signed in, known to the attacker."""
    other.ask_for_link("olga@acme.example", other.get("/login?next=/history"))
    state = {"redirect_uri": "http://127.0.0.1/", "nonce": "planted", "url": "/planted"}
    return {
        **other.session,
        "csrf_token": "0" * 40,
        "step": {"path": "/connections/planted/rotation/start", "button": "Planted", "back": "/history", "fields": {}},
        "onward": "/history",
        "_state_portal_planted": {"data": state, "exp": 4_000_000_000},
    }


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nothing_that_was_planted_survives(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: SignIn
) -> None:
    before = planted(other_browser)
    visitor.session = before
    cookie = visitor.cookie
    page = way(visitor, sandbox, console, "/login")
    assert page.url.path == "/connections"
    assert visitor.session.keys() == {"member", "csrf_token"}
    assert visitor.session["csrf_token"] != before["csrf_token"]
    assert visitor.cookie != cookie
    other_browser.cookie = cookie
    assert other_browser.get("/connections").url.path == "/login"


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_nor_does_the_session_of_who_used_this_browser_before(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: SignIn
) -> None:
    before = planted(other_browser)
    by_code(other_browser, email="olga@acme.example")
    held = other_browser.session["member"]
    visitor.session = {**before, "member": held}
    page = way(visitor, sandbox, console, "/login?again=1")
    assert page.url.path == "/connections"
    assert visitor.session.keys() == {"member", "csrf_token"}
    assert visitor.session["member"]["member_id"] != held["member_id"]
    assert visitor.session["csrf_token"] != "0" * 40
    assert held["session_token"] not in {each.session_token for each in sandbox.world.sessions.values()}


def test_a_form_of_before_the_sign_in_does_nothing_after_it(visitor: Visitor) -> None:
    stale = form(visitor.get("/login"), "Email me a sign-in link").fields
    by_code(visitor)
    for path in ("/logout", "/logout/everywhere", "/sessions/revoke", "/session/extend", "/organizations"):
        answer = visitor.http.post(path, data=stale, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 400, path
    assert visitor.get("/connections").url.path == "/connections"
