"""The log: what is appended comes back, and whatever is done to it behind its back is named by row."""

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import ValidationError

from tests.history.samples import ACME, GLOBEX, NOON, by, complete, record, sign_in, start
from tests.history.writers import run_two
from webapp.history import log
from webapp.history.database import Database, events, heads
from webapp.history.events import Tokens
from webapp.history.log import Broken, Verified

Rows = list[dict[str, Any]]


def rows_of(database: Database, organization_id: str = ACME) -> Rows:
    of_this = sa.select(events).where(events.c.organization_id == organization_id).order_by(events.c.sequence)
    with database.read() as connection:
        return [dict(row) for row in connection.execute(of_this).mappings()]


def hash_of(row: dict[str, Any]) -> str:
    """The documented hash, worked out anew: SHA-256 over the columns in order, as compact JSON."""
    columns = [row[column.name] for column in events.columns if column.name != "hash"]
    return hashlib.sha256(json.dumps(columns, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()


def test_what_is_appended_comes_back(database: Database) -> None:
    event = start(by=by("zoë"))
    with database.write() as connection:
        appended = log.append(connection, event, NOON)
    with database.read() as connection:
        (row,) = connection.execute(sa.select(events)).mappings()
    assert log.entry(row) == appended
    assert appended.event == event
    assert appended.at == NOON


def test_the_chain_is_as_documented(database: Database) -> None:
    record(database, sign_in(), start(), complete())
    first, second, third = rows_of(database)
    assert first["previous_hash"] == "0" * 64
    assert (second["previous_hash"], third["previous_hash"]) == (first["hash"], second["hash"])
    assert [row["hash"] for row in (first, second, third)] == [hash_of(row) for row in (first, second, third)]


def test_each_organization_has_a_chain_of_its_own(database: Database) -> None:
    record(database, sign_in(), sign_in(by("gil", GLOBEX)), sign_in())
    assert [row["sequence"] for row in rows_of(database)] == [1, 2]
    assert [row["sequence"] for row in rows_of(database, GLOBEX)] == [1]
    assert log.verify(database) == Verified(3, ())


def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    record(database, sign_in())

    def append_and_fail() -> None:
        with database.write() as connection:
            log.append(connection, sign_in(), NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        append_and_fail()
    record(database, sign_in())
    assert [row["sequence"] for row in rows_of(database)] == [1, 2]
    assert log.verify(database).broken == ()


def changed(rows: Rows) -> None:
    rows[2]["outcome"] = "done, of course"


def changed_with_its_hash(rows: Rows) -> None:
    rows[2]["email"] = "eve@acme.example"
    rows[2]["hash"] = hash_of(rows[2])


def last_changed_with_its_hash(rows: Rows) -> None:
    rows[4]["email"] = "eve@acme.example"
    rows[4]["hash"] = hash_of(rows[4])


def removed(rows: Rows) -> None:
    del rows[2]


def first_removed(rows: Rows) -> None:
    del rows[0]


def removed_and_closed_up(rows: Rows) -> None:
    del rows[2]
    for row in rows[2:]:
        row["sequence"] -= 1


def inserted(rows: Rows) -> None:
    for row in rows[2:]:
        row["sequence"] += 1
    forged = {**rows[1], "sequence": 3, "previous_hash": rows[1]["hash"]}
    rows.insert(2, forged | {"hash": hash_of(forged)})


def swapped(rows: Rows) -> None:
    rows[1]["sequence"], rows[2]["sequence"] = 3, 2


def cut_at_the_end(rows: Rows) -> None:
    del rows[3:]


def emptied(rows: Rows) -> None:
    rows.clear()


def added_at_the_end(rows: Rows) -> None:
    forged = {**rows[4], "sequence": 6, "previous_hash": rows[4]["hash"]}
    rows.append(forged | {"hash": hash_of(forged)})


@pytest.mark.parametrize(
    ("tamper", "sequence", "why"),
    [
        (changed, 3, "it was changed"),
        (changed_with_its_hash, 4, "it does not follow the row before it"),
        (last_changed_with_its_hash, 5, "it is not the one that the chain's head names"),
        (removed, 4, "a row before it is missing"),
        (first_removed, 2, "a row before it is missing"),
        (removed_and_closed_up, 3, "it does not follow the row before it"),
        (inserted, 4, "it does not follow the row before it"),
        (swapped, 2, "it does not follow the row before it"),
        (cut_at_the_end, 4, "it is missing, and all after it"),
        (emptied, 1, "it is missing, and all after it"),
        (added_at_the_end, 6, "it was added behind the chain's head"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_tampering_is_named(database: Database, tamper: Callable[[Rows], None], sequence: int, why: str) -> None:
    record(database, *[sign_in(by(name)) for name in ("ada", "vic", "olga", "noel", "ada")])
    record(database, sign_in(by("gil", GLOBEX)))
    rows = rows_of(database)
    tamper(rows)
    with database.write() as connection:
        connection.execute(events.delete().where(events.c.organization_id == ACME))
        if rows:
            connection.execute(events.insert(), rows)
    assert log.verify(database) == Verified(len(rows) + 1, (Broken(ACME, sequence, why),))


def test_a_removed_head_is_named(database: Database) -> None:
    record(database, sign_in(), sign_in(by("gil", GLOBEX)))
    with database.write() as connection:
        connection.execute(heads.delete().where(heads.c.organization_id == ACME))
    assert log.verify(database).broken == (Broken(ACME, 1, "the chain's head is missing"),)


def test_every_broken_organization_is_named(database: Database) -> None:
    record(database, sign_in(), sign_in(), sign_in(by("gil", GLOBEX)))
    with database.write() as connection:
        connection.execute(events.update().values(address="192.0.2.1"))
    assert {(each.organization_id, each.sequence) for each in log.verify(database).broken} == {(ACME, 1), (GLOBEX, 1)}


def test_a_read_sees_one_state_while_others_write(database: Database) -> None:
    record(database, sign_in())
    with database.read() as reading:
        before = reading.execute(sa.select(sa.func.count()).select_from(heads)).scalar()
        record(database, sign_in(by("gil", GLOBEX)))
        assert reading.execute(sa.select(sa.func.count()).select_from(heads)).scalar() == before


def test_threads_append_one_after_the_other(database: Database) -> None:
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(record, database, sign_in(), sign_in()) for _ in range(20)]:
            done.result()
    assert [row["sequence"] for row in rows_of(database)] == list(range(1, 41))
    assert log.verify(database) == Verified(40, ())


def test_processes_append_one_after_the_other(database: Database, database_url: str) -> None:
    assert run_two("append", database_url) == ["appended", "appended"]
    assert [row["sequence"] for row in rows_of(database)] == list(range(1, 41))
    assert log.verify(database) == Verified(40, ())


def test_the_file_s_journal_survives_a_kill(sqlite: Database) -> None:
    with sqlite.read() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("field", ["current", "next"])
def test_no_token_gets_in(field: str) -> None:
    token = "a" * 44 + "urYB"
    Tokens.model_validate({field: token[-4:]})
    with pytest.raises(ValidationError):
        Tokens.model_validate({field: token[-5:]})
