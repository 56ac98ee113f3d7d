"""Second factors: SMS codes, authenticator apps, recovery codes (stytch-api.md §4.7).

INFERRED: a phone number counts once a code that was texted to it came back; until then, another may take its place.
"""

import re
from typing import Literal

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.api.signing_in import ProvenBody, proven_before
from webapp.sandbox.authentication import missing_factors, people, send_sms_code, session_lifetime, sign_in
from webapp.sandbox.codes import check_code, lifetime
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_id
from webapp.sandbox.organizations import Member
from webapp.sandbox.sessions import (
    Factor,
    IntermediateSession,
    MemberSession,
    recovery_code_factor,
    sms_factor,
    totp_factor,
)
from webapp.sandbox.totp import TotpRegistration, new_recovery_codes, new_secret

blueprint = Blueprint("mfa", __name__)

_PHONE_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
# A picture of a QR code, which no app can read: the secret is what an authenticator takes.
_QR_CODE = (
    "data:image/png;base64,"
    "iVBORw0KGgoAAAANSUhEUgAAABkAAAAZAQAAAADskrjOAAAAaklEQVR42mP4DwQMYOJAJuN/hvvutf8ZLga7AglnEBEIJO7nAsUO+ANl//8G"
    "qvt86vd/hluRW/8zPCqb+p/h4Sn9/wxfi7qBsg+/AtWVHgfqqLYF6g1fCCTqLwKJkKsgU64DZesiobaBCAAeMUwDd/NcrQAAAABJRU5ErkJg"
    "gg=="
)


# These answers have no `member_authenticated` and no intermediate session.
_ANSWER = ("member_id", "member", "organization", "session_token", "session_jwt", "member_session")


class _Call(ProvenBody):
    organization_id: str
    member_id: str


class _Send(_Call):
    mfa_phone_number: str | None = None


class _Create(_Call):
    expiration_minutes: int | None = None


class _Finish(_Call):
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None
    set_mfa_enrollment: Literal["enroll", "unenroll"] | None = None
    set_default_mfa: bool = False


class _Authenticate(_Finish):
    code: str


class _Recover(_Finish):
    recovery_code: str


class _Rotate(Body):
    organization_id: str
    member_id: str


@blueprint.post("/otps/sms/send")
@call
def send_sms() -> dict[str, object]:
    """Needs no session, unless it adds a number to an authenticator app."""
    given = body(_Send)
    member = _member(given.organization_id, given.member_id)
    _check_allowed(member, "sms_otp")
    number = given.mfa_phone_number or member.mfa_phone_number
    if not number:
        raise ApiError("member_phone_number_not_found")
    if not _PHONE_NUMBER.fullmatch(number):
        raise ApiError("invalid_phone_number")
    if member.verified_phone_number and number != member.verified_phone_number:
        raise ApiError("invalid_phone_number", message="The member has another phone number.")
    _check_may_add(
        given, member, has_other_factor=not member.verified_phone_number and bool(member.totp_registration_id)
    )
    member.mfa_phone_number = number
    send_sms_code(world(), member, number)
    return _member_answer(member)


@blueprint.post("/otps/sms/authenticate")
@call
def authenticate_sms() -> dict[str, object]:
    given = body(_Authenticate)
    member = _member(given.organization_id, given.member_id)
    _check_allowed(member, "sms_otp")
    before = _check_proven(given, member)
    sent = world().sms_codes.get(member.member_id)
    if sent is None:
        raise ApiError("otp_code_not_found")
    check_code(world(), sent, given.code)
    sent.used = True
    member.mfa_phone_number_verified = True
    factor = sms_factor(member.email_address, sent.phone_number, world().clock.now())
    return _finish(given, member, before, factor, "sms_otp")


@blueprint.post("/totp")
@call
def create_totp() -> dict[str, object]:
    """Takes the place of a registration that was never confirmed, if the variant `totp_created_again` says so."""
    given = body(_Create)
    member = _member(given.organization_id, given.member_id)
    _check_allowed(member, "totp")
    if member.totp_registration_id:
        raise ApiError("active_totp_exists")
    earlier, now = world().totps.get(member.member_id), world().clock.now()
    if world().variants["totp_created_again"] == "refused" and earlier is not None and not earlier.is_over(now):
        raise ApiError("pending_totp_exists")
    _check_may_add(given, member, has_other_factor=bool(member.verified_phone_number))
    expires_at = now + lifetime(given.expiration_minutes, 60, 5, 1440)
    registration = TotpRegistration(new_id("member-totp"), new_secret(), new_recovery_codes(), expires_at)
    world().totps[member.member_id] = registration
    return _member_answer(member) | {
        "totp_registration_id": registration.totp_registration_id,
        "secret": registration.secret,
        "qr_code": _QR_CODE,
        "recovery_codes": registration.recovery_codes,
    }


