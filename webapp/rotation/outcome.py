"""What can come of an action on a rotation, and how a read tells which it was."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import SecretStr

from webapp.history.events import By, Tokens
from webapp.history.intents import Subject
from webapp.stytch import errors
from webapp.stytch.models import Connection

LEASE = timedelta(seconds=30)
"""How long a request can be at work: three calls of eight seconds, and some. Past that, its process was killed."""
SETTLE = timedelta(seconds=60)
"""How long a request that Stytch did not answer may take to arrive. Longer than Stytch's slowest commit."""


class Action(StrEnum):
    """What an admin can do about a rotation."""

    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"
    RESTART = "restart"
    """Cancel, then start: for a new token whose value was lost."""


class ConnectionAction(StrEnum):
    """What an admin can do that makes a connection, or ends it."""

    CREATE = "create"
    DELETE = "delete"


class Outcome(StrEnum):
    """What came of an action. Nothing is called done unless Stytch's answer, or a read after it, says so."""

    DONE = "done"
    NOT_DONE = "not_done"
    CHANGED = "changed"
    """The connection is not what the admin saw, or somebody else changed it meanwhile."""
    LOST = "lost"
    """There is a new token, or connection, but the answer with the token was lost: it was shown to nobody here."""
    NOT_YET = "not_yet"
    """Not done when it was read, but Stytch never answered, so the request may still arrive."""
    UNKNOWN = "unknown"
    """The answer was lost, and reading failed too."""
    BUSY = "busy"
    """Another change of the connection is under way, or its outcome not known; nothing was sent."""

    @property
    def settled(self) -> bool:
        """Whether the truth is known."""
        return self not in (Outcome.NOT_YET, Outcome.UNKNOWN, Outcome.BUSY)


@dataclass(frozen=True)
class Seen:
    """The tokens on the admin's page, by their last four characters; no `next` means no rotation."""

    current: str
    next: str = ""


@dataclass(frozen=True)
class Pending:
    """A change whose outcome is not known.

    `until` (UTC) is when a look can settle it, None while it is under way. `found` is what a read has shown so far: not
    done or changed, None where nothing could be read.
    """

    action: Action | ConnectionAction
    by: By
    since: datetime
    until: datetime | None = None
    intent_id: str = ""
    found: Outcome | None = None


@dataclass(frozen=True)
class Result:
    """What came of an action.

    `before` is the connection on which it was decided, `connection` as Stytch last answered; `unread` means that this
    was before the action, `gone` that the connection was not there any more. `new_token` is there in the one answer
    that made it. `at` is UTC. `error` says why, where it was not simply done. `pending` is there while no outcome is
    known, or the connection is unread, or another change is pending by now. `replayed` means that this very form had
    been sent before, and nothing was done now; `since_changed` that the connection is no longer as this left it, or may
    not be; `settled_later` that a later look found the outcome of what had begun at `begun_at`. `intent_id` is there
    when this was told, or found out, after the action itself.
    """

    action: Action
    outcome: Outcome
    before: Connection
    connection: Connection
    at: datetime
    by: By
    request_ids: tuple[str, ...] = ()
    new_token: SecretStr | None = None
    error: errors.StytchError | None = None
    pending: Pending | None = None
    unread: bool = False
    gone: bool = False
    replayed: bool = False
    settled_later: bool = False
    begun_at: datetime | None = None
    since_changed: bool = False
    intent_id: str = ""


NEW = "new"
"""Stands where a connection's id does while it is being created, so that an organization creates one at a time."""


@dataclass(frozen=True)
class Change:
    """What came of creating or deleting a connection.

    `subject` names it; `connection_id` is `NEW` as long as none is known to be made. `connection` is as Stytch last
    answered the one that is meant, or that somebody else has made instead; None when there is none, or none any more.
    `unread` means that nothing could be read since. The other fields are those of `Result`.
    """

    action: ConnectionAction
    outcome: Outcome
    subject: Subject
    connection_id: str
    connection: Connection | None
    at: datetime
    by: By
    request_ids: tuple[str, ...] = ()
    new_token: SecretStr | None = None
    error: errors.StytchError | None = None
    pending: Pending | None = None
    unread: bool = False
    replayed: bool = False
    settled_later: bool = False
    begun_at: datetime | None = None
    intent_id: str = ""


@dataclass(frozen=True)
class Sight:
    """A connection as it is now, with a change of it still pending, or one that this look settled.

    `change` is its creation, or a deletion that was not carried out.
    """

    connection: Connection
    pending: Pending | None = None
    settled: Result | None = None
    change: Change | None = None


