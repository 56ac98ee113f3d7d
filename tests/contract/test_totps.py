"""Authenticator apps and recovery codes as a second factor, through the official SDK."""

import re
from base64 import b64decode

import pytest
from stytch import B2BClient

from tests.conftest import Sandbox
from tests.contract.conftest import newest_code, prove, refusal, wrong
from tests.contract.mfa import UGO, UMA, UNA, app_code, half_way


def test_code_finishes_the_sign_in_and_works_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    sandbox.world.clock.advance(30 - sandbox.world.clock.now().timestamp() % 30)  # a step begins
    uma = half_way(stytch, sandbox, UMA)
    code, token = app_code(sandbox, uma.member_id), uma.intermediate_session_token
    authenticate = stytch.totps.authenticate
    for given, expected in (
        (wrong(code), (401, "unable_to_authenticate_totp")),
        ("12345", (400, "invalid_totp_code")),
        ("a1b2-c3d4-e5f6", (400, "recovery_code_used_as_totp_code")),
    ):
        assert refusal(lambda: authenticate("umbrella", uma.member_id, given, token)) == expected  # noqa: B023
    answer = authenticate("umbrella", uma.member_id, code, token)
    assert answer.member_session is not None
    factor = answer.member_session.authentication_factors[-1]
    assert (factor.type, factor.delivery_method) == ("totp", "authenticator_app")
    assert factor.authenticator_app_factor is not None
    assert factor.authenticator_app_factor.totp_id == answer.member.totp_registration_id
    replayed = refusal(lambda: authenticate("umbrella", uma.member_id, code, session_token=answer.session_token))
    assert replayed == (400, "totp_code_already_authenticated")
    sandbox.world.clock.advance(30)
    stepped_up = authenticate(
        "umbrella", uma.member_id, app_code(sandbox, uma.member_id), session_token=answer.session_token
    )
    assert stepped_up.session_token == answer.session_token


