"""Reading the log: filters, pages from the newest back, and the people and words that occur in it.

Every page is one stretch of one index, however long the log: see the indexes of `database.events`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa

from webapp.history.database import Database, events, timestamp

PAGE = 50
BATCH = 1000


@dataclass(frozen=True)
class Filters:
    """Which events of one organization; an empty field means any. `first` and `last` are whole days in UTC."""

    organization_id: str
    type: str = ""
    email: str = ""
    outcome: str = ""
    connection_id: str = ""
    first: date | None = None
    last: date | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What a row has to meet."""
        conditions = [events.c.organization_id == self.organization_id]
        columns = (events.c.type, events.c.email, events.c.outcome, events.c.connection_id)
        conditions += [column == getattr(self, column.name) for column in columns if getattr(self, column.name)]
        if self.first:
            conditions.append(events.c.at >= _midnight(self.first))
        if self.last and self.last < date.max:
            conditions.append(events.c.at < _midnight(self.last + timedelta(days=1)))
        return conditions


@dataclass(frozen=True)
class Page:
    """Rows of `events`, newest first. `before` is where the next page begins; None: there are no older ones."""

    rows: tuple[sa.RowMapping, ...]
    before: int | None


@dataclass(frozen=True)
class Choices:
    """What occurs in an organization's log, sorted."""

    emails: tuple[str, ...]
    outcomes: tuple[str, ...]
    connection_ids: tuple[str, ...]


def page(database: Database, filters: Filters, before: int | None = None, size: int = PAGE) -> Page:
    """The newest events, or those older than the event of the sequence number `before`; none if there is no such."""
    older = sa.select(events).where(*filters.conditions())
    if before is not None:
        of_before = (events.c.organization_id == filters.organization_id, events.c.sequence == before)
        at = sa.select(events.c.at).where(*of_before).scalar_subquery()
        older = older.where(sa.tuple_(events.c.at, events.c.sequence) < sa.tuple_(at, before))
    newest_first = older.order_by(events.c.at.desc(), events.c.sequence.desc()).limit(size + 1)
    with database.read() as connection:
        rows = connection.execute(newest_first).mappings().all()
    return Page(tuple(rows[:size]), rows[size - 1]["sequence"] if len(rows) > size else None)


def every(database: Database, filters: Filters) -> Iterator[sa.RowMapping]:
    """All events of the filters, newest first, without holding more than a batch of them.

    Read page by page, not from one open cursor: whoever downloads slowly keeps no connection and no snapshot busy.
    Rows never change and new ones come in front, so that the pages fit together.
    """
    batch = page(database, filters, size=BATCH)
    yield from batch.rows
    while batch.before is not None:
        batch = page(database, filters, batch.before, BATCH)
        yield from batch.rows


def choices(database: Database, organization_id: str) -> Choices:
    """What the organization's log can be filtered by."""
    with database.read() as connection:

        def occurring(column: sa.Column[str]) -> tuple[str, ...]:
            return tuple(connection.execute(_distinct(column, organization_id)).scalars())

        return Choices(occurring(events.c.email), occurring(events.c.outcome), occurring(events.c.connection_id))


def _distinct(column: sa.Column[str], organization_id: str) -> sa.Select[str]:
    """The column's values by hopping from each to the next in its index; DISTINCT would read every row."""
    smallest = sa.select(sa.func.min(column).label("value")).where(events.c.organization_id == organization_id)
    values = smallest.cte("found", recursive=True)
    found = values.alias()
    following = smallest.where(column > found.c.value).scalar_subquery()
    values = values.union_all(sa.select(following).where(found.c.value.is_not(None)))
    return sa.select(values.c.value).where(values.c.value.is_not(None)).order_by(values.c.value)


def _midnight(day: date) -> str:
    return timestamp(datetime.combine(day, time(), UTC))
