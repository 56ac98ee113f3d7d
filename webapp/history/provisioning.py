"""What the identity provider did last through each connection, as Stytch's webhooks tell it. Nothing of any member.

Deliveries come late, twice and out of order. A time of Stytch's is compared with one of this machine's, whose clocks
may differ: an event counts from the earlier of when Stytch says that it was and when it was told here, so that only a
clock that is wrong *and* a delivery that is late could make an event seem newer than it was, and by no more than that.
"""

import json
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.history import log, query
from webapp.history.database import Database, deliveries, moment, provisioning, timestamp
from webapp.history.events import (
    IDENTITY_PROVIDER,
    By,
    ConnectionCreate,
    ConnectionDelete,
    ProvisioningSeen,
    RotationCancel,
    RotationComplete,
    RotationEvent,
    RotationStart,
    Tokens,
)

KEPT = timedelta(days=3)
"""How long a delivery is known again. Svix tries for 27 hours and 35 minutes until one is taken."""
MARGIN = timedelta(seconds=10)
"""How much after a change an event has to be to be surely after it: twice what `flask check` allows a clock to be off.

It is also longer than the change itself takes: Stytch made it somewhat before its answer was here.
"""
_RUN = timedelta(minutes=5)
"""Events no further apart belong to one run of the identity provider: what it sends at once says no rhythm."""
_RUNS = 20
_ENOUGH = 6
"""So many runs make a rhythm."""
_ONE_TOKEN_LEFT = (ConnectionCreate.type, RotationComplete.type, RotationCancel.type)


@dataclass(frozen=True)
class ScimEvent:
    """Something that the identity provider did: `kind` is Stytch's `{object_type}.{action}`, `at` is UTC.

    Without `connection_id` Stytch has only said which organization's it is.
    """

    organization_id: str
    connection_id: str
    kind: str
    at: datetime


@dataclass(frozen=True)
class Rhythm:
    """How it went lately: the usual time from one run of the identity provider to the next, and the longest."""

    usual: timedelta
    longest: timedelta


@dataclass(frozen=True)
class Last:
    """The last event of a connection, and the rhythm of those before it, None while there are too few to tell."""

    at: datetime
    kind: str
    rhythm: Rhythm | None


def record(database: Database, delivery_id: str, event: ScimEvent, arrived_at: datetime) -> str:
    """Keeps the event: `recorded`, `repeated` when that delivery was taken before, or `unattributed` to a connection.

    Raises `sqlalchemy.exc.SQLAlchemyError`; nothing is kept then, and the delivery can come again.
    """
    connection_id = event.connection_id or _only_connection(database, event.organization_id)
    if not connection_id:
        return "unattributed"
    at = min(event.at, arrived_at)
    with database.write() as connection:
        if not _is_first(connection, delivery_id, arrived_at):
            return "repeated"
        _keep(connection, event.organization_id, connection_id, event.kind, at)
        _prove(connection, event.organization_id, connection_id, event.kind, at, arrived_at)
    return "recorded"


def last(database: Database, organization_id: str, connection_id: str) -> Last | None:
    """The last event that is known of a connection. Raises `sqlalchemy.exc.SQLAlchemyError`."""
    with database.read() as connection:
        row = connection.execute(sa.select(provisioning).where(*_of(organization_id, connection_id))).one_or_none()
    if row is None:
        return None
    return Last(moment(row.last_at), row.last_kind, _rhythm([moment(each) for each in json.loads(row.runs)]))


def newest(database: Database) -> datetime | None:
    """When the last event of all was."""
    with database.read() as connection:
        at = connection.execute(sa.select(sa.func.max(provisioning.c.last_at))).scalar()
    return moment(at) if at else None


def last_change(database: Database, organization_id: str, connection_id: str) -> log.Entry | None:
    """What this console last did that left a connection one token, its creation too; None if a rotation is open."""
    with database.read() as connection:
        return _last_change(connection, organization_id, connection_id)


def left(change: log.Entry) -> Tokens | None:
    """The one token that a change left."""
    event = change.event
    if isinstance(event, ConnectionCreate):
        return event.had
    return event.found if isinstance(event, RotationEvent) else None


def proof(database: Database, organization_id: str, connection_id: str, change: int) -> log.Entry | None:
    """The first event that is known to have come after the change of that row."""
    with database.read() as connection:
        return _proof(connection, organization_id, connection_id, change)


