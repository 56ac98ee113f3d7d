"""The way to a pretend IdP and back, page by page."""

import httpx
import pytest

from tests.conftest import Sandbox
from tests.sandbox.conftest import refusal
from tests.visits import REDIRECT_URL, link, open_page, start_url, visit_sso

START = "/v1/public/sso/start"


def idp_page(sandbox: Sandbox, **query: str) -> httpx.Response:
    return open_page(start_url(sandbox.url, START, login_redirect_url=REDIRECT_URL, **query))


def test_the_page_offers_the_organization_s_people_alone(sandbox: Sandbox) -> None:
    page = idp_page(sandbox, organization_id="acme")
    assert "<h1>Acme Okta (pretend)</h1>" in page.text
    assert ">vic@acme.example</a>" in page.text
    assert "hal@hooli.example" not in page.text
    assert "<form" not in page.text
    stranger = link(page, "vic@acme.example").replace("vic@acme", "hal@hooli")
    assert open_page(stranger).status_code == 422


def test_denial_is_told_to_the_application_or_stays_at_stytch(sandbox: Sandbox) -> None:
    assert visit_sso(sandbox.url, "Deny", organization_id="hooli") == {"error": "access_denied"}
    sandbox.world.variants["oauth_denial"] = "stays_at_stytch"
    stays = open_page(link(idp_page(sandbox, organization_id="hooli"), "Deny"))
    assert refusal(stays) == (400, "failed_saml_response")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, (400, "missing_sso_connection_locator")),
        ({"organization_id": "acme", "connection_id": "x"}, (400, "too_many_sso_connection_locators")),
        ({"organization_id": "nowhere"}, (404, "organization_not_found")),
        ({"organization_id": "wayne"}, (400, "no_sso_connection_exists_for_organization")),
        ({"connection_id": "saml-connection-test-unknown"}, (404, "sso_connection_not_found")),
        ({"organization_id": "acme", "public_token": "x"}, (401, "unauthorized_credentials")),
        ({"organization_id": "acme", "login_redirect_url": "/x"}, (400, "no_match_for_provided_sso_url")),
        ({"organization_id": "acme", "pkce_code_challenge": "short"}, (400, "invalid_pkce_code_challenge")),
    ],
)
def test_a_start_that_stytch_refuses(sandbox: Sandbox, query: dict[str, str], expected: tuple[int, str]) -> None:
    assert refusal(httpx.get(start_url(sandbox.url, START, **query))) == expected
    assert sandbox.world.visits == {}


def test_an_organization_that_allows_no_sso(sandbox: Sandbox) -> None:
    acme = sandbox.world.find_organization("acme")
    acme.auth_methods, acme.allowed_auth_methods = "RESTRICTED", ["magic_link"]
    refused = httpx.get(start_url(sandbox.url, START, organization_id="acme"))
    assert refusal(refused) == (400, "operation_restricted_by_organization_auth_methods")