@blueprint.post("/totp/authenticate")
@call
def authenticate_totp() -> dict[str, object]:
    given = body(_Authenticate)
    member = _member(given.organization_id, given.member_id)
    _check_allowed(member, "totp")
    before = _check_proven(given, member)
    registration = world().totps.get(member.member_id)
    if registration is None or registration.is_over(world().clock.now()):
        raise ApiError("totp_not_found")
    registration.use_code(given.code, world().clock.now())
    registration.expires_at = None
    member.totp_registration_id = registration.totp_registration_id
    factor = totp_factor(member.email_address, registration.totp_registration_id, world().clock.now())
    return _finish(given, member, before, factor, "totp")


@blueprint.post("/recovery_codes/recover")
@call
def recover() -> dict[str, object]:
    given = body(_Recover)
    member = _member(given.organization_id, given.member_id)
    before = _check_proven(given, member)
    registration = _confirmed(member)
    registration.use_recovery_code(given.recovery_code)
    factor = recovery_code_factor(member.email_address, given.recovery_code, world().clock.now())
    answer = _finish(given, member, before, factor, None)
    return answer | {"recovery_codes_remaining": len(registration.recovery_codes)}


@blueprint.get("/recovery_codes/<organization>/<member_id>")
@call
def get_recovery_codes(organization: str, member_id: str) -> dict[str, object]:
    member = _member(organization, member_id)
    return _member_answer(member) | {"recovery_codes": _confirmed(member).recovery_codes}


@blueprint.post("/recovery_codes/rotate")
@call
def rotate_recovery_codes() -> dict[str, object]:
    given = body(_Rotate)
    member = _member(given.organization_id, given.member_id)
    registration = _confirmed(member)
    registration.recovery_codes = new_recovery_codes()
    return _member_answer(member) | {"recovery_codes": registration.recovery_codes}


def _member(organization: str, member_id: str) -> Member:
    organization_id = world().find_organization(organization).organization_id
    return world().find_member(organization_id, member_id=member_id)


def _member_answer(member: Member) -> dict[str, object]:
    return {"member_id": member.member_id, **people(world(), member)}


def _check_allowed(member: Member, mfa_method: str) -> None:
    if member.status != "active":
        raise ApiError("action_available_only_for_active_members")
    if not world().organizations[member.organization_id].allows_mfa(mfa_method):
        raise ApiError("operation_restricted_by_organization_mfa_methods")


def _check_may_add(given: ProvenBody, member: Member, *, has_other_factor: bool) -> None:
    """Who has another second factor must have given it, as nobody could rely on it otherwise; ApiError else.

    What was proven may be missing, but not be somebody else's. (`insufficient_factors` is INFERRED.)
    """
    before = proven_before(given, member)
    if has_other_factor and not any(factor.secondary for factor in (before.factors if before else ())):
        raise ApiError("insufficient_factors")


def _check_proven(given: _Finish, member: Member) -> IntermediateSession | MemberSession:
    """What was proven before; ApiError if it is not enough, or if nothing can come of it."""
    before = proven_before(given, member)
    if before is None:
        raise ApiError("no_session_arguments")
    if isinstance(before, IntermediateSession) and missing_factors(world(), member, before.factors)["primary_required"]:
        raise ApiError("action_available_only_once_primary_authentication_is_met")
    session_lifetime(given.session_duration_minutes)
    return before


def _confirmed(member: Member) -> TotpRegistration:
    registration = world().totps.get(member.member_id)
    if registration is None or registration.expires_at is not None:
        raise ApiError("recovery_codes_not_found")
    return registration


def _finish(
    given: _Finish, member: Member, before: IntermediateSession | MemberSession, factor: Factor, method: str | None
) -> dict[str, object]:
    """Add the factor, and remember how the member wants it from now on; these answers have keys of their own."""
    if method is not None:
        if given.set_default_mfa or not member.default_mfa_method:
            member.default_mfa_method = method
        if world().organizations[member.organization_id].mfa_policy == "REQUIRED_FOR_ALL":
            member.mfa_enrolled = True
        elif given.set_mfa_enrollment is not None:
            member.mfa_enrolled = given.set_mfa_enrollment == "enroll"
    minutes, claims = given.session_duration_minutes, given.session_custom_claims
    answer = sign_in(world(), member, (factor,), minutes, claims, before)
    return {key: answer[key] for key in _ANSWER}
