"""Tokens that a member reported as being in the wrong hands, and whether they work still."""

from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import By, TokenLeak
from webapp.history.log import Entry
from webapp.stytch.models import Connection

REPORTED, WITHDRAWN = "reported", "withdrawn"

_log = structlog.get_logger()


@dataclass(frozen=True)
class Leak:
    """A report, beside what holds now: whether the connection's current and new token are among those that leaked."""

    reported: Entry
    tokens: tuple[str, ...]
    current: bool
    next: bool

    @property
    def works(self) -> bool:
        """Whether a leaked token lets somebody in still."""
        return self.current or self.next


def of(database: Database, connection: Connection) -> Leak | None:
    """The newest report about this connection's tokens, unless it was withdrawn. Never raises.

    Tokens are told apart by their last four alone: rather a word too many than a leaked token that looks harmless.
    """
    about = (connection.organization_id, connection.connection_id)
    try:
        row = query.last(database, *about, {TokenLeak.type}, {REPORTED, WITHDRAWN})
    except SQLAlchemyError as error:
        _log.error("history_not_read", kind=type(error).__name__)
        return None
    entry = log.entry(row) if row else None
    if entry is None or not isinstance(entry.event, TokenLeak) or entry.event.outcome == WITHDRAWN:
        return None
    leaked = entry.event.tokens
    current = connection.bearer_token_last_four in leaked
    return Leak(entry, leaked, current, bool(leaked) and connection.next_bearer_token_last_four in leaked)


def report(database: Database, by: By, connection: Connection, tokens: set[str], at: datetime) -> None:
    """Writes down that these tokens of the connection leaked, beside those reported before that work still.

    Raises `sqlalchemy.exc.SQLAlchemyError`.
    """
    before = of(database, connection)
    still = {connection.bearer_token_last_four, connection.next_bearer_token_last_four} - {""}
    together = tuple(sorted(tokens | (set(before.tokens) & still if before else set())))
    _write(database, by, connection, REPORTED, together, at)


def withdraw(database: Database, by: By, connection: Connection, leak: Leak, at: datetime) -> None:
    """Writes down that the tokens of a report did not leak. Raises `sqlalchemy.exc.SQLAlchemyError`."""
    _write(database, by, connection, WITHDRAWN, leak.tokens, at)


def _write(
    database: Database, by: By, connection: Connection, outcome: str, tokens: tuple[str, ...], at: datetime
) -> None:
    event = TokenLeak(by=by, outcome=outcome, connection_id=connection.connection_id, tokens=tokens)
    with database.write() as transaction:
        log.append(transaction, event, at)
