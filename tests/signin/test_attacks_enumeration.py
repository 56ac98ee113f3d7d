"""Account enumeration: who asks can't tell an address that belongs to somebody from one that does not.

Words, status, way on, and the calls to Stytch (what a page costs in time) are the same.
"""

import re
from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, visitor_of
from webapp.sandbox.faults import Fault

KNOWN, UNKNOWN = "vic@acme.example", "zoe@acme.example"
WITH_PASSWORD, WITHOUT_MEMBER = "wes@wayne.example", "zoe@wayne.example"
DOORS = {"console": "/login", "acme": "/login/acme", "wayne": "/login/wayne"}

Ask = Callable[[Visitor, str, str], list[httpx.Response]]


def link(visitor: Visitor, door: str, email: str) -> list[httpx.Response]:
    sent = visitor.press(visitor.get(door), "Email me a sign-in link", email=email)
    return [sent, visitor.get("/authenticate/link"), visitor.press(sent, "Send another link")]


def code(visitor: Visitor, door: str, email: str) -> list[httpx.Response]:
    sent = visitor.press(visitor.get(door), "Email me a code", email=email)
    return [sent, visitor.press(sent, "Sign in", code="000000"), visitor.press(sent, "Send another code")]


def password(visitor: Visitor, door: str, email: str) -> list[httpx.Response]:
    asked = visitor.press(visitor.get(door), "Use my password", email=email)
    wrong = visitor.press(asked, "Sign in", password="seven quiet tortoises 41")
    return [asked, wrong, visitor.press(wrong, "Sign in", password="another")]


def reset(visitor: Visitor, door: str, email: str) -> list[httpx.Response]:
    asked = visitor.press(visitor.get(door), "Use my password", email=email)
    offered = visitor.click(asked, "Forgot it, or have none yet?")
    return [offered, visitor.press(offered, "Email me the link")]


WAYS: dict[str, Ask] = {"link": link, "code": code, "password": password, "reset": reset}


def seen(
    console: Console, sandbox: Sandbox, ask: Callable[[Visitor, str], list[httpx.Response]], email: str
) -> list[object]:
    """All that a browser of its own learns by it, less the address itself and what is random."""
    sandbox.world.clock.advance(1)
    with visitor_of(console, sandbox) as visitor:
        pages = ask(visitor, email)
        cookies = visitor.session["attempt"].keys()
        return [[normalised(page, email) for page in pages], visitor.requests(), cookies]


def normalised(page: httpx.Response, email: str) -> object:
    text = page.text.replace(email, "ADDRESS")
    for random in (r'name="csrf_token" value="[^"]*"', r'nonce="[^"]*"', r"request-id-test-[0-9a-f-]*"):
        text = re.sub(random, "", text)
    headers = {name for name in page.headers if name != "set-cookie"}
    return page.status_code, str(page.url), text, headers, [step.status_code for step in page.history]


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("way", WAYS)
def test_a_known_and_an_unknown_address_look_alike(
    visitor: Visitor, console: Console, sandbox: Sandbox, way: str, door: str
) -> None:
    known, unknown = (WITH_PASSWORD, WITHOUT_MEMBER) if door == "wayne" else (KNOWN, UNKNOWN)
    sandbox.world.variants["link_send_limit"] = "off"

    def ask(browser: Visitor, email: str) -> list[httpx.Response]:
        return WAYS[way](browser, DOORS[door], email)

    visitor.requests()
    ours, theirs = (seen(console, sandbox, ask, email) for email in (known, unknown))
    assert ours[1], "Stytch was asked nothing"
    for known_page, unknown_page in zip(ours, theirs, strict=True):
        assert known_page == unknown_page
    assert sandbox.world.sessions == {}


@pytest.mark.parametrize("door", DOORS)
def test_so_do_they_when_a_second_mail_is_asked_for_within_the_second(
    visitor: Visitor, console: Console, sandbox: Sandbox, door: str
) -> None:
    """Stytch mails an address no two links in a second. At an organization's door it tells that of members alone."""

    def ask(browser: Visitor, email: str) -> list[httpx.Response]:
        sandbox.world.last_link_send.clear()
        sandbox.world.clock.advance(1)
        sent = browser.press(browser.get(DOORS[door]), "Email me a sign-in link", email=email)
        sandbox.world.last_link_send = {
            mailed: int(sandbox.world.clock.now().timestamp()) + ahead
            for mailed in sandbox.world.last_link_send
            for ahead in range(1)
        }
        return [sent, browser.press(browser.get(DOORS[door]), "Email me a sign-in link", email=email)]

    visitor.requests()
    ours, theirs = (seen(console, sandbox, ask, email) for email in (KNOWN, UNKNOWN))
    assert ours == theirs


def test_the_link_of_the_first_of_two_mails_in_a_second_works(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.ask_for_link("vic@acme.example", visitor.get("/login/acme"))
    sandbox.world.faults.append(
        Fault(method="POST", path="login_or_signup", fault="status", status=429, error_type="too_many_requests")
    )
    again = visitor.press(visitor.get("/login/acme"), "Email me a sign-in link", email="vic@acme.example")
    assert (again.status_code, again.url.path) == (200, "/authenticate/link")
    assert visitor.get(visitor.link()).url.path == "/connections"


@pytest.mark.parametrize("error_type", ["member_not_found", "member_password_not_found", "password_does_not_match"])
def test_no_refusal_of_a_password_is_told_from_another(visitor: Visitor, sandbox: Sandbox, error_type: str) -> None:
    sandbox.world.faults.append(
        Fault(method="POST", path="passwords/authenticate", fault="status", status=404, error_type=error_type)
    )
    _, wrong, other = password(visitor, "/login/acme", "vic@acme.example")
    assert normalised(wrong, "vic@acme.example") == normalised(other, "vic@acme.example")
