"""Create and delete a connection, on the rules of a rotation.

Each writes down what it is about to do, reads, compares with what the admin saw, writes once, and after anything
ambiguous reads again and says what it found. While that is not known, nothing else can be done to a connection that
is to be deleted, and no other one be created.
"""

from dataclasses import replace

from webapp.history import log
from webapp.history.events import By, Tokens
from webapp.history.intents import AlreadyBegun, Busy, Intent, Subject
from webapp.rotation.acting import NOT_CARRIED_OUT, Acting, Unread, may_still_arrive
from webapp.rotation.looking import HELD
from webapp.rotation.outcome import (
    NEW,
    SETTLE,
    Change,
    ConnectionAction,
    Outcome,
    Pending,
    Seen,
    View,
    created,
    seen,
    tokens,
)
from webapp.rotation.records import count, event_of_change
from webapp.stytch import Actor, errors
from webapp.stytch.models import Connection


class Lifecycle(Acting):
    """The beginning and end of one Stytch project's connections. Safe to share between threads, and processes.

    Both actions raise a `StytchError` when reading the connections fails, and `sqlalchemy.exc.SQLAlchemyError` when the
    intent can't be written: nothing was changed then. They raise `Unread` when the form was sent before and reading
    fails now.
    """

    def create(self, by: By, actor: Actor, subject: Subject, intent_id: str) -> Change:
        """Creates a connection, on the sight of `subject.others`; the change holds its token."""
        intent = Intent(intent_id, by, NEW, ConnectionAction.CREATE, self._now(), subject=subject)
        return self._act(intent, subject, actor, None)

    def delete(
        self, by: By, actor: Actor, connection_id: str, subject: Subject, admin_saw: Seen, intent_id: str
    ) -> Change:
        """Deletes a connection for good, if it is what the admin saw, its name included."""
        intent = Intent(intent_id, by, connection_id, ConnectionAction.DELETE, self._now(), subject=subject)
        return self._act(intent, subject, actor, admin_saw)

    def outcome_of(self, organization_id: str, intent_id: str, view: View) -> Change | None:
        """What came of an intent, once it is settled, beside the connections as they are now."""
        intent = self.intent(organization_id, intent_id)
        if intent is None or intent.subject is None or intent.settled_at is None:
            return None
        return _stored(intent, intent.subject, view)

    def _act(self, intent: Intent, subject: Subject, actor: Actor, admin_saw: Seen | None) -> Change:
        try:
            busy = self._begin(intent, subject, actor)
        except AlreadyBegun as earlier:
            return self._replay(intent, subject, earlier.intent, actor) or self._act(intent, subject, actor, admin_saw)
        if busy:
            return busy
        try:
            view = self._read(actor)
            there = _about(intent, view)
            if not _as_seen(intent, subject, admin_saw, view):
                return self._refused_here(intent, self._change(intent, subject, Outcome.CHANGED, there))
            before = None if intent.action == ConnectionAction.CREATE else there
            if not self._intents.sending(intent.id, tokens(before) if before else Tokens(), self._now()):
                # It took longer than its lease, and somebody's look has settled it as never sent.
                return self._refused_here(intent, self._change(intent, subject, Outcome.BUSY, before))
        except BaseException:
            self._intents.withdraw(intent)
            raise
        intent = replace(intent, before=tokens(before) if before else Tokens())
        change = self._write(intent, subject, actor, before)
        found = tokens(change.connection) if change.connection else None
        event = event_of_change(intent, change)
        self._keep(intent, event, change.outcome, found, change.at, change.error, change.connection_id)
        if isinstance(change.error, errors.SessionEnded | errors.BadCredentials):
            raise change.error
        return change

    def _begin(self, intent: Intent, subject: Subject, actor: Actor) -> Change | None:
        """Begins the intent, or gives what is in its way. Raises `AlreadyBegun`."""
        try:
            self._intents.begin(intent)
        except Busy:
            view = self.look(actor)
            pending = view.pending.get(intent.connection_id)
            try:
                if pending:
                    raise Busy
                self._intents.begin(intent)
            except Busy:
                pending = pending or self.pending(actor.organization_id).get(intent.connection_id)
                busy = self._change(intent, subject, Outcome.BUSY, _about(intent, view))
                return self._refused_here(intent, replace(busy, pending=pending))
        return None

    def _write(self, intent: Intent, subject: Subject, actor: Actor, before: Connection | None) -> Change:
        try:
            if before:
                deleted = self._stytch.delete_scim_connection(actor, before.connection_id)
                if deleted.connection_id == before.connection_id:
                    done = self._change(intent, subject, Outcome.DONE, None)
                    return replace(done, request_ids=(deleted.request_id,))
                doubt = errors.OutcomeUnknown("contradicting_answer", status=200, request_id=deleted.request_id)
                return self._check(intent, subject, actor, before, doubt)
            made = self._stytch.create_scim_connection(
                actor, display_name=subject.display_name, identity_provider=subject.identity_provider
            )
        except NOT_CARRIED_OUT as error:
            return self._change(intent, subject, Outcome.NOT_DONE, before, error)
        except (errors.Refused, errors.OutcomeUnknown) as error:
            return self._check(intent, subject, actor, before, error)
        # Whatever else the answer says, it holds the only sight of the token.
        done = self._change(intent, subject, Outcome.DONE, made.connection)
        return replace(done, new_token=made.bearer_token, request_ids=(made.request_id,))

    def _check(
        self, intent: Intent, subject: Subject, actor: Actor, before: Connection | None, error: errors.StytchError
    ) -> Change:
        """Reads what became of an action that ended in `error`."""
        refused = isinstance(error, errors.Refused)
        try:
            view = self._read(actor)
        except errors.StytchError:
            outcome = Outcome.NOT_DONE if refused else Outcome.UNKNOWN
            return replace(self._change(intent, subject, outcome, before, error), unread=True)
        if intent.action == ConnectionAction.CREATE:
            outcome, connection = created(subject, view.connections, refused=refused)
        else:
            connection = _about(intent, view)
            gone = Outcome.CHANGED if refused else Outcome.DONE
            outcome = Outcome.NOT_DONE if connection else gone
        if outcome in HELD and may_still_arrive(error):
            return self._change(intent, subject, Outcome.NOT_YET, connection, error, so_far=outcome)
        return self._change(intent, subject, outcome, connection, error)

    def _change(
        self,
        intent: Intent,
        subject: Subject,
        outcome: Outcome,
        connection: Connection | None,
        error: errors.StytchError | None = None,
        so_far: Outcome | None = None,
    ) -> Change:
        """What came of an intent just now."""
        now, action = self._now(), ConnectionAction(intent.action)
        pending = None
        if error and not outcome.settled:
            until = now + SETTLE if may_still_arrive(error) else now
            pending = Pending(action, intent.by, intent.begun_at, until, intent.id, so_far)
        made = connection if outcome in (Outcome.DONE, Outcome.LOST) else None
        return Change(
            action,
            outcome,
            subject,
            made.connection_id if made else intent.connection_id,
            connection,
            now,
            intent.by,
            (error.request_id,) if error and error.request_id else (),
            error=error,
            pending=pending,
        )

    def _refused_here(self, intent: Intent, change: Change) -> Change:
        """Nothing is sent: the intent is taken back, and the refusal is written down."""
        self._intents.withdraw(intent)
        event = event_of_change(intent, change)
        count(event)
        log.record(self._database, event, change.at)
        return change

    def _replay(self, again: Intent, subject: Subject, first: Intent, actor: Actor) -> Change | None:
        """The stored outcome of a form that is sent again. None when the first was taken back: nothing was sent."""
        latest = self._once_known(first)
        if latest is None:
            return None
        is_its_own = (first.by.member_id, first.action) == (again.by.member_id, again.action)
        try:
            view = self.look(actor)
        except errors.StytchError as error:
            if not is_its_own:
                raise
            raise Unread((self._intents.get(first.id) or latest,), error) from error
        if not is_its_own or latest.subject is None:
            return self._change(again, subject, Outcome.CHANGED, _about(again, view))
        latest = self._intents.get(first.id)
        if latest is None:
            return None
        if latest.settled_at is None:
            pending = view.pending.get(again.connection_id) or self.pending(actor.organization_id).get(
                again.connection_id
            )
            busy = self._change(again, subject, Outcome.BUSY, _about(again, view))
            return replace(busy, pending=pending)
        return replace(_stored(latest, subject, view), replayed=True)


def _as_seen(intent: Intent, subject: Subject, admin_saw: Seen | None, view: View) -> bool:
    """Whether the connections are those on the admin's page."""
    if intent.action == ConnectionAction.CREATE:
        there = {each.connection_id for each in view.connections}
        return there == set(subject.others) and (view.several or not there)
    sight = view.of(intent.connection_id)
    if sight is None:
        return False
    return (seen(sight.connection), sight.connection.display_name) == (admin_saw, subject.display_name)


def _about(intent: Intent, view: View) -> Connection | None:
    """The connection to be deleted; where one is to be created, the one that is there already."""
    if intent.action == ConnectionAction.CREATE:
        return view.connections[-1] if view.connections else None
    sight = view.of(intent.connection_id)
    return sight.connection if sight else None


def _stored(intent: Intent, subject: Subject, view: View) -> Change:
    """What a settled intent ended in."""
    sight = view.of(intent.connection_id)
    return Change(
        ConnectionAction(intent.action),
        Outcome(intent.outcome or Outcome.UNKNOWN),
        intent.subject or subject,
        intent.connection_id,
        sight.connection if sight else None,
        intent.settled_at or intent.begun_at,
        intent.by,
        intent.request_ids,
        intent_id=intent.id,
    )
