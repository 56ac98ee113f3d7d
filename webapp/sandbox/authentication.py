"""Member sessions: how one comes to be, is found again and is shown (stytch-api.md §4.1, §4.7, §4.8, §4.9)."""

from collections.abc import Mapping
from datetime import timedelta

from webapp.sandbox import rbac
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import (
    ORGANIZATION_CLAIM,
    PROJECT_ID,
    SESSION_CLAIM,
    is_opaque_token,
    new_code,
    new_id,
    new_opaque_token,
    timestamp,
)
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.sessions import (
    INTERMEDIATE_SESSION_LIFETIME,
    SMS_CODE_LIFETIME,
    Factor,
    IntermediateSession,
    MemberSession,
    SmsCode,
)
from webapp.sandbox.world import Mail, World

_DEFAULT_MINUTES = 60
_JWT_LIFETIME = timedelta(minutes=5)
_RESERVED_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti"})


def sign_in(
    world: World,
    member: Member,
    factors: tuple[Factor, ...],
    minutes: int | None,
    claims: Mapping[str, object] | None,
    before: IntermediateSession | MemberSession | None = None,
) -> dict[str, object]:
    """Sign `member` in for `minutes` if `factors` are enough, else hand out an intermediate session.

    The factors are added to what was proven `before`. A session goes on then, and is asked for no MFA; an intermediate
    session is used up, or goes on if more is needed. Returns the keys that every authenticate call answers, less
    `organization_id` (stytch-api.md §4.1, "common output").
    """
    lifetime = session_lifetime(minutes)
    missing: dict[str, dict[str, object] | None] = {"primary_required": None, "mfa_required": None}
    session = None
    if isinstance(before, MemberSession):
        session = before
    else:
        if before is not None:
            factors = before.factors + factors
        missing = missing_factors(world, member, factors)
    # Whoever has proven their address is a member, also without the second factor that may follow.
    if not missing["primary_required"]:
        member.status = "active"
    answer: dict[str, object] = {"member_id": member.member_id, **people(world, member), **missing}
    if any(missing.values()):
        if missing["mfa_required"] and not missing["primary_required"] and member.verified_phone_number:
            send_sms_code(world, member, member.verified_phone_number)
        pending = before or new_intermediate_session(world, factors)
        assert isinstance(pending, IntermediateSession)  # noqa: S101 - nothing is missing of a session
        pending.factors, pending.organization_id = factors, member.organization_id
        return answer | {
            "member_authenticated": False,
            "session_token": "",
            "session_jwt": "",
            "member_session": None,
            "intermediate_session_token": pending.token,
            "intermediate_session_token_expires_at": timestamp(pending.expires_at),
        }
    if isinstance(before, IntermediateSession):
        del world.intermediate_sessions[before.token]
    session = start_session(world, member, factors, lifetime, session)
    merge_claims(session, claims)
    answer |= session_answer(world, session)
    return answer | {"member_authenticated": True, "intermediate_session_token": ""}


def start_session(
    world: World, member: Member, factors: tuple[Factor, ...], lifetime: timedelta, session: MemberSession | None = None
) -> MemberSession:
    """A new session of `member` with these factors, or `session`, which they are added to and which lives longer."""
    now = world.clock.now()
    if session is None:
        session = MemberSession(
            member_session_id=new_id("member-session"),
            session_token=new_opaque_token(),
            member_id=member.member_id,
            organization_id=member.organization_id,
            factors=(),
            started_at=now,
            last_accessed_at=now,
            expires_at=now + lifetime,
        )
        world.sessions[session.member_session_id] = session
    # A factor that is given again takes the place of its earlier self.
    given = {(factor.type, factor.delivery_method) for factor in factors}
    kept = tuple(factor for factor in session.factors if (factor.type, factor.delivery_method) not in given)
    session.factors = kept + factors
    session.last_accessed_at = now
    session.expires_at = now + lifetime
    return session


