"""The pretend portal: its own session, and the page on which people let an application in."""

import httpx
import pytest

from tests.conftest import Sandbox
from tests.portal import Portal, portal, sent_to_application
from webapp.sandbox import create_sandbox

ADA = "ada@acme.example of Acme"


def signed_in(at: Portal, person: str) -> httpx.Response:
    return at.press(at.http.get("/_sandbox/portal"), person)


@pytest.mark.parametrize(
    ("person", "factors"),
    [
        (ADA, ["magic_link"]),
        ("hal@hooli.example of Hooli", ["sso"]),
        ("uma@umbrella.example of Umbrella", ["magic_link", "totp"]),
        ("una@umbrella.example of Umbrella", ["magic_link", "otp"]),
    ],
)
def test_signing_in_makes_a_real_session_of_the_member(sandbox: Sandbox, person: str, factors: list[str]) -> None:
    with portal(sandbox.url) as at:
        page = signed_in(at, person)
        email, _, organization = person.partition(" of ")
        assert f"<strong>{email}</strong> of {organization}" in page.text
        [session] = sandbox.world.sessions.values()
        assert at.http.cookies["stytch_session"] == session.session_token
        assert [factor.type for factor in session.factors] == factors
        assert session.session_token not in page.text


def test_the_cookie_is_for_every_port_and_path_of_the_host(sandbox: Sandbox) -> None:
    member_id = next(iter(sandbox.world.members))
    answer = httpx.post(f"{sandbox.url}/_sandbox/portal/sign-in", data={"member_id": member_id})
    name, _, attributes = answer.headers["Set-Cookie"].partition("=")
    assert name == "stytch_session"
    assert {"Path=/", "SameSite=Lax", "HttpOnly"} <= set(attributes.split("; "))
    assert "Domain" not in attributes


def test_signing_out_ends_the_session(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        page = at.press(signed_in(at, ADA), "Sign out of the portal")
        assert "Sign in to the portal" in page.text
        assert sandbox.world.sessions == {}
        assert "stytch_session" not in at.http.cookies


def test_an_ended_session_is_no_sign_in(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        signed_in(at, ADA)
        sandbox.world.clock.advance(3600)
        assert "Sign in to the portal" in at.http.get("/_sandbox/portal").text


def test_who_was_only_invited_or_has_no_second_factor_can_t_be_signed_in(sandbox: Sandbox) -> None:
    ugo, ivy = (
        next(member for member in sandbox.world.members.values() if member.email_address == email)
        for email in ("ugo@umbrella.example", "ivy@globex.example")
    )
    page = httpx.get(f"{sandbox.url}/_sandbox/portal").text
    for member_id in (ugo.member_id, ivy.member_id, "nobody"):
        assert member_id not in page
        answer = httpx.post(f"{sandbox.url}/_sandbox/portal/sign-in", data={"member_id": member_id})
        assert answer.status_code == 422


def test_the_portal_links_to_the_console(sandbox: Sandbox) -> None:
    app = create_sandbox(sandbox.world)
    app.config["CONSOLE_URL"] = "http://console.example"
    client = app.test_client()
    member_id = next(iter(sandbox.world.members))
    page = client.post("/_sandbox/portal/sign-in", data={"member_id": member_id}, follow_redirects=True).text
    assert 'href="http://console.example/login"' in page


def test_signing_in_on_the_way_comes_back_to_the_question(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        asked = at.open(state="a state & more")
        assert "Sign in to the portal" in asked.text
        consent = at.press(asked, ADA)
        for meaning in ("know who you are", "see your name", "see your email address", "act as you"):
            assert meaning in consent.text
        assert "see your phone number" not in consent.text
        # Chromium holds a form to this list also where its answer redirects to.
        assert "form-action 'self' http://127.0.0.1:8000;" in consent.headers["Content-Security-Policy"]
        back = sent_to_application(at.press(consent, "Allow"))
        assert back.keys() == {"code", "state"}
        assert back["state"] == "a state & more"


def test_another_person_can_be_chosen_on_the_way(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        signed_in(at, ADA)
        again = at.press(at.open(), "Sign out of the portal")
        consent = at.press(again, "vic@acme.example of Acme")
        assert "vic@acme.example" in consent.text
        code = sent_to_application(at.press(consent, "Allow"))["code"]
        member = sandbox.world.members[sandbox.world.authorization_codes[code].member_id]
        assert member.email_address == "vic@acme.example"


def test_denial_is_told_to_the_application(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        back = sent_to_application(at.press(at.press(at.open(), ADA), "Deny"))
        assert (back["error"], back["state"]) == ("access_denied", "a-state")
        assert sandbox.world.authorization_codes == {}


def test_nobody_agrees_once_the_session_has_ended(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        consent = at.press(at.open(), ADA)
        sandbox.world.clock.advance(3600)
        assert "Sign in to the portal" in at.press(consent, "Allow").text
        assert sandbox.world.authorization_codes == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "connected-app-test-other"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "https://evil.example/elsewhere"},
        {"redirect_uri": "http://console.example/login/callback"},
        {"redirect_uri": "http://[login/callback"},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(sandbox: Sandbox, changes: dict[str, str | None]) -> None:
    with portal(sandbox.url) as at:
        page = at.open(**changes)
        assert page.status_code == 400
        assert "Nobody was signed in." in page.text
        assert "Location" not in page.headers
        assert at.http.post(str(page.url), data={"decision": "allow"}).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "unsupported_response_type"),
        ({"scope": "openid offline_access"}, "invalid_scope"),
        ({"prompt": "none"}, "invalid_request"),
        ({"code_challenge": "A" * 43}, "invalid_request"),
        ({"code_challenge": "A" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
def test_other_mistakes_are_told_to_the_application(
    sandbox: Sandbox, changes: dict[str, str | None], error: str
) -> None:
    with portal(sandbox.url) as at:
        back = sent_to_application(at.open(**changes))
        assert (back["error"], back["state"]) == (error, "a-state")
        assert back["error_description"]


def test_without_scopes_those_of_a_sign_in_are_meant(sandbox: Sandbox) -> None:
    with portal(sandbox.url) as at:
        code = at.allowed(ADA, scope=None, state=None)
        assert code.keys() == {"code"}
        assert sandbox.world.authorization_codes[code["code"]].request.scope == "openid email profile"


def test_the_dashboard_leads_to_the_portal(sandbox: Sandbox) -> None:
    assert '<a href="/_sandbox/portal">Pretend portal</a>' in httpx.get(f"{sandbox.url}/_sandbox/").text
