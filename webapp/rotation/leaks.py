"""Tokens that a member reported as being in the wrong hands, and whether they work still."""

from collections.abc import Mapping
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
_MOST = 50
"""So many reports are looked through, the newest first."""

_log = structlog.get_logger()


@dataclass(frozen=True)
class Leak:
    """Reports, beside what holds now: whether the connection's current and new token are among those that leaked.

    `since` has the first report of each token that the `last` one names, `reported` is the first of one that works.
    """

    last: Entry
    since: Mapping[str, Entry]
    reported: Entry
    current: bool
    next: bool

    @property
    def works(self) -> bool:
        """Whether a leaked token lets somebody in still."""
        return self.current or self.next


def of(database: Database, connection: Connection, now: datetime) -> Leak | None:
    """What was reported of this connection's tokens, unless it was withdrawn. Never raises.

    Tokens are told apart by their last four alone: rather a word too many than a leaked token that looks harmless.
    """
    of_connection = query.Filters(connection.organization_id, connection_id=connection.connection_id)
    stretches = query.each_of(of_connection, [TokenLeak.type], [REPORTED, WITHDRAWN])
    try:
        with database.read() as transaction:
            entries = [log.entry(row) for row in query.nearest(transaction, stretches, count=_MOST)]
    except SQLAlchemyError as error:
        _log.error("history_not_read", kind=type(error).__name__)
        return None
    since = _since(entries)
    if not since:
        return None
    current, new = connection.bearer_token_last_four, connection.next_bearer_token_last_four
    current_works = current in since and _goes_on(connection.bearer_token_expires_at, now)
    new_works = new in since and _goes_on(connection.next_bearer_token_expires_at, now)
    work = {token for token, works in ((current, current_works), (new, new_works)) if works}
    reported = min((since[token] for token in work or since), key=lambda entry: entry.sequence)
    return Leak(entries[0], since, reported, current_works, new_works)


def _since(entries: list[Entry]) -> dict[str, Entry]:
    """The tokens of the newest report, each with the first that named it; no such, if the newest was withdrawn."""
    since: dict[str, Entry] = {}
    for entry in entries:
        if not isinstance(entry.event, TokenLeak) or entry.event.outcome == WITHDRAWN:
            break
        since |= {token: entry for token in entry.event.tokens if token in since or entry is entries[0]}
    return since


def _goes_on(ends: datetime | None, now: datetime) -> bool:
    return ends is None or ends > now


def report(database: Database, by: By, connection: Connection, tokens: set[str], at: datetime) -> None:
    """Writes down that these tokens of the connection leaked, beside those reported before that work still.

    Raises `sqlalchemy.exc.SQLAlchemyError`.
    """
    before = of(database, connection, at)
    still = {connection.bearer_token_last_four, connection.next_bearer_token_last_four}
    together = tuple(sorted(tokens | (set(before.since) & still if before else set())))
    _write(database, by, connection, REPORTED, together, at)


def withdraw(database: Database, by: By, connection: Connection, leak: Leak, at: datetime) -> None:
    """Writes down that the tokens of a report did not leak. Raises `sqlalchemy.exc.SQLAlchemyError`."""
    _write(database, by, connection, WITHDRAWN, tuple(sorted(leak.since)), at)


def _write(
    database: Database, by: By, connection: Connection, outcome: str, tokens: tuple[str, ...], at: datetime
) -> None:
    event = TokenLeak(by=by, outcome=outcome, connection_id=connection.connection_id, tokens=tokens)
    with database.write() as transaction:
        log.append(transaction, event, at)