def send_sms_code(world: World, member: Member, phone_number: str) -> None:
    """Text a code of two minutes to the number; an earlier one is void (stytch-api.md §4.7)."""
    now = world.clock.now()
    code = new_code()
    world.sms_codes[member.member_id] = SmsCode(code, now + SMS_CODE_LIFETIME, phone_number)
    world.inbox.appendleft(Mail(phone_number, "Your sign-in code", "sms_otp", None, code, now))


def missing_factors(world: World, member: Member, factors: tuple[Factor, ...]) -> dict[str, dict[str, object] | None]:
    """What `member` must still prove after `factors`: `primary_required` and `mfa_required`, None where nothing."""
    organization = world.organizations[member.organization_id]
    primary_required: dict[str, object] | None = None
    if not any(_is_primary(factor, organization, member) for factor in factors):
        primary_required = {"allowed_auth_methods": organization.usable_auth_methods}
    mfa_required: dict[str, object] | None = None
    wanted = organization.mfa_policy == "REQUIRED_FOR_ALL" or member.mfa_enrolled
    if wanted and not any(factor.secondary for factor in factors):
        options = {
            "mfa_phone_number": member.verified_phone_number,
            "totp_registration_id": member.totp_registration_id,
        }
        mfa_required = {
            "member_options": options if any(options.values()) else None,
            "secondary_auth_initiated": "sms_otp" if member.verified_phone_number else None,
        }
    return {"primary_required": primary_required, "mfa_required": mfa_required}


def _is_primary(factor: Factor, organization: Organization, member: Member) -> bool:
    """Whether `factor` lets `member` in: one that proves no address does not open a membership that is not verified."""
    if factor.secondary or not organization.allows(factor.auth_method):
        return False
    if factor.organization_id not in (None, organization.organization_id):
        return False
    return factor.proves_email or (factor.type == "password" and member.status == "active")


def new_intermediate_session(world: World, factors: tuple[Factor, ...]) -> IntermediateSession:
    """An intermediate session of ten minutes (stytch-api.md §4.1)."""
    expires_at = world.clock.now() + INTERMEDIATE_SESSION_LIFETIME
    session = IntermediateSession(new_opaque_token(), factors, expires_at)
    world.intermediate_sessions[session.token] = session
    return session


def find_intermediate_session(world: World, token: str) -> IntermediateSession:
    """The live intermediate session with this token; ApiError if there is none."""
    if not is_opaque_token(token):
        raise ApiError("invalid_session_token")
    session = world.intermediate_sessions.get(token)
    if session is None or session.expires_at <= world.clock.now():
        raise ApiError("intermediate_session_not_found")
    return session


def find_session(world: World, session_token: str | None, session_jwt: str | None) -> MemberSession:
    """The live session named by exactly one of the two; a JWT may have expired, as long as its session lives.

    Raises ApiError: for none or both, for text of the wrong shape, and `session_not_found` for a dead session.
    """
    if session_token is not None and session_jwt is not None:
        raise ApiError("too_many_session_arguments")
    if session_token is not None:
        if not is_opaque_token(session_token):
            raise ApiError("invalid_session_token")
        return _live(world, next((s for s in world.sessions.values() if s.session_token == session_token), None))
    if session_jwt is not None:
        try:
            session_claim = world.signing_key.claims(session_jwt).get(SESSION_CLAIM)
        except ValueError as error:
            raise ApiError("unable_to_parse_session_jwt") from error
        # The key signs the tokens of Connected Apps too.
        if not isinstance(session_claim, dict):
            raise ApiError("unable_to_parse_session_jwt")
        return find_session_by_id(world, session_claim["id"])
    raise ApiError("no_session_arguments")


def find_session_by_id(world: World, member_session_id: str) -> MemberSession:
    """The live session with this id; ApiError `session_not_found` if there is none."""
    return _live(world, world.sessions.get(member_session_id))


def live_sessions(world: World, member_id: str) -> list[MemberSession]:
    """The member's sessions that have not ended."""
    now = world.clock.now()
    return [s for s in world.sessions.values() if s.member_id == member_id and s.expires_at > now]


