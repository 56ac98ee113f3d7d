"""Member sessions and the RBAC policy through the official SDK, its local JWT check included."""

import jwt
import pytest
from stytch import B2BClient
from stytch.b2b.models.sessions import AuthorizationCheck, RevokeRequestOptions
from stytch.core.response_base import StytchError
from stytch.shared.rbac_local import RBACPermissionError, TenancyError

from tests.conftest import Sandbox
from tests.contract.conftest import SignIn, refusal
from webapp.sandbox.identifiers import PROJECT_ID


def organization_id(sandbox: Sandbox, slug: str) -> str:
    return sandbox.world.find_organization(slug).organization_id


def check(sandbox: Sandbox, slug: str, action: str) -> AuthorizationCheck:
    return AuthorizationCheck(organization_id=organization_id(sandbox, slug), resource_id="stytch.scim", action=action)


def test_authenticate_answers_the_whole_session(stytch: B2BClient, sign_in: SignIn) -> None:
    vic = sign_in("vic@acme.example", "acme")
    answer = stytch.sessions.authenticate(session_token=vic.session_token)
    assert answer.session_token == vic.session_token
    assert answer.member.email_address == "vic@acme.example"
    assert answer.organization.organization_slug == answer.member_session.organization_slug == "acme"
    assert answer.member_session.roles == ["stytch_member", "scim_viewer"]
    assert [role.role_id for role in answer.member.roles] == answer.member_session.roles
    lifetime = answer.member_session.expires_at - answer.member_session.started_at
    assert lifetime.total_seconds() == 3600


def test_get_lists_the_live_sessions(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    first, second = (sign_in("ada@acme.example", "acme") for _ in range(2))
    member = stytch.sessions.authenticate(session_token=first.session_token).member
    assert len(stytch.sessions.get(member.organization_id, member.member_id).member_sessions) == 2
    stytch.sessions.revoke(session_token=second.session_token)
    left = stytch.sessions.get(member.organization_id, member.member_id).member_sessions
    assert [session.member_id for session in left] == [member.member_id]
    sandbox.world.clock.advance(3600)
    assert stytch.sessions.get(member.organization_id, member.member_id).member_sessions == []


def test_revoked_session_is_gone_by_every_name(stytch: B2BClient, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    alive = stytch.sessions.authenticate(session_token=ada.session_token)
    stytch.sessions.revoke(member_id=alive.member.member_id, method_options=RevokeRequestOptions(authorization=ada))
    gone = (404, "session_not_found")
    assert refusal(lambda: stytch.sessions.authenticate(session_token=ada.session_token)) == gone
    assert refusal(lambda: stytch.sessions.authenticate(session_jwt=alive.session_jwt)) == gone
    assert refusal(lambda: stytch.sessions.revoke(alive.member_session.member_session_id)) == gone


# The SDK's own, in how it sends the check.
@pytest.mark.filterwarnings("ignore:The `dict` method is deprecated")
def test_authorization_check(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    olga = sign_in("olga@acme.example", "acme")

    def ask(slug: str, action: str) -> list[str]:
        verdict = stytch.sessions.authenticate(
            session_token=olga.session_token, authorization_check=check(sandbox, slug, action)
        ).verdict
        assert verdict is not None
        assert verdict.authorized
        return verdict.granting_roles

    assert ask("acme", "update") == ["scim_operator"]
    assert refusal(lambda: ask("acme", "delete")) == (403, "session_authorization_error")
    assert refusal(lambda: ask("globex", "get")) == (403, "session_authorization_tenancy_error")


def test_jwt_is_checked_locally_against_the_jwks(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    olga = sign_in("olga@acme.example", "acme")
    answer = stytch.sessions.authenticate(session_token=olga.session_token, session_custom_claims={"tier": "gold"})
    local = stytch.sessions.authenticate_jwt_local(
        answer.session_jwt, authorization_check=check(sandbox, "acme", "update")
    )
    assert local is not None
    remote = answer.member_session
    assert local.model_dump(exclude={"authentication_factors"}) == remote.model_dump(exclude={"authentication_factors"})
    assert local.custom_claims == {"tier": "gold"}
    assert jwt.get_unverified_header(answer.session_jwt).keys() == {"alg", "kid", "typ"}
    claims = jwt.decode(answer.session_jwt, options={"verify_signature": False})
    assert (claims["aud"], claims["iss"]) == ([PROJECT_ID], f"stytch.com/{PROJECT_ID}")
    assert claims["exp"] - claims["iat"] == 300
    with pytest.raises(RBACPermissionError):
        stytch.sessions.authenticate_jwt_local(answer.session_jwt, authorization_check=check(sandbox, "acme", "delete"))
    with pytest.raises(TenancyError):
        stytch.sessions.authenticate_jwt_local(answer.session_jwt, authorization_check=check(sandbox, "globex", "get"))


def test_jwt_too_old_for_the_reader_is_refreshed_over_the_network(stytch: B2BClient, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    session_jwt = stytch.sessions.authenticate(session_token=ada.session_token).session_jwt
    assert stytch.sessions.authenticate_jwt(session_jwt).request_id == ""
    assert stytch.sessions.authenticate_jwt(session_jwt, max_token_age_seconds=0).request_id != ""
    stytch.sessions.revoke(session_token=ada.session_token)
    assert stytch.sessions.authenticate_jwt(session_jwt).request_id == ""
    with pytest.raises(StytchError):
        stytch.sessions.authenticate_jwt(session_jwt, max_token_age_seconds=0)


def test_jwks_has_every_key_the_sdk_requires(stytch: B2BClient) -> None:
    (key,) = stytch.sessions.get_jwks(PROJECT_ID).keys
    assert (key.kty, key.alg, key.use) == ("RSA", "RS256", "sig")
    assert key.kid.startswith("jwk-test-")
    other = refusal(lambda: stytch.sessions.get_jwks("project-test-11111111-1111-4111-8111-111111111111"))
    assert other == (404, "route_not_found")


def test_exchange_for_a_session_in_another_organization(stytch: B2BClient, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    answer = stytch.sessions.exchange("initech", session_token=ada.session_token)
    assert answer.member_authenticated
    assert answer.organization.organization_slug == "initech"
    assert (answer.intermediate_session_token, answer.mfa_required, answer.primary_required) == ("", None, None)
    stranger = refusal(lambda: stytch.sessions.exchange("wayne", session_token=ada.session_token))
    assert stranger == (404, "member_not_found")


def test_policy_names_what_each_role_may_do(stytch: B2BClient, sandbox: Sandbox) -> None:
    policy = stytch.rbac.policy().policy
    assert policy is not None
    scim = {
        role.role_id: permission.actions
        for role in policy.roles
        for permission in role.permissions
        if permission.resource_id == "stytch.scim"
    }
    assert scim == {"stytch_admin": ["*"], "scim_viewer": ["get"], "scim_operator": ["get", "update"]}
    assert policy.scopes == []
    resources = {resource.resource_id: resource.actions for resource in policy.resources}
    assert resources["stytch.scim"] == ["create", "get", "update", "delete"]
    assert "update.settings.implicit-roles" in resources["stytch.organization"]
    organization = organization_id(sandbox, "acme")
    assert stytch.rbac.organizations.get_org_policy(organization).org_policy.roles == []
