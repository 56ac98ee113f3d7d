"""What a Connected App asks for, and what it is given: codes and access tokens (stytch-api.md §5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

# How long a code lives is not documented; the others are.
CODE_LIFETIME = timedelta(minutes=5)
TOKEN_LIFETIME = timedelta(hours=1)
EXCHANGE_LIFETIME = timedelta(minutes=5)

# offline_access and scopes of the project's own are not played.
SCOPES = ("openid", "profile", "email", "phone", "full_access")
DEFAULT_SCOPE = "openid email profile"


class OAuthError(Exception):
    """An error in OAuth's shape: `error` is its code (RFC 6749), `description` is for people, `status` HTTP's."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(error)


@dataclass(frozen=True)
class AuthorizationRequest:
    """What an application asks of the authorization page; its client and redirect URI are known to be right."""

    client_id: str
    redirect_uri: str
    scope: str
    state: str | None
    nonce: str | None
    code_challenge: str | None


@dataclass
class AuthorizationCode:
    """Consent, on its way to the application: of the member whose session this is. Works once."""

    code: str
    request: AuthorizationRequest
    member_session_id: str
    member_id: str
    expires_at: datetime
    used: bool = False


@dataclass
class AccessToken:
    """An access token that was issued, known by its `jti`. It can be exchanged for a member session once."""

    jti: str
    client_id: str
    scope: str
    member_id: str
    issued_at: datetime
    exchanged: bool = False
