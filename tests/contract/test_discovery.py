"""Discovery by email magic link through the official SDK."""

from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import CHALLENGE, VERIFIER, SignIn, mailed_token, prove, refusal


def test_link_with_pkce_opens_the_organizations_of_an_address(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = mailed_token(stytch, sandbox, "ada@acme.example", CHALLENGE)
    without = refusal(lambda: stytch.magic_links.discovery.authenticate(token))
    assert without == (400, "pkce_expected_code_verifier")
    answer = stytch.magic_links.discovery.authenticate(token, pkce_code_verifier=VERIFIER)
    assert answer.email_address == "ada@acme.example"
    found = {item.organization.organization_slug for item in answer.discovered_organizations if item.organization}
    assert found == {"acme", "globex", "initech"}
    listed = stytch.discovery.organizations.list(intermediate_session_token=answer.intermediate_session_token)
    assert listed.discovered_organizations == answer.discovered_organizations
    used = refusal(lambda: stytch.magic_links.discovery.authenticate(token, pkce_code_verifier=VERIFIER))
    assert used == (401, "unable_to_auth_magic_link")


def test_exchange_signs_in_to_one_organization(stytch: B2BClient, sandbox: Sandbox) -> None:
    intermediate = prove(stytch, sandbox, "ada@acme.example")
    answer = stytch.discovery.intermediate_sessions.exchange(intermediate, "globex", session_duration_minutes=30)
    assert answer.member_authenticated
    assert answer.member_session is not None
    assert answer.member_session.organization_id == answer.organization.organization_id
    assert answer.member.is_admin
    again = refusal(lambda: stytch.discovery.intermediate_sessions.exchange(intermediate, "acme"))
    assert again == (404, "intermediate_session_not_found")


def test_session_lists_organizations_too(stytch: B2BClient, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    listed = stytch.discovery.organizations.list(session_token=ada.session_token)
    assert len(listed.discovered_organizations) == 3


def test_address_that_belongs_nowhere(stytch: B2BClient, sandbox: Sandbox) -> None:
    intermediate = prove(stytch, sandbox, "stranger@nowhere.example")
    assert stytch.discovery.organizations.list(intermediate).discovered_organizations == []
    refused = refusal(lambda: stytch.discovery.intermediate_sessions.exchange(intermediate, "acme"))
    assert refused == (400, "email_jit_provisioning_not_allowed")


def test_mfa_and_sso_leave_an_intermediate_session(stytch: B2BClient, sandbox: Sandbox) -> None:
    una = stytch.discovery.intermediate_sessions.exchange(prove(stytch, sandbox, "una@umbrella.example"), "umbrella")
    assert una.mfa_required is not None
    assert una.mfa_required.secondary_auth_initiated == "sms_otp"
    hal = stytch.discovery.intermediate_sessions.exchange(prove(stytch, sandbox, "hal@hooli.example"), "hooli")
    assert hal.primary_required is not None
    assert hal.primary_required.allowed_auth_methods == ["sso"]
    for answer in (una, hal):
        assert not answer.member_authenticated
        assert (answer.session_token, answer.session_jwt, answer.member_session) == ("", "", None)
        assert answer.intermediate_session_token
        assert answer.intermediate_session_token_expires_at is not None
