"""What holds now, what became of a change that had no known outcome, and who did what is there."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import (
    ConnectionCreate,
    ConnectionDelete,
    ConnectionEvent,
    RotationEvent,
    RotationStart,
    Tokens,
)
from webapp.history.intents import Intent, Intents, Subject
from webapp.rotation.outcome import (
    LEASE,
    SETTLE,
    Action,
    Change,
    ConnectionAction,
    Outcome,
    Pending,
    Result,
    View,
    alike,
    created,
    found,
    restored,
    tokens,
)
from webapp.rotation.records import EVENTS, count, event_of, event_of_change
from webapp.stytch import Actor, Stytch
from webapp.stytch.models import Connection, ConnectionsAnswer

HELD = {Outcome.NOT_DONE, Outcome.CHANGED}
"""What a read may find that a request still on its way could undo."""
_CHANGES: set[str] = {Outcome.DONE, Outcome.LOST}
"""Outcomes of a change that was made."""
_TRIES = 3
"""How often a look begins anew when a change went on while it was reading."""
_log = structlog.get_logger()


class _GoneOn(Exception):
    """An intent has been sent, answered or settled since it was read."""


class Looking:
    """The half of `Rotations` and of `Lifecycle` that asks Stytch for no change."""

    def __init__(
        self, stytch: Stytch, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._stytch = stytch
        self._intents = Intents(database)
        self._database = database
        self._now = now

    def look(self, actor: Actor) -> View:
        """The organization's connections, with what is pending about each. Settles what a read can settle."""
        found: list[Result | Change] = []
        for _ in range(_TRIES):
            # Both before reading: what is read shows all that can have been done by then.
            unsettled, now = self._intents.unsettled(actor.organization_id), self._now()
            answer = self._stytch.get_scim_connections(actor)
            if self._intents.unsettled(actor.organization_id) != unsettled:
                continue  # what was read may be half of a change that began meanwhile
            pending = self._judged(unsettled, answer.connections, now, found)
            if pending is not None:
                return _view(answer, pending, found)
        return _view(answer, self.pending(actor.organization_id), found)

    def pending(self, organization_id: str) -> dict[str, Pending]:
        """The organization's changes whose outcome is not known, by connection id, without asking Stytch."""
        now = self._now()
        return {intent.connection_id: _pending(intent, now) for intent in self._intents.unsettled(organization_id)}

    def started(self, connection: Connection) -> log.Entry | None:
        """The start of the rotation that is open on this connection, if the history knows it. Never raises."""
        try:
            return self._start_of(connection.organization_id, connection.connection_id, tokens(connection))
        except (SQLAlchemyError, ValueError, KeyError) as error:
            _not_read(error)
            return None

    def created(self, connection: Connection) -> log.Entry | None:
        """The creation of this connection, if the history knows it and its first token is still there. Never raises."""
        try:
            entry = self._last(connection.organization_id, connection.connection_id, {ConnectionCreate.type})
        except (SQLAlchemyError, ValueError, KeyError) as error:
            _not_read(error)
            return None
        first = entry.event.had if entry and isinstance(entry.event, ConnectionCreate) else None
        is_now = tokens(connection).model_copy(update={"next": ""})
        return entry if first and alike(first, is_now) else None

    def deleted(self, organization_id: str, connection_id: str) -> log.Entry | None:
        """The deletion of that connection, if it was done here. Never raises."""
        try:
            return self._last(organization_id, connection_id, {ConnectionDelete.type})
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

    def _judged(
        self, unsettled: list[Intent], connections: list[Connection], now: datetime, found: list[Result | Change]
    ) -> dict[str, Pending] | None:
        """What is still pending after a read at `now`; None when one of the intents has gone on since.

        What the read settles is added to `found`.
        """
        pending = {}
        try:
            for intent in unsettled:
                judged = self._judge(intent, connections, now)
                if isinstance(judged, Pending):
                    pending[intent.connection_id] = judged
                elif judged:
                    found.append(judged)
        except _GoneOn:
            return None
        return pending

    def _judge(self, intent: Intent, connections: list[Connection], now: datetime) -> Pending | Result | Change | None:
        """What a read at `now` says of an intent, None when there is nothing to tell. Raises `_GoneOn`."""
        if _under_way(intent, now):
            return _pending(intent, now)
        connection = next((each for each in connections if each.connection_id == intent.connection_id), None)
        if intent.subject:
            return self._judge_change(intent, intent.subject, connection, connections, now)
        return self._judge_rotation(intent, connection, now) if connection else self._judge_gone(intent, now)

    def _judge_change(
        self,
        intent: Intent,
        subject: Subject,
        connection: Connection | None,
        connections: list[Connection],
        now: datetime,
    ) -> Pending | Change | None:
        """The same of creating or deleting a connection."""
        if intent.before is None:
            self._settle(intent, None, Outcome.NOT_DONE, None)
            return None
        action = ConnectionAction(intent.action)
        if action is ConnectionAction.CREATE:
            outcome, connection = created(subject, connections)
            if outcome is Outcome.LOST and intent.answered_at is None:
                outcome = Outcome.DONE  # as of a start: only the process that was killed knows
        else:
            outcome = Outcome.NOT_DONE if connection else Outcome.DONE
        if outcome in HELD and _may_still_arrive(intent, now):
            return _pending(intent, now, outcome)
        made = connection.connection_id if connection and outcome not in HELD else intent.connection_id
        change = Change(
            action,
            outcome,
            subject,
            made,
            connection,
            self._now(),
            intent.by,
            intent.request_ids,
            settled_later=True,
            begun_at=intent.begun_at,
            intent_id=intent.id,
        )
        found = tokens(connection) if connection else None
        self._settle(intent, event_of_change(intent, change), outcome, found, change.connection_id)
        return change

    def _judge_rotation(self, intent: Intent, connection: Connection, now: datetime) -> Pending | Result | None:
        """The same of a rotation's step."""
        if intent.before is None:
            self._settle(intent, None, Outcome.NOT_DONE, None)
            return None
        outcome = self._found(intent, intent.before, tokens(connection))
        if outcome is Outcome.LOST and intent.answered_at is None:
            # Only the process that was killed knows whether it still showed the token.
            outcome = Outcome.DONE
        if outcome in HELD and _may_still_arrive(intent, now):
            return _pending(intent, now, outcome)
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
        self._settle(intent, event_of(intent, result, intent.before), outcome, tokens(connection))
        return result

    def _judge_gone(self, intent: Intent, now: datetime) -> Pending | None:
        """The same where the connection is not there any more: what became of the intent will never be known."""
        if _may_still_arrive(intent, now):
            return _pending(intent, now)
        event = EVENTS[Action(intent.action)](
            by=intent.by,
            outcome=Outcome.UNKNOWN,
            request_ids=intent.request_ids,
            connection_id=intent.connection_id,
            intent_id=intent.id,
            expected=intent.before or Tokens(),
            settled_later=True,
        )
        self._settle(intent, event, Outcome.UNKNOWN, None)
        return None

    def _settle(
        self,
        judged: Intent,
        event: RotationEvent | ConnectionEvent | None,
        outcome: Outcome,
        found: Tokens | None,
        connection_id: str = "",
    ) -> None:
        """Writes down what a look has found out. Raises `_GoneOn`."""
        at = self._now()
        if not self._intents.settle(judged.id, event, outcome, found, at, judged=judged, connection_id=connection_id):
            raise _GoneOn
        if event:
            count(event)

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


def _view(answer: ConnectionsAnswer, pending: dict[str, Pending], found: list[Result | Change]) -> View:
    settled = {each.connection.connection_id: each for each in found if isinstance(each, Result)}
    changes = {each.connection_id: each for each in found if isinstance(each, Change)}
    return View(tuple(answer.connections), pending, settled, changes, answer.several)


def _under_way(intent: Intent, now: datetime) -> bool:
    return intent.answered_at is None and now < intent.begun_at + LEASE


def _until(intent: Intent) -> datetime:
    """When nothing of it can arrive any more."""
    return (intent.answered_at or intent.begun_at + LEASE) + SETTLE


def _may_still_arrive(intent: Intent, now: datetime) -> bool:
    return intent.may_still_arrive and now < _until(intent)


def _pending(intent: Intent, now: datetime, found_so_far: Outcome | None = None) -> Pending:
    until = None if _under_way(intent, now) else _until(intent)
    action = ConnectionAction(intent.action) if intent.subject else Action(intent.action)
    return Pending(action, intent.by, intent.begun_at, until, intent.id, found_so_far)


def _not_read(error: Exception) -> None:
    # Asked only to tell more: what has been done must be told all the same.
    _log.error("history_not_read", kind=type(error).__name__)
