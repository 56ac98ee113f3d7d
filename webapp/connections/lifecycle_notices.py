"""What a page says of a connection's creation or deletion: what happened, what did not, what to do."""

from webapp.connections import notices
from webapp.connections.notices import CANT_BE_TOLD, Notice
from webapp.connections.providers import provider
from webapp.rotation import Change, ConnectionAction, Outcome
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import stamp

_VERB = {ConnectionAction.CREATE: "created", ConnectionAction.DELETE: "deleted"}


def of_change(change: Change) -> Notice:
    """The notice for a creation or a deletion."""
    kind, status, title, text = _words(change)
    wait = change.error.retry_after if isinstance(change.error, errors.RateLimited) else 0
    ids = " ".join(change.request_ids)
    return Notice(kind, title, text, change.at, ids, by=change.by.email, status=status, retry_after=wait)


def _words(change: Change) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    verb = _VERB[change.action]
    match change.outcome:
        case Outcome.DONE:
            return "done", 200, *_done(change)
        case Outcome.LOST:
            return "problem", 200 if change.settled_later else 502, *_lost(change)
        case Outcome.CHANGED:
            creating = change.action is ConnectionAction.CREATE
            title, text = _another(change) if creating else _changed(change)
            return "problem", 200 if change.settled_later else 409, title, text
        case Outcome.NOT_DONE:
            return _not_done(change)
        case Outcome.NOT_YET:
            until = f" until {stamp(change.pending.until)}" if change.pending and change.pending.until else ""
            text = (
                f"Stytch did not answer. We read again: {_name(change)} was not {verb}. {_holds(change)} The request "
                f"may still arrive there{until}; check again then, before anything else is done."
            )
            return "unknown", 502, f"Not {verb} so far", text
        case Outcome.BUSY:
            waiting = notices.of_pending(change.pending, change.at) if change.pending else None
            text = f"Nothing was sent to Stytch. {waiting.text if waiting else 'Check again in a moment.'}"
            return "unknown", 409, waiting.title if waiting else "Another change is under way", text
        case Outcome.UNKNOWN:
            text = (
                f"Stytch did not answer, and reading failed too: {verb} or not, we can't say. "
                "Check again before you do anything else."
            )
            return "unknown", 502, "We do not know yet", text


def _done(change: Change) -> tuple[str, str]:
    name, how = _name(change), _how_we_know(change)
    if change.action is ConnectionAction.DELETE:
        idp = provider(change.subject.identity_provider).name
        text = (
            f"{how}Provisioning through it has stopped: no token of it is let in any more. Its groups, users' "
            f"registrations and role assignments are gone with it. Switch provisioning off in {idp} too."
        )
        return f"{name} was deleted", text
    if change.new_token:
        idp = provider(change.subject.identity_provider).name
        return "Connection created", f"{name} is there. Take its base URL and its token to {idp} now."
    if change.connection is None:
        return "Connection created", f"{how}That was at {stamp(change.at)}. It is not there any more."
    text = (
        f"{how}{name} is there, with ····{change.connection.bearer_token_last_four}. Its token could be shown in the "
        "first answer alone. If nobody has it, start a rotation: that makes a new one."
    )
    return "Connection created", text


def _lost(change: Change) -> tuple[str, str]:
    title, how = "It was created, but its token could not be shown", _how_we_know(change)
    if change.connection is None:
        return title, f"{how}That was at {stamp(change.at)}. The connection is not there any more."
    text = (
        f"{how}{_name(change)} is there, with ····{change.connection.bearer_token_last_four}, whose value stood in "
        "the answer that was lost. Start a rotation: that makes another token, and shows it to you."
    )
    return title, text


def _another(change: Change) -> tuple[str, str]:
    """Somebody else has created a connection, or all is not as the admin saw it."""
    there = _there(change.connection)
    if change.settled_later or isinstance(change.error, errors.OutcomeUnknown) or change.intent_id:
        how = _how_we_know(change) or "Stytch's answer was lost, and we read again. "
        told = f"{CANT_BE_TOLD[0].upper()}{CANT_BE_TOLD[1:]}"
        return "There is another connection now", f"{how}{there} {told} Look before you go on."
    if change.error:
        text = f"Stytch refused yours, and nothing was changed by it. {there}"
        return "Somebody else created a connection meanwhile", text
    if change.connection is None:
        return "It has changed since you opened this page", "Nothing was sent to Stytch. No connection is there now."
    return "There is a connection already", f"Nothing was sent to Stytch. {there}"


def _changed(change: Change) -> tuple[str, str]:
    """A connection that was to be deleted is not what the admin saw."""
    name = _name(change)
    if change.connection is None:
        why = "Stytch refused this, as it" if change.error else "Nothing was sent to Stytch. It"
        return f"{name} is not there any more", f"{why} had been deleted already, by somebody else. Its tokens with it."
    now = f"Now it is called {_quoted(change.connection)}, and {notices.state(change.connection)}"
    text = f"Nothing was deleted. {now} Look at it again before you go on."
    return "It has changed since you opened this page", text


def _not_done(change: Change) -> tuple[str, int, str, str]:
    title = f"The connection was not {_VERB[change.action]}"
    if change.unread:
        text = "Stytch refused it. Reading again failed: check again before you do anything else."
        return "unknown", 409, title, text
    rest = f"Nothing was changed. {_holds(change)}".strip()
    if change.error:
        return notices.why_not(change.error, rest, title, change.action)
    return "problem", 200 if change.settled_later else 409, title, f"{_how_we_know(change)}{rest} You can try again."


def _how_we_know(change: Change) -> str:
    if change.settled_later:
        since = f" at {stamp(change.begun_at)}" if change.begun_at else ""
        return f"{change.by.email} asked for it{since}, and how it ended was not written down. We have looked now. "
    if change.replayed:
        return "This form was sent before, so nothing was done again. "
    lost = "Stytch's answer was lost, so we read again"
    return "" if not change.error else f"{lost}. " if change.outcome is Outcome.LOST else f"{lost}: it is done. "


def _name(change: Change) -> str:
    return change.subject.display_name or "The connection"


def _quoted(connection: Connection) -> str:
    return f"“{connection.display_name}”" if connection.display_name else "nothing"


def _there(connection: Connection | None) -> str:
    if connection is None:
        return "It is not there any more."
    name = connection.display_name or "A connection without a name"
    return f"{name} is there, for {provider(connection.identity_provider).name}; somebody else may have made it."


def _holds(change: Change) -> str:
    """What holds of a connection that was to be deleted; of one that is not there, nothing is to be said."""
    if change.action is ConnectionAction.CREATE or change.connection is None:
        return ""
    return f"{change.subject.display_name or 'It'} is there as before: {notices.state(change.connection)}"
