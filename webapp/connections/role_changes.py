"""Saving roles: read, compare with what the admin saw, write the whole list once; after a lost answer read again.

Two that save at the same time would each write a list without the other's change. Those of this process wait for each
other; between processes, and with Stytch's dashboard, there remains the moment between our read and our write.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.connections.assignments import Assignments, Change
from webapp.rotation import ConnectionGone, Outcome
from webapp.rotation.outcome import SETTLE
from webapp.stytch import Actor, Stytch, errors

WAIT_SECONDS = 10
"""How long one waits for another that is being saved."""


@dataclass(frozen=True)
class Saved:
    """What came of saving.

    `changes` are those that there was something to do about when it was decided, `before` the assignments at that time,
    and `after` as Stytch last answered, None if it could not be read. `until` (UTC) is when the request can't arrive
    any more, where it still may. `read_again` says that Stytch's own answer was lost or contradicted itself; `left_out`
    are pairs that were to stay and are gone all the same. `error` says why it was not simply done.
    """

    outcome: Outcome
    changes: tuple[Change, ...]
    before: Assignments
    after: Assignments | None
    at: datetime
    request_id: str = ""
    until: datetime | None = None
    read_again: bool = False
    left_out: tuple[tuple[str, str], ...] = ()
    error: errors.StytchError | None = None

    @property
    def nothing_sent(self) -> bool:
        """Whether it was found to be so already."""
        return self.outcome is Outcome.DONE and not self.changes


class RoleChanges:
    """Saves role assignments. One for all of a process: it knows what is being saved, and what may still arrive."""

    def __init__(self, stytch: Stytch, now: Callable[[], datetime]) -> None:
        self._stytch = stytch
        self._now = now
        self._locks: dict[str, threading.Lock] = {}
        self._held: dict[str, datetime] = {}

    def save(self, actor: Actor, connection_id: str, mark: str, changes: list[Change]) -> Saved:
        """Makes the changes, if the assignments are still those of `mark`.

        Raises `ConnectionGone`, or a `StytchError` when they can't be read: nothing was changed then.
        """
        lock = self._locks.setdefault(connection_id, threading.Lock())
        free = lock.acquire(timeout=WAIT_SECONDS)
        try:
            before = self._read(actor, connection_id)
            left = before.still_to_do(changes)
            if not left:
                return Saved(Outcome.DONE, (), before, before, self._now())
            until = self._held.get(connection_id)
            if not free or (until and self._now() < until):
                return Saved(Outcome.BUSY, tuple(left), before, before, self._now(), until=until)
            if before.mark != mark:
                return Saved(Outcome.CHANGED, tuple(left), before, before, self._now())
            return self._write(actor, connection_id, before, tuple(left))
        finally:
            if free:
                lock.release()

    def _write(self, actor: Actor, connection_id: str, before: Assignments, changes: tuple[Change, ...]) -> Saved:
        wanted = before.after(changes)
        try:
            answer = self._stytch.assign_roles(actor, connection_id, wanted)
        except errors.OutcomeUnknown as error:
            return self._found(actor, connection_id, before, changes, error)
        except errors.StytchError as error:
            return Saved(Outcome.NOT_DONE, changes, before, before, self._now(), error.request_id, error=error)
        after = Assignments(answer.connection.scim_group_implicit_role_assignments)
        if after.still_to_do(changes):
            return self._found(actor, connection_id, before, changes, None, answer.request_id)
        left_out = tuple(pair for pair in wanted if pair not in after.pairs)
        return Saved(Outcome.DONE, changes, before, after, self._now(), answer.request_id, left_out=left_out)

    def _found(
        self,
        actor: Actor,
        connection_id: str,
        before: Assignments,
        changes: tuple[Change, ...],
        error: errors.OutcomeUnknown | None,
        request_id: str = "",
    ) -> Saved:
        """What a read says of a write whose answer was lost, or did not show what was asked for."""
        until = self._now() + SETTLE if error and not error.answered else None
        told: dict[str, Any] = {"request_id": error.request_id if error else request_id, "error": error}
        try:
            after = self._read(actor, connection_id)
        except (errors.StytchError, ConnectionGone):
            self._hold(connection_id, until)
            return Saved(Outcome.UNKNOWN, changes, before, None, self._now(), until=until, **told)
        told["read_again"] = True
        if not after.still_to_do(changes):
            left_out = tuple(pair for pair in before.after(changes) if pair not in after.pairs)
            return Saved(Outcome.DONE, changes, before, after, self._now(), left_out=left_out, **told)
        self._hold(connection_id, until)
        if after.mark != before.mark:
            return Saved(Outcome.CHANGED, changes, before, after, self._now(), until=until, **told)
        outcome = Outcome.NOT_YET if until else Outcome.NOT_DONE
        return Saved(outcome, changes, before, after, self._now(), until=until, **told)

    def _hold(self, connection_id: str, until: datetime | None) -> None:
        """Until then nothing else is written: the list that may still arrive would undo it."""
        if until:
            self._held[connection_id] = until

    def _read(self, actor: Actor, connection_id: str) -> Assignments:
        for connection in self._stytch.get_scim_connections(actor).connections:
            if connection.connection_id == connection_id:
                return Assignments(connection.scim_group_implicit_role_assignments)
        raise ConnectionGone
