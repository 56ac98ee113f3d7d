"""Pages of the log: each event once, newest first, whatever the filters; and each page one stretch of an index."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.history.samples import ACME, CONNECTION, GLOBEX, NOON, by, cancel, complete, record, sign_in, start
from webapp.history import query
from webapp.history.database import Database, events, timestamp
from webapp.history.query import Filters

DAY = timedelta(days=1)
MANY = 20_000


def sequences(database: Database, filters: Filters, size: int) -> Iterator[list[int]]:
    """The sequence numbers on each page, from the newest page to the oldest."""
    page = query.page(database, filters, size=size)
    yield [row["sequence"] for row in page.rows]
    while page.before is not None:
        page = query.page(database, filters, page.before, size)
        yield [row["sequence"] for row in page.rows]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Sixty events of two organizations over six days, several at one moment, and some recorded out of turn."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('history') / 'history.db'}")
    database.migrate()
    for number in range(60):
        who = by(("ada", "vic", "olga")[number % 3], GLOBEX if number % 5 == 0 else ACME)
        event = (start, complete, cancel)[number % 3](by=who) if number % 2 else sign_in(who, "done")
        if number % 7 == 0:
            event = event.model_copy(update={"outcome": "not_done"})
        record(database, event, at=NOON + (number // 10) * DAY - (number % 4) * timedelta(seconds=30))
    yield database
    database.close()


FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["session.begin", "rotation.start", "rotation.complete", "nothing.like.it"]),
        "email": st.sampled_from(["ada@acme.example", "vic@acme.example", "ada"]),
        "outcome": st.sampled_from(["done", "not_done"]),
        "connection_id": st.sampled_from([CONNECTION, "another"]),
        "first": st.dates(date(2026, 11, 23), date(2026, 12, 1)),
        "last": st.dates(date(2026, 11, 23), date(2026, 12, 1)),
    },
)


@settings(deadline=None, max_examples=60)
@given(chosen=FILTERS, size=st.integers(1, 12))
def test_pages_hold_each_event_of_the_filters_once_newest_first(
    mixed: Database, chosen: dict[str, Any], size: int
) -> None:
    def meets(row: sa.RowMapping) -> bool:
        day = datetime.fromisoformat(row["at"]).date()
        same = [row[name] == value for name, value in chosen.items() if name not in ("first", "last")]
        return all(same) and chosen.get("first", day) <= day <= chosen.get("last", day)

    with mixed.read() as connection:
        rows = connection.execute(sa.text("SELECT * FROM events WHERE organization_id = :it"), {"it": ACME})
        expected = sorted((row["at"], row["sequence"]) for row in rows.mappings() if meets(row))
    pages = list(sequences(mixed, Filters(ACME, **chosen), size))
    assert [number for page in pages for number in page] == [number for _, number in reversed(expected)]
    assert all(len(page) == size for page in pages[:-1])
    assert pages[-1] or len(pages) == 1
    assert [row["sequence"] for row in query.every(mixed, Filters(ACME, **chosen))] == [
        number for page in pages for number in page
    ]


def test_fifty_a_page_and_no_more_behind_the_last(database: Database) -> None:
    record(database, *[sign_in()] * 100, apart=timedelta(seconds=1))
    assert list(sequences(database, Filters(ACME), query.PAGE)) == [list(range(100, 50, -1)), list(range(50, 0, -1))]


def test_days_are_whole_and_in_utc(database: Database) -> None:
    midnight = datetime(2026, 11, 24, tzinfo=NOON.tzinfo)
    for moment in (midnight - timedelta(microseconds=1), midnight, midnight + DAY - timedelta(microseconds=1)):
        record(database, sign_in(), at=moment)
    record(database, sign_in(), at=midnight + DAY)
    day = date(2026, 11, 24)
    found = query.page(database, Filters(ACME, first=day, last=day)).rows
    assert [row["sequence"] for row in found] == [3, 2]
    assert len(query.page(database, Filters(ACME, last=date.max)).rows) == 4


def test_events_that_come_meanwhile_do_not_shift_the_next_page(database: Database) -> None:
    record(database, *[sign_in()] * 6)
    first = query.page(database, Filters(ACME), size=3)
    record(database, *[sign_in()] * 2)
    assert [row["sequence"] for row in query.page(database, Filters(ACME), first.before, 3).rows] == [3, 2, 1]


def test_a_place_that_is_not_in_the_log_has_nothing_behind_it(database: Database) -> None:
    record(database, sign_in(), sign_in(by("gil", GLOBEX)), sign_in(by("gil", GLOBEX)))
    assert query.page(database, Filters(ACME), before=2).rows == ()


def test_choices_are_what_occurs_in_the_organization(database: Database) -> None:
    assert query.choices(database, ACME) == query.Choices((), (), ())
    record(database, sign_in(by("vic")), sign_in(), start(outcome="lost"), sign_in(by("gil", GLOBEX), "unknown"))
    assert query.choices(database, ACME) == query.Choices(
        ("ada@acme.example", "vic@acme.example"), ("done", "lost"), (CONNECTION,)
    )


def plan_of(database: Database, statement: str, values: dict[str, Any]) -> list[str]:
    """The steps of a plan; in SQLite each begins with the number of the step it is part of."""
    with database.read() as connection:
        if database.engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            return [f"{row.parent} {row.detail}" for row in rows]
        return list(connection.exec_driver_sql(f"EXPLAIN {statement}", values).scalars())


def fill(database: Database, count: int) -> None:
    """Many events of one organization, made in the database itself: two a minute, by forty people."""
    step = 24 * 60 * 60 // 2880
    record(database, sign_in(), at=NOON - DAY)
    rows = [
        {
            "organization_id": ACME,
            "sequence": number,
            "at": timestamp(NOON + number * step * timedelta(seconds=1)),
            "type": "rotation.start" if number % 2 else "session.begin",
            "outcome": ("done", "not_done", "changed")[number % 3],
            "email": f"person{number % 40}@acme.example",
            "connection_id": CONNECTION if number % 2 else None,
        }
        for number in range(2, count)
    ]
    common = {"member_id": "member-test-1", "address": "", "details": "{}", "previous_hash": "", "hash": ""}
    with database.write() as connection:
        connection.execute(events.insert().values(common), rows)
    if database.engine.dialect.name == "postgresql":
        with database.write() as connection:
            connection.exec_driver_sql("ANALYZE")


CHOSEN: dict[str, Any] = {
    "type": "rotation.start",
    "email": "person7@acme.example",
    "outcome": "changed",
    "connection_id": CONNECTION,
}
DAYS: dict[str, dict[str, Any]] = {
    "any day": {},
    "since a day": {"first": date(2026, 11, 25)},
    "one day": {"first": date(2026, 11, 26), "last": date(2026, 11, 26)},
}
COMBINATIONS = [names for count in range(len(CHOSEN) + 1) for names in combinations(CHOSEN, count)]


@contextmanager
def statements(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What is read from `events` inside, with its values."""
    seen: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        if "FROM events" in call[2]:
            seen.append((call[2], call[3]))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(database.engine, "before_cursor_execute", note)


