"""Pages for SCIM connections and the rotation of their tokens."""

from webapp.connections import rotation
from webapp.connections.pages import bp

__all__ = ["bp", "rotation"]
