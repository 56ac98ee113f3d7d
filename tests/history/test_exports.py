"""Exports: what they hold, what a spreadsheet makes of it, and that their size costs no memory."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

import pytest
import sqlalchemy as sa

from tests.history.samples import ACME, CONNECTION, GLOBEX, by, complete, record, sign_in, start
from tests.history.writers import process, say
from webapp.history import exports, query
from webapp.history.database import Database
from webapp.history.events import AccessRefused, Tokens
from webapp.history.query import Filters

MANY = 100_000
FILL = """
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)
INSERT INTO events (organization_id, sequence, at, type, outcome, member_id, email, address, connection_id, details,
                    previous_hash, hash)
SELECT 'organization-test-acme', n, '2026-11-24T00:00:00.' || substr(CAST(1000000 + n AS TEXT), 2) || 'Z',
       'session.begin', 'done', 'member-test-ada', 'ada@acme.example', '203.0.113.7', NULL,
       '{"request_ids":["request-id-test-1"]}', '', '' FROM numbers
"""


def text_of(database: Database, written: Callable[[Iterable[sa.RowMapping]], Iterator[bytes]], filters: Filters) -> str:
    return b"".join(written(query.every(database, filters))).decode()


def csv_of(database: Database, filters: Filters) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(database, exports.as_csv, filters), newline=""), strict=True))


def test_csv_holds_every_field_newest_first(database: Database) -> None:
    record(database, start(), complete(request_ids=("request-1", "request-2"), settled_later=True), sign_in())
    _, completed, started = csv_of(database, Filters(ACME))
    assert started["sequence"] == "1"
    assert started["at"] == "2026-11-24T12:00:00.000000Z"
    assert (started["type"], started["outcome"]) == ("rotation.start", "done")
    assert (started["organization_id"], started["member_id"]) == (ACME, "member-test-ada")
    assert (started["email"], started["address"]) == ("ada@acme.example", "203.0.113.7")
    assert (started["connection_id"], started["intent_id"]) == (CONNECTION, "start-1")
    assert (started["expected_current"], started["expected_next"]) == ("urYB", "")
    assert (started["found_current"], started["found_next"]) == ("urYB", "aG-w")
    assert started["found_next_ends"] == "2031-11-23T14:02:00Z"
    assert completed["request_ids"] == "request-1 request-2"
    assert (started["settled_later"], completed["settled_later"]) == ("False", "True")
    assert completed["previous_hash"] == started["hash"]


def test_csv_is_rfc_4180(database: Database) -> None:
    record(database, AccessRefused(by=by(), outcome="refused", what='a "quoted", and\r\nbroken line'))
    text = text_of(database, exports.as_csv, Filters(ACME))
    assert text.startswith("sequence,at,type,outcome,")
    assert '"a ""quoted"", and\r\nbroken line"' in text
    assert text.count("\r\n") == 3
    assert text.endswith("\r\n")


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_has_no_formulas(sqlite: Database, first: str) -> None:
    what = f"{first}cmd|' /C calc'!A0"
    tokens = Tokens(current=f"{first}x9f")
    record(sqlite, AccessRefused(by=by(), outcome="refused", what=what), start(expected=tokens, by=by(f"{first}ada")))
    rotation, refused = csv_of(sqlite, Filters(ACME))
    assert refused["what"] == f"'{what}"
    assert rotation["expected_current"] == f"'{first}x9f"
    assert rotation["email"] == f"'{first}ada@acme.example"


def test_json_is_one_array_of_whole_rows(database: Database) -> None:
    record(database, start(by=by("zoë")), complete())
    completed, started = json.loads(text_of(database, exports.as_json, Filters(ACME)))
    assert (started["sequence"], started["email"]) == (1, "zoë@acme.example")
    assert started["details"]["found"]["next"] == "aG-w"
    assert completed["previous_hash"] == started["hash"]


def test_nothing_to_export(database: Database) -> None:
    assert json.loads(text_of(database, exports.as_json, Filters(ACME))) == []
    assert csv_of(database, Filters(ACME)) == []
    assert text_of(database, exports.as_csv, Filters(ACME)).startswith("sequence,")


def test_exports_keep_to_the_filters_and_the_organization(database: Database) -> None:
    record(database, sign_in(), start(), sign_in(by("gil", GLOBEX)))
    filters = Filters(ACME, type="session.begin")
    assert [row["sequence"] for row in csv_of(database, filters)] == ["1"]
    assert [row["sequence"] for row in json.loads(text_of(database, exports.as_json, filters))] == [1]


def test_memory_does_not_grow_with_the_log(database: Database, database_url: str) -> None:
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(FILL)
    for task in ("export_csv", "export_json"):
        with process(task, database_url) as exporting:
            say(exporting)
            output, _ = exporting.communicate(timeout=120)
        lines, grown = map(int, output.split())
        assert lines >= MANY
        assert grown < 16 * 1024, f"{task}: KiB between the first chunk and the last"
