"""Reading the log: filters, pages from the newest back, and the people and words that occur in it.

However long the log, nothing reads rows that it does not give. A page is one stretch of one index of `database.events`;
where a combination of filters has no index of its own, one stretch for each action and outcome that occurs with them, a
dozen or two, of which the newest rows make the page.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from webapp.history.database import Database, events, heads, timestamp

PAGE = 50
BATCH = 1000
its_place = sa.tuple_(events.c.at, events.c.sequence)
"""The `Place` of a row."""


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

    def conditions(self, *, older_than: "Place | None" = None) -> list[sa.ColumnElement[bool]]:
        """What a row has to meet, which has to be older than a place if one is given."""
        return [_condition(name, *values) for name, values in self.wanted(older_than=older_than).items()]

    def wanted(self, *, older_than: "Place | None" = None) -> dict[str, tuple[str | int, ...]]:
        """The same by name: what each condition compares with."""
        names = ("organization_id", "type", "email", "outcome", "connection_id")
        wanted: dict[str, tuple[str | int, ...]] = {name: (value,) for name in names if (value := getattr(self, name))}
        if self.first:
            wanted["since"] = (midnight(self.first),)
        end = midnight(self.last + timedelta(days=1)) if self.last and self.last < date.max else None
        # The nearer end alone: given both, SQLite takes the index of times and reads all between.
        if older_than and (end is None or older_than.at < end):
            wanted["older"] = (older_than.at, older_than.sequence)
        elif end:
            wanted["until"] = (end,)
        return wanted


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


@dataclass(frozen=True, order=True)
class Place:
    """Where an event stands among those of its organization."""

    at: str
    sequence: int

    @classmethod
    def of(cls, row: sa.RowMapping) -> "Place":
        """The place of a row of `events`."""
        return cls(row["at"], row["sequence"])


def page(database: Database, filters: Filters, before: int | None = None, size: int = PAGE) -> Page:
    """The newest events, or those older than the event of the sequence number `before`; none if there is no such."""
    with database.read() as connection:
        place = None
        if before is not None:
            of_before = (events.c.organization_id == filters.organization_id, events.c.sequence == before)
            at = connection.execute(sa.select(events.c.at).where(*of_before)).scalar()
            if at is None:
                return Page((), None)
            place = Place(at, before)
        rows = nearest(connection, _stretches(connection, filters), place, size + 1)
    return Page(tuple(rows[:size]), rows[size - 1]["sequence"] if len(rows) > size else None)


def nearest(
    connection: sa.Connection,
    stretches: Iterable[Filters],
    place: Place | None = None,
    count: int = 1,
    *,
    newer: bool = False,
) -> list[sa.RowMapping]:
    """The `count` rows nearest to a place, before it, or behind it if `newer`; without a place the newest, or oldest.

    Each of the stretches has to be one of an index.
    """
    wanted = [filters.wanted(older_than=None if newer else place) for filters in stretches]
    if place and newer:
        wanted = [{**each, "newer": (place.at, place.sequence)} for each in wanted]
    if not wanted:
        return []
    statement = _nearest(tuple(tuple(each) for each in wanted), count, newer=newer)
    values = {
        f"{name}_{number}_{position}": value
        for number, each in enumerate(wanted)
        for name, values in each.items()
        for position, value in enumerate(values)
    }
    return list(connection.execute(statement, values).mappings())


@lru_cache
def _nearest(stretches: tuple[tuple[str, ...], ...], count: int, *, newer: bool) -> sa.Select[Any]:
    """The statement for stretches with these conditions: putting one together takes longer than asking it."""
    order = sa.asc if newer else sa.desc
    found = []
    for number, names in enumerate(stretches):
        rows = sa.select(events).where(*(_condition(name, *_bound(name, number)) for name in names))
        found.append(rows.order_by(order(events.c.at), order(events.c.sequence)).limit(count))
    if len(found) == 1:
        return found[0]
    rows_of_all = sa.union_all(*(sa.select(each.subquery()) for each in found)).subquery()
    return sa.select(rows_of_all).order_by(order(rows_of_all.c.at), order(rows_of_all.c.sequence)).limit(count)


def _condition(name: str, *values: Any) -> sa.ColumnElement[bool]:
    match name:
        case "since":
            met: sa.ColumnElement[bool] = events.c.at >= values[0]
        case "until":
            met = events.c.at < values[0]
        case "older":
            met = its_place < sa.tuple_(*values)
        case "newer":
            met = its_place > sa.tuple_(*values)
        case _:
            met = events.c[name] == values[0]
    return met


def _bound(name: str, number: int) -> list[sa.BindParameter[Any]]:
    """The parameters of a stretch's condition."""
    columns = (events.c.at, events.c.sequence) if name in ("older", "newer") else (events.c.get(name, events.c.at),)
    return [sa.bindparam(f"{name}_{number}_{position}", type_=column.type) for position, column in enumerate(columns)]


