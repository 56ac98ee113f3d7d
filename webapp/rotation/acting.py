"""What every change has in common: who waits for a form's first sending, and how an outcome is written down."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import ConnectionEvent, RotationEvent, Tokens
from webapp.history.intents import Intent
from webapp.rotation.looking import Looking
from webapp.rotation.outcome import LEASE, Outcome, Sight, View
from webapp.rotation.records import count
from webapp.stytch import Actor, Stytch, errors

REPLAY_WAIT = timedelta(seconds=10)
"""How long a repeated form waits for the first one's outcome."""

NOT_CARRIED_OUT = (
    errors.Forbidden,
    errors.RateLimited,
    errors.NotSent,
    errors.SessionEnded,
    errors.BadCredentials,
)
"""After these nothing was changed, and no read could tell more."""

_log = structlog.get_logger()


class ConnectionGone(Exception):
    """The organization has no connection of that id."""


class Unread(Exception):
    """A form was sent again, and the connections can't be read now. `firsts` is what is known of its first sending.

    Of starting again that is the cancel and, if it came to that, the start. `error` says why.
    """

    def __init__(self, firsts: tuple[Intent, ...], error: errors.StytchError | ConnectionGone) -> None:
        super().__init__()
        self.firsts = firsts
        self.error = error


class Acting(Looking):
    """What `Rotations` and `Lifecycle` share."""

    def __init__(
        self,
        stytch: Stytch,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(stytch, database, now)
        self._sleep = sleep

    def intent(self, organization_id: str, intent_id: str) -> Intent | None:
        """What is written down of a form's first sending."""
        intent = self._intents.get(intent_id)
        return intent if intent and intent.by.organization_id == organization_id else None

    def _read(self, actor: Actor) -> View:
        """The organization's connections, and nothing else."""
        answer = self._stytch.get_scim_connections(actor)
        return View(tuple(answer.connections), several=answer.several)

    def _once_known(self, first: Intent) -> Intent | None:
        """A form's first sending once it has an answer, or has had time for one; None when it was taken back."""
        deadline = min(self._now() + REPLAY_WAIT, first.begun_at + LEASE)
        latest: Intent | None = first
        while latest and not latest.settled_at and not latest.answered_at and self._now() < deadline:
            self._sleep(0.05)
            latest = self._intents.get(first.id)
        return latest

    def _keep(
        self,
        intent: Intent,
        event: RotationEvent | ConnectionEvent,
        outcome: Outcome,
        found: Tokens | None,
        at: datetime,
        error: errors.StytchError | None,
        connection_id: str = "",
    ) -> None:
        """Writes down what came of an intent that was sent. Never raises."""
        count(event)
        try:
            if outcome.settled:
                if not self._intents.settle(intent.id, event, outcome, found, at, connection_id=connection_id):
                    # Somebody's look came first, as this took longer than its lease: what was done stands all the same.
                    log.record(self._database, event, at)
            else:
                self._intents.unknown(intent.id, event, at, may_still_arrive=may_still_arrive(error))
        except SQLAlchemyError as failure:
            # Stytch has acted, and its answer may hold the only sight of a token: it goes out all the same. The intent
            # stays unsettled, and the next look settles it.
            _log.error("history_not_written", intent_id=intent.id, kind=type(failure).__name__)


def may_still_arrive(error: errors.StytchError | None) -> bool:
    """Whether the request that ended so may still be on its way to Stytch."""
    return isinstance(error, errors.OutcomeUnknown) and not error.answered


def of_that_id(view: View, connection_id: str) -> Sight:
    """The connection of that id. Raises `ConnectionGone`."""
    sight = view.of(connection_id)
    if sight is None:
        raise ConnectionGone
    return sight
