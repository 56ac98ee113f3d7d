"""What a page says of an action's result: what happened, what did not, what to do."""

from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.history.intents import Intent
from webapp.history.log import Entry
from webapp.rotation import Action, Outcome, Pending, Result, Seen, seen
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import said, stamp

_DONE = {
    "start": "started",
    "complete": "completed",
    "cancel": "cancelled",
    "restart": "started again",
    "create": "created",
    "delete": "deleted",
}
CANT_BE_TOLD = "whether this was carried out or somebody else changed it can't be told."
_DOING = {
    "start": "starting",
    "complete": "completing",
    "cancel": "cancelling",
    "restart": "starting again",
    "create": "creating",
    "delete": "deleting",
}


@dataclass(frozen=True)
class Notice:
    """A message at a card. In `text` tokens and times stand as `words.sentence` reads them.

    `kind` is done, problem or unknown; times are UTC; `stopped` is a token that `by` stopped, at `stopped_at` if that
    is known, and `stopped_new` says that it was the rotation's new one; `retry_after` is in seconds.
    """

    kind: str
    title: str
    text: str
    at: datetime
    request_id: str = ""
    stopped: str = ""
    stopped_at: datetime | None = None
    stopped_new: bool = False
    by: str = ""
    status: int = 200
    retry_after: int = 0

    @property
    def said(self) -> str:
        """What is read out of it."""
        return said(self.title, self.text)


def notice(
    result: Result, admin_saw: Seen, provider: str, last_change: Entry | None = None, *, refused: bool = False
) -> Notice:
    """The notice for a result.

    The identity provider is called `provider`; `last_change` is the last change of the connection that we know of;
    `refused` means that Stytch did not accept the new token when it was tried.
    """
    kind, status, title, text = _words(result, admin_saw, provider, last_change, refused=refused)
    if result.action is Action.RESTART:
        text = f"The lost token was cancelled. {text}"
    stopped = ""
    if result.outcome is Outcome.DONE and result.action is Action.COMPLETE:
        stopped = result.before.bearer_token_last_four
    if result.outcome is Outcome.DONE and result.action is Action.CANCEL:
        stopped = result.before.next_bearer_token_last_four
    if stopped in (result.connection.bearer_token_last_four, result.connection.next_bearer_token_last_four):
        stopped = ""
    stopped_at = None if result.settled_later else result.at
    wait = result.error.retry_after if isinstance(result.error, errors.RateLimited) else 0
    ids = " ".join(result.request_ids)
    stopped_new = result.action is Action.CANCEL
    return Notice(kind, title, text, result.at, ids, stopped, stopped_at, stopped_new, result.by.email, status, wait)


def of_pending(pending: Pending, at: datetime) -> Notice:
    """The notice for a change whose outcome nobody knows yet."""
    if pending.until is None:
        title = f"{pending.by.email} is {_DOING[pending.action]} this {_what(pending.action)}"
        text = "It is under way right now, so nothing else can be done. Check again in a moment."
        return Notice("unknown", title, text, at)
    changed = "There is another one since" if pending.action == "create" else "The connection has changed since"
    so_far = {
        Outcome.NOT_DONE: "It has not happened so far, but the request",
        Outcome.CHANGED: f"{changed}: {CANT_BE_TOLD} The request",
        None: "Whether it has happened is not known, and the request",
    }
    text = (
        f"At {stamp(pending.since)} {pending.by.email} was {_DOING[pending.action]} the {_what(pending.action)}, "
        f"and Stytch did not answer. {so_far[pending.found]} may still arrive until {stamp(pending.until)}. "
        "Until then nothing else can be done here; then check again."
    )
    return Notice("unknown", "We do not know yet", text, at)


def nothing_to_review(connection: Connection, at: datetime) -> Notice:
    """The notice for a review of a rotation that is not open."""
    text = f"It was completed or cancelled meanwhile. {state(connection)}"
    return Notice("problem", "No rotation is open", text, at, status=409)


def of_unread(pending: Pending, at: datetime) -> Notice:
    """The notice for a change whose outcome is not known, when the connections can't be read either."""
    what = _what(pending.action)
    so_what = "which token works" if what == "rotation" else "whether it is there"
    text = (
        f"At {stamp(pending.since)} {pending.by.email} was {_DOING[pending.action]} the {what}, and what came of it "
        f"is not known. The connection could not be read just now, so {so_what} can't be told. Check again in a "
        "moment."
    )
    return Notice("unknown", "We still do not know", text, at)


def of_sent_before(firsts: tuple[Intent, ...], at: datetime) -> Notice:
    """The notice for a form whose first sending is known, when the connection can't be read now."""
    outcomes = {first.outcome for first in firsts if first.settled_at}
    known = outcomes == {Outcome.DONE} and all(first.settled_at for first in firsts)
    last = firsts[-1].action
    done = f"The {_what(last)} was {_DONE[last]}"
    title = done if known and len(firsts) == 1 else "This was sent before"
    told = " ".join(_at_first(first) for first in firsts)
    text = f"Nothing was done again. {told} What holds now could not be read: look again in a moment."
    return Notice("unknown", title, text, at, status=502)


