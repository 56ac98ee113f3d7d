"""What a rotation is: what the admin saw, what is done about it, and what came of it.

Complete and cancel act on a connection, not on a token, and Stytch takes no precondition. So each action reads
first, compares with what the admin was looking at, writes once, and after anything ambiguous reads again and says
what it found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import SecretStr

from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection, ConnectionAnswer, StartAnswer


class Action(StrEnum):
    """What an admin can do about a rotation."""

    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    RESTART = "restart"
    """Cancel, then start: for a new token whose value was lost."""


class Outcome(StrEnum):
    """What came of an action. Nothing is called done unless Stytch's answer, or a read after it, says so."""

    DONE = "done"
    NOT_DONE = "not_done"
    CHANGED = "changed"
    """The connection is no longer what the admin saw; nothing was sent, or Stytch refused it."""
    LOST = "lost"
    """A new token was made, but the answer that held it was lost. It can only be cancelled."""
    UNKNOWN = "unknown"
    """The answer was lost, and reading failed too."""


@dataclass(frozen=True)
class Seen:
    """The tokens on the admin's page, by their last four characters; no `next` means no rotation."""

    current: str
    next: str = ""

    def matches(self, connection: Connection) -> bool:
        """Whether the connection still is what the admin saw."""
        return self == seen(connection)


def seen(connection: Connection) -> Seen:
    """What a page that shows this connection lets the admin see."""
    return Seen(connection.bearer_token_last_four, connection.next_bearer_token_last_four)


@dataclass(frozen=True)
class Result:
    """What came of an action.

    `connection` is as Stytch last answered; when the outcome is unknown, that was before the action. `before` is the
    connection on which the action was decided. `new_token` is there in the one answer that made it. `at` is UTC.
    `error` says why, where it was not simply done.
    """

    action: Action
    outcome: Outcome
    before: Connection
    connection: Connection
    at: datetime
    request_id: str = ""
    new_token: SecretStr | None = None
    error: errors.StytchError | None = None

    @property
    def may_still_arrive(self) -> bool:
        """Whether a request that was not carried out so far may still be (`trust.md §5`, late commits)."""
        return self.outcome is Outcome.NOT_DONE and isinstance(self.error, errors.OutcomeUnknown)


class ConnectionGone(Exception):
    """The organization has no connection of that id."""


def read(stytch: Stytch, actor: Actor, connection_id: str) -> Connection:
    """The organization's connection of that id. Raises `ConnectionGone` or a `StytchError`."""
    connection = stytch.get_scim_connection(actor).connection
    if connection is None or connection.connection_id != connection_id:
        raise ConnectionGone
    return connection


def start(stytch: Stytch, actor: Actor, connection_id: str, admin_saw: Seen) -> Result:
    """Starts a rotation; the result holds the new token. Raises like `read`, then nothing was changed."""
    return _act(Action.START, stytch, actor, connection_id, admin_saw, stytch.start_rotation)


def complete(stytch: Stytch, actor: Actor, connection_id: str, admin_saw: Seen) -> Result:
    """Makes the new token the only one. Raises like `read`, then nothing was changed."""
    return _act(Action.COMPLETE, stytch, actor, connection_id, admin_saw, stytch.complete_rotation)


def cancel(stytch: Stytch, actor: Actor, connection_id: str, admin_saw: Seen) -> Result:
    """Drops the new token. Raises like `read`, then nothing was changed."""
    return _act(Action.CANCEL, stytch, actor, connection_id, admin_saw, stytch.cancel_rotation)


def restart(stytch: Stytch, actor: Actor, connection_id: str, admin_saw: Seen) -> Result:
    """Cancels the open rotation and starts another. Raises like `read`, then nothing was changed.

    When the cancel does not get through, the result is the cancel's; otherwise it is the start's.
    """
    cancelled = cancel(stytch, actor, connection_id, admin_saw)
    if cancelled.outcome is not Outcome.DONE:
        return cancelled
    between = cancelled.connection
    try:
        return _write(Action.RESTART, stytch, actor, between, stytch.start_rotation)
    except errors.StytchError as error:
        return _result(Action.RESTART, Outcome.NOT_DONE, between, between, error)


