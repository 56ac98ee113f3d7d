"""Signing in by OAuth through the official SDK, after a visit to the pretend provider."""

import pytest
from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import prove, refusal
from tests.visits import (
    CHALLENGE,
    REDIRECT_URL,
    VERIFIER,
    answer_to_application,
    discover_by_oauth,
    link,
    open_page,
    start_url,
    visit_oauth,
)

ADA = "ada@acme.example"


@pytest.mark.parametrize(
    ("provider", "type_", "proves"),
    [
        ("google", "Google", True),
        ("microsoft", "Microsoft", True),
        ("github", "GitHub", False),
        ("slack", "Slack", False),
        ("hubspot", "HubSpot", False),
    ],
)
def test_discovery_by_each_provider(
    stytch: B2BClient, sandbox: Sandbox, provider: str, type_: str, proves: bool
) -> None:
    back = discover_by_oauth(sandbox.url, provider, ADA, pkce_code_challenge=CHALLENGE)
    assert back.keys() == {"stytch_token_type", "token"}
    assert back["stytch_token_type"] == "discovery_oauth"
    answer = stytch.oauth.discovery.authenticate(back["token"], pkce_code_verifier=VERIFIER)
    assert (answer.email_address, answer.full_name, answer.provider_type) == (ADA, "Ada Lovelace", type_)
    assert answer.provider_tenant_ids == ([answer.provider_tenant_id] if answer.provider_tenant_id else [])
    assert {found.member_authenticated for found in answer.discovered_organizations} == {proves}
    entered = stytch.discovery.intermediate_sessions.exchange(answer.intermediate_session_token, "acme")
    assert entered.member_authenticated is proves
    assert (entered.primary_required is None) is proves


def test_organization_by_a_provider_that_proves_the_address(stytch: B2BClient, sandbox: Sandbox) -> None:
    back = visit_oauth(sandbox.url, "google", ADA, slug="globex", pkce_code_challenge=CHALLENGE)
    assert (back["stytch_token_type"], back["slug"]) == ("oauth", "globex")
    answer = stytch.oauth.authenticate(back["token"], pkce_code_verifier=VERIFIER, session_duration_minutes=30)
    assert answer.member_authenticated
    assert answer.organization_id == answer.organization.organization_id == answer.member.organization_id
    assert answer.organization.organization_slug == "globex"
    assert (answer.provider_type, answer.reset_sessions, answer.intermediate_session_token) == ("Google", False, "")
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("oauth", "oauth_google")
    assert factor.google_oauth_factor is not None
    assert factor.google_oauth_factor.provider_subject == answer.provider_subject


def test_a_provider_that_proves_nothing_needs_another_way_too(stytch: B2BClient, sandbox: Sandbox) -> None:
    alone = stytch.oauth.authenticate(visit_oauth(sandbox.url, "github", ADA, slug="acme")["token"])
    assert not alone.member_authenticated
    assert (alone.session_token, alone.session_jwt, alone.member_session) == ("", "", None)
    assert alone.primary_required is not None
    assert "magic_link" in alone.primary_required.allowed_auth_methods
    proven = prove(stytch, sandbox, ADA)
    token = visit_oauth(sandbox.url, "github", ADA, slug="acme")["token"]
    both = stytch.oauth.authenticate(token, intermediate_session_token=proven)
    assert both.member_session is not None
    assert [factor.type for factor in both.member_session.authentication_factors] == ["magic_link", "oauth"]
    gone = refusal(lambda: stytch.discovery.organizations.list(intermediate_session_token=proven))
    assert gone == (404, "intermediate_session_not_found")


def test_the_second_way_completes_what_the_provider_began(stytch: B2BClient, sandbox: Sandbox) -> None:
    begun = stytch.oauth.authenticate(visit_oauth(sandbox.url, "slack", ADA, slug="acme")["token"])
    token = visit_oauth(sandbox.url, "google", ADA, slug="acme")["token"]
    answer = stytch.oauth.authenticate(token, intermediate_session_token=begun.intermediate_session_token)
    assert answer.member_session is not None
    assert len(answer.member_session.authentication_factors) == 2


