"""The faults on creating and deleting a connection: what the admin is told.

Creating fares as starting a rotation does, which makes a token as well, and deleting as completing. What differs is the
words. `docs/connections.md` shows this table, and a test compares the two.
"""

from dataclasses import replace

from tests.matrix.table import MATRIX, REHEARSED, UNREACHABLE, Told

CALLS = {"create": "start", "delete": "complete"}
"""Each call, and the one of a rotation that fares alike."""

_TITLES = {
    "create": {
        "Rotation started": "Connection created",
        "A new token was made, but it could not be shown": "It was created, but its token could not be shown",
        "The rotation was not started": "The connection was not created",
        "Not started so far": "Not created so far",
    },
    "delete": {
        "Rotation completed": "Acme Okta was deleted",
        "The rotation was not completed": "The connection was not deleted",
        "Not completed so far": "Not deleted so far",
    },
}


def told(fault: str, call: str) -> Told:
    """What the admin is told of this fault on this call."""
    return _in_words(MATRIX[fault][CALLS[call]], call)


def cells() -> list[tuple[str, str]]:
    """Every fault with the calls on which it can strike."""
    return [
        (fault, call) for fault in MATRIX for call in CALLS if fault in UNREACHABLE or call in REHEARSED[fault].calls
    ]


def _in_words(alike: Told, call: str) -> Told:
    later = _in_words(alike.later, call) if alike.later else None
    return replace(alike, title=_TITLES[call].get(alike.title, alike.title), later=later)
