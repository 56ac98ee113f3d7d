"""Pages for SCIM connections and the rotation of their tokens."""

from webapp.connections import creating, deleting, guide, leak, roles, rotation, watch
from webapp.connections.edit import page as edit_page
from webapp.connections.expiry import page as expiry_page
from webapp.connections.pages import bp
from webapp.connections.token_check import page as token_check_page

__all__ = [
    "bp",
    "creating",
    "deleting",
    "edit_page",
    "expiry_page",
    "guide",
    "leak",
    "roles",
    "rotation",
    "token_check_page",
    "watch",
]
