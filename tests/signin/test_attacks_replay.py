"""Replays: every link, code and token works once, and not for long; what a browser kept of it is of no more use."""

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading
from tests.signin.ways import COMING_BACK, app_code, by_code, by_second_factor, come_back, finish
from webapp.sandbox.connected_apps import CODE_LIFETIME

REFUSED = {"This link belongs to another browser", "This link no longer works", "This sign-in can't be finished"}
MINUTES = {
    "link": 60.0,
    "door link": 60.0,
    "reset": 30.0,
    "door reset": 30.0,
    "oauth": 5.0,
    "door oauth": 5.0,
    "sso": 5.0,
    "portal": CODE_LIFETIME.total_seconds() / 60,
}


def assert_refused(page: httpx.Response) -> None:
    assert page.status_code == 400
    assert heading(page) in REFUSED


@pytest.mark.parametrize("way", COMING_BACK)
def test_an_address_that_was_come_back_to_works_once(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: str
) -> None:
    url = come_back(visitor, way, sandbox, console)
    before = visitor.cookie
    assert finish(visitor, way, url).url.path == "/connections"
    assert_refused(visitor.get(url))
    assert visitor.get("/connections").url.path == "/connections"
    # Not even with all that the browser had before.
    sessions = {*sandbox.world.sessions}
    other_browser.cookie = before
    assert_refused(finish(other_browser, way, url))
    assert {*sandbox.world.sessions} == sessions
    assert other_browser.get("/connections").url.path == "/login"


@pytest.mark.parametrize("way", COMING_BACK)
def test_an_address_that_was_come_back_to_ends(visitor: Visitor, sandbox: Sandbox, console: Console, way: str) -> None:
    url = come_back(visitor, way, sandbox, console)
    sandbox.world.clock.advance(MINUTES[way] * 60)
    assert_refused(finish(visitor, way, url))
    assert visitor.get("/connections").url.path == "/login"


DOORS = pytest.mark.parametrize("path", ["/login", "/login/acme"])


@DOORS
def test_a_mailed_code_works_once(visitor: Visitor, other_browser: Visitor, path: str) -> None:
    page = visitor.press(visitor.get(path), "Email me a code", email="vic@acme.example")
    before = visitor.cookie
    assert visitor.press(page, "Sign in", code=visitor.code()).url.path == "/connections"
    other_browser.cookie = before
    again = other_browser.press(other_browser.get("/authenticate/code"), "Sign in", code=visitor.code())
    assert (again.status_code, heading(again)) == (422, "Enter the code")
    assert "This code is not right" in again.text
    assert other_browser.get("/connections").url.path == "/login"


@DOORS
def test_a_mailed_code_ends_and_is_void_when_a_newer_one_is_sent(visitor: Visitor, sandbox: Sandbox, path: str) -> None:
    page = visitor.press(visitor.get(path), "Email me a code", email="vic@acme.example")
    sandbox.world.clock.advance(600)
    assert "This code is not right" in visitor.press(page, "Sign in", code=visitor.code()).text
    page = visitor.press(page, "Send another code")
    older = visitor.code()
    page = visitor.press(page, "Send another code")
    assert "This code is not right" in visitor.press(page, "Sign in", code=older).text
    assert visitor.press(page, "Sign in", code=visitor.code()).url.path == "/connections"


def test_a_code_of_one_door_does_not_open_another(visitor: Visitor) -> None:
    visitor.press(visitor.get("/login/globex"), "Email me a code", email="ada@acme.example")
    code = visitor.code()
    visitor.press(visitor.get("/login"), "Email me a code", email="vic@acme.example")
    visitor.press(visitor.get("/login/acme"), "Use my password", email="ada@acme.example")
    answer = visitor.press(visitor.get("/authenticate/code"), "Sign in", code=code)
    assert "This code is not right" in answer.text


def test_a_code_of_an_authenticator_app_works_once(visitor: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    code = app_code(sandbox)
    assert by_second_factor(visitor, sandbox).url.path == "/connections"
    page = by_code(other_browser, email="uma@umbrella.example")
    answer = other_browser.press(page, "Sign in", code=code)
    assert (answer.status_code, heading(answer)) == (422, "One more proof")
    assert "This code was used already" in answer.text
    assert other_browser.get("/connections").url.path == "/login"


def test_a_recovery_code_works_once(visitor: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    (registration,) = sandbox.world.totps.values()
    code = registration.recovery_codes[0]
    for browser in (visitor, other_browser):
        page = by_code(browser, email="uma@umbrella.example")
        answer = browser.press(browser.click(page, "Use a recovery code"), "Sign in", code=code)
    assert visitor.get("/connections").url.path == "/connections"
    assert (answer.status_code, heading(answer)) == (422, "One more proof")
    assert "This is none of your recovery codes" in answer.text


def test_a_texted_code_works_once_for_two_minutes(visitor: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    page = by_code(visitor, email="una@umbrella.example")
    sandbox.world.clock.advance(120)
    late = visitor.press(page, "Sign in", code=visitor.code())
    assert (late.status_code, "This code is not right" in late.text) == (422, True)
    page = visitor.press(late, "Text another code")
    before, code = visitor.cookie, visitor.code()
    assert visitor.press(page, "Sign in", code=code).url.path == "/connections"
    other_browser.cookie = before
    again = other_browser.press(other_browser.get("/authenticate/second-factor"), "Sign in", code=code)
    assert (again.status_code, heading(again)) == (400, "That took too long"), "what it was added to is used up"
    assert other_browser.get("/connections").url.path == "/login"


def test_a_proof_opens_one_organization(visitor: Visitor, other_browser: Visitor) -> None:
    choice = visitor.sign_in("ada@acme.example")
    other_browser.cookie = visitor.cookie
    assert visitor.press(choice, "Acme").url.path == "/connections"
    page = other_browser.get("/organizations")
    assert (page.status_code, heading(page)) == (400, "That took too long")
    assert other_browser.get("/connections").url.path == "/login"
