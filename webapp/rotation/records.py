"""Results as the history keeps them, and back."""

from datetime import datetime

from webapp import metrics
from webapp.history.events import RotationCancel, RotationComplete, RotationEvent, RotationStart, Tokens
from webapp.history.intents import Intent
from webapp.rotation.outcome import Action, Outcome, Result, alike, restored, tokens
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


def count(event: RotationEvent) -> None:
    """Counts a step that came to an outcome, in the history's words."""
    metrics.rotation(event.type.removeprefix("rotation."), event.outcome)


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
