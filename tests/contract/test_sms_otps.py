"""SMS codes as a second factor, through the official SDK."""

import pytest
from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import SignIn, newest_code, prove, refusal, wrong
from tests.contract.mfa import UGO, UMA, UNA, UNA_PHONE, app_code, half_way

SPENT = (401, "unable_to_auth_otp_code")
UNKNOWN = (404, "otp_code_not_found")


def test_code_that_came_by_itself_finishes_the_sign_in_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    una = half_way(stytch, sandbox, UNA)
    code, token = newest_code(sandbox), una.intermediate_session_token
    sms = stytch.otps.sms
    assert refusal(lambda: sms.authenticate("umbrella", una.member_id, wrong(code), token)) == UNKNOWN
    answer = sms.authenticate("umbrella", una.member_id, code, token, session_duration_minutes=30)
    assert answer.member_session is not None
    factors = answer.member_session.authentication_factors
    assert [(factor.type, factor.delivery_method) for factor in factors] == [("magic_link", "email"), ("otp", "sms")]
    assert factors[1].phone_number_factor is not None
    assert factors[1].phone_number_factor.phone_number == UNA_PHONE
    assert stytch.sessions.authenticate(session_token=answer.session_token).member.member_id == una.member_id
    used = refusal(lambda: sms.authenticate("umbrella", una.member_id, code, token))
    assert used == (404, "intermediate_session_not_found")
    again = half_way(stytch, sandbox, UNA)
    sandbox.world.sms_codes[una.member_id].used = True
    spent = refusal(
        lambda: sms.authenticate("umbrella", una.member_id, newest_code(sandbox), again.intermediate_session_token)
    )
    assert spent == SPENT


def test_code_ends_after_two_minutes_and_a_new_one_voids_it(stytch: B2BClient, sandbox: Sandbox) -> None:
    una = half_way(stytch, sandbox, UNA)
    token, sms = una.intermediate_session_token, stytch.otps.sms
    sandbox.world.clock.advance(120)
    late = refusal(lambda: sms.authenticate("umbrella", una.member_id, newest_code(sandbox), token))
    assert late == SPENT
    old = newest_code(sandbox)
    while newest_code(sandbox) == old:
        assert sms.send("umbrella", una.member_id, intermediate_session_token=token).member_id == una.member_id
    assert (sandbox.world.inbox[0].to, sandbox.world.inbox[0].kind) == (UNA_PHONE, "sms_otp")
    assert refusal(lambda: sms.authenticate("umbrella", una.member_id, old, token)) == UNKNOWN
    assert sms.authenticate("umbrella", una.member_id, newest_code(sandbox), token).session_token


def test_a_number_is_enrolled_by_its_code(stytch: B2BClient, sandbox: Sandbox) -> None:
    ugo = half_way(stytch, sandbox, UGO)
    token, sms = ugo.intermediate_session_token, stytch.otps.sms
    assert ugo.mfa_required is not None
    assert ugo.mfa_required.member_options is None
    send = sms.send
    assert refusal(lambda: send("umbrella", ugo.member_id, intermediate_session_token=token)) == (
        404,
        "member_phone_number_not_found",
    )
    for number in ("2025550199", "+1 202 555 0199", "+0202555"):
        refused = refusal(lambda: send("umbrella", ugo.member_id, number, intermediate_session_token=token))  # noqa: B023
        assert refused == (400, "invalid_phone_number")
    mistyped = send("umbrella", ugo.member_id, "+12025550190", intermediate_session_token=token)
    assert not mistyped.member.mfa_phone_number_verified
    sent = send("umbrella", ugo.member_id, "+12025550199", intermediate_session_token=token)
    assert sent.member.mfa_phone_number == "+12025550199"
    answer = sms.authenticate("umbrella", ugo.member_id, newest_code(sandbox), token)
    assert answer.session_token
    member = answer.member
    assert (member.mfa_enrolled, member.mfa_phone_number_verified) == (True, True)
    assert member.default_mfa_method == "sms_otp"
    other = refusal(lambda: send("umbrella", ugo.member_id, "+12025550190", session_token=answer.session_token))
    assert other == (400, "invalid_phone_number")


