"""Start, complete, cancel, restart, look.

Complete and cancel act on a connection, not on a token, and Stytch takes no precondition. So each action writes down
what it is about to do, reads, compares with what the admin was looking at, writes once, and after anything ambiguous
reads again and says what it found. What can't be found out yet stays pending: no other change begins before it is
settled, and every look tries to.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import By, Event, RotationCancel, RotationComplete, RotationStart, Tokens
from webapp.history.intents import AlreadyBegun, Busy, Intent, Intents
from webapp.rotation.outcome import (
    Action,
    Outcome,
    Pending,
    Result,
    Seen,
    View,
    alike,
    answers,
    found,
    restored,
    seen,
    tokens,
)
from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection, ConnectionAnswer, StartAnswer

LEASE = timedelta(seconds=30)
"""How long a request can be at work: three calls of eight seconds, and some. Past that, its process was killed."""
SETTLE = timedelta(seconds=60)
"""How long a request that Stytch did not answer may take to arrive. Longer than Stytch's slowest commit."""
REPLAY_WAIT = timedelta(seconds=10)
"""How long a repeated form waits for the first one's outcome."""

_EVENTS = {Action.START: RotationStart, Action.COMPLETE: RotationComplete, Action.CANCEL: RotationCancel}
_HELD = {Outcome.NOT_DONE, Outcome.CHANGED}
"""What a read may find that a request still on its way could undo."""
_CHANGES: set[str] = {Outcome.DONE, Outcome.LOST}
"""Outcomes of a change that was made."""
_log = structlog.get_logger()


class ConnectionGone(Exception):
    """The organization has no connection of that id."""


