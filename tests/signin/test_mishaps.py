"""Sign-in while Stytch is away, busy or set up wrong: no link is lost, and nobody is told what is not so."""

import re

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from webapp.sandbox.faults import Fault


def test_too_many_links_for_one_address(visitor: Visitor, sandbox: Sandbox) -> None:
    page = visitor.get("/login?next=/connections%3Fa")
    now = int(sandbox.world.clock.now().timestamp())
    for second in range(5):
        sandbox.world.last_link_send["vic@acme.example"] = now + second
        limited = visitor.press(page, "Email me", email="vic@acme.example")
        if limited.status_code == 429:
            break
    assert limited.status_code == 429
    assert "A mail was sent to this address a moment ago" in limited.text
    assert form(limited, "Email me").fields.items() >= {"email": "vic@acme.example", "next": "/connections?a"}.items()


@pytest.mark.parametrize(
    ("fault", "path", "status", "words"),
    [
        ("drop_before_commit", "discovery/authenticate", 502, "Nobody was signed in"),
        ("drop_after_commit", "discovery/authenticate", 502, "Nobody was signed in"),
        ("malformed_json", "discovery/authenticate", 502, "Nobody was signed in"),
        ("drop_before_commit", "exchange", 502, "Stytch did not answer"),
        ("drop_after_commit", "discovery/send", 200, "Check your inbox"),
    ],
)
def test_stytch_fails_on_the_way(
    visitor: Visitor, sandbox: Sandbox, fault: str, path: str, status: int, words: str
) -> None:
    sandbox.world.faults.append(Fault.model_validate({"method": "POST", "path": path, "fault": fault}))
    sent = visitor.ask_for_link("vic@acme.example")
    answer = sent if "send" in path else visitor.get(visitor.link())
    assert answer.status_code == status
    assert words in answer.text
    if "discovery/authenticate" in path and fault == "drop_before_commit":
        assert visitor.get(visitor.link()).url.path == "/connections"
    if path == "exchange":
        # The link was taken, whatever became of the organization: the way on is the choice.
        choice = re.findall(r'<a class="button" href="(.+?)">Choose an organization</a>', answer.text)
        assert visitor.press(visitor.get(choice[0]), "Acme").url.path == "/connections"


@pytest.mark.parametrize("path", ["discovery/authenticate", "discovery/organizations", "exchange"])
def test_a_busy_stytch_does_not_end_the_sign_in(visitor: Visitor, sandbox: Sandbox, path: str) -> None:
    busy = Fault(method="POST", path=path, fault="status", status=429, error_type="too_many_requests", retry_after=9)
    visitor.ask_for_link("ada@acme.example")
    link = visitor.link()
    if path != "discovery/authenticate":
        visitor.get(link)
    sandbox.world.faults.append(busy)
    if path == "exchange":
        choice = visitor.get("/organizations")
        answer = visitor.press(choice, "Acme")
    else:
        answer = visitor.get(link if path == "discovery/authenticate" else "/organizations")
    assert (answer.status_code, heading(answer), answer.headers["Retry-After"]) == (503, "Stytch is busy", "9")
    choice = visitor.get(link if path == "discovery/authenticate" else "/organizations")
    assert visitor.press(choice, "Acme").url.path == "/connections"


def test_wrong_project_credentials_are_not_blamed_on_the_link(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(
        Fault(
            method="POST",
            path="discovery/authenticate",
            fault="status",
            status=401,
            error_type="unauthorized_credentials",
        )
    )
    visitor.ask_for_link("vic@acme.example")
    answer = visitor.get(visitor.link())
    assert (answer.status_code, heading(answer)) == (502, "This console is not set up right")
    assert visitor.get(visitor.link()).url.path == "/connections"
