"""One-time codes by email through the official SDK: discovery's, and an organization's."""

from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import newest_code, newest_link, prove, refusal, wrong

UNKNOWN = (404, "otp_code_not_found")
SPENT = (401, "unable_to_auth_otp_code")


def test_discovery_code_opens_the_organizations_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    discovery = stytch.otps.email.discovery
    discovery.send("Ada@acme.example")
    mail = sandbox.world.inbox[0]
    assert (mail.to, mail.kind, mail.link) == ("ada@acme.example", "email_otp", None)
    code = newest_code(sandbox)
    assert refusal(lambda: discovery.authenticate("ada@acme.example", wrong(code))) == UNKNOWN
    assert refusal(lambda: discovery.authenticate("vic@acme.example", code)) == UNKNOWN
    answer = discovery.authenticate("ada@acme.example", code)
    assert answer.email_address == "ada@acme.example"
    assert answer.intermediate_session_token_expires_at is not None
    assert len(answer.discovered_organizations) == 3
    signed_in = stytch.discovery.intermediate_sessions.exchange(answer.intermediate_session_token, "acme")
    assert signed_in.member_session is not None
    assert [factor.type for factor in signed_in.member_session.authentication_factors] == ["email_otp"]
    assert refusal(lambda: discovery.authenticate("ada@acme.example", code)) == SPENT


def test_only_the_newest_code_works(stytch: B2BClient, sandbox: Sandbox) -> None:
    discovery = stytch.otps.email.discovery
    codes: list[str] = []
    while len(set(codes)) < 2:  # in one of a million runs, both are the same
        discovery.send("ada@acme.example")
        codes.append(newest_code(sandbox))
    assert refusal(lambda: discovery.authenticate("ada@acme.example", codes[0])) == UNKNOWN
    stytch.otps.email.login_or_signup("acme", "ada@acme.example")
    assert refusal(lambda: discovery.authenticate("ada@acme.example", codes[-1])) == UNKNOWN


def test_code_ends_with_its_minutes(stytch: B2BClient, sandbox: Sandbox) -> None:
    discovery = stytch.otps.email.discovery
    for minutes, asked in ((10, None), (2, 2)):
        discovery.send("ada@acme.example", discovery_expiration_minutes=asked)
        sandbox.world.clock.advance(minutes * 60)
        assert refusal(lambda: discovery.authenticate("ada@acme.example", newest_code(sandbox))) == SPENT
    for minutes in (1, 16):
        refused = refusal(lambda: discovery.send("ada@acme.example", discovery_expiration_minutes=minutes))  # noqa: B023
        assert refused == (400, "invalid_expiration_minutes")
    assert refusal(lambda: discovery.send("nobody")) == (400, "invalid_email")


def test_organization_code_signs_a_member_in_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    email = stytch.otps.email
    sent = email.login_or_signup("acme", "vic@acme.example")
    assert (sent.member_created, sent.member.email_address) == (False, "vic@acme.example")
    code = newest_code(sandbox)
    assert refusal(lambda: email.authenticate("acme", "vic@acme.example", wrong(code))) == UNKNOWN
    assert refusal(lambda: email.authenticate("globex", "vic@acme.example", code)) == UNKNOWN
    assert refusal(lambda: email.discovery.authenticate("vic@acme.example", code)) == UNKNOWN
    answer = email.authenticate("acme", "vic@acme.example", code, session_duration_minutes=5)
    assert answer.member_authenticated
    assert answer.member_session is not None
    [factor] = answer.member_session.authentication_factors
    assert factor.email_factor is not None
    assert (factor.type, factor.email_factor.email_id) == ("email_otp", answer.method_id)
    assert refusal(lambda: email.authenticate("acme", "vic@acme.example", code)) == SPENT


def test_organization_decides_who_gets_a_code(stytch: B2BClient, sandbox: Sandbox) -> None:
    email = stytch.otps.email
    stranger = refusal(lambda: email.login_or_signup("acme", "stranger@acme.example"))
    assert stranger == (400, "email_jit_provisioning_not_allowed")
    sso_only = refusal(lambda: email.login_or_signup("hooli", "hal@hooli.example"))
    assert sso_only == (400, "operation_restricted_by_organization_auth_methods")
    assert not sandbox.world.inbox
    sent = email.login_or_signup("globex", "new@globex.example")
    assert (sent.member_created, sent.member.status) == (True, "pending")
    answer = email.authenticate("globex", "new@globex.example", newest_code(sandbox))
    assert (answer.member_authenticated, answer.member.status) == (True, "active")


def test_code_is_added_to_what_was_proven_before(stytch: B2BClient, sandbox: Sandbox) -> None:
    intermediate = prove(stytch, sandbox, "ada@acme.example")
    stytch.otps.email.login_or_signup("acme", "ada@acme.example")
    code = newest_code(sandbox)
    answer = stytch.otps.email.authenticate("acme", "ada@acme.example", code, intermediate_session_token=intermediate)
    assert answer.member_session is not None
    assert [factor.type for factor in answer.member_session.authentication_factors] == ["magic_link", "email_otp"]
    used = refusal(lambda: stytch.discovery.intermediate_sessions.exchange(intermediate, "acme"))
    assert used == (404, "intermediate_session_not_found")


def test_somebody_else_s_intermediate_session_is_refused(stytch: B2BClient, sandbox: Sandbox) -> None:
    intermediate = prove(stytch, sandbox, "ada@acme.example")
    assert newest_link(sandbox)["stytch_token_type"] == "discovery"
    stytch.otps.email.login_or_signup("acme", "vic@acme.example")
    code = newest_code(sandbox)
    mixed = refusal(
        lambda: stytch.otps.email.authenticate(
            "acme", "vic@acme.example", code, intermediate_session_token=intermediate
        )
    )
    assert mixed == (400, "invalid_intermediate_session_token_for_organization")
    assert stytch.otps.email.authenticate("acme", "vic@acme.example", code).member_authenticated
