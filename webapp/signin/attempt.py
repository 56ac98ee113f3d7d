"""A sign-in under way in this browser. It is kept in the encrypted cookie, and goes when the session begins."""

import secrets
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from authlib.oauth2.rfc7636 import create_s256_code_challenge
from flask import session
from pydantic import SecretStr

from webapp.signin import member
from webapp.stytch import Proven
from webapp.stytch.models import ExchangeAnswer, Member, Organization
from webapp.web import frames

_KEY = "attempt"


@dataclass(frozen=True)
class Attempt:
    """What was entered and proven so far."""

    email: str = ""
    next: str | None = None
    """The page to go to in the end, a path of this console."""
    verifier: str = ""
    """PKCE's secret half: only this browser can redeem what was mailed to it or comes back to it."""
    reset_token: str = ""
    """Of a mailed link that sets a password."""
    intermediate_token: str = ""
    """Of Stytch's intermediate session: a first factor that is not enough, or a choice of organizations."""
    organization_id: str = ""
    """Empty as long as any organization will do."""
    organization_slug: str = ""
    organization_name: str = ""
    wanted: tuple[str, ...] = ()
    """Stytch wants one of these first factors besides what it has (`stytch-api.md §4.7`)."""
    member_id: str = ""
    """Who is asked for a second factor."""
    phone: str = ""
    texted: bool = False
    totp: bool = False
    second_factors: tuple[str, ...] = ()
    """Those which the organization allows: `totp`, `sms_otp`."""
    secret: str = ""
    """Of an authenticator app that is being set up, with its recovery codes."""
    recovery_codes: tuple[str, ...] = ()
    enrolled: bool = False
    """Whether the member had a second factor before this sign-in: then only that one will do."""
    since: datetime | None = None
    """When the sign-in began that a change of organization goes on from: its limit holds on."""
    confirming: bool = False
    """Whoever is signed in proves it once more, for a step that is hard to undo."""

    @property
    def door(self) -> str:
        """What the organization's own sign-in page is called by."""
        return self.organization_slug or self.organization_id

    @property
    def challenge(self) -> str:
        """The public half of the verifier: S256 (`stytch-api.md §4.1`)."""
        challenge: str = create_s256_code_challenge(self.verifier)
        return challenge

    def proven(self) -> Proven:
        """What the next factor is added to."""
        if self.confirming:
            signed_in = member.stored()
            return Proven(session_token=signed_in.session_token if signed_in else None)
        return Proven(SecretStr(self.intermediate_token) if self.intermediate_token else None)

    def at(self, organization: Organization) -> "Attempt":
        """The same at this organization."""
        return replace(
            self,
            organization_id=organization.organization_id,
            organization_slug=organization.organization_slug,
            organization_name=organization.organization_name,
            second_factors=tuple(each for each in ("totp", "sms_otp") if organization.allows_second_factor(each)),
        )

    def by(self, person: Member) -> "Attempt":
        """The same by this member, with the second factors that they have."""
        return replace(
            self,
            member_id=person.member_id,
            email=person.email_address,
            phone=person.mfa_phone_number,
            totp=bool(person.totp_registration_id),
        )

    def after(self, answer: ExchangeAnswer) -> "Attempt":
        """The same after a factor that was not enough."""
        mfa = answer.mfa_required
        options = mfa.member_options if mfa else None
        return replace(
            self.at(answer.organization).by(answer.member),
            verifier="",
            intermediate_token=answer.intermediate_session_token.get_secret_value(),
            wanted=tuple(answer.primary_required.allowed_auth_methods) if answer.primary_required else (),
            phone=options.mfa_phone_number if options else "",
            totp=bool(options and options.totp_registration_id),
            enrolled=bool(options and (options.mfa_phone_number or options.totp_registration_id)),
            texted=bool(mfa and mfa.secondary_auth_initiated == "sms_otp"),
        )

    def save(self, *, anew: bool = False) -> None:
        """Keeps it in this browser, in place of what was kept before.

        When a sign-in begins `anew`, nothing of who used this browser before stays, but for a session of theirs.
        """
        if anew and member.stored() is None:
            frames.empty_session()
        session[_KEY] = {name: value for name, value in asdict(self).items() if value}


def current() -> Attempt | None:
    """The sign-in under way, if there is one."""
    kept: dict[str, Any] | None = session.get(_KEY)
    try:
        return Attempt(**kept) if kept is not None else None
    except TypeError:  # of a newer version of the console
        return None


def forget_confirming() -> None:
    """Gives up a proof that was asked of who is signed in: a new sign-in begins."""
    under_way = current()
    if under_way and under_way.confirming:
        forget()


def forget() -> None:
    """Gives it up."""
    session.pop(_KEY, None)


def new_verifier() -> str:
    """A fresh PKCE verifier of 64 characters."""
    return secrets.token_urlsafe(48)
