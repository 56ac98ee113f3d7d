"""What can be shown of one rotation: who started and ended it, when, and on which rows of the log that rests."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from webapp.history import log
from webapp.history.database import Database, events
from webapp.history.events import RotationCancel, RotationComplete, RotationEvent, RotationStart
from webapp.history.log import Entry

REACH = 500
"""How many of the connection's events are looked at on either side: a rotation is a handful."""


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
    Stytch's dashboard for example; without `ended` it is open, or was ended elsewhere.
    """

    connection_id: str
    old: Token
    new: Token | None
    started: Entry | None
    ended: Entry | None
    entries: tuple[Entry, ...]

    @property
    def completed(self) -> bool:
        """Whether the new token became the only one."""
        return self.ended is not None and isinstance(self.ended.event, RotationComplete)

    @property
    def together(self) -> timedelta | None:
        """How long both tokens worked, None when the log does not have both ends."""
        return self.ended.at - self.started.at if self.started and self.ended else None

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
    nearby = [(entry, entry.event) for entry in _nearby(database, organization_id, sequence)]
    rotations = [(entry, event) for entry, event in nearby if isinstance(event, RotationEvent)]
    here = next((event for entry, event in rotations if entry.sequence == sequence), None)
    if here is None:
        return None
    of_intent = [(entry, event) for entry, event in rotations if event.intent_id == here.intent_id]
    new = _new_token(here) or next((token for _, event in of_intent if (token := _new_token(event))), None)
    if new is None:
        entries = of_intent
    else:
        # A start whose outcome was not known at first names no token; what it settled to does, with the same intent.
        starts = {e.intent_id for _, e in rotations if isinstance(e, RotationStart) and new.same(_new_token(e))}
        entries = [
            (entry, event)
            for entry, event in rotations
            if new.same(_new_token(event))
            or (isinstance(event, RotationStart) and event.intent_id in starts and _new_token(event) is None)
        ]
    first = entries[0][1]
    return Rotation(
        connection_id=here.connection_id,
        old=Token(first.expected.current, first.expected.current_ends),
        new=new,
        started=next((entry for entry, event in entries if _started(event)), None),
        ended=next((entry for entry, event in entries if _ended(event)), None),
        entries=tuple(entry for entry, _ in entries),
    )


def _nearby(database: Database, organization_id: str, sequence: int) -> list[Entry]:
    """The event and those of its connection around it, oldest first."""
    of_organization = events.c.organization_id == organization_id
    with database.read() as connection:
        here = sa.select(events).where(of_organization, events.c.sequence == sequence)
        row = connection.execute(here).mappings().one_or_none()
        if row is None or row["connection_id"] is None:
            return []
        place = sa.tuple_(events.c.at, events.c.sequence)
        this = sa.tuple_(row["at"], row["sequence"])
        of_connection = sa.select(events).where(of_organization, events.c.connection_id == row["connection_id"])
        older = of_connection.where(place < this).order_by(events.c.at.desc(), events.c.sequence.desc()).limit(REACH)
        newer = of_connection.where(place > this).order_by(events.c.at, events.c.sequence).limit(REACH)
        before = connection.execute(older).mappings().all()
        after = connection.execute(newer).mappings().all()
    return [log.entry(each) for each in (*reversed(before), row, *after)]


def _new_token(event: RotationEvent) -> Token | None:
    """The new token that the event is about: found by a start, expected by a complete or a cancel."""
    tokens = event.found if isinstance(event, RotationStart) else event.expected
    return Token(tokens.next, tokens.next_ends) if tokens and tokens.next else None


def _started(event: RotationEvent) -> bool:
    return isinstance(event, RotationStart) and event.outcome in ("done", "lost")


def _ended(event: RotationEvent) -> bool:
    return isinstance(event, RotationComplete | RotationCancel) and event.outcome == "done"
