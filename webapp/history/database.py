"""The history's database: SQLite in a file, or PostgreSQL. Tables here, their making in `migrations/`."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

metadata = sa.MetaData()

# Times are text, fixed in width and always UTC: they sort as they are, and come back to the letter, which hashes need.
events = sa.Table(
    "events",
    metadata,
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("connection_id", sa.Text),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("previous_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    # Each ends in the order of the pages, so that a filter, a range of days and a page are one stretch of an index; of
    # the four filters' combinations those that have no index of their own are a few stretches: see `query`.
    sa.Index("events_by_time", "organization_id", "at", "sequence"),
    sa.Index("events_by_type", "organization_id", "type", "at", "sequence"),
    sa.Index("events_by_email", "organization_id", "email", "at", "sequence"),
    sa.Index("events_by_outcome", "organization_id", "outcome", "at", "sequence"),
    # An action has its own outcomes, so that few events or none meet both filters: found without reading either.
    sa.Index("events_by_type_and_outcome", "organization_id", "type", "outcome", "at", "sequence"),
    sa.Index("events_by_email_and_type", "organization_id", "email", "type", "outcome", "at", "sequence"),
    sa.Index("events_by_connection", "organization_id", "connection_id", "at", "sequence"),
    sa.Index("events_by_connection_and_type", "organization_id", "connection_id", "type", "outcome", "at", "sequence"),
    sa.Index(
        "events_by_connection_and_email",
        "organization_id",
        "connection_id",
        "email",
        "type",
        "outcome",
        "at",
        "sequence",
    ),
)

heads = sa.Table(
    "heads",
    metadata,
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)
"""The last event of each organization: a log cut short at its end is told by it."""

intents = sa.Table(
    "intents",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("organization_id", sa.Text, nullable=False),
    sa.Column("connection_id", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("member_id", sa.Text, nullable=False),
    sa.Column("email", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("begun_at", sa.Text, nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("answered_at", sa.Text),
    sa.Column("may_still_arrive", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("request_ids", sa.Text, nullable=False, server_default="[]"),
    sa.Column("outcome", sa.Text),
    sa.Column("found", sa.Text),
    sa.Column("settled_at", sa.Text),
    sa.Column("subject", sa.Text),
    # One change at a time for each connection, whichever process makes it.
    sa.Index(
        "intents_unsettled",
        "organization_id",
        "connection_id",
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    ),
)

handovers = sa.Table(
    "handovers",
    metadata,
    sa.Column("code_hash", sa.Text, primary_key=True),
    sa.Column("frame", sa.Text, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("ends_at", sa.Text, nullable=False),
)
"""No history: sign-ins on their way into a portal's frame, each for a minute (`signin/handover_codes.py`)."""

provisioning = sa.Table(
    "provisioning",
    metadata,
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("last_at", sa.Text, nullable=False),
    sa.Column("last_kind", sa.Text, nullable=False),
    sa.Column("runs", sa.Text, nullable=False),
)
"""No history: what the identity provider did last through each connection (`provisioning.py`)."""

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("ends_at", sa.Text, nullable=False),
    sa.Index("deliveries_by_end", "ends_at"),
)
"""No history: webhooks that were taken, so that none counts twice."""

reminders = sa.Table(
    "reminders",
    metadata,
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("ends", sa.Text, primary_key=True),
    sa.Column("mark", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.Text, primary_key=True),
    sa.Column("sent_at", sa.Text, nullable=False),
)
"""No history: who was told by mail that a token ends, at which mark (`tokens/reminders.py`)."""

role_saves = sa.Table(
    "role_saves",
    metadata,
    sa.Column("organization_id", sa.Text, primary_key=True),
    sa.Column("connection_id", sa.Text, primary_key=True),
    sa.Column("id", sa.Text, nullable=False),
    sa.Column("ends_at", sa.Text, nullable=False),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("event", sa.Text),
)
"""No history: savings of roles under way, at most one a connection (`role_saves.py`)."""

_MIGRATION_LOCK = 5_312_026
MIGRATIONS = Path(__file__).parent / "migrations"


# A database that does not answer must not hold up what Stytch has answered: it may be the only sight of a token.
_PATIENCE = {
    "connect_timeout": 5,  # seconds; the others are milliseconds
    "tcp_user_timeout": 5000,
    "options": "-c statement_timeout=5000 -c lock_timeout=5000",
}


class NotMigrated(Exception):
    """The database has not the tables that this version needs."""


class Database:
    """Connections to the history's database. Safe to share between threads."""

    def __init__(self, url: str) -> None:
        address = sa.make_url(url)
        if address.drivername in ("postgres", "postgresql"):
            address = address.set(drivername="postgresql+psycopg")
        if address.drivername == "sqlite" and address.database and address.database != ":memory:":
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        if address.drivername == "sqlite":
            self.engine = sa.create_engine(address)
        else:
            self.engine = sa.create_engine(address, pool_pre_ping=True, connect_args=_PATIENCE)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is committed at the end; in SQLite it is the only writer from its beginning."""
        with self.engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading, which sees one state of the database."""
        # PostgreSQL shows each statement a newer state unless told otherwise; SQLite keeps to one by itself.
        options = {"isolation_level": "REPEATABLE READ"} if self.engine.dialect.name == "postgresql" else {}
        with self.engine.connect().execution_options(read_only=True, **options) as connection:
            yield connection

    def migrate(self) -> None:
        """Brings the tables to what this version needs; those of a newer one stay as they are, and will do."""
        config = _alembic()
        with self.engine.begin() as connection:
            if self.engine.dialect.name == "postgresql":
                # A large table may take its time. Two new processes may come at once; SQLite lets one in by itself.
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            config.attributes["connection"] = connection
            if _may_need_migration(MigrationContext.configure(connection).get_current_revision()):
                command.upgrade(config, "head")

    def require_migrated(self) -> None:
        """Raises `NotMigrated` unless the tables are those of this version, or of a newer one that runs beside it."""
        with self.read() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        wanted = ScriptDirectory.from_config(_alembic()).get_current_head()
        if current != wanted and _may_need_migration(current):
            raise NotMigrated(f"the database is at {current or 'nothing'}, this version needs {wanted}")

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


def timestamp(moment: datetime) -> str:
    """`2026-11-24T03:06:42.123456Z`."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(timestamp: str) -> datetime:
    """The moment of a `timestamp`."""
    return datetime.fromisoformat(timestamp)


def _may_need_migration(current: str | None) -> bool:
    """Whether it is known how the tables came to be. If not, a newer version made them, and only added to them."""
    known = ScriptDirectory.from_config(_alembic()).walk_revisions()
    return current is None or current in {each.revision for each in known}


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where _begin_sqlite says, not where the driver guesses
    connection.execute("PRAGMA busy_timeout = 5000")
    _switch_to_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")


def _switch_to_wal(connection: sqlite3.Connection) -> None:
    """A file stays in WAL mode. When two processes switch a new one, SQLite refuses one of them without waiting."""
    end = time.monotonic() + 5
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)
        else:
            return


def _begin_sqlite(connection: sa.Connection) -> None:
    read_only = connection.get_execution_options().get("read_only")
    if read_only:
        # Past SQLAlchemy, whose way takes as long as reading: nothing can be in the way of this one.
        connection.connection.cursor().execute("BEGIN")
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
