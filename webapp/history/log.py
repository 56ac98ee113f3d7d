"""The log: events are appended, read and verified, never changed.

Each row carries a hash over itself and its predecessor in the same organization, and the head of that chain is kept
apart. Who changes, removes or inserts a row breaks the chain at that row.
"""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
import structlog
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from webapp.history.database import Database, events, heads, moment, timestamp
from webapp.history.events import KINDS, By, Event, Pruned, Unreadable

_log = structlog.get_logger()

GENESIS = "0" * 64
"""What stands as the predecessor's hash in an organization's first row."""

_HASHED = (
    "organization_id",
    "sequence",
    "at",
    "type",
    "outcome",
    "member_id",
    "email",
    "address",
    "connection_id",
    "details",
    "previous_hash",
)


@dataclass(frozen=True)
class Entry:
    """An event in its place in the log. `at` is UTC."""

    sequence: int
    at: datetime
    event: Event
    hash: str


@dataclass(frozen=True)
class Broken:
    """The first row of an organization's log that is not what was written, and how it is known."""

    organization_id: str
    sequence: int
    why: str


@dataclass(frozen=True)
class Verified:
    """How many rows were checked, and what was found: at most one an organization. `pruned` is by organization id."""

    rows: int
    broken: tuple[Broken, ...]
    pruned: dict[str, Pruned] = field(default_factory=dict)


def append(connection: sa.Connection, event: Event, at: datetime) -> Entry:
    """Adds an event in the transaction of `connection`, after all others of its organization."""
    organization_id = event.by.organization_id
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    first = insert(heads).values(organization_id=organization_id, sequence=0, hash=GENESIS)
    connection.execute(first.on_conflict_do_nothing())
    # Locked to the end of the transaction: rows of one organization are written one after the other.
    of_this = heads.c.organization_id == organization_id
    head = connection.execute(sa.select(heads).where(of_this).with_for_update()).one()
    row = {
        "organization_id": organization_id,
        "sequence": head.sequence + 1,
        "at": timestamp(at),
        "type": event.type,
        "outcome": event.outcome,
        "member_id": event.by.member_id,
        "email": event.by.email,
        "address": event.by.address,
        "connection_id": getattr(event, "connection_id", None),
        "details": _details(event),
        "previous_hash": head.hash,
    }
    row["hash"] = _hash(row)
    connection.execute(events.insert().values(row))
    connection.execute(heads.update().where(of_this).values(sequence=row["sequence"], hash=row["hash"]))
    return Entry(head.sequence + 1, at, event, str(row["hash"]))


def entry(row: sa.RowMapping) -> Entry:
    """The entry that a row of `events` holds."""
    by = By(**{name: row[name] for name in By.model_fields})
    event: Event
    try:
        fields = json.loads(row["details"])
        if row["connection_id"] is not None:
            fields["connection_id"] = row["connection_id"]
        event = KINDS[row["type"]].model_validate({"by": by, "outcome": row["outcome"], **fields})
    except (KeyError, ValueError, TypeError):
        event = Unreadable(by=by, outcome="unreadable")
    return Entry(row["sequence"], moment(row["at"]), event, row["hash"])


def record(database: Database, event: Event, at: datetime) -> None:
    """Adds an event in a transaction of its own. What it tells of has happened: a failure is logged, not raised."""
    try:
        with database.write() as connection:
            append(connection, event, at)
    except SQLAlchemyError as error:
        _log.error("history_not_written", type=event.type, kind=type(error).__name__)


def pruned(connection: sa.Connection, organization_id: str | None = None) -> dict[str, Pruned]:
    """The newest event of each organization that says how far its log was pruned; of one alone, if given."""
    newest = sa.select(events).where(events.c.type == Pruned.type).order_by(events.c.sequence)
    if organization_id:
        newest = newest.where(events.c.organization_id == organization_id)
    found = {row["organization_id"]: entry(row).event for row in connection.execute(newest).mappings()}
    return {each: event for each, event in found.items() if isinstance(event, Pruned)}


def verify(database: Database) -> Verified:
    """Reads every row, holding one, and compares it with its hash, its predecessor and its organization's head.

    A log that was pruned begins where the pruning says; rows that it has yet to remove may still be there.

    Who can write to the database can write the whole chain anew: hashes that left the house, on evidence sheets and
    in exports, tell that.
    """
    rows_checked = 0
    broken: dict[str, Broken] = {}
    with database.read() as connection:
        expected = {row.organization_id: (row.sequence, row.hash) for row in connection.execute(sa.select(heads))}
        anchors = pruned(connection)
        last: dict[str, tuple[int, str]] = {}
        rows = connection.execution_options(yield_per=1000).execute(
            sa.select(events).order_by(events.c.organization_id, events.c.sequence)
        )
        for row in rows.mappings():
            rows_checked += 1
            organization_id = row["organization_id"]
            if organization_id in broken:
                continue
            before = last.get(organization_id) or _beginning(row, anchors.get(organization_id))
            why = _fault(row, before, expected.get(organization_id), anchors.get(organization_id))
            if why:
                broken[organization_id] = Broken(organization_id, row["sequence"], why)
            last[organization_id] = (row["sequence"], row["hash"])
    for organization_id, (sequence, _) in expected.items():
        reached, _ = last.get(organization_id, (0, GENESIS))
        if organization_id not in broken and reached < sequence:
            broken[organization_id] = Broken(organization_id, reached + 1, "it is missing, and all after it")
    return Verified(rows_checked, tuple(broken.values()), anchors)


def _beginning(row: sa.RowMapping, anchor: Pruned | None) -> tuple[int, str]:
    """Sequence number and hash that have to be before an organization's first row."""
    if anchor is None or row["sequence"] == 1 or row["sequence"] > anchor.through + 1:
        return 0, GENESIS
    return row["sequence"] - 1, anchor.through_hash if row["sequence"] > anchor.through else row["previous_hash"]


def _fault(row: sa.RowMapping, before: tuple[int, str], head: tuple[int, str] | None, anchor: Pruned | None) -> str:
    if head is None:
        return "the chain's head is missing"
    if row["sequence"] != before[0] + 1:
        return "a row before it is missing"
    if row["previous_hash"] != before[1]:
        return "it does not follow the row before it"
    if row["hash"] != _hash({name: row[name] for name in _HASHED}):
        return "it was changed"
    if anchor and row["sequence"] == anchor.through and row["hash"] != anchor.through_hash:
        return "it is not the one up to which was pruned"
    if row["sequence"] > head[0]:
        return "it was added behind the chain's head"
    if row["sequence"] == head[0] and row["hash"] != head[1]:
        return "it is not the one that the chain's head names"
    return ""


def _details(event: Event) -> str:
    """The event's fields beyond the columns, in one writing only: the hash is over it."""
    fields = event.model_dump(mode="json", exclude={"by", "outcome", "connection_id"})
    return json.dumps(fields, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _hash(row: dict[str, object]) -> str:
    written = json.dumps([row[name] for name in _HASHED], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()
