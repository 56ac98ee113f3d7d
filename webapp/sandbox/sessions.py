"""What signing in leaves behind: magic links, intermediate sessions, member sessions (stytch-api.md §4.1, §4.8)."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from webapp.sandbox.identifiers import timestamp

INTERMEDIATE_SESSION_LIFETIME = timedelta(minutes=10)


@dataclass
class MagicLink:
    """A discovery link that was mailed. `code_challenge` is its PKCE S256 challenge, None if the flow has none."""

    token: str
    email_address: str
    redirect_url: str
    code_challenge: str | None
    expires_at: datetime
    used: bool = False


@dataclass(frozen=True)
class Factor:
    """Proof that someone reads the mail of `email_address`, given by a magic link."""

    email_address: str
    authenticated_at: datetime

    def to_json(self, email_id: str) -> dict[str, object]:
        """An entry of a session's `authentication_factors` (stytch-api.md §4.8)."""
        moment = timestamp(self.authenticated_at)
        return {
            "type": "magic_link",
            "delivery_method": "email",
            "sequence_order": "PRIMARY",
            "last_authenticated_at": moment,
            "created_at": moment,
            "updated_at": moment,
            "email_factor": {"email_id": email_id, "email_address": self.email_address},
        }


@dataclass
class IntermediateSession:
    """Someone whose email is proven but who is signed in to no organization yet."""

    token: str
    factor: Factor
    expires_at: datetime


@dataclass
class MemberSession:
    """A member signed in to one organization, by the opaque `session_token`, until `expires_at`."""

    member_session_id: str
    session_token: str
    member_id: str
    organization_id: str
    factor: Factor
    started_at: datetime
    last_accessed_at: datetime
    expires_at: datetime
    custom_claims: dict[str, object] = field(default_factory=dict)
