"""The way to a pretend OAuth provider and back, page by page."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.conftest import Sandbox
from tests.sandbox.conftest import refusal
from tests.visits import REDIRECT_URL, answer_to_application, discover_by_oauth, link, open_page, start_url

DISCOVERY = "/v1/b2b/public/oauth/google/discovery/start"
ORGANIZATION = "/v1/b2b/public/oauth/google/start"
TITLES = {"google": "Google", "microsoft": "Microsoft", "github": "GitHub", "slack": "Slack", "hubspot": "HubSpot"}


def provider_page(sandbox: Sandbox, provider: str = "google", redirect_url: str = REDIRECT_URL) -> httpx.Response:
    path = f"/v1/b2b/public/oauth/{provider}/discovery/start"
    return open_page(start_url(sandbox.url, path, discovery_redirect_url=redirect_url))


@pytest.mark.parametrize("provider", TITLES)
def test_the_page_is_visibly_pretend_and_offers_everybody_once(sandbox: Sandbox, provider: str) -> None:
    page = provider_page(sandbox, provider)
    assert page.url.path == f"/_sandbox/providers/{provider}"
    assert f"<h1>{TITLES[provider]} (pretend)</h1>" in page.text
    for email in ("ada@acme.example", "hal@hooli.example"):
        assert page.text.count(f">{email}</a>") == 1


def test_the_form_for_any_address_leads_to_the_application(sandbox: Sandbox) -> None:
    page = provider_page(sandbox)
    # Chromium holds a form to this list also where its answer redirects to.
    assert "form-action 'self' http://127.0.0.1:8000;" in page.headers["Content-Security-Policy"]
    state = parse_qs(page.url.query.decode())["state"][0]
    approve = page.url.copy_with(path="/_sandbox/providers/google/approve", query=None)
    no_address = httpx.get(approve, params={"state": state, "email": "nobody"})
    assert no_address.status_code == 422
    back = open_page(str(approve.copy_with(params={"state": state, "email": "Stranger@nowhere.example "})))
    token = answer_to_application(back)["token"]
    assert sandbox.world.redirect_tokens[token].person.email_address == "stranger@nowhere.example"


def test_the_application_s_own_query_is_kept(sandbox: Sandbox) -> None:
    page = provider_page(sandbox, redirect_url=f"{REDIRECT_URL}?next=%2Fx")
    back = answer_to_application(open_page(link(page, "ada@acme.example")))
    assert back.keys() == {"next", "stytch_token_type", "token"}


def test_denial_is_told_to_the_application_or_stays_at_stytch(sandbox: Sandbox) -> None:
    assert discover_by_oauth(sandbox.url, "google", "Deny") == {"error": "access_denied"}
    sandbox.world.variants["oauth_denial"] = "stays_at_stytch"
    stays = open_page(link(provider_page(sandbox), "Deny"))
    assert refusal(stays) == (400, "oauth_flow_callback_error")


def test_a_visit_ends_with_one_answer(sandbox: Sandbox) -> None:
    page = provider_page(sandbox)
    answer_to_application(open_page(link(page, "ada@acme.example")))
    assert refusal(open_page(link(page, "vic@acme.example"))) == (400, "oauth_state_used")
    assert refusal(open_page(str(page.url))) == (400, "oauth_state_used")
    assert refusal(open_page(link(page, "Deny"))) == (400, "oauth_state_used")


def test_a_visit_lasts_ten_minutes(sandbox: Sandbox) -> None:
    page = provider_page(sandbox)
    sandbox.world.clock.advance(600)
    assert refusal(open_page(link(page, "ada@acme.example"))) == (400, "expired_oauth_response")


def test_the_way_back_belongs_to_the_visit(sandbox: Sandbox) -> None:
    page = provider_page(sandbox)
    state = parse_qs(page.url.query.decode())["state"][0]
    callback = f"{sandbox.url}/v1/b2b/oauth/callback"
    assert refusal(httpx.get(f"{callback}/google?state=unknown&code=x")) == (400, "oauth_state_mismatch")
    assert refusal(httpx.get(f"{callback}/github?state={state}&code=x")) == (400, "oauth_state_mismatch")
    assert refusal(httpx.get(f"{callback}/google?state={state}&code=")) == (400, "oauth_auth_code_error")
    assert sandbox.world.redirect_tokens == {}


@pytest.mark.parametrize(
    ("path", "query", "expected"),
    [
        (DISCOVERY, {"public_token": "public-token-test-other"}, (401, "unauthorized_credentials")),
        (DISCOVERY, {"discovery_redirect_url": "https://x.example/y"}, (400, "no_match_for_provided_oauth_url")),
        (DISCOVERY, {"pkce_code_challenge": "short"}, (400, "invalid_pkce_code_challenge")),
        ("/v1/b2b/public/oauth/apple/discovery/start", {}, (400, "invalid_oauth_provider")),
        (ORGANIZATION, {}, (400, "missing_oauth_organization_locator")),
        (ORGANIZATION, {"slug": "acme", "organization_id": "acme"}, (400, "too_many_oauth_organization_locators")),
        (ORGANIZATION, {"slug": "nowhere"}, (404, "organization_not_found")),
        (ORGANIZATION, {"slug": "hooli"}, (400, "operation_restricted_by_organization_auth_methods")),
        (ORGANIZATION, {"slug": "acme", "login_redirect_url": "/x"}, (400, "no_match_for_provided_oauth_url")),
        (ORGANIZATION, {"slug": "acme", "signup_redirect_url": "/x"}, (400, "no_match_for_provided_oauth_url")),
    ],
)
def test_a_start_that_stytch_refuses(
    sandbox: Sandbox, path: str, query: dict[str, str], expected: tuple[int, str]
) -> None:
    assert refusal(httpx.get(start_url(sandbox.url, path, **query))) == expected
    assert sandbox.world.visits == {}


def test_without_a_redirect_url_the_project_s_first_is_taken(sandbox: Sandbox) -> None:
    page = open_page(start_url(sandbox.url, ORGANIZATION, organization_id="acme"))
    members, strangers = (open_page(link(page, email)) for email in ("ada@acme.example", "wes@wayne.example"))
    assert urlsplit(members.headers["Location"]).netloc == "localhost:3000"
    assert refusal(strangers) == (400, "oauth_state_used")


def test_whoever_is_no_active_member_comes_back_to_sign_up(sandbox: Sandbox) -> None:
    query = {"slug": "acme", "login_redirect_url": REDIRECT_URL, "signup_redirect_url": f"{REDIRECT_URL}?new=1"}
    for email, new in (("ada@acme.example", False), ("wes@wayne.example", True)):
        back = open_page(link(open_page(start_url(sandbox.url, ORGANIZATION, **query)), email))
        assert ("new" in answer_to_application(back)) is new


def test_the_log_of_requests_shows_no_state_and_no_token(sandbox: Sandbox) -> None:
    token = discover_by_oauth(sandbox.url, "google", "ada@acme.example")["token"]
    [state] = sandbox.world.visits
    log = httpx.get(f"{sandbox.url}/_sandbox/requests.json").text
    assert "/v1/b2b/oauth/callback/google" in log
    assert token not in log
    assert state not in log
