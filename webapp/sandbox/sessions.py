"""What signing in leaves behind: links, codes, intermediate sessions, member sessions (stytch-api.md §4.1, §4.8)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.sandbox.identifiers import stable_id, timestamp

INTERMEDIATE_SESSION_LIFETIME = timedelta(minutes=10)
SMS_CODE_LIFETIME = timedelta(minutes=2)


@dataclass(frozen=True)
class LinkKind:
    """A kind of mailed link: `name` in the inbox, what its redirect URL is given, and its usual life in minutes."""

    name: str
    subject: str
    token_type: str
    minutes: int
    redirect_type: str | None = None


@dataclass
class MagicLink:
    """A link that was mailed, one of an organization unless it is of discovery.

    `code_challenge` is its PKCE S256 challenge, None if the flow has none.
    """

    kind: LinkKind
    token: str
    email_address: str
    redirect_url: str
    code_challenge: str | None
    expires_at: datetime
    organization_id: str | None = None
    used: bool = False


@dataclass
class EmailCode:
    """A code that was mailed, the newest to that address; `organization_id` is None in discovery."""

    code: str
    expires_at: datetime
    organization_id: str | None
    used: bool = False


@dataclass
class SmsCode:
    """A code on its way to a phone, the newest to that member."""

    code: str
    expires_at: datetime
    phone_number: str
    used: bool = False


@dataclass(frozen=True)
class Factor:
    """One proof of who somebody is, as an entry of a session's `authentication_factors` (stytch-api.md §4.8).

    `email_address` is whom it proves. `details` is its `*_factor` object, with the name of its key, if it has one. A
    primary factor that `proves_email` is False (GitHub's, say) knows an address which its provider did not verify. One
    with an `organization_id` counts there alone.
    """

    type: str
    delivery_method: str
    email_address: str
    authenticated_at: datetime
    details: tuple[str, Mapping[str, object]] | None
    proves_email: bool = True
    organization_id: str | None = None

    @property
    def secondary(self) -> bool:
        """Whether it is a second factor: an SMS code, a TOTP or a recovery code."""
        return self.type in ("otp", "totp", "recovery_codes")

    @property
    def auth_method(self) -> str:
        """The primary factor's name among an organization's `allowed_auth_methods` (stytch-api.md §3.1)."""
        return f"{self.delivery_method.removeprefix('oauth_')}_oauth" if self.type == "oauth" else self.type

    @property
    def email_id(self) -> str:
        """The id of the address."""
        return stable_id("email", self.email_address)

    def to_json(self) -> dict[str, object]:
        """The entry, with every required key."""
        moment = timestamp(self.authenticated_at)
        entry: dict[str, object] = {
            "type": self.type,
            "delivery_method": self.delivery_method,
            "sequence_order": "SECONDARY" if self.secondary else "PRIMARY",
            "last_authenticated_at": moment,
            "created_at": moment,
            "updated_at": moment,
        }
        if self.details is not None:
            name, details = self.details
            entry[name] = dict(details)
        return entry


def email_factor(type_: str, email_address: str, at: datetime) -> Factor:
    """Proof that someone reads the mail of `email_address`: `magic_link` or `email_otp`."""
    details = {"email_id": stable_id("email", email_address), "email_address": email_address}
    return Factor(type_, "email", email_address, at, ("email_factor", details))


def password_factor(
    email_address: str, at: datetime, organization_id: str | None = None, *, proves_email: bool
) -> Factor:
    """Proof that someone knows the password of `email_address`; they read its mail too if they have just set it.

    One that was given to an organization is not transferable to others, says the SDK of `passwords.authenticate`.
    """
    return Factor("password", "knowledge", email_address, at, None, proves_email, organization_id)


def totp_factor(email_address: str, totp_id: str, at: datetime) -> Factor:
    """Proof that someone has the authenticator app of `email_address`."""
    return Factor("totp", "authenticator_app", email_address, at, ("authenticator_app_factor", {"totp_id": totp_id}))


def sms_factor(email_address: str, phone_number: str, at: datetime) -> Factor:
    """Proof that someone reads the texts to the phone of `email_address`."""
    details = {"phone_id": stable_id("phone-number", phone_number), "phone_number": phone_number}
    return Factor("otp", "sms", email_address, at, ("phone_number_factor", details))


def recovery_code_factor(email_address: str, code: str, at: datetime) -> Factor:
    """Proof that someone has a recovery code of `email_address`."""
    details = {"totp_recovery_code_id": stable_id("totp-recovery-code", code)}
    return Factor("recovery_codes", "recovery_code", email_address, at, ("recovery_code_factor", details))


def access_token_factor(client_id: str, email_address: str, at: datetime) -> Factor:
    """Proof that a Connected App signed its member in."""
    details = {"client_id": client_id}
    return Factor(
        "oauth", "oauth_access_token_exchange", email_address, at, ("oauth_access_token_exchange_factor", details)
    )


@dataclass
class IntermediateSession:
    """Someone who proved an address but is signed in nowhere yet; for MFA it is bound to one `organization_id`."""

    token: str
    factors: tuple[Factor, ...]
    expires_at: datetime
    organization_id: str | None = None

    @property
    def email_address(self) -> str:
        """The address that was proven first."""
        return self.factors[0].email_address


@dataclass
class MemberSession:
    """A member signed in to one organization, by the opaque `session_token`, until `expires_at`."""

    member_session_id: str
    session_token: str
    member_id: str
    organization_id: str
    factors: tuple[Factor, ...]
    started_at: datetime
    last_accessed_at: datetime
    expires_at: datetime
    custom_claims: dict[str, object] = field(default_factory=dict)
