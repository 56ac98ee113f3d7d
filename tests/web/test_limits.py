"""Rate limits: what is repeated too often is refused for a while, with words, and Stytch hears nothing of it."""

import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading, visitor_of
from tests.signin.ways import ask_for_mail, by_code, last_hop
from webapp.web import limits

Try = Callable[[Visitor, Sandbox, Console], Callable[[], httpx.Response]]
TRIES = 6
"""As `limits.PER_ADDRESS` says."""


def mails(button: str, path: str = "/login") -> Try:
    def begin(visitor: Visitor, sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
        sandbox.world.variants["link_send_limit"] = "off"
        return lambda: visitor.press(visitor.get(path), button, email="vic@acme.example")

    return begin


def resets(visitor: Visitor, sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
    sandbox.world.variants["link_send_limit"] = "off"
    page = visitor.press(visitor.get("/login"), "Use my password", email="vic@acme.example")
    offered = visitor.click(page, "Forgot it, or have none yet?")
    return lambda: visitor.press(offered, "Email me the link")


def mailed_codes(path: str) -> Try:
    def begin(visitor: Visitor, _sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
        page = visitor.press(visitor.get(path), "Email me a code", email="vic@acme.example")
        return lambda: visitor.press(page, "Sign in", code="000000")

    return begin


def passwords(path: str) -> Try:
    def begin(visitor: Visitor, _sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
        page = visitor.press(visitor.get(path), "Use my password", email="wes@wayne.example")
        return lambda: visitor.press(page, "Sign in", password="a guess")

    return begin


def second_factors(email: str, button: str, **fields: str) -> Try:
    def begin(visitor: Visitor, _sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
        page = by_code(visitor, email=email)
        return lambda: visitor.press(page, button, **fields)

    return begin


def authenticators(visitor: Visitor, _sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
    page = by_code(visitor, email="ugo@umbrella.example")
    return lambda: visitor.press(page, "Set up an authenticator app")


def first_codes(visitor: Visitor, sandbox: Sandbox, console: Console) -> Callable[[], httpx.Response]:
    page = authenticators(visitor, sandbox, console)()
    return lambda: visitor.press(page, "Check it", code="000000")


def phones(visitor: Visitor, _sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
    page = by_code(visitor, email="ugo@umbrella.example")
    return lambda: visitor.press(page, "Text me codes", phone="+12025550177")


def new_passwords(visitor: Visitor, sandbox: Sandbox, console: Console) -> Callable[[], httpx.Response]:
    ask_for_mail(visitor, "reset", sandbox, "vic@acme.example")
    page = visitor.get(last_hop(visitor, visitor.link(), console))
    return lambda: visitor.press(page, "Set it", password="weak")


def strengths(visitor: Visitor, sandbox: Sandbox, console: Console) -> Callable[[], httpx.Response]:
    ask_for_mail(visitor, "reset", sandbox, "vic@acme.example")
    page = visitor.get(last_hop(visitor, visitor.link(), console))
    (token,) = set(re.findall(r'name="csrf_token" value="([^"]*)"', page.text))
    data = {"csrf_token": token, "password": "weak"}
    headers = {"Sec-Fetch-Site": "same-origin"}
    return lambda: visitor.http.post("/authenticate/password/strength", data=data, headers=headers)


def proofs(visitor: Visitor, sandbox: Sandbox, _console: Console) -> Callable[[], httpx.Response]:
    by_code(visitor)
    sandbox.world.variants["link_send_limit"] = "off"
    page = visitor.get("/authenticate/confirm")
    return lambda: visitor.press(page, "Email me a link")


WHAT: dict[str, tuple[Try, int]] = {
    "links": (mails("Email me a sign-in link"), TRIES),
    "links at a door": (mails("Email me a sign-in link", "/login/acme"), TRIES),
    "codes": (mails("Email me a code"), TRIES),
    "links to set a password": (resets, TRIES),
    "guesses at a mailed code": (mailed_codes("/login"), TRIES),
    "guesses at a mailed code at a door": (mailed_codes("/login/acme"), TRIES),
    "guesses at a password": (passwords("/login"), TRIES),
    "guesses at a password at a door": (passwords("/login/wayne"), TRIES),
    "guesses at an app's code": (second_factors("uma@umbrella.example", "Sign in", code="000000"), TRIES),
    "guesses at a recovery code": (
        second_factors("uma@umbrella.example", "Sign in", factor="recovery_code", code="aaaa-bbbb-cccc"),
        TRIES,
    ),
    "guesses at a texted code": (second_factors("una@umbrella.example", "Sign in", code="000000"), TRIES),
    "texts": (second_factors("una@umbrella.example", "Text another code"), TRIES),
    "texts to a new phone": (phones, TRIES),
    "authenticator apps": (authenticators, TRIES),
    "guesses at a new app's code": (first_codes, TRIES),
    "new passwords": (new_passwords, TRIES),
    "proofs of identity": (proofs, TRIES - 1),  # one mail went to the sign-in
}


@pytest.mark.parametrize("what", WHAT)
def test_after_six_tries_it_is_enough(visitor: Visitor, sandbox: Sandbox, console: Console, what: str) -> None:
    begin, tries = WHAT[what]
    attempt = begin(visitor, sandbox, console)
    for number in range(tries):
        assert attempt().status_code != 429, number
    visitor.requests()
    refused = attempt()
    assert (refused.status_code, heading(refused)) == (429, "Too many tries")
    assert re.search(r"Nothing was changed. Wait (10|9) minutes, then try again.", refused.text)
    assert 500 < int(refused.headers["Retry-After"]) <= 600
    asked = [request for request in visitor.requests() if not request.startswith("GET organizations/")]
    assert [request for request in asked if request != "POST sessions/authenticate"] == []


def test_the_strength_line_says_so_too(visitor: Visitor, sandbox: Sandbox, console: Console) -> None:
    ask = strengths(visitor, sandbox, console)
    answers = [ask() for _ in range(61)]
    assert "Too easy to guess" in answers[0].text
    assert answers[-1].status_code == 429


def test_one_address_does_not_lock_another_out(visitor: Visitor, console: Console, sandbox: Sandbox) -> None:
    with visitor_of(console, sandbox) as attacker:
        attempt = passwords("/login")(attacker, sandbox, console)
        while attempt().status_code != 429:
            pass
    page = visitor.press(visitor.get("/login"), "Use my password", email="wes@wayne.example")
    assert visitor.press(page, "Sign in", password="a guess").status_code == 429
    page = visitor.press(visitor.get("/login"), "Use my password", email="vic@acme.example")
    assert visitor.press(page, "Sign in", password="a guess").status_code == 422
    assert by_code(visitor).url.path == "/connections"
    # Nor from the ways in that nobody guessed at.
    visitor.cookie = ""
    assert by_code(visitor, email="wes@wayne.example").url.path == "/connections"


def test_an_address_is_one_however_it_is_written(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.variants["link_send_limit"] = "off"
    for email in ("vic@acme.example", "VIC@acme.example", "Vic@Acme.Example", " vic@acme.example "):
        assert visitor.press(visitor.get("/login"), "Email me a code", email=email).status_code == 200
    for _ in range(2):
        visitor.press(visitor.get("/login"), "Email me a code", email="vIc@acme.example")
    refused = visitor.press(visitor.get("/login"), "Email me a code", email="viC@acme.example")
    assert refused.status_code == 429


def test_after_a_while_it_goes_on(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", "1 per second")
    for _ in range(9):  # no two in the same second in the end
        page = visitor.press(visitor.get("/login"), "Email me a code", email="vic@acme.example")
        if page.status_code == 429:
            break
    assert page.headers["Retry-After"] == "1"
    assert "Wait 1 minute, then try again." in page.text


def test_who_asks_for_many_addresses_is_stopped_as_well(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    assert limits.PER_NETWORK_ADDRESS == "60 per 10 minutes"
    monkeypatch.setattr(limits, "PER_NETWORK_ADDRESS", "8 per 10 minutes")
    page = visitor.get("/login")
    for number in range(8):
        sent = visitor.press(page, "Email me a code", email=f"{number}@acme.example")
        assert sent.status_code == 200
        page = visitor.get("/login")
    visitor.requests()
    # A header that anybody can write is no other address.
    visitor.http.headers.update({"X-Forwarded-For": "203.0.113.9", "Forwarded": "for=203.0.113.9"})
    for number in range(3):
        refused = visitor.press(visitor.get("/login"), "Email me a code", email=f"{number}@globex.example")
        assert (refused.status_code, heading(refused)) == (429, "Too many tries")
    assert visitor.requests() == []
    # Who is signed in and asks for nothing that costs anything is not touched.
    assert visitor.get("/login").status_code == 200


def test_it_is_written_down(visitor: Visitor, sandbox: Sandbox, console: Console, logs: Any) -> None:
    attempt = mails("Email me a code")(visitor, sandbox, console)
    while attempt().status_code != 429:
        pass
    (line,) = [line for line in logs.getvalue().splitlines() if "excess_rate_limit_exceeded" in line]
    assert '"what": "mail"' in line
    assert "vic@" not in line


def test_looking_is_not_limited(visitor: Visitor) -> None:
    by_code(visitor)
    for _ in range(70):
        assert visitor.http.head("/login", follow_redirects=False).status_code == 303


def test_looks_at_doors_are_limited_too(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOKS", "2 per 10 minutes")
    assert [visitor.get("/login/acme").status_code for _ in range(3)] == [200, 200, 429]
    assert visitor.requests().count("GET organizations/acme") == 2


def test_so_are_those_of_a_sign_in_that_begins_elsewhere(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOOKS", "2 per 10 minutes")
    path = "/authenticate/oauth/google_oauth?organization=nobody"
    assert [visitor.get(path).status_code for _ in range(3)] == [404, 404, 429]
