"""What holds now, what became of a change that had no known outcome, and who did what is there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import RotationStart, Tokens
from webapp.history.intents import Intent, Intents
from webapp.rotation.outcome import (
    LEASE,
    SETTLE,
    Action,
    Outcome,
    Pending,
    Result,
    View,
    alike,
    found,
    restored,
    tokens,
)
from webapp.rotation.records import EVENTS, count, event_of
from webapp.stytch import Actor, Stytch
from webapp.stytch.models import Connection

HELD = {Outcome.NOT_DONE, Outcome.CHANGED}
"""What a read may find that a request still on its way could undo."""
_CHANGES: set[str] = {Outcome.DONE, Outcome.LOST}
"""Outcomes of a change that was made."""
_TRIES = 3
"""How often a look begins anew when a change went on while it was reading."""
_log = structlog.get_logger()


class Looking:
    """The half of `Rotations` that asks Stytch for no change."""

    def __init__(
        self, stytch: Stytch, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._stytch = stytch
        self._intents = Intents(database)
        self._database = database
        self._now = now

    def look(self, actor: Actor) -> View:
        """The organization's connection, with what is pending about it. Settles what a read can settle."""
        for _ in range(_TRIES):
            # Both before reading: what is read shows all that can have been done by then.
            unsettled, now = self._intents.unsettled(actor.organization_id), self._now()
            connection = self._stytch.get_scim_connection(actor).connection
            if self._intents.unsettled(actor.organization_id) != unsettled:
                continue  # what was read may be half of a change that began meanwhile
            view = self._judged(unsettled, connection, now)
            if view:
                return view
        return View(connection, self.pending(actor.organization_id))

    def pending(self, organization_id: str) -> Pending | None:
        """A change of the organization's connection whose outcome is not known, without asking Stytch."""
        for intent in self._intents.unsettled(organization_id):
            return _pending(intent, self._now())
        return None

    def started(self, connection: Connection) -> log.Entry | None:
        """The start of the rotation that is open on this connection, if the history knows it. Never raises."""
        try:
            return self._start_of(connection.organization_id, connection.connection_id, tokens(connection))
        except (SQLAlchemyError, ValueError, KeyError) as error:
            _not_read(error)
            return None

    def last_change(self, connection: Connection) -> log.Entry | None:
        """The last thing done to this connection, if the history knows that it led to what holds now. Never raises."""
        types = {event.type for event in EVENTS.values()}
        try:
            entry = self._last(connection.organization_id, connection.connection_id, types)
        except (SQLAlchemyError, ValueError, KeyError) as error:
            _not_read(error)
            return None
        was = getattr(entry.event, "found", None) if entry else None
        return entry if was and alike(was, tokens(connection)) else None

    def _judged(self, unsettled: list[Intent], connection: Connection | None, now: datetime) -> View | None:
        """What a read at `now` says of the intents, None when one of them has gone on since."""
        for intent in unsettled:
            if connection and intent.connection_id == connection.connection_id:
                return self._settled_or_pending(intent, connection, now)
            if _may_still_arrive(intent, now):
                return View(connection, _pending(intent, now))
            if not self._settle_gone(intent):
                return None
        return View(connection)

    def _settled_or_pending(self, intent: Intent, connection: Connection, now: datetime) -> View | None:
        if _under_way(intent, now):
            return View(connection, _pending(intent, now))
        if intent.before is None:
            settled = self._intents.settle(intent.id, None, Outcome.NOT_DONE, None, self._now(), judged=intent)
            return View(connection) if settled else None
        outcome = self._found(intent, intent.before, tokens(connection))
        if outcome is Outcome.LOST and intent.answered_at is None:
            # Only the process that was killed knows whether it still showed the token.
            outcome = Outcome.DONE
        if outcome in HELD and _may_still_arrive(intent, now):
            return View(connection, _pending(intent, now, outcome))
        result = Result(
            Action(intent.action),
            outcome,
            restored(connection, intent.before),
            connection,
            self._now(),
            intent.by,
            intent.request_ids,
            settled_later=True,
            begun_at=intent.begun_at,
            intent_id=intent.id,
        )
        event = event_of(intent, result, intent.before)
        if not self._intents.settle(intent.id, event, outcome, tokens(connection), result.at, judged=intent):
            return None
        count(event)
        return View(connection, settled=result)

    def _settle_gone(self, intent: Intent) -> bool:
        """The connection of an intent is not there any more: what became of it will never be known."""
        event = EVENTS[Action(intent.action)](
            by=intent.by,
            outcome=Outcome.UNKNOWN,
            request_ids=intent.request_ids,
            connection_id=intent.connection_id,
            intent_id=intent.id,
            expected=intent.before or Tokens(),
            settled_later=True,
        )
        settled = self._intents.settle(intent.id, event, Outcome.UNKNOWN, None, self._now(), judged=intent)
        if settled:
            count(event)
        return settled

    def _found(self, intent: Intent, before: Tokens, after: Tokens, *, refused: bool = False) -> Outcome:
        """What a read after an intent shows."""
        action = Action(intent.action)
        renewal = None
        if action is Action.COMPLETE and after.current == before.next:
            renewal = self._open_for(intent, before)
        return found(action, before, after, refused=refused, renewal=renewal)

    def _open_for(self, completion: Intent, before: Tokens) -> timedelta | None:
        """How long the rotation had been open when this was sent, None if it was not started in this console."""
        try:
            entry = self._start_of(completion.by.organization_id, completion.connection_id, before)
            event = entry.event if entry else None
            start = self._intents.get(event.intent_id) if isinstance(event, RotationStart) else None
        except (SQLAlchemyError, ValueError, KeyError) as error:
            _not_read(error)
            return None
        return completion.begun_at - start.begun_at if start else None

    def _start_of(self, organization_id: str, connection_id: str, is_now: Tokens) -> log.Entry | None:
        entry = self._last(organization_id, connection_id, {RotationStart.type})
        if entry is None or not isinstance(entry.event, RotationStart) or entry.event.found is None:
            return None
        was = entry.event.found.model_copy(update={"current": is_now.current, "current_ends": is_now.current_ends})
        return entry if is_now.next and alike(was, is_now) else None

    def _last(self, organization_id: str, connection_id: str, types: set[str]) -> log.Entry | None:
        row = query.last(self._database, organization_id, connection_id, types, _CHANGES)
        return log.entry(row) if row else None


def _under_way(intent: Intent, now: datetime) -> bool:
    return intent.answered_at is None and now < intent.begun_at + LEASE


def _until(intent: Intent) -> datetime:
    """When nothing of it can arrive any more."""
    return (intent.answered_at or intent.begun_at + LEASE) + SETTLE


def _may_still_arrive(intent: Intent, now: datetime) -> bool:
    return intent.may_still_arrive and now < _until(intent)


def _pending(intent: Intent, now: datetime, found_so_far: Outcome | None = None) -> Pending:
    until = None if _under_way(intent, now) else _until(intent)
    return Pending(Action(intent.action), intent.by, intent.begun_at, until, intent.id, found_so_far)


def _not_read(error: Exception) -> None:
    # Asked only to tell more: what has been done must be told all the same.
    _log.error("history_not_read", kind=type(error).__name__)
