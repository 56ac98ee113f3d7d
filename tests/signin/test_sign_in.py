"""Signing in by a mailed link: the whole way, and each way it can go wrong."""

import re

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from webapp.sandbox.faults import Fault


def test_the_only_organization_is_entered_at_once(visitor: Visitor) -> None:
    sign_in = visitor.get("/connections")
    assert (sign_in.url.path, heading(sign_in)) == ("/login", "Sign in")
    sent = visitor.ask_for_link("vic@acme.example", sign_in)
    assert (sent.url.path, heading(sent)) == ("/authenticate/link", "Check your inbox")
    assert "vic@acme.example" in sent.text
    entered = visitor.get(visitor.link())
    assert (entered.status_code, entered.url.path) == (200, "/connections")
    assert "vic@acme.example" in entered.text
    assert visitor.get("/login").url.path == "/connections"


def test_of_several_organizations_one_is_chosen(visitor: Visitor) -> None:
    choice = visitor.sign_in("ada@acme.example")
    assert (choice.url.path, heading(choice)) == ("/organizations", "Choose an organization")
    entered = visitor.press(choice, "Initech")
    assert entered.url.path == "/connections"
    assert "<strong>Initech</strong>" in entered.text
    assert heading(visitor.get("/organizations")) == "Change organization"


def test_an_address_without_an_organization_is_told_so(visitor: Visitor) -> None:
    answer = visitor.sign_in("nobody@nowhere.example")
    assert heading(answer) == "No organization for this address"
    assert visitor.get("/connections").url.path == "/login"


def test_the_page_first_asked_for_is_reached_in_the_end(visitor: Visitor, sandbox: Sandbox) -> None:
    acme = sandbox.world.connection_of(sandbox.world.find_organization("acme").organization_id)
    assert acme is not None
    path = f"/connections/{acme.connection_id}?from=mail"
    choice = visitor.sign_in("ada@acme.example", page=visitor.get(path))
    entered = visitor.press(choice, "Acme")
    assert (entered.status_code, entered.url.raw_path.decode()) == (200, path)


def test_next_is_kept_when_the_address_is_mistyped_and_when_another_link_is_sent(visitor: Visitor) -> None:
    again = visitor.ask_for_link("vic", visitor.get("/login?next=/connections%3Fa"))
    sent = visitor.ask_for_link("vic@acme.example", again)
    visitor.requests()
    assert form(sent, "Send another link").fields["next"] == "/connections?a"


def test_next_never_leads_elsewhere(visitor: Visitor) -> None:
    for elsewhere in ("//evil.example", "/\\evil.example", "https://evil.example", "/connections\r\nSet-Cookie: a=b"):
        page = visitor.get("/login", params={"next": elsewhere})
        assert "next" not in form(page, "Email me").fields
        # A field can be added by hand, too.
        visitor.press(page, "Email me", email=f"{len(elsewhere)}@acme.example", next=elsewhere)
        assert "next" not in visitor.session["attempt"]


@pytest.mark.parametrize("path", ["/", "/connections?a=b&c=%0d%0aSet-Cookie:x", "/%2f%2fevil.example"])
def test_next_may_be_any_page_of_the_console(visitor: Visitor, path: str) -> None:
    visitor.ask_for_link("vic@acme.example", visitor.get("/login", params={"next": path}))
    answer = visitor.get(visitor.link())
    entered = answer.history[1]
    assert entered.url.path == "/login/callback"
    assert entered.headers["Location"] == path
    assert entered.headers["Set-Cookie"].startswith("scim_console=")
    assert {step.url.host for step in answer.history} == {"127.0.0.1"}