def expect_stretches(database: Database, statement: str, values: Any, columns: Collection[str]) -> None:
    """Every read of the statement is one stretch of an index on these columns, in its order."""
    plan = plan_of(database, statement, values)
    reads = [step for step in plan if "SEARCH events USING" in step or "Index Cond" in step]
    assert reads
    assert [
        step for step in reads for column in columns if f"{column}=?" not in step and f"({column} = " not in step
    ] == []
    assert [step for step in plan if "SCAN events" in step or "Seq Scan on events" in step or "Filter" in step] == []
    if database.engine.dialect.name == "sqlite":
        sorted_in = {step.partition(" ")[0] for step in plan if "TEMP B-TREE" in step}
        assert [step for step in reads if step.partition(" ")[0] in sorted_in] == []
    else:
        # What is sorted are the newest rows of all stretches together.
        assert len([step for step in plan if "Sort  (" in step and "Incremental" not in step]) <= (len(reads) > 1), plan


def test_every_page_is_a_few_stretches_of_an_index(database: Database) -> None:
    """Whatever the filters, and however few rows meet them: none is read that is not on the page."""
    fill(database, MANY)
    for names in COMBINATIONS:
        for days in DAYS.values():
            for before in (None, MANY // 2):
                filters = Filters(ACME, **{name: CHOSEN[name] for name in names}, **days)
                with statements(database) as seen:
                    query.page(database, filters, before)
                *others, (statement, values) = seen
                expect_stretches(database, statement, values, names)
                expect_no_scan(database, others)


def test_the_last_change_of_a_connection_is_found_at_once(database: Database) -> None:
    fill(database, MANY)
    with statements(database) as seen:
        row = query.last(database, ACME, CONNECTION, {"rotation.start", "rotation.cancel"}, {"done", "lost"})
    assert row
    assert (row["type"], row["outcome"]) == ("rotation.start", "done")
    ((statement, values),) = seen
    expect_stretches(database, statement, values, ("connection_id", "type", "outcome"))


def test_what_can_be_chosen_is_found_without_reading_every_row(database: Database) -> None:
    fill(database, MANY)
    with statements(database) as seen:
        query.choices(database, ACME)
    assert len(seen) == 3
    expect_no_scan(database, seen)


def expect_no_scan(database: Database, seen: list[tuple[str, Any]]) -> None:
    for statement, values in seen:
        plan = plan_of(database, statement, values)
        assert [step for step in plan if "SCAN events" in step or "Seq Scan on events" in step] == []
