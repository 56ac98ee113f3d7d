"""A change of what a connection is called, and of the identity provider that uses it. No token is touched.

Neither Stytch's update nor its read knows a version, so: read, compare with what the admin saw, write once, and after
anything ambiguous read again. A request that Stytch did not answer may still arrive; as it says all of what it changes,
nothing has to wait for it, but that is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.history.events import By, ConnectionUpdate, Naming
from webapp.rotation import Outcome
from webapp.rotation.outcome import SETTLE
from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection


@dataclass(frozen=True)
class Edit:
    """What came of a change.

    `after` is the connection as it is now, None if it could not be read. `error` says why it was not simply done;
    `until` (UTC) is how long the request may still arrive.
    """

    outcome: Outcome
    before: Connection
    wanted: Naming
    after: Connection | None
    at: datetime
    request_ids: tuple[str, ...] = ()
    error: errors.StytchError | None = None
    until: datetime | None = None

    def event(self, by: By, intent_id: str) -> ConnectionUpdate:
        """As the history keeps it."""
        refused = isinstance(self.error, errors.Forbidden | errors.SessionEnded)
        return ConnectionUpdate(
            by=by,
            outcome="refused" if refused else self.outcome,
            request_ids=self.request_ids,
            connection_id=self.before.connection_id,
            intent_id=intent_id,
            before=naming(self.before),
            wanted=self.wanted,
            after=naming(self.after) if self.after else None,
        )


def naming(connection: Connection) -> Naming:
    """What can be edited of a connection, with its base URL. An IdP that Stytch does not name is a generic one."""
    return Naming(
        display_name=connection.display_name,
        identity_provider=connection.identity_provider or "generic",
        base_url=connection.base_url,
    )


def same(one: Naming, other: Naming) -> bool:
    """Whether both have the same name and identity provider."""
    return (one.display_name, one.identity_provider) == (other.display_name, other.identity_provider)


def save(stytch: Stytch, read: Callable[[], Connection], actor: Actor, before: Connection, wanted: Naming) -> Edit:
    """Asks Stytch once for what differs; `read` reads the connection, and may raise what is no `StytchError`."""
    was = naming(before)
    request_ids: tuple[str, ...] = ()
    try:
        answer = stytch.update_scim_connection(
            actor,
            before.connection_id,
            display_name=wanted.display_name if wanted.display_name != was.display_name else None,
            identity_provider=wanted.identity_provider if wanted.identity_provider != was.identity_provider else None,
        )
    except errors.StytchError as error:
        doubt = error
    else:
        request_ids = (answer.request_id,)
        if same(naming(answer.connection), wanted):
            return Edit(Outcome.DONE, before, wanted, answer.connection, _now(), request_ids)
        # A 2xx that contradicts what was asked for: believe a read, not the answer.
        doubt = errors.OutcomeUnknown("contradicting_answer", status=200, request_id=answer.request_id)
    return _after(doubt, read, before, wanted)


_SURELY_NOT = (errors.Forbidden, errors.RateLimited, errors.NotSent, errors.SessionEnded, errors.BadCredentials)
"""After these nothing was done, and reading would tell no more."""


def _after(error: errors.StytchError, read: Callable[[], Connection], before: Connection, wanted: Naming) -> Edit:
    """What came of a change that ended in `error`."""
    request_ids = (error.request_id,) if error.request_id else ()
    refused = isinstance(error, errors.Refused)
    after: Connection | None = before
    if not isinstance(error, _SURELY_NOT):
        try:
            after = read()
        except errors.StytchError:
            after = None
    until = None
    if after is None:
        outcome = Outcome.NOT_DONE if refused else Outcome.UNKNOWN
    elif same(naming(after), naming(before)):
        outcome = Outcome.NOT_DONE
    else:
        outcome = Outcome.DONE if same(naming(after), wanted) and not refused else Outcome.CHANGED
    if outcome is not Outcome.DONE and isinstance(error, errors.OutcomeUnknown) and not error.answered:
        until = _now() + SETTLE
        outcome = Outcome.NOT_YET if outcome is Outcome.NOT_DONE else outcome
    return Edit(outcome, before, wanted, after, _now(), request_ids, error, until)


def _now() -> datetime:
    return datetime.now(UTC)
