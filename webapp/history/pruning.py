"""Retention: rows beyond their time are removed, and the chain stays one that can be verified.

What is removed is always the beginning of an organization's log. First an event is appended that says up to which row,
and that row's hash; only then do rows go. The rest of the chain begins where that event says, and as it is itself in
the chain, nobody can cut a log short without leaving it.
"""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from webapp.history import log, query
from webapp.history.database import Database, events, heads, intents
from webapp.history.events import OPERATOR, By, Pruned

_BATCH = 5000
"""Rows removed in one transaction: people who work meanwhile wait no longer than for that."""


@dataclass(frozen=True)
class Removed:
    """What was removed of an organization's log: rows up to the one with this sequence number and hash."""

    organization_id: str
    through: int
    hash: str
    rows: int


def prune(database: Database, before: date, at: datetime) -> list[Removed]:
    """Removes all that is of days before `before` in UTC, settled intents too.

    Goes on where an earlier run was cut off. A row stays, however old, while one in front of it in its organization's
    log is to stay.
    """
    end = query.midnight(before)
    removed = []
    for organization_id in query.organizations(database):
        anchor = _anchor(database, organization_id, end, before, at)
        if anchor and (rows := _remove(database, organization_id, anchor.through)):
            removed.append(Removed(organization_id, anchor.through, anchor.through_hash, rows))
    with database.write() as connection:
        connection.execute(intents.delete().where(intents.c.settled_at < end))
    return removed


def _anchor(database: Database, organization_id: str, end: str, before: date, at: datetime) -> Pruned | None:
    """The event that says how far the log may go, appended if there is more to go than the last one says."""
    of_organization = events.c.organization_id == organization_id
    with database.write() as connection:
        earlier = log.pruned(connection, organization_id).get(organization_id)
        kept = sa.select(sa.func.min(events.c.sequence)).where(of_organization, events.c.at >= end)
        behind = sa.select(heads.c.sequence + 1).where(heads.c.organization_id == organization_id)
        through = (connection.execute(kept).scalar() or connection.execute(behind).scalar_one()) - 1
        row = connection.execute(sa.select(events).where(of_organization, events.c.sequence == through)).first()
        if row is None or (earlier and earlier.through >= through):
            return earlier
        event = Pruned(
            by=By(organization_id=organization_id, member_id="", email=OPERATOR, address=""),
            outcome="done",
            what=f"all before {before.isoformat()}",
            through=through,
            through_hash=row.hash,
        )
        log.append(connection, event, at)
        return event


def _remove(database: Database, organization_id: str, through: int) -> int:
    of_organization = events.c.organization_id == organization_id
    rows = 0
    while True:
        with database.write() as connection:
            first = connection.execute(sa.select(sa.func.min(events.c.sequence)).where(of_organization)).scalar()
            if first is None or first > through:
                return rows
            last = min(first + _BATCH - 1, through)
            rows += connection.execute(events.delete().where(of_organization, events.c.sequence <= last)).rowcount
