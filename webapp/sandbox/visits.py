"""A browser's visit to somebody else's sign-in page, and the token that comes of it (stytch-api.md §4.2, §4.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

# How long one may stay on the page, and how long the token that comes of it works: neither is documented.
VISIT_LIFETIME = timedelta(minutes=10)
TOKEN_LIFETIME = timedelta(minutes=5)

TokenType = Literal["discovery_oauth", "oauth", "sso"]


@dataclass(frozen=True)
class Person:
    """Somebody as the page that signs them in knows them."""

    email_address: str
    name: str


@dataclass
class Visit:
    """A visit, known by its `state`, to `place`: an OAuth provider's name or an SSO connection's id.

    `organization_id` is None in discovery. `person` is set when the page approved somebody, and proven by `code`.
    """

    state: str
    token_type: TokenType
    place: str
    organization_id: str | None
    login_redirect_url: str
    signup_redirect_url: str
    code_challenge: str | None
    expires_at: datetime
    person: Person | None = None
    code: str = ""
    over: bool = False

    @property
    def callback_path(self) -> str:
        """Where at Stytch the page sends the browser back to."""
        return f"/v1/b2b/{'sso' if self.token_type == 'sso' else 'oauth'}/callback/{self.place}"  # noqa: S105 - a name


@dataclass
class RedirectToken:
    """What the application gets in its redirect URL: `person` came back from `visit`. Works once."""

    token: str
    visit: Visit
    person: Person
    expires_at: datetime
    used: bool = False
