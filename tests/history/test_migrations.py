"""The tables: made from nothing, found missing in words, and the same as the code says."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from tests.history.samples import ACME, intent, record, sign_in
from tests.history.writers import run_two
from webapp.history import log, query
from webapp.history.database import Database, NotMigrated, metadata
from webapp.history.intents import Intents


def test_from_nothing_and_once_more(database_url: str) -> None:
    database = Database(database_url)
    with pytest.raises(NotMigrated, match=r"^the database is at nothing, this version needs 0007$"):
        database.require_migrated()
    database.migrate()
    record(database, sign_in())
    database.migrate()
    database.require_migrated()
    assert len(query.page(database, query.Filters(ACME)).rows) == 1
    database.close()


def test_two_processes_at_once(database_url: str) -> None:
    assert run_two("migrate", database_url) == ["migrated", "migrated"]
    database = Database(database_url)
    database.require_migrated()
    database.close()


def test_an_older_version_s_tables_are_named(database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    with pytest.raises(NotMigrated, match="the database is at 0001, this version needs 0007"):
        database.require_migrated()


def test_a_newer_version_s_tables_will_do(database: Database) -> None:
    """While a newer version takes over, this one goes on beside it, and may come back after it."""
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
        connection.exec_driver_sql("ALTER TABLE events ADD COLUMN mood TEXT")
    database.require_migrated()
    database.migrate()
    record(database, sign_in())
    assert log.verify(database) == log.Verified(1, ())


def test_the_tables_are_what_the_code_says(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []


def test_the_file_s_directory_is_made(tmp_path: object) -> None:
    database = Database(f"sqlite:///{tmp_path}/new/history.db")
    database.migrate()
    Intents(database).begin(intent())
    assert log.verify(database).rows == 0
    database.close()