def test_a_number_is_added_to_an_app_only_by_who_has_the_app(stytch: B2BClient, sandbox: Sandbox) -> None:
    uma = half_way(stytch, sandbox, UMA)
    token, number = uma.intermediate_session_token, "+12025550188"
    send = stytch.otps.sms.send
    without = refusal(lambda: send("umbrella", uma.member_id, number, intermediate_session_token=token))
    assert without == (400, "insufficient_factors")
    assert refusal(lambda: send("umbrella", uma.member_id, number)) == (400, "insufficient_factors")
    session = stytch.totps.authenticate("umbrella", uma.member_id, app_code(sandbox, uma.member_id), token)
    assert send("umbrella", uma.member_id, number, session_token=session.session_token).member_id == uma.member_id
    stytch.otps.sms.authenticate(
        "umbrella", uma.member_id, newest_code(sandbox), session_token=session.session_token, set_default_mfa=True
    )
    member = sandbox.world.members[uma.member_id]
    assert member.default_mfa_method == "sms_otp"


def test_a_step_up_goes_on_with_the_session(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn) -> None:
    ada = sign_in("ada@acme.example", "acme")
    member_id = stytch.sessions.authenticate(session_token=ada.session_token).member.member_id
    sms = stytch.otps.sms
    sms.send("acme", member_id, "+12025550177", session_token=ada.session_token)
    answer = sms.authenticate("acme", member_id, newest_code(sandbox), session_token=ada.session_token)
    assert answer.session_token == ada.session_token
    assert answer.member_session is not None
    assert [factor.type for factor in answer.member_session.authentication_factors] == ["magic_link", "otp"]
    assert not answer.member.mfa_enrolled
    for wish, enrolled in (("enroll", True), ("unenroll", False)):
        sms.send("acme", member_id, session_token=ada.session_token)
        code = newest_code(sandbox)
        wished = sms.authenticate("acme", member_id, code, session_token=ada.session_token, set_mfa_enrollment=wish)
        assert wished.member.mfa_enrolled is enrolled


def test_what_was_proven_must_be_the_member_s_and_enough(stytch: B2BClient, sandbox: Sandbox) -> None:
    una = half_way(stytch, sandbox, UNA)
    code, token = newest_code(sandbox), una.intermediate_session_token

    def finish(intermediate: str | None = None, session: str | None = None) -> tuple[int, str | None]:
        return refusal(lambda: stytch.otps.sms.authenticate("umbrella", una.member_id, code, intermediate, session))

    assert finish() == (400, "no_session_arguments")
    assert finish(token, token) == (400, "too_many_session_arguments")
    somebody = prove(stytch, sandbox, UMA)
    foreign = (400, "invalid_intermediate_session_token_for_organization")
    assert finish(somebody) == foreign
    assert (
        refusal(lambda: stytch.otps.sms.send("umbrella", una.member_id, intermediate_session_token=somebody)) == foreign
    )
    umbrella = sandbox.world.find_organization("umbrella")
    umbrella.auth_methods, umbrella.allowed_auth_methods = "RESTRICTED", ["sso"]
    unmet = finish(token)
    assert unmet == (400, "action_available_only_once_primary_authentication_is_met")
    umbrella.mfa_methods, umbrella.allowed_mfa_methods = "RESTRICTED", ["totp"]
    assert finish(token) == (400, "operation_restricted_by_organization_mfa_methods")


@pytest.mark.parametrize("minutes", [4, 527041])
def test_a_refused_call_uses_nothing_up(stytch: B2BClient, sandbox: Sandbox, minutes: int) -> None:
    una = half_way(stytch, sandbox, UNA)
    code, token = newest_code(sandbox), una.intermediate_session_token
    sms = stytch.otps.sms
    refused = refusal(
        lambda: sms.authenticate("umbrella", una.member_id, code, token, session_duration_minutes=minutes)
    )
    assert refused == (400, "invalid_session_duration_minutes")
    assert sms.authenticate("umbrella", una.member_id, code, token).session_token


def test_a_code_that_proves_the_address_again_keeps_the_intermediate_session(
    stytch: B2BClient, sandbox: Sandbox
) -> None:
    una = half_way(stytch, sandbox, UNA)
    stytch.otps.email.login_or_signup("umbrella", UNA)
    answer = stytch.otps.email.authenticate(
        "umbrella", UNA, newest_code(sandbox), intermediate_session_token=una.intermediate_session_token
    )
    assert answer.intermediate_session_token == una.intermediate_session_token
    done = stytch.otps.sms.authenticate(
        "umbrella", una.member_id, newest_code(sandbox), answer.intermediate_session_token
    )
    assert done.member_session is not None
    assert [f.type for f in done.member_session.authentication_factors] == ["magic_link", "email_otp", "otp"]
