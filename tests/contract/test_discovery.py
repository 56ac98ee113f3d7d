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


def memberships(stytch: B2BClient, token: str) -> dict[str, tuple[str, bool]]:
    """What discovery finds: by slug, the membership's type and whether nothing more is needed."""
    return {
        found.organization.organization_slug: (found.membership.type, bool(found.member_authenticated))
        for found in stytch.discovery.organizations.list(token).discovered_organizations
        if found.organization and found.membership
    }


def test_invitation_and_joining_by_domain_are_told_apart(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = prove(stytch, sandbox, "ivy@globex.example")
    assert memberships(stytch, token) == {
        "acme": ("invited_member", True),
        "globex": ("eligible_to_join_by_email_domain", True),
    }
    to_join = stytch.discovery.organizations.list(token).discovered_organizations[1].membership
    assert to_join is not None
    assert (to_join.details, to_join.member) == ({"domain": "globex.example"}, None)
    invited = stytch.discovery.intermediate_sessions.exchange(token, "acme")
    assert (invited.member_authenticated, invited.member.status) == (True, "active")
    listed = stytch.discovery.organizations.list(session_token=invited.session_token).discovered_organizations
    assert [found.membership.type for found in listed if found.membership] == ["active_member"]
    joined = stytch.discovery.intermediate_sessions.exchange(prove(stytch, sandbox, "ivy@globex.example"), "globex")
    assert (joined.member_authenticated, joined.member.status) == (True, "active")
    assert joined.member.email_address_verified
    assert memberships(stytch, prove(stytch, sandbox, "ivy@globex.example"))["globex"] == ("active_member", True)


def test_joining_is_offered_where_a_verified_member_of_the_domain_is(stytch: B2BClient, sandbox: Sandbox) -> None:
    world = sandbox.world
    globex = world.find_organization("globex")
    token = prove(stytch, sandbox, "new@globex.example")
    assert memberships(stytch, token) == {"globex": ("eligible_to_join_by_email_domain", True)}
    assert memberships(stytch, prove(stytch, sandbox, "new@other.example")) == {}
    gil = world.find_member(globex.organization_id, email="gil@globex.example")
    gil.status = "invited"
    assert memberships(stytch, token) == {}
    gil.status = "active"
    globex.email_jit_provisioning = "NOT_ALLOWED"
    assert memberships(stytch, token) == {}
    refused = refusal(lambda: stytch.discovery.intermediate_sessions.exchange(token, "globex"))
    assert refused == (400, "email_jit_provisioning_not_allowed")


def test_who_joins_is_asked_for_what_the_organization_wants(stytch: B2BClient, sandbox: Sandbox) -> None:
    sandbox.world.find_organization("globex").mfa_policy = "REQUIRED_FOR_ALL"
    token = prove(stytch, sandbox, "new@globex.example")
    assert memberships(stytch, token) == {"globex": ("eligible_to_join_by_email_domain", False)}
    joined = stytch.discovery.intermediate_sessions.exchange(token, "globex")
    assert (joined.member_authenticated, joined.member.status) == (False, "active")
    assert joined.mfa_required is not None
    assert joined.mfa_required.member_options is None


def test_an_invitation_is_accepted_with_a_session_too(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = prove(stytch, sandbox, "ivy@globex.example")
    globex = stytch.discovery.intermediate_sessions.exchange(token, "globex")
    acme = stytch.sessions.exchange("acme", session_token=globex.session_token)
    assert (acme.member_authenticated, acme.member.status) == (True, "active")
    domain = refusal(lambda: stytch.sessions.exchange("wayne", session_token=globex.session_token))
    assert domain == (404, "member_not_found")


def test_no_code_is_texted_before_an_organization_is_chosen(stytch: B2BClient, sandbox: Sandbox) -> None:
    token = prove(stytch, sandbox, "una@umbrella.example")
    [found] = stytch.discovery.organizations.list(token).discovered_organizations
    assert found.mfa_required is not None
    assert found.mfa_required.member_options is not None
    assert found.mfa_required.secondary_auth_initiated is None
    assert [mail.kind for mail in sandbox.world.inbox] == ["discovery_magic_link"]
