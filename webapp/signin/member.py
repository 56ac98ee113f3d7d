"""Who is signed in: the member session, kept in the encrypted cookie."""

from dataclasses import dataclass

from flask import g, session
from pydantic import SecretStr

from webapp.stytch import Actor
from webapp.stytch.models import ExchangeAnswer, SessionAnswer
from webapp.web import cookies

_KEY = "member"


@dataclass(frozen=True)
class SignedIn:
    """The member session of this browser. `roles` are the session's role ids, once its JWT is verified."""

    session_token: SecretStr
    session_jwt: SecretStr
    member_id: str
    email: str
    organization_id: str
    organization_name: str
    roles: tuple[str, ...] = ()

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
    return SignedIn(
        session_token=SecretStr(kept["session_token"]),
        session_jwt=SecretStr(kept["session_jwt"]),
        member_id=kept["member_id"],
        email=kept["email"],
        organization_id=kept["organization_id"],
        organization_name=kept["organization_name"],
    )


def sign_in(answer: ExchangeAnswer) -> SignedIn:
    """Begins a session: nothing that was in the cookie before is in the new one."""
    session.clear()
    return keep(answer)


def keep(answer: ExchangeAnswer | SessionAnswer) -> SignedIn:
    """Puts a session as Stytch just answered it into the cookie."""
    jwt = answer.session_jwt.get_secret_value()
    session[_KEY] = {
        "session_token": answer.session_token.get_secret_value(),
        # Custom claims can make a JWT larger than a cookie. Without it, Stytch is asked on every request.
        "session_jwt": jwt if len(jwt) * 4 / 3 < cookies.MAX_BYTES - 1000 else "",
        "member_id": answer.member.member_id,
        "email": answer.member.email_address,
        "organization_id": answer.organization.organization_id,
        "organization_name": answer.organization.organization_name,
    }
    member = stored()
    if member is None:
        raise TypeError("a session that was just kept can be read")
    return member


def forget() -> None:
    """Drops the session, and everything else, from this browser."""
    session.clear()
    g.member = None
