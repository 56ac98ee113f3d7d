"""Pages for SCIM connections and the rotation of their tokens."""

from webapp.connections import ending, guide, leak, rotation, token_check, watch
from webapp.connections.pages import bp

__all__ = ["bp", "ending", "guide", "leak", "rotation", "token_check", "watch"]
