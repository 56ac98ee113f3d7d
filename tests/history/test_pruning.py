"""Retention: what is too old goes, and whatever else goes with it is told by the chain."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from tests.conftest import Console, Sandbox
from tests.connections.conftest import words
from tests.history.consoles import of
from tests.history.samples import ACME, GLOBEX, NOON, by, complete, intent, record, sign_in, start
from tests.signin.steps import visitor_of
from webapp.history import log, pruning, query
from webapp.history.database import Database, events, intents, timestamp
from webapp.history.events import OPERATOR, Pruned, StytchFailure
from webapp.history.intents import Intents
from webapp.history.log import Broken

TODAY = NOON.date()
NOW = NOON + timedelta(minutes=5)


def days(number: int) -> timedelta:
    return timedelta(days=number)


def sequences(database: Database, organization_id: str = ACME) -> list[int]:
    rows = query.every(database, query.Filters(organization_id))
    return sorted(row["sequence"] for row in rows)


@pytest.fixture
def years(database: Database) -> Database:
    """Acme's log of five days, each a year after the one before it, and Globex's of today."""
    record(database, *(sign_in() for _ in range(5)), at=NOON - days(4 * 365), apart=days(365))
    record(database, sign_in(by("gil", GLOBEX)))
    return database


def test_what_is_older_goes(years: Database) -> None:
    hashes = {row["sequence"]: row["hash"] for row in query.every(years, query.Filters(ACME))}
    removed = pruning.prune(years, TODAY - days(2 * 365), NOW)
    assert removed == [pruning.Removed(ACME, 2, hashes[2], 2)]
    assert (sequences(years), sequences(years, GLOBEX)) == ([3, 4, 5, 6], [1])
    newest = log.entry(query.page(years, query.Filters(ACME)).rows[0])
    assert isinstance(newest.event, Pruned)
    assert (newest.event.through, newest.event.through_hash) == (2, hashes[2])
    assert (newest.event.by.email, newest.event.what) == (OPERATOR, f"all before {TODAY - days(730)}")
    verified = log.verify(years)
    assert (verified.rows, verified.broken) == (5, ())
    assert verified.pruned == {ACME: newest.event}


def test_again_and_again(years: Database) -> None:
    for before, left in ((3 * 365, [2, 3, 4, 5, 6]), (3 * 365, [2, 3, 4, 5, 6]), (365, [4, 5, 6, 7])):
        pruning.prune(years, TODAY - days(before), NOW)
        assert sequences(years) == left
        assert log.verify(years).broken == ()
    record(years, sign_in(), start(), complete(), at=NOW)
    assert log.verify(years).broken == ()


def test_all_of_it(database: Database) -> None:
    record(database, sign_in(), sign_in(), at=NOON - days(500))
    pruning.prune(database, TODAY - days(400), NOW)
    assert sequences(database) == [3]
    assert log.verify(database).broken == ()
    assert pruning.prune(database, TODAY - days(400), NOW) == []


def test_an_old_row_behind_a_newer_one_stays(database: Database) -> None:
    """A machine whose clock is slow writes so; what goes is always the beginning."""
    for at in (NOON - days(500), NOON - days(300), NOON - days(500)):
        record(database, sign_in(), at=at)
    pruning.prune(database, TODAY - days(400), NOW)
    assert sequences(database) == [2, 3, 4]
    assert log.verify(database).broken == ()


def test_settled_intents_go_too(database: Database) -> None:
    kept = Intents(database)
    for name, settled in (("old", NOON - days(500)), ("young", NOON - days(300)), ("open", None)):
        kept.begin(intent(name, begun_at=NOON - days(500)))
        if settled:
            kept.settle(name, None, "done", None, settled)
    pruning.prune(database, TODAY - days(400), NOW)
    with database.read() as connection:
        assert set(connection.execute(sa.select(intents.c.id)).scalars()) == {"young", "open"}


def test_cut_off_in_the_middle(years: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to go and is still there is no fault, and goes the next time."""
    with monkeypatch.context() as patch:
        patch.setattr(pruning, "_remove", lambda *_: 0)
        pruning.prune(years, TODAY - days(365), NOW)
    assert log.verify(years).broken == ()
    with years.write() as connection:
        connection.execute(events.delete().where(events.c.organization_id == ACME, events.c.sequence == 1))
    assert log.verify(years).broken == ()
    assert pruning.prune(years, TODAY - days(365), NOW)[0].rows == 2
    assert sequences(years) == [4, 5, 6]
    assert log.verify(years).broken == ()


def test_in_small_steps(years: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "_BATCH", 1)
    assert pruning.prune(years, TODAY, NOW)[0].rows == 4
    assert sequences(years) == [5, 6]


def of_acme(sequence: int) -> sa.ColumnElement[bool]:
    return sa.and_(events.c.organization_id == ACME, events.c.sequence == sequence)


@pytest.mark.parametrize(
    ("tamper", "broken"),
    [
        (lambda c: c.execute(events.delete().where(of_acme(3))), Broken(ACME, 4, "a row before it is missing")),
        (lambda c: c.execute(events.delete().where(of_acme(6))), Broken(ACME, 3, "a row before it is missing")),
        (
            lambda c: c.execute(events.update().where(of_acme(3)).values(email="eve@acme.example")),
            Broken(ACME, 3, "it was changed"),
        ),
        (
            lambda c: c.execute(events.update().where(of_acme(3)).values(previous_hash="0" * 64)),
            Broken(ACME, 3, "it does not follow the row before it"),
        ),
    ],
    ids=["first row removed", "anchor removed", "first row changed", "cut loose"],
)
def test_what_was_done_behind_its_back_is_told(
    years: Database, tamper: Callable[[sa.Connection], object], broken: Broken
) -> None:
    pruning.prune(years, TODAY - days(2 * 365), NOW)
    with years.write() as connection:
        tamper(connection)
    assert log.verify(years).broken == (broken,)


def test_a_pruning_that_nobody_did(years: Database) -> None:
    """Who removes rows and changes an event into a pruning changes a row that has a hash."""
    with years.write() as connection:
        log.append(connection, StytchFailure(by=by(), outcome="failed", what="x"), NOON)
        hash_of_2 = connection.execute(sa.select(events.c.hash).where(of_acme(2))).scalar_one()
        details = f'{{"request_ids":[],"through":2,"through_hash":"{hash_of_2}","what":"x"}}'
        connection.execute(events.update().where(of_acme(6)).values(type=Pruned.type, outcome="done", details=details))
        connection.execute(events.delete().where(events.c.organization_id == ACME, events.c.sequence <= 2))
    assert log.verify(years).broken == (Broken(ACME, 6, "it was changed"),)


def test_days_are_whole(database: Database) -> None:
    record(
        database, sign_in(), sign_in(), at=NOON.replace(hour=0) - timedelta(microseconds=1), apart=timedelta(seconds=1)
    )
    pruning.prune(database, TODAY, NOW)
    assert sequences(database) == [2, 3]
    assert timestamp(NOON).startswith(date.isoformat(TODAY))


def test_members_see_that_it_was_done(console: Console, sandbox: Sandbox, sqlite: Database) -> None:
    record(sqlite, sign_in(of(sandbox, "acme")), at=NOON - days(500))
    pruning.prune(sqlite, TODAY - days(400), NOON)
    with visitor_of(console, sandbox) as vic:
        vic.sign_in("vic@acme.example")
        page = vic.get("/history?type=history.prune")
    assert f"Prune history all before {TODAY - days(400)} {OPERATOR} Done" in words(page)
