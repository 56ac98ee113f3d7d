"""The probe: a token is tried at Stytch as soon as it was made, while it is in hand."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from flask import current_app
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import TokenProbe
from webapp.history.query import Filters
from webapp.stytch.errors import StytchError
from webapp.stytch.models import Connection
from webapp.stytch.scim_server import Elsewhere, ScimServers
from webapp.web.record import record

SECONDS = 2.0
"""How long the answer that shows a token may wait for this."""

_OUTCOMES = ("accepted", "refused", "no_answer", "elsewhere")
_MOST = 20
_log = structlog.get_logger()
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="probe")


@dataclass(frozen=True)
class Probe:
    """What came of trying a token, known by its end and its length. `outcome` is one of `TokenProbe`; `at` is UTC."""

    outcome: str
    last_four: str
    length: int
    at: datetime


def try_new(connection: Connection, token: SecretStr) -> Probe | None:
    """Tries a token that was just made, and writes down what came of it; None when this itself went wrong.

    Never raises, and takes hardly more than `SECONDS`: the only answer that will ever show the token waits for it.
    """
    try:
        value = token.get_secret_value()
        probe = Probe(_outcome(connection, token), value[-4:], len(value), datetime.now(UTC))
        record(
            TokenProbe,
            probe.outcome,
            connection_id=connection.connection_id,
            last_four=probe.last_four,
            length=probe.length,
        )
    except Exception as error:  # noqa: BLE001 - whatever it is, the token has to be shown
        _log.error("probe_failed", kind=type(error).__name__)
        return None
    return probe


def was_refused(probe: Probe | None) -> bool:
    """Whether Stytch did not accept the token when it was made."""
    return probe is not None and probe.outcome == "refused"


def of(connection: Connection) -> tuple[Probe, ...]:
    """The probes of this connection's tokens, the newest first. Never raises."""
    database: Database = current_app.extensions["history"]
    about = Filters(connection.organization_id, connection_id=connection.connection_id)
    try:
        with database.read() as reading:
            rows = query.nearest(reading, query.each_of(about, [TokenProbe.type], _OUTCOMES), count=_MOST)
        entries = [log.entry(row) for row in rows]
    except SQLAlchemyError as error:
        # Asked only to tell more.
        _log.error("history_not_read", kind=type(error).__name__)
        return ()
    return tuple(
        Probe(entry.event.outcome, entry.event.last_four, entry.event.length, entry.at)
        for entry in entries
        if isinstance(entry.event, TokenProbe)
    )


def of_token(connection: Connection, last_four: str) -> Probe | None:
    """What came of trying the token that ends so, if this console made it. Never raises."""
    return next((each for each in of(connection) if each.last_four == last_four), None)


def of_new(connection: Connection) -> Probe | None:
    """What came of trying the new token of an open rotation, if this console made it. Never raises."""
    return of_token(connection, connection.next_bearer_token_last_four) if connection.rotating else None


def new_was_refused(connection: Connection) -> bool:
    """Whether Stytch did not accept the new token of an open rotation when it was made. Never raises."""
    return was_refused(of_new(connection))


def _outcome(connection: Connection, token: SecretStr) -> str:
    servers: ScimServers = current_app.extensions["scim_servers"]
    # In a thread, as nothing cuts short how long the system looks up a name (`stytch/transport.py`).
    trying = _threads.submit(copy_context().run, servers.accepts, connection, token, SECONDS)
    try:
        return "accepted" if trying.result(SECONDS + 0.5) else "refused"
    except Elsewhere:
        return "elsewhere"
    except (StytchError, TimeoutError):
        trying.cancel()
        return "no_answer"