@pytest.mark.parametrize(("seconds", "good"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_the_steps_beside_the_present_one_count(stytch: B2BClient, sandbox: Sandbox, seconds: int, good: bool) -> None:
    uma = half_way(stytch, sandbox, UMA)
    sandbox.world.clock.advance(60)
    moment = int(sandbox.world.clock.now().timestamp()) + seconds
    registration = sandbox.world.totps[uma.member_id]
    code = registration.code(type(sandbox.world.clock.now()).fromtimestamp(moment, sandbox.world.clock.now().tzinfo))

    def finish() -> str:
        answer = stytch.totps.authenticate("umbrella", uma.member_id, code, uma.intermediate_session_token)
        return answer.session_token

    if good:
        assert finish()
    else:
        assert refusal(finish) == (401, "unable_to_authenticate_totp")


def test_an_app_is_enrolled_by_its_first_code(stytch: B2BClient, sandbox: Sandbox) -> None:
    ugo = half_way(stytch, sandbox, UGO)
    token = ugo.intermediate_session_token
    created = stytch.totps.create("umbrella", ugo.member_id, intermediate_session_token=token)
    assert re.fullmatch(r"[A-Z2-7]{32}", created.secret)
    kind, _, picture = created.qr_code.partition(",")
    assert kind == "data:image/png;base64"
    assert b64decode(picture).startswith(b"\x89PNG")
    assert len(set(created.recovery_codes)) == 10
    assert all(re.fullmatch(r"[a-z0-9]{4}(-[a-z0-9]{4}){2}", code) for code in created.recovery_codes)
    assert created.member.totp_registration_id == ""
    codes = refusal(lambda: stytch.recovery_codes.get("umbrella", ugo.member_id))
    assert codes == (404, "recovery_codes_not_found")
    answer = stytch.totps.authenticate("umbrella", ugo.member_id, app_code(sandbox, ugo.member_id), token)
    assert answer.session_token
    member = answer.member
    assert (member.mfa_enrolled, member.totp_registration_id) == (True, created.totp_registration_id)
    assert member.default_mfa_method == "totp"
    again = refusal(lambda: stytch.totps.create("umbrella", ugo.member_id, session_token=answer.session_token))
    assert again == (400, "active_totp_exists")


def test_an_app_that_is_not_confirmed_in_time_is_none(stytch: B2BClient, sandbox: Sandbox) -> None:
    ugo = half_way(stytch, sandbox, UGO)
    for minutes in (4, 1441):
        refused = refusal(lambda: stytch.totps.create("umbrella", ugo.member_id, expiration_minutes=minutes))  # noqa: B023
        assert refused == (400, "invalid_expiration_minutes")
    stytch.totps.create("umbrella", ugo.member_id, expiration_minutes=5)
    sandbox.world.clock.advance(300)
    code, token = app_code(sandbox, ugo.member_id), ugo.intermediate_session_token
    late = refusal(lambda: stytch.totps.authenticate("umbrella", ugo.member_id, code, token))
    assert late == (404, "totp_not_found")
    assert stytch.totps.create("umbrella", ugo.member_id).secret


@pytest.mark.parametrize("variant", ["replaces", "refused"])
def test_creating_again_before_it_is_confirmed(stytch: B2BClient, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["totp_created_again"] = variant
    ugo = half_way(stytch, sandbox, UGO)
    first = stytch.totps.create("umbrella", ugo.member_id)
    if variant == "refused":
        refused = refusal(lambda: stytch.totps.create("umbrella", ugo.member_id))
        assert refused == (400, "pending_totp_exists")
        assert sandbox.world.totps[ugo.member_id].secret == first.secret
    else:
        assert stytch.totps.create("umbrella", ugo.member_id).secret != first.secret


def test_an_app_is_added_to_a_phone_only_by_who_has_the_phone(stytch: B2BClient, sandbox: Sandbox) -> None:
    una = half_way(stytch, sandbox, UNA)
    code, token = newest_code(sandbox), una.intermediate_session_token
    create = stytch.totps.create
    without = refusal(lambda: create("umbrella", una.member_id, intermediate_session_token=token))
    assert without == (400, "insufficient_factors")
    session = stytch.otps.sms.authenticate("umbrella", una.member_id, code, token)
    assert create("umbrella", una.member_id, session_token=session.session_token).secret


def test_who_is_not_active_has_no_second_factor(stytch: B2BClient, sandbox: Sandbox) -> None:
    acme = sandbox.world.find_organization("acme")
    ivy = sandbox.world.find_member(acme.organization_id, email="ivy@globex.example")
    refused = refusal(lambda: stytch.totps.create("acme", ivy.member_id))
    assert refused == (400, "action_available_only_for_active_members")
    acme.mfa_policy = "REQUIRED_FOR_ALL"
    invited = half_way(stytch, sandbox, "ivy@globex.example", "acme")
    assert invited.member.status == "active"
    assert stytch.totps.create("acme", ivy.member_id).secret


def test_recovery_code_takes_the_app_s_place_once(stytch: B2BClient, sandbox: Sandbox) -> None:
    uma = half_way(stytch, sandbox, UMA)
    token = uma.intermediate_session_token
    recover = stytch.recovery_codes.recover
    codes = stytch.recovery_codes.get("umbrella", uma.member_id).recovery_codes
    assert len(codes) == 10
    unknown = refusal(lambda: recover("umbrella", uma.member_id, "aaaa-aaaa-aaaa", token))
    assert unknown == (401, "unable_to_authenticate_recovery_code")
    of_the_app = refusal(lambda: recover("umbrella", uma.member_id, app_code(sandbox, uma.member_id), token))
    assert of_the_app == (400, "totp_code_used_as_recovery_code")
    answer = recover("umbrella", uma.member_id, codes[3].upper(), token, session_duration_minutes=5)
    assert answer.recovery_codes_remaining == 9
    assert answer.member_session is not None
    assert [f.type for f in answer.member_session.authentication_factors] == ["magic_link", "recovery_codes"]
    again = refusal(lambda: recover("umbrella", uma.member_id, codes[3], session_token=answer.session_token))
    assert again == (401, "unable_to_authenticate_recovery_code")


def test_rotation_makes_all_recovery_codes_new(stytch: B2BClient, sandbox: Sandbox) -> None:
    umbrella = sandbox.world.find_organization("umbrella").organization_id
    uma = sandbox.world.find_member(umbrella, email=UMA).member_id
    una = sandbox.world.find_member(umbrella, email=UNA).member_id
    old = stytch.recovery_codes.get("umbrella", uma).recovery_codes
    new = stytch.recovery_codes.rotate("umbrella", uma).recovery_codes
    assert stytch.recovery_codes.get("umbrella", uma).recovery_codes == new
    assert not set(old) & set(new)
    assert refusal(lambda: stytch.recovery_codes.rotate("umbrella", una)) == (404, "recovery_codes_not_found")
    intermediate = prove(stytch, sandbox, UNA)
    none = refusal(lambda: stytch.recovery_codes.recover("umbrella", una, old[0], intermediate))
    assert none == (404, "recovery_codes_not_found")