class Rotations:
    """Rotations of one Stytch project's tokens. Safe to share between threads, and between processes by the database.

    Every method raises `ConnectionGone` or a `StytchError` when reading the connection fails, and
    `sqlalchemy.exc.SQLAlchemyError` when the intent can't be written: nothing was changed then.
    """

    def __init__(
        self,
        stytch: Stytch,
        database: Database,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stytch = stytch
        self._intents = Intents(database)
        self._database = database
        self._now = now
        self._sleep = sleep

    def look(self, actor: Actor) -> View:
        """The organization's connection, with what is pending about it. Settles what a read can settle."""
        # Before reading: what is read shows all that an intent answered by then can have done.
        unsettled = self._intents.unsettled(actor.organization_id)
        connection = self._stytch.get_scim_connection(actor).connection
        for intent in unsettled:
            if connection and intent.connection_id == connection.connection_id:
                return self._settled_or_pending(intent, connection)
            if self._may_still_arrive_of(intent):
                return View(connection, self._pending(intent))
            self._settle_gone(intent)
        return View(connection)

    def pending(self, organization_id: str) -> Pending | None:
        """A change of the organization's connection whose outcome is not known, without asking Stytch."""
        for intent in self._intents.unsettled(organization_id):
            return self._pending(intent)
        return None

    def start(self, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str) -> Result:
        """Starts a rotation; the result holds the new token."""
        return self._act(Action.START, by, actor, connection_id, admin_saw, intent_id)

    def complete(self, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str) -> Result:
        """Makes the new token the only one."""
        return self._act(Action.COMPLETE, by, actor, connection_id, admin_saw, intent_id)

    def cancel(self, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str) -> Result:
        """Drops the new token."""
        return self._act(Action.CANCEL, by, actor, connection_id, admin_saw, intent_id)

    def restart(self, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str) -> Result:
        """Cancels the open rotation and starts another. When the cancel does not get through, the result is its."""
        cancelled = self._act(Action.CANCEL, by, actor, connection_id, admin_saw, intent_id)
        if cancelled.outcome is not Outcome.DONE:
            return cancelled
        start_id = str(uuid.uuid5(uuid.NAMESPACE_OID, intent_id))
        between = restored(
            cancelled.connection, tokens(cancelled.before).model_copy(update={"next": "", "next_ends": None})
        )
        try:
            started = self._act(Action.START, by, actor, connection_id, seen(between), start_id)
        except (errors.StytchError, SQLAlchemyError) as error:
            # Half of it is done: that is told, whatever kept the other half from being asked for.
            why = error if isinstance(error, errors.StytchError) else None
            ids = (why.request_id,) if why and why.request_id else ()
            now = self._now()
            return Result(Action.RESTART, Outcome.NOT_DONE, between, between, now, by, ids, error=why, unread=True)
        return replace(started, action=Action.RESTART)

    def outcome_of(self, intent_id: str, connection: Connection) -> Result | None:
        """What came of an intent about this connection, once it is settled."""
        intent = self._intents.get(intent_id)
        if intent is None or intent.settled_at is None or intent.connection_id != connection.connection_id:
            return None
        return _stored(intent, connection, intent.settled_at)

    def read(self, actor: Actor, connection_id: str) -> Connection:
        """The organization's connection of that id."""
        return _of_that_id(self._stytch.get_scim_connection(actor).connection, connection_id)

    def _act(self, action: Action, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str) -> Result:
        intent = Intent(intent_id, by, connection_id, action, self._now())
        try:
            busy = self._begin(intent, actor)
        except AlreadyBegun as earlier:
            replayed = self._replay(intent, earlier.intent, actor)
            return replayed or self._act(action, by, actor, connection_id, admin_saw, intent_id)
        if busy:
            return busy
        try:
            before = self.read(actor, connection_id)
            if admin_saw != seen(before) or before.rotating is (action is Action.START):
                return self._refused_here(intent, Outcome.CHANGED, before, admin_saw)
            if action is Action.COMPLETE and self._nobody_has_the_next_token_of(before):
                return self._refused_here(intent, Outcome.LOST, before, admin_saw)
            if not self._intents.sending(intent_id, tokens(before), self._now()):
                # It took longer than its lease, and somebody's look has settled it as never sent.
                return self._refused_here(intent, Outcome.BUSY, before, admin_saw)
        except BaseException:
            self._intents.withdraw(intent_id)
            raise
        result = self._write(intent, actor, before)
        self._write_down(intent, result)
        if isinstance(result.error, errors.SessionEnded | errors.BadCredentials):
            raise result.error
        return result

    def _begin(self, intent: Intent, actor: Actor) -> Result | None:
        """Begins the intent, or gives the result that says what is in its way. Raises `AlreadyBegun`."""
        try:
            self._intents.begin(intent)
        except Busy:
            view = self.look(actor)
            connection = _of_that_id(view.connection, intent.connection_id)
            try:
                if view.pending:
                    raise Busy
                self._intents.begin(intent)
            except Busy:
                pending = view.pending or self.pending(intent.by.organization_id)
                return replace(self._refused_here(intent, Outcome.BUSY, connection, None), pending=pending)
        return None

    def _write(self, intent: Intent, actor: Actor, before: Connection) -> Result:
        call: dict[Action, Callable[[Actor, str], ConnectionAnswer | StartAnswer]] = {
            Action.START: self._stytch.start_rotation,
            Action.COMPLETE: self._stytch.complete_rotation,
            Action.CANCEL: self._stytch.cancel_rotation,
        }
        action = Action(intent.action)
        try:
            answer = call[action](actor, before.connection_id)
        except (
            errors.Forbidden,
            errors.RateLimited,
            errors.NotSent,
            errors.SessionEnded,
            errors.BadCredentials,
        ) as error:
            return self._result(intent, Outcome.NOT_DONE, before, before, error)
        except (errors.Refused, errors.OutcomeUnknown) as error:
            return self._check(intent, actor, before, error)
        if answer.connection is None or not answers(action, seen(before), answer.connection):
            # A 2xx that contradicts what was asked for: believe a read, not the answer.
            doubt = errors.OutcomeUnknown("contradicting_answer", status=200, request_id=answer.request_id)
            return self._check(intent, actor, before, doubt)
        token = answer.next_bearer_token if isinstance(answer, StartAnswer) else None
        ids = (answer.request_id,)
        return Result(action, Outcome.DONE, before, answer.connection, self._now(), intent.by, ids, token)

    def _check(self, intent: Intent, actor: Actor, before: Connection, error: errors.StytchError) -> Result:
        """Reads what became of an action that ended in `error`."""
        refused = isinstance(error, errors.Refused)
        try:
            after = self.read(actor, before.connection_id)
        except (errors.StytchError, ConnectionGone) as unread:
            result = self._result(intent, Outcome.NOT_DONE if refused else Outcome.UNKNOWN, before, before, error)
            # Perhaps Stytch refused because somebody else had changed it: which token works is not known.
            pending = result.pending or Pending(result.action, intent.by, intent.begun_at, result.at, intent.id)
            result = replace(result, unread=True, pending=pending)
            if isinstance(unread, ConnectionGone):
                self._write_down(intent, result)
                raise
            return result
        outcome = found(Action(intent.action), tokens(before), tokens(after), refused=refused)
        if outcome in _HELD and _may_still_arrive(error):
            outcome = Outcome.NOT_YET
        return self._result(intent, outcome, before, after, error)

    def _result(
        self, intent: Intent, outcome: Outcome, before: Connection, after: Connection, error: errors.StytchError
    ) -> Result:
        now, action = self._now(), Action(intent.action)
        pending = None
        if not outcome.settled:
            until = now + SETTLE if _may_still_arrive(error) else now
            pending = Pending(action, intent.by, intent.begun_at, until, intent.id)
        ids = (error.request_id,) if error.request_id else ()
        return Result(action, outcome, before, after, now, intent.by, ids, error=error, pending=pending)

    def started(self, connection: Connection) -> log.Entry | None:
        """The start of the rotation that is open on this connection, if the history knows it. Never raises."""
        entry = self._last(connection, {RotationStart.type}, _CHANGES)
        if entry is None or not isinstance(entry.event, RotationStart) or entry.event.found is None:
            return None
        is_now = tokens(connection)
        was = entry.event.found.model_copy(update={"current": is_now.current, "current_ends": is_now.current_ends})
        return entry if is_now.next and alike(was, is_now) else None

    def last_change(self, connection: Connection) -> log.Entry | None:
        """The last thing done to this connection, if the history knows that it led to what holds now. Never raises."""
        entry = self._last(connection, {event.type for event in _EVENTS.values()}, _CHANGES)
        was = getattr(entry.event, "found", None) if entry else None
        return entry if was and alike(was, tokens(connection)) else None

    def _last(self, connection: Connection, types: set[str], outcomes: set[str]) -> log.Entry | None:
        try:
            return log.last(self._database, connection.organization_id, connection.connection_id, types, outcomes)
        except (SQLAlchemyError, ValueError, KeyError) as error:
            # Asked only to tell more: what has been done must be told all the same.
            _log.error("history_not_read", kind=type(error).__name__)
            return None

    def _nobody_has_the_next_token_of(self, connection: Connection) -> bool:
        started = self.started(connection)
        return started is not None and started.event.outcome == Outcome.LOST

    def _refused_here(self, intent: Intent, outcome: Outcome, now_is: Connection, admin_saw: Seen | None) -> Result:
        """Nothing is sent: the intent is taken back, and the refusal is written down."""
        self._intents.withdraw(intent.id)
        result = Result(Action(intent.action), outcome, now_is, now_is, self._now(), intent.by)
        saw = admin_saw or seen(now_is)
        expected = Tokens(current=saw.current[:4], next=saw.next[:4])
        # A refusal that says LOST says what an earlier start ended in, not that this made a token.
        told = replace(result, outcome=Outcome.NOT_DONE) if outcome is Outcome.LOST else result
        log.record(self._database, _event(intent, told, expected), result.at)
        return result

    def _write_down(self, intent: Intent, result: Result) -> None:
        event = _event(intent, result, tokens(result.before))
        try:
            if result.outcome.settled:
                if not self._intents.settle(intent.id, event, result.outcome, _read_after(result), result.at):
                    # Somebody's look came first, as this took longer than its lease: what was done stands all the same.
                    log.record(self._database, event, result.at)
            else:
                still = _may_still_arrive(result.error)
                self._intents.unknown(intent.id, event, result.at, may_still_arrive=still)
        except SQLAlchemyError as error:
            # Stytch has acted, and its answer may hold the only sight of a token: it goes out all the same. The intent
            # stays unsettled, and the next look settles it.
            _log.error("history_not_written", intent_id=intent.id, kind=type(error).__name__)

    def _settled_or_pending(self, intent: Intent, connection: Connection) -> View:
        """What a read says of an intent that had no known outcome before it."""
        now, action = self._now(), Action(intent.action)
        if intent.answered_at is None and now < intent.begun_at + LEASE:
            return View(connection, self._pending(intent))
        if intent.before is None:
            self._intents.settle(intent.id, None, Outcome.NOT_DONE, None, now)
            return View(connection)
        outcome = found(action, intent.before, tokens(connection))
        if outcome is Outcome.LOST and intent.answered_at is None:
            # Only the process that was killed knows whether it still showed the token.
            outcome = Outcome.DONE
        if outcome in _HELD and self._may_still_arrive_of(intent):
            return View(connection, self._pending(intent))
        before = restored(connection, intent.before)
        result = Result(
            action,
            outcome,
            before,
            connection,
            now,
            intent.by,
            intent.request_ids,
            settled_later=True,
            begun_at=intent.begun_at,
            intent_id=intent.id,
        )
        self._intents.settle(intent.id, _event(intent, result, intent.before), outcome, tokens(connection), now)
        return View(connection, settled=result)

    def _may_still_arrive_of(self, intent: Intent) -> bool:
        return intent.may_still_arrive and self._now() < (intent.answered_at or intent.begun_at + LEASE) + SETTLE

    def _pending(self, intent: Intent) -> Pending:
        under_way = intent.answered_at is None and self._now() < intent.begun_at + LEASE
        until = None if under_way else (intent.answered_at or intent.begun_at + LEASE) + SETTLE
        return Pending(Action(intent.action), intent.by, intent.begun_at, until, intent.id)

    def _settle_gone(self, intent: Intent) -> None:
        """The connection of an intent is not there any more: what became of it will never be known."""
        expected, now = intent.before or Tokens(), self._now()
        event = _EVENTS[Action(intent.action)](
            by=intent.by,
            outcome=Outcome.UNKNOWN,
            request_ids=intent.request_ids,
            connection_id=intent.connection_id,
            intent_id=intent.id,
            expected=expected,
            settled_later=True,
        )
        self._intents.settle(intent.id, event, Outcome.UNKNOWN, None, now)

    def _replay(self, again: Intent, first: Intent, actor: Actor) -> Result | None:
        """The stored outcome of a form that is sent again; waits a little while the first is still under way.

        None when the first was taken back, so that nothing was sent.
        """
        deadline = min(self._now() + REPLAY_WAIT, first.begun_at + LEASE)
        stored: Intent | None = first
        while stored and not stored.settled_at and not stored.answered_at and self._now() < deadline:
            self._sleep(0.05)
            stored = self._intents.get(first.id)
        if stored is None:
            return None
        view = self.look(actor)
        connection = _of_that_id(view.connection, again.connection_id)
        action, now = Action(again.action), self._now()
        same = (first.by.member_id, first.connection_id, first.action)
        if same != (again.by.member_id, again.connection_id, again.action):
            return Result(action, Outcome.CHANGED, connection, connection, now, again.by)
        if view.pending:
            return Result(action, Outcome.BUSY, connection, connection, now, again.by, pending=view.pending)
        return replace(_stored(self._intents.get(first.id) or stored, connection, now), replayed=True)


def _stored(intent: Intent, connection: Connection, now: datetime) -> Result:
    """The result that an intent ended in, beside the connection as it is now."""
    return Result(
        Action(intent.action),
        Outcome(intent.outcome or Outcome.NOT_DONE),
        restored(connection, intent.before) if intent.before else connection,
        connection,
        intent.settled_at or now,
        intent.by,
        intent.request_ids,
        since_changed=intent.found is not None and not alike(intent.found, tokens(connection)),
        intent_id=intent.id,
    )


def _event(intent: Intent, result: Result, expected: Tokens) -> Event:
    refused = isinstance(result.error, errors.Forbidden | errors.SessionEnded)
    return _EVENTS[Action(intent.action)](
        by=intent.by,
        outcome="refused" if refused else result.outcome,
        request_ids=result.request_ids,
        connection_id=intent.connection_id,
        intent_id=intent.id,
        expected=expected,
        found=_read_after(result),
        settled_later=result.settled_later,
    )


def _read_after(result: Result) -> Tokens | None:
    return None if result.unread else tokens(result.connection)


def _may_still_arrive(error: errors.StytchError | None) -> bool:
    return isinstance(error, errors.OutcomeUnknown) and not error.answered


def _of_that_id(connection: Connection | None, connection_id: str) -> Connection:
    if connection is None or connection.connection_id != connection_id:
        raise ConnectionGone
    return connection
