"""A client into whose calls something comes in between, and what an admin sees of a connection."""

from collections.abc import Callable
from typing import TypeVar

from pydantic import SecretStr

from webapp.rotation import Seen
from webapp.sandbox.connections import Connection
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET
from webapp.stytch import Actor, Stytch
from webapp.stytch.models import ConnectionAnswer, CreateAnswer, DeleteAnswer, StartAnswer

Answer = TypeVar("Answer")


class Interrupted(Stytch):
    """The client; what `before` holds for a step happens just before that is sent, `after` just after its answer."""

    def __init__(self, base_url: str) -> None:
        super().__init__(base_url, PROJECT_ID, SecretStr(PROJECT_SECRET))
        self.before: dict[str, Callable[[], object]] = {}
        self.after: dict[str, Callable[[], object]] = {}

    def start_rotation(self, actor: Actor, connection_id: str) -> StartAnswer:
        """Starts, between what happens before and after."""
        return self._between("start", super().start_rotation, actor, connection_id)

    def complete_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:
        """Completes, between what happens before and after."""
        return self._between("complete", super().complete_rotation, actor, connection_id)

    def cancel_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:
        """Cancels, between what happens before and after."""
        return self._between("cancel", super().cancel_rotation, actor, connection_id)

    def create_scim_connection(self, actor: Actor, *, display_name: str, identity_provider: str) -> CreateAnswer:
        """Creates, between what happens before and after."""
        self.before.get("create", lambda: None)()
        answer = super().create_scim_connection(actor, display_name=display_name, identity_provider=identity_provider)
        self.after.get("create", lambda: None)()
        return answer

    def delete_scim_connection(self, actor: Actor, connection_id: str) -> DeleteAnswer:
        """Deletes, between what happens before and after."""
        return self._between("delete", super().delete_scim_connection, actor, connection_id)

    def _between(self, step: str, call: Callable[[Actor, str], Answer], actor: Actor, connection_id: str) -> Answer:
        self.before.get(step, lambda: None)()
        answer = call(actor, connection_id)
        self.after.get(step, lambda: None)()
        return answer


def saw(connection: Connection) -> Seen:
    """What an admin sees who looks at the connection now."""
    return Seen(connection.bearer_token[-4:], (connection.next_bearer_token or "")[-4:])


def tokens(connection: Connection) -> tuple[str, str | None]:
    """The current token, and the next one while a rotation is open."""
    return connection.bearer_token, connection.next_bearer_token


def replace_tokens(connection: Connection) -> None:
    """Goes through a whole rotation, or completes the open one and starts another."""
    if connection.next_bearer_token:
        connection.complete_rotation()
        connection.start_rotation(None)
    else:
        connection.start_rotation(None)
        connection.complete_rotation()