def of_half_gone(at: datetime) -> Notice:
    """The notice for a connection that was not there any more between cancelling and starting again."""
    text = (
        "The open rotation was cancelled. Then the connection was not there any more: somebody has deleted it, and its "
        "tokens with it."
    )
    return Notice("problem", "Your organization has no such connection", text, at, status=404)


def _at_first(first: Intent) -> str:
    """What came of a form's first sending, in a sentence."""
    what, verb = _what(first.action), _DONE[first.action]
    if first.settled_at is None:
        return f"Whether the {what} was {verb} is not known yet."
    at = stamp(first.settled_at)
    match first.outcome:
        case Outcome.DONE:
            return f"The {what} was {verb} at {at}."
        case Outcome.LOST:
            return f"A new token was made, as was known at {at}, but it could not be shown."
        case Outcome.NOT_DONE:
            return f"The {what} was not {verb}, as was known at {at}."
        case Outcome.CHANGED:
            return f"At {at} the connection had changed: {CANT_BE_TOLD}"
    return f"Whether the {what} was {verb} was never found out."


def _what(action: str) -> str:
    return "connection" if action in ("create", "delete") else "rotation"


def state(connection: Connection) -> str:
    """Which tokens work, in a sentence."""
    current, pending = connection.bearer_token_last_four, connection.next_bearer_token_last_four
    if current_ended(connection):
        rest = f"····{pending} works." if pending else "No other is there."
        return f"The time of ····{current} is over. {rest}"
    return f"····{current} and ····{pending} both work." if pending else f"····{current} is the only token."


def current_ended(connection: Connection) -> bool:
    """Whether the current token's time is over."""
    ends = connection.bearer_token_expires_at
    return ends is not None and ends <= datetime.now(UTC)


def _words(
    result: Result, admin_saw: Seen, provider: str, last_change: Entry | None, *, refused: bool
) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    match result.outcome:
        case Outcome.DONE:
            title, text = _done(result, provider, refused=refused)
            return "done", 200, title, _how_we_know(result) + text
        case Outcome.NOT_DONE:
            return _not_done(result)
        case Outcome.CHANGED:
            return "problem", 409, *_changed(result, admin_saw, last_change)
        case Outcome.LOST:
            title = "A new token was made, but it could not be shown"
            how = _how_we_know(result) if result.settled_later or result.replayed else ""
            if result.since_changed:
                return "problem", 409, title, how + _since(result)
            text = (
                f"There is ····{result.connection.next_bearer_token_last_four} now, but Stytch's answer, which would "
                "have shown it, was lost: this console has shown it to nobody. "
                f"····{result.connection.bearer_token_last_four} works as before. "
                "Cancel and start again to get another, unless somebody started this in Stytch's dashboard and has it."
            )
            return "problem", 200 if result.settled_later else 502, title, how + text
        case Outcome.NOT_YET:
            until = f" until {stamp(result.pending.until)}" if result.pending and result.pending.until else ""
            if result.pending and result.pending.found is Outcome.CHANGED:
                text = (
                    f"Stytch did not answer. We read the connection again, and it has changed: {CANT_BE_TOLD} "
                    f"{state(result.connection)} The request may still arrive there{until}; check again then, before "
                    "anything else is done."
                )
                return "unknown", 502, "We do not know yet", text
            text = (
                f"Stytch did not answer. We read the connection again: it was not {_DONE[result.action]}. "
                f"{state(result.connection)} The request may still arrive there{until}; check again then, before "
                "anything else is done."
            )
            return "unknown", 502, f"Not {_DONE[result.action]} so far", text
        case Outcome.UNKNOWN:
            text = (
                f"Stytch did not answer, and reading the connection failed too: {_DONE[result.action]} or not, "
                "we can't say. Check again before you do anything else."
            )
            return "unknown", 502, "We do not know yet", text
        case Outcome.BUSY:
            waiting = of_pending(result.pending, result.at) if result.pending else None
            text = f"{_nothing_sent(result)}{waiting.text if waiting else 'Check again in a moment.'}"
            return "unknown", 409, waiting.title if waiting else "Another change is under way", text


def _how_we_know(result: Result) -> str:
    if result.settled_later:
        since = f" at {stamp(result.begun_at)}" if result.begun_at else ""
        return f"{result.by.email} asked for it{since}, and how it ended was not written down. We have looked now. "
    if result.replayed:
        return "This form was sent before, so nothing was done again. "
    return "Stytch's answer was lost, so we read the connection again: it is done. " if result.error else ""


