"""Who is signed in: the member session, kept in the encrypted cookie."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from flask import g, session
from pydantic import SecretStr

from webapp.stytch import Actor
from webapp.stytch.models import ExchangeAnswer, MemberSession, SessionAnswer
from webapp.web import cookies, frames

_KEY = "member"
_UNKNOWN = datetime.fromtimestamp(0, UTC)
_SECOND_FACTORS = {"otp", "totp", "recovery_codes"}
_TAKEN_OVER = {"oauth_access_token_exchange", "trusted_token_exchange", "impersonation"}
"""Stytch's names of their types (`stytch-api.md §4.8`)."""


@dataclass(frozen=True)
class SignedIn:
    """The member session of this browser; times are UTC.

    `adopted` is a session of the portal's, which goes on there. `ends_at`, when it ends unless it is used, is what
    Stytch said last. The other fields are known once Stytch, or its signature on the JWT, has told: the session's role
    ids, and when its member last proved who they are.
    """

    session_token: SecretStr
    session_jwt: SecretStr
    member_id: str
    email: str
    organization_id: str
    organization_name: str
    organization_slug: str
    session_id: str
    started_at: datetime
    adopted: bool = False
    has_second_factor: bool = False
    ends_at: datetime = _UNKNOWN
    roles: tuple[str, ...] = field(default=())
    confirmed_at: datetime = _UNKNOWN

    @property
    def actor(self) -> Actor:
        """In whose name calls to Stytch are made."""
        return Actor(self.organization_id, self.session_token)


def current() -> SignedIn:
    """The signed-in member of this request. Only for views behind the guard."""
    member = g.member
    if not isinstance(member, SignedIn):
        raise TypeError("this view is public: nobody needs to be signed in")
    return member


def stored() -> SignedIn | None:
    """The member session in the cookie, not yet checked."""
    kept = session.get(_KEY)
    if not isinstance(kept, dict):
        return None
    try:
        return SignedIn(
            session_token=SecretStr(kept["session_token"]),
            session_jwt=SecretStr(kept["session_jwt"]),
            member_id=kept["member_id"],
            email=kept["email"],
            organization_id=kept["organization_id"],
            organization_name=kept["organization_name"],
            organization_slug=kept["organization_slug"],
            session_id=kept["session_id"],
            started_at=kept["started_at"],
            adopted=kept["adopted"],
            has_second_factor=kept["has_second_factor"],
            ends_at=kept["ends_at"],
        )
    except KeyError:  # of an earlier version of the console
        return None


def sign_in(
    answer: ExchangeAnswer | SessionAnswer, *, adopted: bool = False, since: datetime | None = None
) -> SignedIn:
    """Begins a session, as `keep` has it: nothing that was in the cookie before is in the new one."""
    frames.empty_session()
    return keep(answer, adopted=adopted, since=since)


def keep(answer: ExchangeAnswer | SessionAnswer, *, adopted: bool = False, since: datetime | None = None) -> SignedIn:
    """Puts a session as Stytch just answered it into the cookie. It is counted from its start, or `since` earlier."""
    standing = answer.member_session
    if standing is None:
        raise TypeError("only a session that has begun can be kept")
    before = stored()
    if before and before.session_id == standing.member_session_id:
        since = before.started_at
    has_second_factor = bool(answer.member.totp_registration_id or answer.member.mfa_phone_number)
    signed_in = SignedIn(
        session_token=answer.session_token,
        session_jwt=answer.session_jwt,
        member_id=answer.member.member_id,
        email=answer.member.email_address,
        organization_id=answer.organization.organization_id,
        organization_name=answer.organization.organization_name,
        organization_slug=answer.organization.organization_slug,
        session_id=standing.member_session_id,
        started_at=since or standing.started_at,
        adopted=adopted,
        roles=tuple(standing.roles),
        ends_at=standing.expires_at,
        has_second_factor=has_second_factor,
        confirmed_at=last_proof(standing, has_second_factor=has_second_factor),
    )
    session[_KEY] = {
        "session_token": signed_in.session_token.get_secret_value(),
        "session_jwt": signed_in.session_jwt.get_secret_value(),
        "member_id": signed_in.member_id,
        "email": signed_in.email,
        "organization_id": signed_in.organization_id,
        "organization_name": signed_in.organization_name,
        "organization_slug": signed_in.organization_slug,
        "session_id": signed_in.session_id,
        "started_at": signed_in.started_at,
        "adopted": adopted,
        "has_second_factor": has_second_factor,
        "ends_at": signed_in.ends_at,
    }
    return signed_in


def packed() -> dict[str, object]:
    """The session in the cookie, to be taken over by another one."""
    content: dict[str, object] = session[_KEY]
    return content


def take_over(content: dict[str, object]) -> SignedIn | None:
    """Begins the session that was packed elsewhere; None if that was done by another version of the console."""
    frames.empty_session()
    session[_KEY] = content
    return stored()


def make_room() -> None:
    """Leaves the JWT out of a cookie that is too large with it; Stytch is asked at every request then.

    Custom claims make a JWT large, and a step that waits for a proof of identity needs room too.
    """
    if stored() and cookies.room(session) < 0:
        session[_KEY] = {**session[_KEY], "session_jwt": ""}


def last_proof(standing: MemberSession, *, has_second_factor: bool) -> datetime:
    """When the session's member last proved who they are; long ago if Stytch does not say.

    Of a member with a second factor that one counts: who sits at somebody's open browser may find the mail open, too.
    What was taken over from elsewhere, such as the portal's word, is no proof of who sits here now.
    """
    proofs = [each for each in standing.authentication_factors if each.delivery_method not in _TAKEN_OVER]
    second = [each for each in proofs if each.type in _SECOND_FACTORS]
    counted = second if second or has_second_factor else proofs
    return max((each.last_authenticated_at for each in counted), default=_UNKNOWN)


def forget() -> None:
    """Drops the session, and everything else, from this browser."""
    frames.empty_session()
    g.member = None