def test_a_session_goes_on_with_the_new_factor(stytch: B2BClient, sandbox: Sandbox) -> None:
    first = stytch.oauth.authenticate(visit_oauth(sandbox.url, "google", ADA, slug="acme")["token"])
    token = visit_oauth(sandbox.url, "github", ADA, slug="acme")["token"]
    second = stytch.oauth.authenticate(token, session_token=first.session_token)
    assert second.session_token == first.session_token
    assert second.member_session is not None
    assert len(second.member_session.authentication_factors) == 2


def test_somebody_else_s_proof_is_no_help(stytch: B2BClient, sandbox: Sandbox) -> None:
    vic = prove(stytch, sandbox, "vic@acme.example")
    token = visit_oauth(sandbox.url, "github", ADA, slug="acme")["token"]
    refused = refusal(lambda: stytch.oauth.authenticate(token, intermediate_session_token=vic))
    assert refused == (400, "invalid_intermediate_session_token_for_organization")
    session = stytch.oauth.authenticate(visit_oauth(sandbox.url, "google", "vic@acme.example", slug="acme")["token"])
    refused = refusal(lambda: stytch.oauth.authenticate(token, session_token=session.session_token))
    assert refused == (403, "session_authorization_tenancy_error")


def test_a_token_works_once_for_its_own_call_and_not_for_long(stytch: B2BClient, sandbox: Sandbox) -> None:
    gone = (400, "oauth_token_not_found")
    token = visit_oauth(sandbox.url, "google", ADA, slug="acme")["token"]
    assert refusal(lambda: stytch.oauth.discovery.authenticate(token)) == gone
    stytch.oauth.authenticate(token)
    assert refusal(lambda: stytch.oauth.authenticate(token)) == gone
    late = discover_by_oauth(sandbox.url, "google", ADA)["token"]
    sandbox.world.clock.advance(300)
    assert refusal(lambda: stytch.oauth.discovery.authenticate(late)) == gone
    assert refusal(lambda: stytch.oauth.authenticate("59cnLELtq5cFVS6uYK9f-pAWzBkhqZl8AvLhbhOvKNWw")) == gone


def test_pkce_is_checked_and_a_wrong_verifier_uses_nothing_up(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = visit_oauth(sandbox.url, "google", ADA, slug="acme", pkce_code_challenge=CHALLENGE)["token"]
    without = refusal(lambda: stytch.oauth.authenticate(token))
    assert without == (400, "pkce_expected_code_verifier")
    wrong = refusal(lambda: stytch.oauth.authenticate(token, pkce_code_verifier=f"not{VERIFIER}"))
    assert wrong == (400, "pkce_mismatch")
    assert stytch.oauth.authenticate(token, pkce_code_verifier=VERIFIER).member_authenticated
    plain = discover_by_oauth(sandbox.url, "google", ADA)["token"]
    unasked = refusal(lambda: stytch.oauth.discovery.authenticate(plain, pkce_code_verifier=VERIFIER))
    assert unasked == (400, "pkce_did_not_expect_code_verifier")


@pytest.mark.parametrize(("provider", "status"), [("google", "active"), ("github", "pending")])
def test_who_may_join_by_domain_joins_once_the_address_is_proven(
    stytch: B2BClient, sandbox: Sandbox, provider: str, status: str
) -> None:
    page = open_page(
        start_url(sandbox.url, f"/v1/b2b/public/oauth/{provider}/start", slug="globex", login_redirect_url=REDIRECT_URL)
    )
    joan = link(page, "gil@globex.example").replace("gil@", "joan@")
    token = answer_to_application(open_page(joan))["token"]
    answer = stytch.oauth.authenticate(token)
    assert (answer.member.email_address, answer.member.name) == ("joan@globex.example", "Joan")
    assert answer.member.status == status
    assert answer.member_authenticated is (status == "active")


def test_a_stranger_to_the_organization_is_refused(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = visit_oauth(sandbox.url, "google", "wes@wayne.example", slug="acme")["token"]
    refused = refusal(lambda: stytch.oauth.authenticate(token))
    assert refused == (400, "email_jit_provisioning_not_allowed")
