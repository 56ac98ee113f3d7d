"""Pages for SCIM connections and the rotation of their tokens."""

from webapp.connections import (
    creating,
    deleting,
    edit,
    ending,
    guide,
    leak,
    roles,
    rotation,
    token_check,
    watch,
)
from webapp.connections.pages import bp

__all__ = [
    "bp",
    "creating",
    "deleting",
    "edit",
    "ending",
    "guide",
    "leak",
    "roles",
    "rotation",
    "token_check",
    "watch",
]
