"""The roles that a directory group can be given, as the project's policy and the organization's own roles have them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import current_app

from webapp.connections.roles.assignments import EVERYBODYS
from webapp.signin import member
from webapp.signin.permissions import Permissions
from webapp.stytch.models import Role

_ADMIN = "stytch_admin"


@dataclass(frozen=True)
class Shown:
    """A role as a page shows it. One that is not `known` has been deleted, or can't be seen from here.

    `hands_out` says that whoever holds it can give roles to themselves and others.
    """

    role_id: str
    description: str = ""
    known: bool = False
    hands_out: bool = False


class Policy:
    """The roles by id."""

    def __init__(self, roles: Iterable[Role]) -> None:
        self._roles = {role.role_id: role for role in roles}

    def choices(self, held: Iterable[str], *, offered: bool = True) -> list[Shown]:
        """Those that can be given if any are `offered`, and whatever else is held, so that it can be taken away.

        The role that everybody has can't be given.
        """
        given = [role_id for role_id in self._roles if offered and role_id != EVERYBODYS]
        return [self.shown(role_id) for role_id in dict.fromkeys([*given, *held])]

    def shown(self, role_id: str) -> Shown:
        """The role of that id, whether the policy has it or not."""
        role = self._roles.get(role_id)
        if role is None:
            return Shown(role_id)
        hands_out = role_id == _ADMIN or any(
            role.grants(*each)
            for each in (
                ("stytch.organization", "update.settings.implicit-roles"),
                ("stytch.member", "update.settings.roles"),
            )
        )
        return Shown(role_id, role.description, known=True, hands_out=hands_out)


def policy() -> Policy:
    """The roles of the member's organization. Raises a `StytchError` when they can't be read."""
    permissions: Permissions = current_app.extensions["permissions"]
    return Policy(permissions.roles(member.current().organization_id))
