"""What a page says of an action's result: what happened, what did not, what to do."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from webapp.rotation import Action, Outcome, Result, Seen, seen
from webapp.stytch import errors
from webapp.stytch.models import Connection


@dataclass(frozen=True)
class Notice:
    """A message at a card. `kind` is done, problem or unknown; `at` is UTC; `stopped` is a token that just stopped."""

    kind: str
    title: str
    text: str
    at: datetime
    request_id: str = ""
    stopped: str = ""
    status: int = 200

    def packed(self) -> dict[str, Any]:
        """The notice as JSON, to be kept until the next page."""
        return {**asdict(self), "at": self.at.isoformat()}


def unpacked(packed: dict[str, Any]) -> Notice:
    """The notice that `packed` made JSON of."""
    return Notice(**{**packed, "at": datetime.fromisoformat(packed["at"])})


def notice(result: Result, admin_saw: Seen, provider: str) -> Notice:
    """The notice for a result, in which the identity provider is called `provider`."""
    if result.outcome is Outcome.CHANGED and result.error is None:
        return _changed_before(admin_saw, result)
    kind, status, title, text = _words(result, provider)
    stopped = ""
    if result.outcome is Outcome.DONE and result.action is Action.COMPLETE:
        stopped = result.before.bearer_token_last_four
    if result.outcome is Outcome.DONE and result.action is Action.CANCEL:
        stopped = result.before.next_bearer_token_last_four
    return Notice(kind, title, text, result.at, result.request_id, stopped, status)


def nothing_to_review(connection: Connection) -> Notice:
    """The notice for a review of a rotation that is no longer open."""
    text = f"It was completed or cancelled meanwhile. {state(connection)}"
    return Notice("problem", "No rotation is open", text, datetime.now(UTC), status=409)


def state(connection: Connection) -> str:
    """Which tokens work, in a sentence."""
    current, pending = connection.bearer_token_last_four, connection.next_bearer_token_last_four
    return f"····{current} and ····{pending} both work." if pending else f"····{current} is the only token."


def _changed_before(admin_saw: Seen, result: Result) -> Notice:
    was, now = _in_words(admin_saw), state(result.connection)
    text = f"Nothing was sent to Stytch. You were looking at {was}. Now: {now} Somebody else may be at work on it."
    return Notice("problem", "It has changed since you opened this page", text, result.at, status=409)


def _words(result: Result, provider: str) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    match result.outcome:
        case Outcome.DONE:
            title, text = _done(result, provider)
            lost = "Stytch's answer was lost, so we read the connection again: it is done. " if result.error else ""
            return "done", 200, title, lost + text
        case Outcome.NOT_DONE:
            return _not_done(result)
        case Outcome.CHANGED:
            text = (
                "Stytch did not carry this out as asked, and the connection has changed. "
                f"Now: {state(result.connection)} "
                "Somebody else may be at work on it: look at what holds before you go on."
            )
            return "problem", 409, "It has changed meanwhile", text
        case Outcome.LOST:
            text = (
                f"Stytch made ····{result.connection.next_bearer_token_last_four}, but the answer that held it "
                "never arrived, and Stytch shows a token once. "
                f"····{result.connection.bearer_token_last_four} works as before. "
                "Cancel and start again to get another."
            )
            return "problem", 502, "A new token was made, but its value was lost", text
        case Outcome.UNKNOWN:
            text = (
                f"Stytch did not answer, and reading the connection failed too: {_done_word(result.action)} or not, "
                "we can't say. Check again before you do anything else."
            )
            return "unknown", 502, "We do not know yet", text


def _done(result: Result, provider: str) -> tuple[str, str]:
    before, after = seen(result.before), seen(result.connection)
    both = f"····{after.next} works beside ····{after.current}. It is shown this once: copy it into {provider} now."
    match result.action:
        case Action.START:
            return "Rotation started", both
        case Action.RESTART:
            return "Started again", f"The lost token is cancelled. {both}"
        case Action.COMPLETE:
            text = (
                f"····{after.current} is the only token that works; ····{before.current} stopped. "
                f"From now on {provider} can't provision unless it uses ····{after.current}."
            )
            return "Rotation completed", text
        case Action.CANCEL:
            return "Rotation cancelled", f"····{before.next} stopped working. ····{after.current} works as before."


def _not_done(result: Result) -> tuple[str, int, str, str]:
    verb, holds = _done_word(result.action), state(result.connection)
    rest = f"Nothing was changed: {holds}"
    if result.action is Action.RESTART:
        rest = (
            f"The lost token was cancelled, and no new one was made: {holds} You can start the rotation when you like."
        )
    match result.error:
        case errors.Forbidden():
            text = (
                f"Stytch refused it. {rest} "
                "It needs the permission “update” on “stytch.scim”; an administrator can give it to you."
            )
            return "problem", 403, "Your roles do not allow that", text
        case errors.RateLimited(retry_after=seconds):
            wait = f"{seconds} seconds" if seconds else "a minute"
            return "problem", 503, "Stytch is busy", f"It takes no more requests right now. {rest} Try again in {wait}."
        case errors.NotSent():
            text = f"No connection could be made, so the request was never sent. {rest} You can try again."
            return "problem", 502, "Stytch can't be reached", text
        case errors.OutcomeUnknown():
            cancelled = "The lost token was cancelled. " if result.action is Action.RESTART else ""
            text = (
                f"Stytch did not answer properly. {cancelled}We read the connection again: it was not {verb}. {holds} "
                "The request may still arrive there: check again in a minute before you try again."
            )
            return "problem", 502, f"Not {verb} so far", text
        case _:
            text = f"Stytch refused it. {rest}"
            return "problem", 409, f"The rotation was not {verb}", text


def _done_word(action: Action) -> str:
    return {"start": "started", "complete": "completed", "cancel": "cancelled", "restart": "started again"}[action]


def _in_words(saw: Seen) -> str:
    return f"····{saw.current} and ····{saw.next}" if saw.next else f"····{saw.current} alone"
