"""What can be shown of one rotation: who started and ended it, when, and on which rows of the log that rests."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

import sqlalchemy as sa

from webapp.history import log, query
from webapp.history.database import Database, events
from webapp.history.events import (
    ProvisioningSeen,
    RotationCancel,
    RotationComplete,
    RotationEvent,
    RotationStart,
    TokenLeak,
)
from webapp.history.log import Entry

_BATCH = 20
_OUTCOMES = ("done", "not_done", "changed", "lost", "not_yet", "unknown", "refused")
"""Of what was sent, or was about to be. `busy` is not: the refusals of others while it was under way."""


@dataclass(frozen=True)
class Token:
    """A token as it may be known: last four, and its end (RFC 3339) if it was read. Both tell two tokens apart."""

    last_four: str
    ends: str | None

    def same(self, other: "Token | None") -> bool:
        """Whether both are one token, as far as is known."""
        if other is None or self.last_four != other.last_four:
            return False
        return None in (self.ends, other.ends) or self.ends == other.ends


@dataclass(frozen=True)
class Rotation:
    """One rotation of a connection's token, by what the log has of it, oldest first.

    Without `new` the start made no token that is known of. Without `started` the rotation was started elsewhere, in
    Stytch's dashboard for example; without `ended` it is open, or was ended elsewhere. `leak` is a report that the old
    token had leaked, made before the rotation ended; `provisioned` the first event of the identity provider that is
    known to have come after that.
    """

    connection_id: str
    old: Token
    new: Token | None
    started: Entry | None
    ended: Entry | None
    entries: tuple[Entry, ...]
    leak: Entry | None = None
    provisioned: Entry | None = None

    @property
    def completed(self) -> bool:
        """Whether the new token became the only one."""
        return self.ended is not None and isinstance(self.ended.event, RotationComplete)

    @property
    def together(self) -> timedelta | None:
        """How long both tokens worked, None when the log does not have both ends."""
        return self.ended.at - self.started.at if self.started and self.ended else None

    @property
    def leaked_for(self) -> timedelta | None:
        """How long the old token worked on after it was reported as leaked, None if it was not, or works still."""
        if not (self.leak and self.ended and self.completed):
            return None
        stopped = min(self.ended.at, datetime.fromisoformat(self.old.ends)) if self.old.ends else self.ended.at
        return max(stopped - self.leak.at, timedelta(0))

    @property
    def approximate(self) -> bool:
        """Whether an end was learnt only by a later look, and `together` is that much off."""
        ends = (self.started, self.ended)
        return any(entry and isinstance(entry.event, RotationEvent) and entry.event.settled_later for entry in ends)

    @property
    def request_ids(self) -> tuple[str, ...]:
        """Stytch's, of all events, each once."""
        return tuple(dict.fromkeys(each for entry in self.entries for each in entry.event.request_ids))


def find(database: Database, organization_id: str, sequence: int) -> Rotation | None:
    """The rotation to which that event belongs; None if there is no such event, or it is none of a rotation."""
    this = (events.c.organization_id == organization_id, events.c.sequence == sequence)
    with database.read() as connection:
        row = connection.execute(sa.select(events).where(*this)).mappings().one_or_none()
        here = _Entry.of(row) if row else None
        return _Log(connection, here).rotation() if here else None


@dataclass(frozen=True)
class _Entry:
    """An event of a rotation, with its entry and its place."""

    entry: Entry
    event: RotationEvent
    place: query.Place

    @classmethod
    def of(cls, row: sa.RowMapping) -> "_Entry | None":
        entry = log.entry(row)
        return cls(entry, entry.event, query.Place.of(row)) if isinstance(entry.event, RotationEvent) else None


