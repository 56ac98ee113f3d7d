"""The history's database, on SQLite and on a real PostgreSQL; and a console over it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import postgres
from tests.conftest import Console, Sandbox
from tests.history.consoles import console_over
from webapp.history.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: SQLite, then PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'history.db'}"
    else:
        with postgres.database(request.getfixturevalue("postgresql")) as url:
            yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The history with its tables: SQLite, then PostgreSQL."""
    database = Database(database_url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """The history with its tables in an SQLite file, for what does not depend on the database."""
    database = Database(f"sqlite:///{tmp_path / 'history.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def console(sqlite: Database, sandbox: Sandbox) -> Iterator[Console]:
    """The console over the history of `sqlite`."""
    with console_over(sqlite, sandbox) as console:
        yield console
