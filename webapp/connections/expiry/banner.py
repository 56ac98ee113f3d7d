"""How the banner about a token's end is put aside: for this session, until the next mark or another token."""

import hashlib

from flask import session

from webapp.connections.expiry import Expiry

_KEY = "aside"
_KEPT = 3
"""For so many connections; the session cookie has little room."""


def put_aside(connection_id: str, last_four: str, mark: int) -> None:
    """Remembers that this message is not to be shown again."""
    others = [each for each in session.get(_KEY, []) if not each.startswith(_short(connection_id))]
    session[_KEY] = [*others, f"{_short(connection_id)}.{last_four}.{mark}"][-_KEPT:]


def is_aside(connection_id: str, near: Expiry) -> bool:
    """Whether this very message was put aside. What can't wait is shown all the same."""
    return near.can_wait and f"{_short(connection_id)}.{near.last_four}.{near.mark}" in session.get(_KEY, [])


def _short(connection_id: str) -> str:
    return hashlib.sha256(connection_id.encode()).hexdigest()[:8]
