"""(g): the history's page, however long the history."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bench.measure import Measured, in_turns, ratio
from bench.stage import Admin, Served, empty_history, stage
from tests.history.samples import NOON, by, cancel, complete, record, sign_in, start
from webapp.history.database import Database

FEW, MANY = 1_000, 1_000_000
TURNS = 30
_COLUMNS = "organization_id, sequence, at, type, outcome, member_id, email, address, connection_id, details"
_APART = 30  # seconds


def measure() -> list[Measured]:
    """Milliseconds until the page is there, in SQLite."""
    with stage(6) as sandbox:
        [admin] = sandbox.admins
        few = _short(sandbox.folder, admin)
        many = _long(few, sandbox.folder / "long.sqlite3")
        with sandbox.serve(database=few) as short, sandbox.serve(database=many) as long:
            paths = {"First page of the history": "/history", "An older page of it": f"/history?before={FEW // 2}"}
            return [_compare(what, path, admin, short, long) for what, path in paths.items()]


def _compare(what: str, path: str, admin: Admin, short: Served, long: Served) -> Measured:
    def milliseconds(served: Served) -> Callable[[], float]:
        browser = served.client(admin)

        def look() -> float:
            began = time.perf_counter()
            browser.get(path).raise_for_status()
            return (time.perf_counter() - began) * 1000

        return look

    times = in_turns(TURNS, {"many": milliseconds(long), "few": milliseconds(short)})
    return ratio(
        f"{what}, 1,000,000 events", times["many"], times["few"], 2, unit="ms", baseline="the same of 1,000 events"
    )


def _short(folder: Path, admin: Admin) -> Path:
    """A thousand events as they are in an organization of ten admins: sign-ins, and rotations."""
    path = empty_history(folder)
    database = Database(f"sqlite:///{path}")
    for number in range(FEW // 4):
        who = by(f"admin{number % 10}", admin.organization_id)
        of_connection = {"by": who, "connection_id": admin.connection_id}
        end = cancel(**of_connection) if number % 5 == 0 else complete(**of_connection)
        record(database, sign_in(who), sign_in(who), start(**of_connection), end)
    database.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"UPDATE events SET at = {_at('sequence')}")
        connection.commit()
    return path


def _long(short: Path, path: Path) -> Path:
    """The same over and over, made in the database itself: hashes are left out, which no page reads."""
    shutil.copy(short, path)
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF")
        of_table = "SELECT name, sql FROM sqlite_master WHERE tbl_name = 'events' AND sql LIKE 'CREATE INDEX%'"
        indexes = connection.execute(of_table).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        count = FEW
        while count < MANY:
            shifted = _COLUMNS.replace("sequence", f"sequence + {count}").replace(
                " at,", f" {_at(f'sequence + {count}')},"
            )
            connection.execute(
                f"INSERT INTO events ({_COLUMNS}, previous_hash, hash) SELECT {shifted}, '', '' FROM events"
                f" WHERE sequence <= {MANY - count}"
            )
            count = min(2 * count, MANY)
        for _, sql in indexes:
            connection.execute(sql)
        connection.commit()
        connection.execute("PRAGMA journal_mode = WAL")
    return path


def _at(sequence: str) -> str:
    """When the event of that number was, in SQL."""
    began = int(NOON.timestamp())
    return f"strftime('%Y-%m-%dT%H:%M:%S.000000Z', {began} + ({sequence}) * {_APART}, 'unixepoch')"
