"""Somebody who creates a connection, or deletes one, and what the history tells of that."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.rotation.interrupted import saw
from webapp.history import log
from webapp.history.database import Database, events
from webapp.history.events import By, ConnectionEvent
from webapp.rotation import NEW, Change, Lifecycle, Subject, View
from webapp.sandbox import rotation
from webapp.sandbox.connections import Connection
from webapp.sandbox.faults import Kind
from webapp.stytch import Actor

FORM = "intent-1"
SLUGS = {"create": "globex", "delete": "acme"}
EMAILS = {"create": "gil@globex.example", "delete": "ada@acme.example"}
each_action = pytest.mark.parametrize("action", ["create", "delete"])


@dataclass(frozen=True)
class Admin:
    """Somebody who creates Globex's connection, or deletes Acme's."""

    lifecycle: Lifecycle
    by: By
    actor: Actor
    sandbox: Sandbox
    action: str

    @property
    def there(self) -> list[Connection]:
        """The organization's connections at Stytch."""
        return self.sandbox.world.connections_of(self.by.organization_id)

    @property
    def key(self) -> str:
        """Under which the change is pending."""
        return NEW if self.action == "create" else self.sandbox.connection("acme").connection_id

    def open(self, form: str = "") -> Callable[[], Change]:
        """Opens the page; what it returns presses its button."""
        intent_id = form or str(uuid.uuid4())
        if self.action == "create":
            others = tuple(each.connection_id for each in self.there)
            subject = Subject(display_name="Globex Okta", identity_provider="okta", others=others)
            return lambda: self.lifecycle.create(self.by, self.actor, subject, intent_id)
        (connection,) = self.there
        subject = Subject(display_name=connection.display_name, identity_provider=connection.identity_provider)
        its_id, it_was = connection.connection_id, saw(connection)
        return lambda: self.lifecycle.delete(self.by, self.actor, its_id, subject, it_was, intent_id)

    def press(self, form: str = "") -> Change:
        """Presses the button of a page opened just now, or a form again."""
        return self.open(form)()

    def look(self) -> View:
        return self.lifecycle.look(self.actor)

    def by_somebody_else(self) -> None:
        """What somebody does in Stytch's dashboard that comes before what is pressed here."""
        if self.action == "create":
            rotation.create(self.sandbox.world, self.by.organization_id, "Globex Entra", "microsoft-entra")
        else:
            rotation.delete(self.sandbox.world, self.sandbox.connection("acme"))

    def fail(self, kind: Kind, **more: Any) -> None:
        """A fault of Stytch's that meets the change."""
        method, path = ("POST", "/connection$") if self.action == "create" else ("DELETE", "/connection/")
        self.sandbox.fail(kind, path, method, **more)

    def done(self) -> bool:
        """Whether it is done at Stytch."""
        return bool(self.there) is (self.action == "create")


def told(history: Database) -> list[ConnectionEvent]:
    """The events of connections, oldest first."""
    with history.read() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.at, events.c.sequence)).mappings()
        found = [log.entry(row).event for row in rows]
    return [event for event in found if isinstance(event, ConnectionEvent)]