_Call = Callable[[Actor, str], ConnectionAnswer | StartAnswer]


def _act(action: Action, stytch: Stytch, actor: Actor, connection_id: str, admin_saw: Seen, call: _Call) -> Result:
    before = read(stytch, actor, connection_id)
    if not admin_saw.matches(before) or before.rotating is (action is Action.START):
        return Result(action, Outcome.CHANGED, before, before, datetime.now(UTC))
    return _write(action, stytch, actor, before, call)


def _write(action: Action, stytch: Stytch, actor: Actor, before: Connection, call: _Call) -> Result:
    try:
        answer = call(actor, before.connection_id)
    except (errors.SessionEnded, errors.BadCredentials):
        raise
    except (errors.Forbidden, errors.RateLimited, errors.NotSent) as error:
        return _result(action, Outcome.NOT_DONE, before, before, error)
    except (errors.Refused, errors.OutcomeUnknown) as error:
        return _settle(action, stytch, actor, before, error)
    if answer.connection is None or not _done(action, seen(before), answer.connection):
        # A 2xx that contradicts what was asked for: believe a read, not the answer.
        doubt = errors.OutcomeUnknown("contradicting_answer", request_id=answer.request_id)
        return _settle(action, stytch, actor, before, doubt)
    token = answer.next_bearer_token if isinstance(answer, StartAnswer) else None
    at = datetime.now(UTC)
    return Result(action, Outcome.DONE, before, answer.connection, at, answer.request_id, token)


def _settle(action: Action, stytch: Stytch, actor: Actor, before: Connection, error: errors.StytchError) -> Result:
    """Reads what became of an action that ended in `error`."""
    try:
        after = read(stytch, actor, before.connection_id)
    except errors.StytchError:
        unknown = isinstance(error, errors.OutcomeUnknown)
        return _result(action, Outcome.UNKNOWN if unknown else Outcome.NOT_DONE, before, before, error)
    return _result(action, _found(action, before, after, error), before, after, error)


def _result(
    action: Action, outcome: Outcome, before: Connection, connection: Connection, error: errors.StytchError
) -> Result:
    return Result(action, outcome, before, connection, datetime.now(UTC), error.request_id, error=error)


def _found(action: Action, before: Connection, after: Connection, error: errors.StytchError) -> Outcome:
    """What a read after the action shows. After a definite refusal, a change was somebody else's.

    Last four and end together tell two tokens apart; four characters alone may be equal by chance.
    """
    if _tokens(after) == _tokens(before):
        return Outcome.NOT_DONE
    if isinstance(error, errors.Refused):
        return Outcome.CHANGED
    current, pending = _tokens(before)
    found, _ = _tokens(after)
    if action in (Action.START, Action.RESTART):
        return Outcome.LOST if found == current and after.rotating else Outcome.CHANGED
    expected = pending if action is Action.COMPLETE else current
    return Outcome.DONE if found == expected and not after.rotating else Outcome.CHANGED


def _done(action: Action, before: Seen, answer: Connection) -> bool:
    """Whether Stytch's own answer shows what was asked for."""
    if action is Action.COMPLETE:
        return seen(answer) == Seen(before.next)
    if action is Action.CANCEL:
        return seen(answer) == Seen(before.current)
    return answer.bearer_token_last_four == before.current and answer.rotating


_Token = tuple[str, datetime | None]


def _tokens(connection: Connection) -> tuple[_Token, _Token]:
    return (
        (connection.bearer_token_last_four, connection.bearer_token_expires_at),
        (connection.next_bearer_token_last_four, connection.next_bearer_token_expires_at),
    )