def _since(result: Result) -> str:
    now = of_pending(result.pending, result.at).text if result.pending else f"Now: {state(result.connection)}"
    return f"That was at {stamp(result.at)}. {now}"


def _nothing_sent(result: Result) -> str:
    return "No new one was asked for. " if result.action is Action.RESTART else "Nothing was sent to Stytch. "


def _done(result: Result, provider: str, *, refused: bool) -> tuple[str, str]:
    before, after = seen(result.before), seen(result.connection)
    if result.since_changed or (result.action in (Action.COMPLETE, Action.CANCEL) and after.next):
        return f"Rotation {_DONE[result.action]}", _since(result)
    both = f"····{after.next} {'is there' if refused else 'works'} beside ····{after.current}. "
    if result.new_token:
        both += f"It is shown this once: copy it into {provider} now."
    else:
        both += "It could be shown in the first answer alone. If nobody has it, cancel and start again."
    match result.action:
        case Action.START:
            return "Rotation started", both
        case Action.RESTART:
            return "Started again", both
        case Action.COMPLETE:
            text = (
                f"····{before.next} is the only token that works; ····{before.current} stopped. "
                f"From now on {provider} can't provision unless it uses ····{before.next}."
            )
            return "Rotation completed", text
        case Action.CANCEL:
            return "Rotation cancelled", f"····{before.next} stopped working. ····{before.current} works as before."


def _changed(result: Result, admin_saw: Seen, last_change: Entry | None) -> tuple[str, str]:
    now = f"Now: {state(result.connection)} "
    if last_change:
        who = f"{last_change.event.by.email} ({last_change.event.title.lower()}, {stamp(last_change.at)}). "
        now += f"The last change here that we know of was by {who}"
    else:
        now += "Somebody else may be at work on it, here or in Stytch's dashboard. "
    if result.intent_id:
        told = f"{CANT_BE_TOLD[0].upper()}{CANT_BE_TOLD[1:]} "
        return "It has changed meanwhile", f"{_how_we_know(result)}{told}{now}".strip()
    if result.error is None:
        was = (
            f"····{admin_saw.current} and ····{admin_saw.next}" if admin_saw.next else f"····{admin_saw.current} alone"
        )
        text = f"{_nothing_sent(result)}You were looking at {was}. {now}"
        return "It has changed since you opened this page", text.strip()
    why = "Stytch's answer was lost" if isinstance(result.error, errors.OutcomeUnknown) else "Stytch refused this"
    text = f"{why}, and the connection has changed. {now}Look before you go on."
    return "It has changed meanwhile", text


def _not_done(result: Result) -> tuple[str, int, str, str]:
    verb, holds = _DONE[result.action], state(result.connection)
    rest = f"Nothing was changed: {holds}"
    if result.action is Action.RESTART:
        rest = f"No new one was made: {holds} You can start the rotation when you like."
    if result.since_changed:
        rest = f"It changed nothing. {_since(result)}"
    if result.unread and result.action is Action.RESTART:
        who = "Stytch" if result.error else "This console's history"
        text = f"{who} could not be reached for the second half, so no new token was asked for. "
        if isinstance(result.error, errors.Refused):
            text = "Stytch refused the second half, so no new token was made. "
        return "problem", 502, "No new token was made", f"{text}{holds} You can start the rotation when you like."
    if result.unread:
        text = "Stytch refused it. Reading the connection again failed: check again before you do anything else."
        return "unknown", 409, f"The rotation was not {verb}", text
    if result.error:
        return why_not(result.error, rest, f"The rotation was not {verb}", "update")
    text = f"{_how_we_know(result)}{rest} You can try again."
    return "problem", 200 if result.settled_later else 409, f"The rotation was not {verb}", text


def why_not(error: errors.StytchError, rest: str, title: str, permission: str) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text for what Stytch did not do; `rest` says what holds."""
    match error:
        case errors.Forbidden():
            text = (
                f"Stytch refused it. {rest} "
                f"It needs the permission “{permission}” on “stytch.scim”; an administrator can give it to you."
            )
            return "problem", 403, "Your roles do not allow that", text
        case errors.RateLimited(retry_after=seconds):
            wait = f"{seconds} seconds" if seconds else "a minute"
            return "problem", 503, "Stytch is busy", f"It takes no more requests right now. {rest} Try again in {wait}."
        case errors.NotTrusted():
            text = (
                f"What answers in Stytch's place has no valid certificate, so the request was never sent. {rest} "
                "Whoever runs this console has to look into it."
            )
            return "problem", 502, "The connection to Stytch can't be trusted", text
        case errors.NotSent():
            text = f"No connection could be made, so the request was never sent. {rest} You can try again."
            return "problem", 502, "Stytch can't be reached", text
        case errors.OutcomeUnknown():
            text = f"Stytch answered with an error, so we read the connection again. {rest} You can try again."
            return "problem", 502, title, text
    return "problem", 409, title, f"Stytch refused it. {rest}"
