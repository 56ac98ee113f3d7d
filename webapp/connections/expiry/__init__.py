"""How near a token's end is, and what is offered before it comes."""

from webapp.connections.expiry.rules import (
    ENDED,
    LONG_OPEN,
    MARKS,
    Expiry,
    countdown,
    link,
    mark,
    of,
    two_tokens,
)

__all__ = ["ENDED", "LONG_OPEN", "MARKS", "Expiry", "countdown", "link", "mark", "of", "two_tokens"]