def test_another_browser_redeems_nothing(visitor: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    visitor.ask_for_link("vic@acme.example")
    stolen = other_browser.get(visitor.link())
    assert (stolen.status_code, heading(stolen)) == (400, "This link belongs to another browser")
    # Even one that is in the middle of a sign-in of its own: its verifier does not fit.
    other_browser.ask_for_link("olga@acme.example")
    (link,) = (link for link in sandbox.world.magic_links.values() if link.email_address == "vic@acme.example")
    mixed_up = other_browser.get("/login/callback", params={"stytch_token_type": "discovery", "token": link.token})
    assert (mixed_up.status_code, heading(mixed_up)) == (400, "This link no longer works")
    assert not link.used
    assert sandbox.world.sessions == {}
    assert other_browser.get("/connections").url.path == "/login"
    own = visitor.get("/login/callback", params={"stytch_token_type": "discovery", "token": link.token})
    assert own.url.path == "/connections"


def test_a_link_works_once(visitor: Visitor) -> None:
    visitor.ask_for_link("vic@acme.example")
    link = visitor.link()
    first = visitor.get(link)
    assert first.url.path == "/connections"
    again = visitor.get(link)
    assert (again.status_code, heading(again)) == (400, "This link belongs to another browser")
    assert visitor.get("/connections").url.path == "/connections"


def test_a_link_that_was_used_elsewhere_says_so(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.ask_for_link("vic@acme.example")
    (link,) = sandbox.world.magic_links.values()
    link.used = True
    answer = visitor.get(visitor.link())
    assert (answer.status_code, heading(answer)) == (400, "This link no longer works")
    assert "request-id-test-" in answer.text


def test_a_link_ends_after_an_hour(visitor: Visitor, sandbox: Sandbox) -> None:
    visitor.ask_for_link("vic@acme.example")
    sandbox.world.clock.advance(3600)
    answer = visitor.get(visitor.link())
    assert (answer.status_code, heading(answer)) == (400, "This link no longer works")
    assert "Nobody was signed in" in answer.text


INCOMPLETE = (
    "",
    "stytch_token_type=discovery",
    "token=abc",
    "stytch_token_type=discovery&token=",
    "stytch_token_type=multi_tenant_impersonation&token=abc",
)


def test_an_incomplete_link_says_so(visitor: Visitor) -> None:
    visitor.ask_for_link("vic@acme.example")
    visitor.requests()
    for query in INCOMPLETE:
        answer = visitor.get(f"/login/callback?{query}")
        assert (answer.status_code, heading(answer)) == (400, "This link is not complete")
    assert visitor.requests() == []
    assert visitor.get(visitor.link()).url.path == "/connections"


def test_of_two_links_the_newer_works(visitor: Visitor, sandbox: Sandbox) -> None:
    sent = visitor.ask_for_link("vic@acme.example")
    older = visitor.link()
    sandbox.world.clock.advance(1)
    assert heading(visitor.press(sent, "Send another link")) == "Check your inbox"
    newer = visitor.link()
    assert heading(visitor.get(older)) == "This link no longer works"
    assert visitor.get(newer).url.path == "/connections"


def test_an_organization_is_chosen_within_ten_minutes(visitor: Visitor, sandbox: Sandbox) -> None:
    choice = visitor.sign_in("ada@acme.example")
    sandbox.world.clock.advance(11 * 60)
    late = visitor.press(choice, "Acme")
    assert (late.status_code, heading(late)) == (400, "That took too long")
    assert visitor.get("/organizations").url.path == "/login"

    visitor.sign_in("ada@acme.example")
    sandbox.world.clock.advance(11 * 60)
    late = visitor.get("/organizations")
    assert (late.status_code, heading(late)) == (400, "That took too long")


def test_an_organization_that_was_not_offered_can_t_be_entered(visitor: Visitor, sandbox: Sandbox) -> None:
    choice = visitor.sign_in("ada@acme.example")
    wayne = sandbox.world.find_organization("wayne").organization_id
    refused = visitor.press(choice, "Acme", organization_id=wayne)
    assert (refused.status_code, heading(refused)) == (403, "That organization does not let you in")
    assert sandbox.world.sessions == {}
    assert visitor.press(visitor.get("/organizations"), "Acme").url.path == "/connections"


def test_the_address_can_be_given_in_the_url(visitor: Visitor) -> None:
    page = visitor.get("/login", params={"email": '"><b>vic@acme.example'})
    assert form(page, "Email me").fields["email"] == '"><b>vic@acme.example'
    assert "<b>" not in page.text


def test_what_is_no_address_is_said_beside_the_field(visitor: Visitor) -> None:
    for email in ("", "vic", "vic@acme", "vic @acme.example", "a@b@c.example"):
        page = visitor.ask_for_link(email)
        assert page.status_code == 422
        assert re.search(r'<p class="field__problem" id="email-problem">.*Enter an email address', page.text)
        assert re.search(r'<input id="email"[^>]* aria-describedby="email-problem" aria-invalid="true"', page.text)
        assert "<title>Error: Sign in" in page.text
        assert form(page, "Email me").fields["email"] == email
        assert visitor.requests() == []


def test_an_address_that_stytch_refuses_is_said_beside_the_field(visitor: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(
        Fault(method="POST", path="discovery/send", fault="status", status=400, error_type="invalid_email")
    )
    page = visitor.ask_for_link("vic@acme.example")
    assert page.status_code == 422
    assert "Stytch does not take this address" in page.text
    assert form(page, "Email me").fields["email"] == "vic@acme.example"


def test_a_sign_in_begins_with_an_empty_cookie(visitor: Visitor, other_browser: Visitor) -> None:
    visitor.get("/login")
    before = visitor.session["csrf_token"]
    other_browser.cookie = visitor.cookie  # an attacker planted theirs
    visitor.ask_for_link("vic@acme.example")
    pending = visitor.session
    assert "csrf_token" not in pending or pending["csrf_token"] != before
    planted = visitor.cookie
    page = visitor.get(visitor.link())
    assert visitor.session.keys() == {"member", "csrf_token"}
    assert visitor.session["csrf_token"] not in (before, pending.get("csrf_token"))
    assert visitor.cookie != planted
    other_browser.cookie = planted
    assert other_browser.get("/connections").url.path == "/login"
    # The form of a page from before the sign-in is refused, and nothing comes of it.
    old_form = form(other_browser.get("/login"), "Email me")
    stale = visitor.http.post("/logout", data=old_form.fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert stale.status_code == 400
    assert form(page, "Sign out").fields["csrf_token"] != old_form.fields["csrf_token"]
    assert visitor.get("/connections").url.path == "/connections"
