"""What a member may do, to decide which buttons are drawn. Stytch itself enforces it on every call."""

import threading
import time

from webapp.signin.member import SignedIn
from webapp.stytch import Stytch
from webapp.stytch.errors import StytchError
from webapp.stytch.models import Role

POLICY_SECONDS = 600
"""How long a policy is used before it is read again; the official SDK does the same."""


class Permissions:
    """The project's and the organizations' RBAC policies, kept for ten minutes. Safe to share between threads."""

    def __init__(self, stytch: Stytch) -> None:
        self._stytch = stytch
        self._lock = threading.Lock()
        self._policies: dict[str, tuple[float, list[Role]]] = {}

    def allowed(self, member: SignedIn, resource: str, action: str) -> bool:
        """Whether one of the session's roles grants the action (`stytch-api.md §6.1`). Raises a `StytchError`."""
        roles = self.roles(member.organization_id)
        return any(role.role_id in member.roles and role.grants(resource, action) for role in roles)

    def roles(self, organization_id: str) -> list[Role]:
        """The project's roles, then the organization's own, in Stytch's order. Raises a `StytchError`."""
        return self._roles("") + self._roles(organization_id)

    def _roles(self, organization_id: str) -> list[Role]:
        with self._lock:
            read_at, roles = self._policies.get(organization_id, (float("-inf"), []))
        if time.monotonic() - read_at < POLICY_SECONDS:
            return roles
        try:
            roles = (
                self._stytch.get_organization_policy(organization_id) if organization_id else self._stytch.get_policy()
            )
        except StytchError:
            if read_at == float("-inf"):
                raise
        with self._lock:
            self._policies[organization_id] = (time.monotonic(), roles)
        return roles
