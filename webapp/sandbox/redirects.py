"""Redirect URLs: which the project has registered, and how the browser is sent to one (stytch-api.md §4.1)."""

import re
from urllib.parse import urlencode, urlsplit, urlunsplit

DEFAULT_REDIRECT_URL = "http://localhost:3000/authenticate"

_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*")


def is_registered(url: str) -> bool:
    """Whether the project has registered `url`: any local http or any https address that ends in a callback's path."""
    return _is_allowed(url) and urlsplit(url).path.endswith(("/login/callback", "/authenticate"))


def is_registered_by_app(url: str) -> bool:
    """Whether the Connected App has registered `url`: the same, for a callback anywhere below `/login`."""
    return _is_allowed(url) and re.fullmatch(r".*/login/(.+/)?callback", urlsplit(url).path) is not None


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    if parts.scheme == "http":
        return host in ("127.0.0.1", "localhost") and not parts.fragment
    return parts.scheme == "https" and _HOST.fullmatch(host) is not None and not parts.fragment


def with_query(url: str, **added: str) -> str:
    """`url` with the parameters `added` after its own query, which is kept."""
    target = urlsplit(url)
    own = f"{target.query}&" if target.query else ""
    return urlunsplit(target._replace(query=own + urlencode(added)))


def origin(url: str) -> str:
    """The origin of a registered `url`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
