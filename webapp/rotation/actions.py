"""Start, complete, cancel, restart.

Complete and cancel act on a connection, not on a token, and Stytch takes no precondition. So each action writes down
what it is about to do, reads, compares with what the admin was looking at, writes once, and after anything ambiguous
reads again and says what it found. What can't be found out yet stays pending: no other change begins before it is
settled, and every look tries to.
"""

import uuid
from collections.abc import Callable
from dataclasses import replace

from sqlalchemy.exc import SQLAlchemyError

from webapp.history import log
from webapp.history.events import By, Tokens
from webapp.history.intents import AlreadyBegun, Busy, Intent
from webapp.rotation.acting import NOT_CARRIED_OUT, Acting, ConnectionGone, Unread, may_still_arrive, of_that_id
from webapp.rotation.looking import HELD
from webapp.rotation.outcome import (
    SETTLE,
    Action,
    Outcome,
    Pending,
    Result,
    Seen,
    answers,
    restored,
    seen,
    tokens,
)
from webapp.rotation.records import count, event_of, read_after, stored
from webapp.stytch import Actor, errors
from webapp.stytch.models import Connection, ConnectionAnswer, StartAnswer


class Rotations(Acting):
    """Rotations of one Stytch project's tokens. Safe to share between threads, and between processes by the database.

    Every action raises `ConnectionGone` or a `StytchError` when reading the connection fails, and
    `sqlalchemy.exc.SQLAlchemyError` when the intent can't be written: nothing was changed then. It raises `Unread` when
    the form was sent before and reading fails now.
    """

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
        start_id = str(uuid.uuid5(uuid.NAMESPACE_OID, intent_id))
        try:
            cancelled = self._act(Action.CANCEL, by, actor, connection_id, admin_saw, intent_id)
            if cancelled.outcome is not Outcome.DONE:
                return cancelled
            return self._start_again(cancelled, by, actor, start_id)
        except Unread as unread:
            both = (self.intent(by.organization_id, each) for each in (intent_id, start_id))
            raise Unread(tuple(each for each in both if each), unread.error) from unread

    def _start_again(self, cancelled: Result, by: By, actor: Actor, start_id: str) -> Result:
        alone = tokens(cancelled.before).model_copy(update={"next": "", "next_ends": None})
        between = restored(cancelled.connection, alone)
        try:
            started = self._act(Action.START, by, actor, between.connection_id, seen(between), start_id)
        except (errors.StytchError, SQLAlchemyError, ConnectionGone) as error:
            # Half of it is done: that is told, whatever kept the other half from being asked for.
            why = error if isinstance(error, errors.StytchError) else None
            gone = isinstance(error, ConnectionGone)
            ids = (why.request_id,) if why and why.request_id else ()
            holds, now = cancelled.connection, self._now()
            return Result(
                Action.RESTART, Outcome.NOT_DONE, holds, holds, now, by, ids, error=why, unread=True, gone=gone
            )
        return replace(started, action=Action.RESTART)

    def outcome_of(self, intent_id: str, connection: Connection) -> Result | None:
        """What came of an intent about this connection, once it is settled."""
        intent = self._intents.get(intent_id)
        if intent is None or intent.settled_at is None or intent.connection_id != connection.connection_id:
            return None
        return stored(intent, connection, intent.settled_at)

    def read(self, actor: Actor, connection_id: str) -> Connection:
        """The organization's connection of that id, alone."""
        return of_that_id(self._read(actor), connection_id).connection

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
            if not self._intents.sending(intent_id, tokens(before), self._now()):
                # It took longer than its lease, and somebody's look has settled it as never sent.
                return self._refused_here(intent, Outcome.BUSY, before, admin_saw)
        except BaseException:
            self._intents.withdraw(intent)
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
            sight = of_that_id(view, intent.connection_id)
            try:
                if sight.pending:
                    raise Busy
                self._intents.begin(intent)
            except Busy:
                pending = sight.pending or self.pending(intent.by.organization_id).get(intent.connection_id)
                return replace(self._refused_here(intent, Outcome.BUSY, sight.connection, None), pending=pending)
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
        except NOT_CARRIED_OUT as error:
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
        outcome = self._found(intent, tokens(before), tokens(after), refused=refused)
        if outcome in HELD and may_still_arrive(error):
            return self._result(intent, Outcome.NOT_YET, before, after, error, so_far=outcome)
        return self._result(intent, outcome, before, after, error)

    def _result(
        self,
        intent: Intent,
        outcome: Outcome,
        before: Connection,
        after: Connection,
        error: errors.StytchError,
        so_far: Outcome | None = None,
    ) -> Result:
        now, action = self._now(), Action(intent.action)
        pending = None
        if not outcome.settled:
            until = now + SETTLE if may_still_arrive(error) else now
            pending = Pending(action, intent.by, intent.begun_at, until, intent.id, so_far)
        ids = (error.request_id,) if error.request_id else ()
        return Result(action, outcome, before, after, now, intent.by, ids, error=error, pending=pending)

    def _refused_here(self, intent: Intent, outcome: Outcome, now_is: Connection, admin_saw: Seen | None) -> Result:
        """Nothing is sent: the intent is taken back, and the refusal is written down."""
        self._intents.withdraw(intent)
        result = Result(Action(intent.action), outcome, now_is, now_is, self._now(), intent.by)
        saw = admin_saw or seen(now_is)
        expected = Tokens(current=saw.current[:4], next=saw.next[:4])
        event = event_of(intent, result, expected)
        count(event)
        log.record(self._database, event, result.at)
        return result

    def _write_down(self, intent: Intent, result: Result) -> None:
        event = event_of(intent, result, tokens(result.before))
        self._keep(intent, event, result.outcome, read_after(result), result.at, result.error)

    def _replay(self, again: Intent, first: Intent, actor: Actor) -> Result | None:
        """The stored outcome of a form that is sent again; waits a little while the first is still under way.

        None when the first was taken back, so that nothing was sent.
        """
        latest = self._once_known(first)
        if latest is None:
            return None
        same = (first.by.member_id, first.connection_id, first.action)
        is_its_own = same == (again.by.member_id, again.connection_id, again.action)
        try:
            sight = of_that_id(self.look(actor), again.connection_id)
        except (errors.StytchError, ConnectionGone) as error:
            if not is_its_own:
                raise
            raise Unread((self._intents.get(first.id) or latest,), error) from error
        action, connection, now = Action(again.action), sight.connection, self._now()
        if not is_its_own:
            return Result(action, Outcome.CHANGED, connection, connection, now, again.by)
        latest = self._intents.get(first.id)
        if latest is None:
            return None
        if latest.settled_at is None:
            pending = sight.pending or self.pending(actor.organization_id).get(connection.connection_id)
            return Result(action, Outcome.BUSY, connection, connection, now, again.by, pending=pending)
        result = stored(latest, connection, now)
        since_changed = result.since_changed or sight.pending is not None
        return replace(result, replayed=True, pending=sight.pending, since_changed=since_changed)
