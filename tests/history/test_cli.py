"""`flask history …`, as a terminal sees it."""

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from tests.history.consoles import app_over
from tests.history.samples import ACME, GLOBEX, by, record, sign_in
from webapp.history import log
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
    assert (done.exit_code, done.output) == (0, "3 rows checked, all as written.\n")


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


def filled(app: Flask) -> Database:
    """Acme has an event of 500 days ago and one of now, Globex one of now."""
    database: Database = app.extensions["history"]
    database.migrate()
    now = datetime.now(UTC)
    record(database, sign_in(outcome="refused"), at=now - timedelta(days=500))
    record(database, sign_in(), sign_in(by("gil", GLOBEX)), at=now)
    return database


def test_prune_removes_what_is_older_and_verify_says_so(app: Flask, terminal: FlaskCliRunner) -> None:
    filled(app)
    done = terminal.invoke(args=["history", "prune", "--older-than", "400d"])
    assert done.exit_code == 0
    pruned, removed = done.output.splitlines()
    assert re.fullmatch(rf"{ACME}: rows up to 1 are pruned, the last one [0-9a-f]{{64}}\.", pruned)
    assert re.fullmatch(r"Rows of days before \d{4}-\d\d-\d\d: 1 removed\.", removed)
    done = terminal.invoke(args=["history", "verify"])
    assert done.exit_code == 0
    assert done.output.splitlines() == [pruned.replace(" are ", " were "), "3 rows checked, all as written."]
    done = terminal.invoke(args=["history", "prune", "--older-than", "400d"])
    assert done.output.endswith(": 0 removed.\n")


@pytest.mark.parametrize("age", ["29d", "400", "d", "-400d", "40e1d", "9999999d"])
def test_prune_takes_no_age_but_days_and_enough_of_them(app: Flask, terminal: FlaskCliRunner, age: str) -> None:
    filled(app)
    assert terminal.invoke(args=["history", "prune", "--older-than", age]).exit_code == 2
    assert log.verify(app.extensions["history"]).rows == 3


def exported(terminal: FlaskCliRunner, *options: str) -> list[tuple[str, int, str]]:
    done = terminal.invoke(args=["history", "export", *options])
    assert done.exit_code == 0
    return [(row["organization_id"], row["sequence"], row["outcome"]) for row in json.loads(done.stdout)]


def test_export_has_all_organizations_or_one_of_all_ages_or_old_ones(app: Flask, terminal: FlaskCliRunner) -> None:
    filled(app)
    old, new, globex = (ACME, 1, "refused"), (ACME, 2, "done"), (GLOBEX, 1, "done")
    assert exported(terminal) == [new, old, globex]
    assert exported(terminal, "--organization", GLOBEX) == [globex]
    assert exported(terminal, "--older-than", "400d") == [old]
    terminal.invoke(args=["history", "prune", "--older-than", "400d"])
    assert exported(terminal, "--older-than", "400d") == []


def test_export_as_csv(app: Flask, terminal: FlaskCliRunner) -> None:
    filled(app)
    done = terminal.invoke(args=["history", "export", "--format", "csv"])
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert [row["organization_id"] for row in rows] == [ACME, ACME, GLOBEX]
