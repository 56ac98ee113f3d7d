"""Admins with rotations over the sandbox, on its clock, and a client whose calls can be interrupted."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from tests import postgres
from tests.conftest import Sandbox
from tests.rotation import lifecycles
from tests.rotation.interrupted import Interrupted, saw
from webapp.history import log
from webapp.history.database import Database, events, heads, intents
from webapp.history.events import By, RotationEvent
from webapp.history.intents import Intent, Intents
from webapp.rotation import Lifecycle, Pending, Result, Rotations, Seen
from webapp.sandbox.connections import Connection
from webapp.stytch import Actor, models


@dataclass(frozen=True)
class Look:
    """What the page tells of its connection, which may be gone."""

    connection: models.Connection | None
    pending: Pending | None
    settled: Result | None


@dataclass(frozen=True)
class Admin:
    """Somebody signed in to an organization, before the connection's page."""

    rotations: Rotations
    by: By
    actor: Actor
    connection: Connection

    def press(self, action: str, admin_saw: Seen | None = None, intent_id: str = "") -> Result:
        """Presses a button of a page opened just now, or of one on which they saw something else; or a form again."""
        act = getattr(self.rotations, action)
        seen = admin_saw or saw(self.connection)
        form = intent_id or str(uuid.uuid4())
        result: Result = act(self.by, self.actor, self.connection.connection_id, seen, form)
        return result

    def look(self) -> Look:
        """Opens the page."""
        view, connection_id = self.rotations.look(self.actor), self.connection.connection_id
        sight = view.of(connection_id)
        return Look(
            sight.connection if sight else None, view.pending.get(connection_id), view.settled.get(connection_id)
        )

    def intent(self, action: str, intent_id: str = "intent-1") -> Intent:
        """What a process of theirs writes down that begins now."""
        return Intent(intent_id, self.by, self.connection.connection_id, action, self.rotations._now())


Enter = Callable[..., Admin]


@pytest.fixture(scope="session")
def in_postgresql(request: pytest.FixtureRequest) -> Iterator[Database]:
    """A history in PostgreSQL with its tables, for one test after the other."""
    with postgres.database(request.getfixturevalue("postgresql")) as url:
        database = Database(url)
        database.migrate()
        yield database
        database.close()


@pytest.fixture
def history(request: pytest.FixtureRequest, history: Database) -> Database:
    """The console's history, empty: in SQLite, or where a module asks for it in PostgreSQL too."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return history
    database: Database = request.getfixturevalue("in_postgresql")
    with database.write() as connection:
        for table in (events, heads, intents):
            connection.execute(table.delete())
    return database


@pytest.fixture
def stytch(sandbox: Sandbox) -> Iterator[Interrupted]:
    """The console's client for Stytch, set up for the sandbox's project."""
    client = Interrupted(sandbox.url)
    yield client
    client.close()


@pytest.fixture
def rotations(stytch: Interrupted, history: Database, sandbox: Sandbox) -> Iterator[Rotations]:
    """Rotations in the sandbox's time. In the end the log is whole."""
    yield Rotations(stytch, history, sandbox.world.clock.now)
    assert not log.verify(history).broken


@pytest.fixture
def enter(rotations: Rotations, sandbox: Sandbox) -> Enter:
    """Signs somebody in: ada, unless told otherwise."""

    def run(slug: str = "acme", email: str = "ada@acme.example", over: Rotations | None = None) -> Admin:
        organization_id = sandbox.world.find_organization(slug).organization_id
        member = sandbox.world.find_member(organization_id, email=email)
        by = By(organization_id=organization_id, member_id=member.member_id, email=email, address="203.0.113.7")
        return Admin(over or rotations, by, sandbox.actor(email, slug), sandbox.connection(slug))

    return run


@pytest.fixture
def admin(stytch: Interrupted, history: Database, sandbox: Sandbox) -> Callable[[str], lifecycles.Admin]:
    """Signs in somebody who creates Globex's connection, or deletes Acme's."""

    def enter(action: str) -> lifecycles.Admin:
        slug, email = lifecycles.SLUGS[action], lifecycles.EMAILS[action]
        organization_id = sandbox.world.find_organization(slug).organization_id
        member = sandbox.world.find_member(organization_id, email=email)
        by = By(organization_id=organization_id, member_id=member.member_id, email=email, address="203.0.113.7")
        lifecycle = Lifecycle(stytch, history, sandbox.world.clock.now)
        return lifecycles.Admin(lifecycle, by, sandbox.actor(email, slug), sandbox, action)

    return enter


def recorded(history: Database) -> list[RotationEvent]:
    """The events of rotations, oldest first."""
    with history.read() as connection:
        rows = connection.execute(sa.select(events).order_by(events.c.at, events.c.sequence)).mappings()
        entries = [log.entry(row).event for row in rows]
    return [event for event in entries if isinstance(event, RotationEvent)]


def unsettled(history: Database, admin: Admin) -> list[str]:
    """The actions on the organization's connection whose outcome is not known."""
    return [intent.action for intent in Intents(history).unsettled(admin.by.organization_id)]


def posts(sandbox: Sandbox) -> list[str]:
    """The calls that change something and reached the sandbox, oldest first."""
    return [call for call in sandbox.calls() if call.startswith("POST")]