class _Log:
    """The log of the connection that the event `here` is about."""

    def __init__(self, connection: sa.Connection, here: _Entry) -> None:
        self._connection = connection
        self._here = here
        self._of_connection = query.Filters(here.event.by.organization_id, connection_id=here.event.connection_id)

    def rotation(self) -> Rotation:
        here = self._here
        entries = self._of_one_intent(here)
        new = _new_token(here.event) or next((token for each in entries if (token := _new_token(each.event))), None)
        started = ended = None
        if new:
            started, ended = self._both_ends(new, entries)
            first = self._of_one_intent(started) if started else entries
            entries = sorted({*entries, *first, *self._about(new, started, ended)}, key=lambda each: each.place)
        expected = entries[0].event.expected
        leak = self._leak_of(expected.current, ended)
        provisioned = self._provisioned(ended) if ended else None
        rows = [*filter(None, (leak, provisioned)), *(each.entry for each in entries)]
        return Rotation(
            connection_id=here.event.connection_id,
            old=Token(expected.current, expected.current_ends),
            new=new,
            started=started.entry if started else None,
            ended=ended.entry if ended else None,
            entries=tuple(sorted(rows, key=lambda each: each.sequence)),
            leak=leak,
            provisioned=provisioned,
        )

    def _provisioned(self, ended: _Entry) -> Entry | None:
        seen = replace(self._of_connection, type=ProvisioningSeen.type, outcome="done")
        entries = [log.entry(row) for row in query.nearest(self._connection, [seen], ended.place, newer=True)]
        return next((each for each in entries if getattr(each.event, "change", 0) == ended.entry.sequence), None)

    def _leak_of(self, old: str, ended: _Entry | None) -> Entry | None:
        """The first report that the old token leaked, before the rotation ended, of those not withdrawn since."""
        first = None
        stretches = query.each_of(self._of_connection, [TokenLeak.type], ["reported", "withdrawn"])
        for row in query.nearest(self._connection, stretches, ended.place if ended else None, _BATCH):
            entry = log.entry(row)
            if isinstance(entry.event, TokenLeak) and old in entry.event.tokens:
                if entry.event.outcome == "withdrawn":
                    break
                first = entry
        return first

    def _both_ends(self, new: Token, entries: list[_Entry]) -> tuple[_Entry | None, _Entry | None]:
        """The start that made this token, and what ended its rotation."""
        started = next((each for each in entries if _started(each.event) and new.same(_new_token(each.event))), None)
        ended = None
        if started is None:
            for each in chain([self._here], self._changes(self._here.place)):
                if not new.same(_new_token(each.event)):
                    continue
                ended = ended or (each if _ended(each.event) else None)
                if _started(each.event):
                    started = each
                    break
        if started or not ended:
            ended = self._end_of(new, started or self._here)
        return started, ended

    def _end_of(self, new: Token, since: _Entry) -> _Entry | None:
        for each in self._changes(since.place, newer=True):
            same = new.same(_new_token(each.event))
            if same and _ended(each.event):
                return each
            if not same and _started(each.event):
                return None
        return None

    def _about(self, new: Token, started: _Entry | None, ended: _Entry | None) -> Iterator[_Entry]:
        """The events about this token, up to the start of the next rotation."""
        anchor = started or ended or self._here
        before = anchor if started else self._start_of_another(new, anchor)
        behind = self._start_of_another(new, ended or anchor, newer=True)
        rows = sa.select(events).where(*self._of_connection.conditions())
        if before:
            rows = rows.where(query.its_place >= sa.tuple_(before.place.at, before.place.sequence))
        if behind:
            rows = rows.where(query.its_place < sa.tuple_(behind.place.at, behind.place.sequence))
        for row in self._connection.execution_options(yield_per=1000).execute(rows).mappings():
            each = _Entry.of(row)
            if each and new.same(_new_token(each.event)):
                yield each

    def _start_of_another(self, new: Token, since: _Entry, *, newer: bool = False) -> _Entry | None:
        changes = self._changes(since.place, newer=newer)
        return next((each for each in changes if _started(each.event) and not new.same(_new_token(each.event))), None)

    def _changes(self, place: query.Place, *, newer: bool = False) -> Iterator[_Entry]:
        """What was done to the connection before a place, or behind it if `newer`; the nearest first."""
        stretches = query.each_of(self._of_connection, [RotationStart.type], ["done", "lost"])
        stretches += query.each_of(self._of_connection, [RotationComplete.type, RotationCancel.type], ["done"])
        while rows := query.nearest(self._connection, stretches, place, _BATCH, newer=newer):
            yield from (each for row in rows if (each := _Entry.of(row)))
            place = query.Place.of(rows[-1])

    def _of_one_intent(self, entry: _Entry) -> list[_Entry]:
        """The event and what else was written down of the same request: first that its outcome was not known, say.

        Nothing is done to the connection in between, and nothing refused but as busy.
        """
        stretches = query.each_of(self._of_connection, [entry.event.type], _OUTCOMES)
        older = query.nearest(self._connection, stretches, entry.place, 2)
        newer = query.nearest(self._connection, stretches, entry.place, 2, newer=True)
        around = [each for row in (*reversed(older), *newer) if (each := _Entry.of(row))]
        same = [each for each in around if each.event.intent_id == entry.event.intent_id]
        return sorted([*same, entry], key=lambda each: each.place)


def _new_token(event: RotationEvent) -> Token | None:
    """The new token that the event is about: found by a start, expected by a complete or a cancel."""
    tokens = event.found if isinstance(event, RotationStart) else event.expected
    return Token(tokens.next, tokens.next_ends) if tokens and tokens.next else None


def _started(event: RotationEvent) -> bool:
    return isinstance(event, RotationStart) and event.outcome in ("done", "lost")


def _ended(event: RotationEvent) -> bool:
    return isinstance(event, RotationComplete | RotationCancel) and event.outcome == "done"
