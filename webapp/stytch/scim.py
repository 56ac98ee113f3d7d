"""SCIM connections and their rotation (`stytch-api.md §2`)."""

from webapp import metrics
from webapp.stytch import errors, models
from webapp.stytch.calls import Actor, Calls, segment


class ScimConnections(Calls):
    """The calls about an organization's SCIM connection, each in a member's name."""

    def get_scim_connection(self, actor: Actor) -> models.ConnectionAnswer:
        """The organization's connection. What Stytch answers without one is not known: null, 400 and 404 give None."""
        try:
            return _seen(actor, self.read("GET", _scim(actor), models.ConnectionAnswer, actor=actor))
        except errors.NotFound as error:
            if error.error_type in ("organization_not_found", "member_not_found", "route_not_found"):
                raise
            return _seen(actor, models.ConnectionAnswer(connection=None, request_id=error.request_id))

    def start_rotation(self, actor: Actor, connection_id: str) -> models.StartAnswer:
        """Makes a second token. Both work from now on; the new one is in this answer and never again."""
        return self.change("POST", _rotate(actor, connection_id, "start"), models.StartAnswer, actor=actor)

    def complete_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Makes the new token the only one."""
        path = _rotate(actor, connection_id, "complete")
        return _seen(actor, self.change("POST", path, models.ConnectionAnswer, actor=actor))

    def cancel_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Drops the new token; the current one stays."""
        return self.change("POST", _rotate(actor, connection_id, "cancel"), models.ConnectionAnswer, actor=actor)


def _seen(actor: Actor, answer: models.ConnectionAnswer) -> models.ConnectionAnswer:
    metrics.token(actor.organization_id, answer.connection.bearer_token_expires_at if answer.connection else None)
    return answer


def _scim(actor: Actor) -> str:
    return f"/v1/b2b/scim/{segment(actor.organization_id)}/connection"


def _rotate(actor: Actor, connection_id: str, step: str) -> str:
    return f"{_scim(actor)}/{segment(connection_id)}/rotate/{step}"