def session_lifetime(minutes: int | None) -> timedelta:
    """How long a session of `minutes` lives; an hour if not said (stytch-api.md §4.8); ApiError out of range."""
    if minutes is None:
        minutes = _DEFAULT_MINUTES
    if not 5 <= minutes <= 527040:
        raise ApiError("invalid_session_duration_minutes")
    return timedelta(minutes=minutes)


def merge_claims(session: MemberSession, claims: Mapping[str, object] | None) -> None:
    """Add custom claims to the session; None deletes a key, reserved names are ignored (stytch-api.md §4.8)."""
    for name, value in (claims or {}).items():
        if value is None:
            session.custom_claims.pop(name, None)
        elif name not in _RESERVED_CLAIMS:
            session.custom_claims[name] = value


def check_tenancy_and_permission(
    world: World, session: MemberSession, organization_id: str, resource_id: str, action: str
) -> list[str]:
    """The session's roles that allow `action` on `resource_id`; ApiError if none does or the organization is another's.

    stytch-api.md §1.3, §6.1.
    """
    if session.organization_id != organization_id:
        raise ApiError("session_authorization_tenancy_error")
    granting = rbac.granting_roles(world.members[session.member_id].role_ids, resource_id, action)
    if not granting:
        raise ApiError("session_authorization_error")
    return granting


def session_answer(world: World, session: MemberSession) -> dict[str, object]:
    """`session_token`, a fresh `session_jwt`, `member_session`, `member` and `organization`."""
    return {
        "session_token": session.session_token,
        "session_jwt": _session_jwt(world, session),
        "member_session": member_session_json(world, session),
        **people(world, world.members[session.member_id]),
    }


def member_session_json(world: World, session: MemberSession) -> dict[str, object]:
    """The MemberSession object; its roles are the member's of this moment."""
    member = world.members[session.member_id]
    return {
        "member_session_id": session.member_session_id,
        "member_id": session.member_id,
        "organization_id": session.organization_id,
        "organization_slug": world.organizations[session.organization_id].organization_slug,
        "started_at": timestamp(session.started_at),
        "last_accessed_at": timestamp(session.last_accessed_at),
        "expires_at": timestamp(session.expires_at),
        "authentication_factors": [factor.to_json() for factor in session.factors],
        "roles": member.role_ids,
        "custom_claims": session.custom_claims,
    }


def people(world: World, member: Member) -> dict[str, object]:
    """`member` and `organization`, as most answers have them."""
    organization = world.organizations[member.organization_id]
    return {"member": member.to_json(), "organization": world.organization_json(organization)}


def _session_jwt(world: World, session: MemberSession) -> str:
    shown = member_session_json(world, session)
    # A JWT is judged by its reader's own clock, which the sandbox's can be ahead of.
    issued_at = world.clock.real_now()
    return world.signing_key.sign(
        {
            **session.custom_claims,
            "iss": f"stytch.com/{PROJECT_ID}",
            "aud": [PROJECT_ID],
            "sub": session.member_id,
            "iat": int(issued_at.timestamp()),
            "nbf": int(issued_at.timestamp()),
            "exp": int((issued_at + _JWT_LIFETIME).timestamp()),
            SESSION_CLAIM: {
                "id": session.member_session_id,
                "started_at": shown["started_at"],
                "last_accessed_at": shown["last_accessed_at"],
                "expires_at": shown["expires_at"],
                "attributes": {"ip_address": "", "user_agent": ""},
                "authentication_factors": shown["authentication_factors"],
                "roles": shown["roles"],
            },
            ORGANIZATION_CLAIM: {
                "organization_id": session.organization_id,
                "slug": shown["organization_slug"],
            },
        }
    )


def _live(world: World, session: MemberSession | None) -> MemberSession:
    if session is None or session.expires_at <= world.clock.now():
        raise ApiError("session_not_found")
    return session