def _is_first(connection: sa.Connection, delivery_id: str, now: datetime) -> bool:
    connection.execute(deliveries.delete().where(deliveries.c.ends_at <= timestamp(now)))
    row = {"id": delivery_id, "ends_at": timestamp(now + KEPT)}
    return _insert(connection, deliveries, row)


def _keep(connection: sa.Connection, organization_id: str, connection_id: str, kind: str, at: datetime) -> None:
    of_this = _of(organization_id, connection_id)
    row = {"organization_id": organization_id, "connection_id": connection_id}
    _insert(connection, provisioning, {**row, "last_at": "", "last_kind": "", "runs": "[]"})
    # Locked to the end of the transaction: of two deliveries at once none is lost.
    known = connection.execute(sa.select(provisioning).where(*of_this).with_for_update()).one()
    runs = [moment(each) for each in json.loads(known.runs)]
    last = [moment(known.last_at)] if known.last_at else []
    if not any(abs(at - each) <= _RUN for each in [*runs, *last]):
        runs = sorted([*runs, at])[-_RUNS:]
    values = {"runs": json.dumps([timestamp(each) for each in runs])}
    if timestamp(at) > known.last_at:
        values |= {"last_at": timestamp(at), "last_kind": kind}
    connection.execute(provisioning.update().where(*of_this).values(values))


def _prove(
    connection: sa.Connection,
    organization_id: str,
    connection_id: str,
    kind: str,
    at: datetime,
    now: datetime,
) -> None:
    """Writes into the history that provisioning went on, with the first event that shows it."""
    change = _last_change(connection, organization_id, connection_id)
    if change is None or at <= change.at + MARGIN:
        return
    if _proof(connection, organization_id, connection_id, change.sequence):
        return
    by = By(organization_id=organization_id, member_id="", email=IDENTITY_PROVIDER, address="")
    event = ProvisioningSeen(
        by=by,
        outcome="done",
        connection_id=connection_id,
        kind=kind,
        happened_at=timestamp(at),
        change=change.sequence,
    )
    log.append(connection, event, now)


def _last_change(connection: sa.Connection, organization_id: str, connection_id: str) -> log.Entry | None:
    of_connection = query.Filters(organization_id, connection_id=connection_id)
    stretches = query.each_of(of_connection, [RotationStart.type], ["done", "lost"])
    stretches += query.each_of(of_connection, _ONE_TOKEN_LEFT, ["done"])
    row = next(iter(query.nearest(connection, stretches)), None)
    return log.entry(row) if row and row["type"] in _ONE_TOKEN_LEFT else None


def _proof(connection: sa.Connection, organization_id: str, connection_id: str, change: int) -> log.Entry | None:
    seen = query.Filters(organization_id, connection_id=connection_id, type=ProvisioningSeen.type, outcome="done")
    row = next(iter(query.nearest(connection, [seen])), None)
    entry = log.entry(row) if row else None
    return entry if entry and isinstance(entry.event, ProvisioningSeen) and entry.event.change == change else None


def _only_connection(database: Database, organization_id: str) -> str:
    """The one connection that is known of an organization and was not deleted here, empty if none or several are."""
    with database.read() as connection:
        of_this = provisioning.c.organization_id == organization_id
        known = set(connection.execute(sa.select(provisioning.c.connection_id).where(of_this)).scalars())
        known |= set(query.choices(database, organization_id).connection_ids)
        deleted = query.Filters(organization_id, type=ConnectionDelete.type, outcome="done")
        known = {each for each in known if not query.nearest(connection, [replace(deleted, connection_id=each)])}
    return known.pop() if len(known) == 1 else ""


def _rhythm(runs: list[datetime]) -> Rhythm | None:
    if len(runs) < _ENOUGH:
        return None
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(runs)]
    return Rhythm(timedelta(seconds=median(gaps)), timedelta(seconds=max(gaps)))


def _of(organization_id: str, connection_id: str) -> tuple[sa.ColumnElement[bool], ...]:
    return (provisioning.c.organization_id == organization_id, provisioning.c.connection_id == connection_id)


def _insert(connection: sa.Connection, table: sa.Table, row: dict[str, str]) -> bool:
    """Whether there was no such row yet."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    inserted = insert(table).values(row).on_conflict_do_nothing().returning(sa.literal(1))  # psycopg counts no rows
    return connection.execute(inserted).scalar() is not None
