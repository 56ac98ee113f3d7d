"""SCIM connections, their rotation, and their groups (`stytch-api.md §2`)."""

from collections.abc import Iterable

from webapp import metrics
from webapp.stytch import errors, models
from webapp.stytch.calls import Actor, Calls, segment


class ScimConnections(Calls):
    """The calls about an organization's SCIM connections, each in a member's name."""

    def get_scim_connections(self, actor: Actor) -> models.ConnectionsAnswer:
        """The organization's connections. What Stytch answers without one is not known: null, 400 and 404 give none."""
        try:
            return _seen(actor, self.read("GET", _scim(actor), models.ConnectionsAnswer, actor=actor))
        except errors.NotFound as error:
            if error.error_type in ("organization_not_found", "member_not_found", "route_not_found"):
                raise
            return _seen(actor, models.ConnectionsAnswer(connections=[], several=False, request_id=error.request_id))

    def create_scim_connection(self, actor: Actor, *, display_name: str, identity_provider: str) -> models.CreateAnswer:
        """Creates a connection of the organization. Its token is in this answer and never again."""
        body = {"display_name": display_name, "identity_provider": identity_provider}
        return self.change("POST", _scim(actor), models.CreateAnswer, actor=actor, json=body)

    def update_scim_connection(
        self, actor: Actor, connection_id: str, *, display_name: str | None = None, identity_provider: str | None = None
    ) -> models.UpdateAnswer:
        """Gives the connection another name, or says that another IdP uses it, where not None; the rest stays."""
        given = {"display_name": display_name, "identity_provider": identity_provider}
        body = {name: value for name, value in given.items() if value is not None}
        return self.change("PUT", _of(actor, connection_id), models.UpdateAnswer, actor=actor, json=body)

    def assign_roles(
        self, actor: Actor, connection_id: str, assignments: Iterable[tuple[str, str]]
    ) -> models.UpdateAnswer:
        """Makes these pairs of role id and group id the only ones: what is left out ends.

        Needs `update.settings.implicit-roles` on `stytch.organization` (`stytch-api.md §2.1`).
        """
        pairs = [{"role_id": role_id, "group_id": group_id} for role_id, group_id in assignments]
        body = {"scim_group_implicit_role_assignments": pairs}
        return self.change("PUT", _of(actor, connection_id), models.UpdateAnswer, actor=actor, json=body)

    def delete_scim_connection(self, actor: Actor, connection_id: str) -> models.DeleteAnswer:
        """Deletes the connection for good, with its groups, registrations and role assignments (§2.3)."""
        return self.change("DELETE", _of(actor, connection_id), models.DeleteAnswer, actor=actor)

    def get_groups(
        self, actor: Actor, connection_id: str, *, cursor: str = "", limit: int = 100
    ) -> models.GroupsAnswer:
        """The next `limit` of the connection's groups, 1000 at most, in Stytch's order."""
        params = {"limit": str(limit), **({"cursor": cursor} if cursor else {})}
        return self.read("GET", _of(actor, connection_id), models.GroupsAnswer, actor=actor, params=params)

    def start_rotation(self, actor: Actor, connection_id: str) -> models.StartAnswer:
        """Makes a second token. Both work from now on; the new one is in this answer and never again."""
        return self.change("POST", _rotate(actor, connection_id, "start"), models.StartAnswer, actor=actor)

    def complete_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Makes the new token the only one."""
        return self.change("POST", _rotate(actor, connection_id, "complete"), models.ConnectionAnswer, actor=actor)

    def cancel_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Drops the new token; the current one stays."""
        return self.change("POST", _rotate(actor, connection_id, "cancel"), models.ConnectionAnswer, actor=actor)


def _seen(actor: Actor, answer: models.ConnectionsAnswer) -> models.ConnectionsAnswer:
    ends = (connection.bearer_token_expires_at for connection in answer.connections)
    metrics.token(actor.organization_id, min((end for end in ends if end), default=None))
    return answer


def _scim(actor: Actor) -> str:
    return f"/v1/b2b/scim/{segment(actor.organization_id)}/connection"


def _of(actor: Actor, connection_id: str) -> str:
    return f"{_scim(actor)}/{segment(connection_id)}"


def _rotate(actor: Actor, connection_id: str, step: str) -> str:
    return f"{_of(actor, connection_id)}/rotate/{step}"
