"""What the signed-in member may do, by Stytch's policy: it decides what is offered, and Stytch what is done.

Each function raises a `StytchError` when the policy can't be read.
"""

from flask import current_app

from webapp.signin import member
from webapp.signin.permissions import Permissions


def get() -> bool:
    """Whether they may see the connections."""
    return _allowed("stytch.scim", "get")


def create() -> bool:
    """Whether they may create a connection."""
    return _allowed("stytch.scim", "create")


def update() -> bool:
    """Whether they may change a connection, and rotate its token."""
    return _allowed("stytch.scim", "update")


def delete() -> bool:
    """Whether they may delete a connection."""
    return _allowed("stytch.scim", "delete")


def assign_roles() -> bool:
    """Whether they may say which roles a directory group's people hold (`stytch-api.md §2.1`)."""
    return _allowed("stytch.organization", "update.settings.implicit-roles")


def _allowed(resource: str, action: str) -> bool:
    permissions: Permissions = current_app.extensions["permissions"]
    return permissions.allowed(member.current(), resource, action)