def last(
    database: Database, organization_id: str, connection_id: str, types: Collection[str], outcomes: Collection[str]
) -> sa.RowMapping | None:
    """The newest row about a connection of one of these types and outcomes."""
    of_connection = Filters(organization_id, connection_id=connection_id)
    with database.read() as connection:
        return next(iter(nearest(connection, each_of(of_connection, types, outcomes))), None)


def each_of(filters: Filters, types: Iterable[str], outcomes: Collection[str]) -> list[Filters]:
    """The filters once for each of the types with each of the outcomes."""
    return [replace(filters, type=type_, outcome=outcome) for type_ in types for outcome in outcomes]


def every(database: Database, filters: Filters) -> Iterator[sa.RowMapping]:
    """All events of the filters, newest first, without holding more than a batch of them.

    Read page by page, not from one open cursor: whoever downloads slowly keeps no connection and no snapshot busy.
    Rows never change and new ones come in front, so that the pages fit together.
    """
    batch = page(database, filters, None, BATCH)
    yield from batch.rows
    while batch.before is not None:
        batch = page(database, filters, batch.before, BATCH)
        yield from batch.rows


def organizations(database: Database) -> list[str]:
    """The ids of the organizations that have a log."""
    with database.read() as connection:
        return list(connection.execute(sa.select(heads.c.organization_id).order_by(heads.c.organization_id)).scalars())


def choices(database: Database, organization_id: str) -> Choices:
    """What the organization's log can be filtered by."""
    with database.read() as connection:
        anything = Filters(organization_id)
        columns = (events.c.email, events.c.outcome, events.c.connection_id)
        return Choices(*(_occurring(connection, anything, column) for column in columns))


def _stretches(connection: sa.Connection, filters: Filters) -> list[Filters]:
    """The filters, in as many as it takes for each to be one stretch of an index."""
    given = [name for name in ("type", "email", "outcome", "connection_id") if getattr(filters, name)]
    if len(given) <= 1 or given == ["type", "outcome"]:
        return [filters]
    anything = replace(filters, type="", outcome="", first=None, last=None)
    stretches = []
    for type_ in (filters.type,) if filters.type else _occurring(connection, anything, events.c.type):
        of_type = replace(anything, type=type_)
        outcomes = (filters.outcome,) if filters.outcome else _occurring(connection, of_type, events.c.outcome)
        stretches += each_of(filters, [type_], outcomes)
    return stretches


def _occurring(connection: sa.Connection, filters: Filters, column: sa.Column[str]) -> tuple[str, ...]:
    """The column's values by hopping from each to the next in its index; DISTINCT would read every row."""
    smallest = sa.select(sa.func.min(column).label("value")).where(*filters.conditions())
    values = smallest.cte("found", recursive=True)
    found = values.alias()
    following = smallest.where(column > found.c.value).scalar_subquery()
    values = values.union_all(sa.select(following).where(found.c.value.is_not(None)))
    occurring = sa.select(values.c.value).where(values.c.value.is_not(None)).order_by(values.c.value)
    return tuple(connection.execute(occurring).scalars())


def midnight(day: date) -> str:
    """The `timestamp` at which a day begins in UTC."""
    return timestamp(datetime.combine(day, time(), UTC))
