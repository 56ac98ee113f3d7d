"""How long a member session lasts: as long as it is used, and no longer than a working day."""

from datetime import datetime, timedelta

from webapp.signin import member
from webapp.signin.blueprint import settings
from webapp.signin.member import SignedIn
from webapp.web import clock

SHORTEST = 5
"""Minutes; Stytch takes no fewer (`stytch-api.md §4.8`). Also how long a session JWT lives (§4.9)."""


def of_new() -> int:
    """For how many minutes a session begins."""
    return min(settings().session_idle_minutes + SHORTEST, settings().session_minutes)


def onward(started_at: datetime) -> int | None:
    """For how many minutes from now a session that is in use is to last; None: no longer than it does already.

    It is told to Stytch when a JWT has run out, after five minutes: so much longer than the idle time is asked for.
    """
    left = int((_whole_end(started_at) - clock.now()).total_seconds()) // 60
    minutes = min(settings().session_idle_minutes + SHORTEST, left)
    return minutes if minutes >= SHORTEST else None


def of_next(*, confirming: bool) -> int:
    """For how many minutes a session lasts that the next proof begins.

    A session that is confirmed by it lasts as long as `onward` has it, and that of the portal as long as it did.
    """
    stored = member.stored()
    if stored is None or not confirming:
        return of_new()
    if stored.adopted:
        return max(SHORTEST, int((stored.ends_at - clock.now()).total_seconds()) // 60)
    return onward(stored.started_at) or SHORTEST


def is_over(signed_in: SignedIn) -> bool:
    """Whether the session has lasted as long as any may; that of the portal is the portal's to end."""
    return not signed_in.adopted and clock.now() >= _whole_end(signed_in.started_at)


def left(signed_in: SignedIn) -> timedelta:
    """How long the session can still last, however much it is used."""
    end = signed_in.ends_at if signed_in.adopted else _whole_end(signed_in.started_at)
    return end - clock.now()


def seconds_until_end(signed_in: SignedIn) -> int:
    """How long the session still lasts unless it is used."""
    return max(0, int((signed_in.ends_at - clock.now()).total_seconds()))


def can_be_extended(signed_in: SignedIn) -> bool:
    """Whether using it makes it last longer, up to its last moment: by less than five minutes Stytch extends none."""
    more = _whole_end(signed_in.started_at) - signed_in.ends_at
    return not signed_in.adopted and more >= timedelta(minutes=SHORTEST)


def _whole_end(started_at: datetime) -> datetime:
    return started_at + timedelta(minutes=settings().session_minutes)
