"""`flask history …`, as a terminal sees it."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from tests.history.consoles import app_over
from tests.history.samples import ACME, GLOBEX, by, record, sign_in
from webapp.history.database import Database, events


@pytest.fixture
def app(database_url: str) -> Iterator[Flask]:
    """A console over a database without tables."""
    database = Database(database_url)
    app, _ = app_over(database, "http://127.0.0.1:9", "http://127.0.0.1:8000")
    yield app
    database.close()
    app.extensions["history"].close()
    app.extensions["stytch"].close()


@pytest.fixture
def terminal(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def test_upgrade_makes_the_tables(app: Flask, terminal: FlaskCliRunner) -> None:
    for _ in range(2):
        done = terminal.invoke(args=["history", "upgrade"])
        assert (done.exit_code, done.output) == (0, "The history's tables are those of this version.\n")
    database: Database = app.extensions["history"]
    database.require_migrated()


def test_verify_says_how_much_was_checked(app: Flask, terminal: FlaskCliRunner) -> None:
    database: Database = app.extensions["history"]
    database.migrate()
    record(database, sign_in(), sign_in(), sign_in(by("gil", GLOBEX)))
    done = terminal.invoke(args=["history", "verify"])
    assert (done.exit_code, done.output) == (0, "3 rows checked, all as they were written.\n")


def test_verify_names_the_first_broken_row_of_each_organization(app: Flask, terminal: FlaskCliRunner) -> None:
    database: Database = app.extensions["history"]
    database.migrate()
    record(database, sign_in(), sign_in(), sign_in(), sign_in(by("gil", GLOBEX)))
    with database.write() as connection:
        connection.execute(events.update().where(events.c.sequence >= 2).values(outcome="done, of course"))
        connection.execute(events.delete().where(events.c.organization_id == GLOBEX))
    done = terminal.invoke(args=["history", "verify"])
    assert done.exit_code == 1
    assert sorted(done.output.splitlines()) == [
        f"{ACME}: row 2: it was changed.",
        f"{GLOBEX}: row 1: it is missing, and all after it.",
    ]