@dataclass(frozen=True)
class View:
    """An organization's connections as they are now.

    By connection id there are the changes that are still `pending`, those that this look has `settled`, and what it has
    found to be created or deleted, in `changes`. Some may be of a connection that is not there any more; one that is to
    be created stands under `NEW`. `several` says that Stytch may let the organization have more than one.
    """

    connections: tuple[Connection, ...] = ()
    pending: Mapping[str, Pending] = field(default_factory=dict)
    settled: Mapping[str, Result] = field(default_factory=dict)
    changes: Mapping[str, Change] = field(default_factory=dict)
    several: bool = False

    @property
    def sights(self) -> list[Sight]:
        """All connections, each with its own."""
        return [self._sight(each, each.connection_id) for each in self.connections]

    def of(self, connection_id: str) -> Sight | None:
        """The connection of that id."""
        return next((sight for sight in self.sights if sight.connection.connection_id == connection_id), None)

    def _sight(self, connection: Connection, its_id: str) -> Sight:
        return Sight(connection, self.pending.get(its_id), self.settled.get(its_id), self.changes.get(its_id))


def seen(connection: Connection) -> Seen:
    """What a page that shows this connection lets the admin see."""
    return Seen(connection.bearer_token_last_four, connection.next_bearer_token_last_four)


def tokens(connection: Connection) -> Tokens:
    """The connection's tokens as the history keeps them."""
    ends, next_ends = connection.bearer_token_expires_at, connection.next_bearer_token_expires_at
    return Tokens(
        current=connection.bearer_token_last_four,
        current_ends=ends.isoformat() if ends else None,
        next=connection.next_bearer_token_last_four,
        next_ends=next_ends.isoformat() if next_ends else None,
    )


def restored(connection: Connection, was: Tokens) -> Connection:
    """The connection as it stood with these tokens."""
    return connection.model_copy(
        update={
            "bearer_token_last_four": was.current,
            "bearer_token_expires_at": datetime.fromisoformat(was.current_ends) if was.current_ends else None,
            "next_bearer_token_last_four": was.next,
            "next_bearer_token_expires_at": datetime.fromisoformat(was.next_ends) if was.next_ends else None,
        }
    )


def answers(action: Action, before: Seen, answer: Connection) -> bool:
    """Whether Stytch's own 2xx answer shows what was asked for."""
    if action is Action.COMPLETE:
        return seen(answer) == Seen(before.next)
    if action is Action.CANCEL:
        return seen(answer) == Seen(before.current)
    return answer.bearer_token_last_four == before.current and answer.rotating


def created(
    subject: Subject, connections: Iterable[Connection], *, refused: bool = False
) -> tuple[Outcome, Connection | None]:
    """What a read after creating shows, and the connection that it is about; after a refusal it is somebody else's.

    A new one of that very name and identity provider is taken for it.
    """
    new = [each for each in connections if each.connection_id not in subject.others]
    wanted = (subject.display_name, subject.identity_provider)
    for each in new if not refused else ():
        if (each.display_name, each.identity_provider) == wanted:
            return Outcome.LOST, each
    return (Outcome.CHANGED, new[-1]) if new else (Outcome.NOT_DONE, None)


def found(
    action: Action, before: Tokens, after: Tokens, *, refused: bool = False, renewal: timedelta | None = None
) -> Outcome:
    """What a read after the action shows; after a definite refusal, any change was somebody else's.

    Last four and end together tell two tokens apart; four characters alone may be equal by chance. A completion whose
    token is the current one was carried out, whatever came after it; of a cancellation after which another rotation was
    started that can't be told. Whether completing renews the token's end is not known (`stytch-api.md §2.3`): `renewal`
    is how long the rotation had been open, by which it would have moved then, None if that is not known.
    """
    if alike(after, before):
        return Outcome.NOT_DONE
    if refused:
        return Outcome.CHANGED
    holds_current = _same(after.current, after.current_ends, before.current, before.current_ends)
    match action:
        case Action.START | Action.RESTART:
            return Outcome.LOST if holds_current and after.next else Outcome.CHANGED
        case Action.CANCEL:
            return Outcome.DONE if holds_current and not after.next else Outcome.CHANGED
        case Action.COMPLETE:
            kept = _same(after.current, after.current_ends, before.next, before.next_ends)
            completed = kept or (not holds_current and _renewed(before, after, renewal))
            return Outcome.DONE if completed else Outcome.CHANGED


def _renewed(before: Tokens, after: Tokens, renewal: timedelta | None) -> bool:
    """Whether the only token can be the next one with its life begun anew."""
    if after.next or after.current != before.next or not after.current_ends or not before.next_ends:
        return False
    moved = datetime.fromisoformat(after.current_ends) - datetime.fromisoformat(before.next_ends)
    # Each of the two requests was carried out some time after it was sent.
    return moved > timedelta(0) if renewal is None else abs(moved - renewal) <= LEASE + SETTLE


def alike(one: Tokens, other: Tokens) -> bool:
    """Whether both are the same tokens. Stytch may leave an end out, which then tells nothing."""
    return _same(one.current, one.current_ends, other.current, other.current_ends) and _same(
        one.next, one.next_ends, other.next, other.next_ends
    )


def _same(last_four: str, ends: str | None, other_last_four: str, other_ends: str | None) -> bool:
    return last_four == other_last_four and (ends == other_ends or ends is None or other_ends is None)
