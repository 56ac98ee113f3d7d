"""Saving roles: read, compare with what the admin saw, write the whole list once; after a lost answer read again.

Two that save at the same time wait for each other. With Stytch's dashboard there remains the moment between our read
and our write, as Stytch has no condition on a write.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.connections.roles.assignments import Assignments, Change
from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import By, GroupChange, RolesChange
from webapp.history.role_saves import RoleSave, RoleSaves
from webapp.rotation import ConnectionGone, Outcome
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch import Actor, Stytch, errors

WAIT_SECONDS = 10
"""How long one waits for another that is being saved."""

_log = structlog.get_logger()


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
    """Saves role assignments. Safe to share between threads, and between processes by the database."""

    def __init__(
        self,
        stytch: Stytch,
        database: Database,
        now: Callable[[], datetime],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._stytch = stytch
        self._database = database
        self._saves = RoleSaves(database)
        self._now = now
        self._sleep = sleep

    def save(self, by: By, actor: Actor, connection_id: str, mark: str, changes: list[Change]) -> Saved:
        """Makes the changes, if the assignments are still those of `mark`, and writes down what came of it.

        Raises `ConnectionGone`, or a `StytchError` when they can't be read, or `sqlalchemy.exc.SQLAlchemyError` when it
        can't be written down: nothing was changed then.
        """
        save = RoleSave(str(uuid.uuid4()), actor.organization_id, connection_id, self._now() + LEASE)
        other = self._begin(save)
        try:
            before = self._read(actor, connection_id)
            if other and self._settle(other, before):
                other = self._saves.begin(save, self._now())
            saved = self._save(by, actor, save, before, other, mark, changes)
        except BaseException:
            self._saves.withdraw(save.id)
            raise
        self._keep(save, by, saved)
        return saved

    def settle(self, organization_id: str, connection_id: str, assignments: Assignments) -> None:
        """Writes down what came of an earlier saving, if these assignments can tell. Never raises."""
        try:
            earlier = self._saves.of(organization_id, connection_id)
            if earlier:
                self._settle(earlier, assignments)
        except SQLAlchemyError as failure:
            _log.error("history_not_written", kind=type(failure).__name__)

    def _begin(self, save: RoleSave) -> RoleSave | None:
        """Begins, or gives what is in the way; waits a little for one that is under way."""
        deadline = time.monotonic() + WAIT_SECONDS
        while (other := self._saves.begin(save, self._now())) and not other.answered:
            if time.monotonic() >= deadline or self._left(other):
                break
            self._sleep(0.05)
        return other

    def _save(
        self,
        by: By,
        actor: Actor,
        save: RoleSave,
        before: Assignments,
        other: RoleSave | None,
        mark: str,
        changes: list[Change],
    ) -> Saved:
        left = tuple(before.still_to_do(changes))
        if not left:
            return Saved(Outcome.DONE, (), before, before, self._now())
        if other:
            until = other.ends_at if other.answered or self._left(other) else None
            return Saved(Outcome.BUSY, left, before, before, self._now(), until=until)
        if before.mark != mark:
            return Saved(Outcome.CHANGED, left, before, before, self._now())
        begun = Saved(Outcome.UNKNOWN, left, before, None, self._now())
        if not self._saves.sending(save.id, event_of(by, save.connection_id, begun), self._now() + LEASE + SETTLE):
            # It took longer than its lease, and somebody else has begun.
            return Saved(Outcome.BUSY, left, before, before, self._now())
        return self._write(actor, save.connection_id, before, left)

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
            return Saved(Outcome.UNKNOWN, changes, before, None, self._now(), until=until, **told)
        told["read_again"] = True
        if not after.still_to_do(changes):
            left_out = tuple(pair for pair in before.after(changes) if pair not in after.pairs)
            return Saved(Outcome.DONE, changes, before, after, self._now(), left_out=left_out, **told)
        if after.mark != before.mark:
            return Saved(Outcome.CHANGED, changes, before, after, self._now(), until=until, **told)
        outcome = Outcome.NOT_YET if until else Outcome.NOT_DONE
        return Saved(outcome, changes, before, after, self._now(), until=until, **told)

    def _keep(self, save: RoleSave, by: By, saved: Saved) -> None:
        """Writes down what came of a saving. Never raises: what Stytch has done is told all the same."""
        event = None if saved.nothing_sent else event_of(by, save.connection_id, saved)
        try:
            if saved.outcome is Outcome.BUSY and event:
                log.record(self._database, event, saved.at)
            elif event and (saved.until or saved.outcome is Outcome.UNKNOWN):
                self._saves.hold(save.id, event, saved.at, saved.until or saved.at)
            else:
                self._saves.end(save.id, event, saved.at)
        except SQLAlchemyError as failure:
            _log.error("history_not_written", kind=type(failure).__name__)

    def _settle(self, earlier: RoleSave, now_is: Assignments) -> bool:
        """Ends an earlier saving whose outcome these assignments tell. False while it may still be carried out."""
        if earlier.event is None:
            return False
        made = [_made(change, now_is) for change in earlier.event.changes]
        if not all(made) and self._now() < earlier.ends_at:
            return False
        if not earlier.answered and not self._left(earlier):
            return False
        outcome = Outcome.DONE if all(made) else Outcome.CHANGED if any(made) else Outcome.NOT_DONE
        event = earlier.event.model_copy(update={"outcome": outcome, "settled_later": True})
        self._saves.end(earlier.id, event, self._now())
        return True

    def _left(self, other: RoleSave) -> bool:
        """Whether the process that did not answer for a saving has been killed: it would be done by now."""
        return self._now() >= (other.ends_at - SETTLE if other.event else other.ends_at)

    def _read(self, actor: Actor, connection_id: str) -> Assignments:
        for connection in self._stytch.get_scim_connections(actor).connections:
            if connection.connection_id == connection_id:
                return Assignments(connection.scim_group_implicit_role_assignments)
        raise ConnectionGone


def event_of(by: By, connection_id: str, saved: Saved) -> RolesChange:
    """The event that tells of a saving, with the groups' names as Stytch had them."""
    names = {change.group_id: change.group_name for change in saved.changes}
    for assignments in filter(None, (saved.before, saved.after)):
        names |= {group_id: name for group_id in names if (name := assignments.name_of(group_id))}
    refused = isinstance(saved.error, errors.Forbidden | errors.SessionEnded)
    return RolesChange(
        by=by,
        outcome="refused" if refused else saved.outcome,
        request_ids=(saved.request_id,) if saved.request_id else (),
        connection_id=connection_id,
        changes=tuple(
            GroupChange(group_id=each.group_id, group_name=names[each.group_id], added=each.add, removed=each.remove)
            for each in saved.changes
        ),
        kept=len(saved.before) - sum(len(change.remove) for change in saved.changes),
    )


def _made(change: GroupChange, now_is: Assignments) -> bool:
    holds = now_is.roles_of(change.group_id)
    return all(role in holds for role in change.added) and not any(role in holds for role in change.removed)
