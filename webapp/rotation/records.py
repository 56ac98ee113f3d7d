"""Results as the history keeps them, and back."""

from datetime import datetime

from webapp import metrics
from webapp.history.events import (
    ConnectionCreate,
    ConnectionDelete,
    ConnectionEvent,
    RotationCancel,
    RotationComplete,
    RotationEvent,
    RotationStart,
    Tokens,
)
from webapp.history.intents import Intent
from webapp.rotation.outcome import NEW, Action, Change, ConnectionAction, Outcome, Result, alike, restored, tokens
from webapp.stytch import errors
from webapp.stytch.models import Connection

EVENTS: dict[Action, type[RotationEvent]] = {
    Action.START: RotationStart,
    Action.COMPLETE: RotationComplete,
    Action.CANCEL: RotationCancel,
}


def event_of(intent: Intent, result: Result, expected: Tokens) -> RotationEvent:
    """The event that tells of a result; `expected` is what was acted on."""
    refused = isinstance(result.error, errors.Forbidden | errors.SessionEnded)
    return EVENTS[Action(intent.action)](
        by=intent.by,
        outcome="refused" if refused else result.outcome,
        request_ids=result.request_ids,
        connection_id=intent.connection_id,
        intent_id=intent.id,
        expected=expected,
        found=read_after(result),
        settled_later=result.settled_later,
    )


def event_of_change(intent: Intent, change: Change) -> ConnectionEvent:
    """The event that tells of a creation or a deletion."""
    refused = isinstance(change.error, errors.Forbidden | errors.SessionEnded)
    creating, known = change.action is ConnectionAction.CREATE, change.connection_id != NEW
    kind: type[ConnectionEvent] = ConnectionCreate if creating else ConnectionDelete
    had = tokens(change.connection) if creating and known and change.connection else intent.before
    return kind(
        by=intent.by,
        outcome="refused" if refused else change.outcome,
        request_ids=change.request_ids,
        connection_id=change.connection_id if known else None,
        intent_id=intent.id,
        display_name=change.subject.display_name,
        identity_provider=change.subject.identity_provider,
        had=had if known else None,
        settled_later=change.settled_later,
    )


def count(event: RotationEvent | ConnectionEvent) -> None:
    """Counts what came to an outcome, in the history's words."""
    subject, _, action = event.type.partition(".")
    counted = metrics.rotation if subject == "rotation" else metrics.connection
    counted(action, event.outcome)


def read_after(result: Result) -> Tokens | None:
    """The tokens after the action, None when they could not be read."""
    return None if result.unread else tokens(result.connection)


def stored(intent: Intent, connection: Connection, now: datetime) -> Result:
    """The result that a settled intent ended in, beside the connection as it is now."""
    return Result(
        Action(intent.action),
        Outcome(intent.outcome or Outcome.UNKNOWN),
        restored(connection, intent.before) if intent.before else connection,
        connection,
        intent.settled_at or now,
        intent.by,
        intent.request_ids,
        since_changed=intent.found is not None and not alike(intent.found, tokens(connection)),
        intent_id=intent.id,
    )
