"""Signing in by SSO through the official SDK, after a visit to the pretend IdP."""

import pytest
from stytch import B2BClient
from stytch.b2b.models.sso import GetConnectionsRequestOptions

from tests.conftest import Sandbox
from tests.contract.conftest import SignIn, prove, refusal
from tests.visits import CHALLENGE, VERIFIER, visit_sso

HAL = "hal@hooli.example"


def connection_id(sandbox: Sandbox, name: str) -> str:
    (found,) = (sso.connection_id for sso in sandbox.world.sso_connections.values() if sso.display_name == name)
    return found


def test_hal_gets_in_by_the_default_connection(stytch: B2BClient, sandbox: Sandbox) -> None:
    back = visit_sso(sandbox.url, HAL, organization_id="hooli", pkce_code_challenge=CHALLENGE)
    assert (back["stytch_token_type"], back["slug"]) == ("sso", "hooli")
    without = refusal(lambda: stytch.sso.authenticate(back["token"]))
    assert without == (400, "pkce_expected_code_verifier")
    answer = stytch.sso.authenticate(back["token"], pkce_code_verifier=VERIFIER)
    assert answer.member_authenticated
    assert (answer.member.email_address, answer.organization.organization_slug) == (HAL, "hooli")
    assert answer.organization_id == answer.organization.organization_id
    assert (answer.reset_session, answer.mfa_required, answer.primary_required) == (False, None, None)
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert (factor.type, factor.delivery_method) == ("sso", "sso_saml")
    assert factor.saml_sso_factor is not None
    assert factor.saml_sso_factor.provider_id == connection_id(sandbox, "Hooli Okta")


def test_a_named_connection_over_oidc(stytch: B2BClient, sandbox: Sandbox) -> None:
    entra = connection_id(sandbox, "Hooli Entra")
    answer = stytch.sso.authenticate(visit_sso(sandbox.url, HAL, connection_id=entra)["token"])
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert factor.delivery_method == "sso_oidc"
    assert factor.oidc_sso_factor is not None
    assert factor.oidc_sso_factor.provider_id == entra


def test_sso_completes_what_a_mailed_link_began(stytch: B2BClient, sandbox: Sandbox) -> None:
    begun = stytch.discovery.intermediate_sessions.exchange(prove(stytch, sandbox, HAL), "hooli")
    assert begun.primary_required is not None
    token = visit_sso(sandbox.url, HAL, organization_id="hooli")["token"]
    answer = stytch.sso.authenticate(token, intermediate_session_token=begun.intermediate_session_token)
    assert answer.member_session is not None
    assert [factor.type for factor in answer.member_session.authentication_factors] == ["magic_link", "sso"]


def test_a_token_works_once_and_not_for_long(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = visit_sso(sandbox.url, HAL, organization_id="hooli")["token"]
    stytch.sso.authenticate(token)
    assert refusal(lambda: stytch.sso.authenticate(token)) == (404, "sso_token_not_found")
    late = visit_sso(sandbox.url, HAL, organization_id="hooli")["token"]
    assert refusal(lambda: stytch.oauth.authenticate(late)) == (400, "oauth_token_not_found")
    sandbox.world.clock.advance(300)
    assert refusal(lambda: stytch.sso.authenticate(late)) == (404, "sso_token_not_found")


def test_the_organization_names_its_connections(stytch: B2BClient, sandbox: Sandbox) -> None:
    hooli = stytch.organizations.get("hooli").organization
    names = [(sso.display_name, sso.identity_provider) for sso in hooli.sso_active_connections]
    assert names == [("Hooli Okta", "okta"), ("Hooli Entra", "microsoft-entra")]
    assert hooli.sso_default_connection_id == connection_id(sandbox, "Hooli Okta")
    wayne = stytch.organizations.get("wayne").organization
    assert (wayne.sso_active_connections, wayne.sso_default_connection_id) == ([], None)


@pytest.mark.parametrize(
    ("slug", "saml", "oidc"),
    [("hooli", ["Hooli Okta"], ["Hooli Entra"]), ("acme", ["Acme Okta"], []), ("wayne", [], [])],
)
def test_connections_are_listed_by_protocol(stytch: B2BClient, slug: str, saml: list[str], oidc: list[str]) -> None:
    answer = stytch.sso.get_connections(slug)
    assert [connection.display_name for connection in answer.saml_connections] == saml
    assert [connection.display_name for connection in answer.oidc_connections] == oidc
    assert answer.external_connections == []
    assert {connection.status for connection in answer.saml_connections} <= {"active"}


def test_members_list_them_as_their_roles_allow(stytch: B2BClient, sign_in: SignIn) -> None:
    def ask(email: str, slug: str) -> int:
        options = GetConnectionsRequestOptions(authorization=sign_in(email, "acme"))
        return len(stytch.sso.get_connections(slug, method_options=options).saml_connections)

    assert ask("ada@acme.example", "acme") == 1
    assert refusal(lambda: ask("vic@acme.example", "acme")) == (403, "session_authorization_error")
    assert refusal(lambda: ask("ada@acme.example", "hooli")) == (403, "session_authorization_tenancy_error")
