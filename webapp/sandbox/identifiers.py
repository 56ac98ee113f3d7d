"""Ids, tokens and timestamps in the shapes Stytch documents (stytch-api.md §1.1, §2.2)."""

import hashlib
import re
import secrets
import string
from datetime import datetime
from uuid import UUID, uuid4

PROJECT_ID = "project-test-00000000-0000-4000-8000-000000000000"
PROJECT_SECRET = "secret-test-sandbox"  # noqa: S105 - published, and worth nothing
PUBLIC_TOKEN = "public-token-test-00000000-0000-4000-8000-000000000000"  # noqa: S105 - the same
# A first-party confidential Connected App with full_access (stytch-api.md §5).
CONNECTED_APP_ID = "connected-app-test-00000000-0000-4000-8000-000000000000"
CONNECTED_APP_SECRET = "connected-app-secret-sandbox"  # noqa: S105 - the same
WEBHOOK_SECRET = "whsec_c2FuZGJveCBzYW5kYm94IHNhbmRib3g="  # noqa: S105 - the same

SESSION_CLAIM = "https://stytch.com/session"
ORGANIZATION_CLAIM = "https://stytch.com/organization"

_ALPHANUMERICS = string.ascii_letters + string.digits
_OPAQUE_TOKEN = re.compile(r"[A-Za-z0-9_=-]{44}")


def new_id(kind: str) -> str:
    """A fresh id such as `scim-connection-test-<uuid4>`."""
    return f"{kind}-test-{uuid4()}"


def stable_id(kind: str, name: str) -> str:
    """The id that `name` has in every run, so that URLs survive a reset; the shape of `new_id`."""
    return f"{kind}-test-{UUID(bytes=hashlib.sha256(f'{kind} {name}'.encode()).digest()[:16], version=4)}"


def new_opaque_token() -> str:
    """A fresh session, intermediate session or magic link token: 44 base64url characters."""
    return secrets.token_urlsafe(33)


def new_code() -> str:
    """A fresh one-time code: six digits."""
    return f"{secrets.randbelow(10**6):06}"


def is_opaque_token(text: str) -> bool:
    """Whether `text` has the shape of a token that `new_opaque_token` makes."""
    return _OPAQUE_TOKEN.fullmatch(text) is not None


def new_scim_token() -> str:
    """A fresh SCIM bearer token: 48 alphanumerics (stytch-api.md §2.2)."""
    return "".join(secrets.choice(_ALPHANUMERICS) for _ in range(48))


def stable_scim_token(name: str) -> str:
    """The SCIM bearer token that `name` has in every run; the shape of `new_scim_token`."""
    digest = hashlib.sha512(f"scim-token {name}".encode()).digest()
    return "".join(_ALPHANUMERICS[byte % len(_ALPHANUMERICS)] for byte in digest[:48])


def timestamp(moment: datetime) -> str:
    """`moment` (aware UTC) as Stytch writes it: RFC 3339, whole seconds, `Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
