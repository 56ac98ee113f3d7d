"""How near a token's end is: rules that the card, the calendar file, the mail and `flask tokens` share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

from flask_babel import npgettext, pgettext

from webapp.settings import Settings
from webapp.stytch.models import Connection
from webapp.web.words import number

MARKS = (90, 30, 14, 7, 1)
"""So many days before its end attention is asked for, each time anew."""
ENDED = 0
"""The mark of a token whose time is over."""
YOUNG = timedelta(minutes=5)
"""A rotation open for less has only just been started: that its tokens are two is what its steps are about."""
LONG_OPEN = timedelta(days=7)
"""A rotation open for longer is said to be so in plain sight: each live token is one more to lose."""


@dataclass(frozen=True)
class Expiry:
    """A token's end that is near, or past.

    `mark` is the mark that was reached last: one of MARKS, or ENDED. `relief` is the last four of the new token of an
    open rotation that lasts longer: then there is something to finish, and nothing to begin.
    """

    last_four: str
    ends: datetime
    mark: int
    relief: str = ""

    @property
    def urgency(self) -> str:
        """Ended, near (a week), soon (a month) or far: how loudly to say it."""
        if self.mark == ENDED:
            return "ended"
        return "near" if self.mark <= 7 else "soon" if self.mark <= 30 else "far"

    @property
    def can_wait(self) -> bool:
        """Whether it can be put aside until the next mark; not on the last day, nor after it."""
        return self.mark > min(MARKS)

    @property
    def next_mark(self) -> int:
        """The mark that comes next, 0 being the end."""
        return max((days for days in MARKS if days < self.mark), default=ENDED)


@dataclass(frozen=True)
class TwoTokens:
    """That a rotation is open: for how long, in words, empty when that is not known, and whether that is `long`."""

    since: str
    long: bool


def mark(ends: datetime, now: datetime) -> int | None:
    """The mark that was reached last, None while the end is further away than all of them."""
    if ends <= now:
        return ENDED
    return min((days for days in MARKS if ends - now <= timedelta(days=days)), default=None)


def of(connection: Connection, now: datetime) -> Expiry | None:
    """What is to be said of the connection's tokens, None when no end is near.

    While a rotation is open, the token that lasts counts: the other one is about to be switched off anyway.
    """
    current = _near(connection.bearer_token_last_four, connection.bearer_token_expires_at, now)
    if not connection.rotating:
        return current
    new = _near(connection.next_bearer_token_last_four, connection.next_bearer_token_expires_at, now)
    if new is None:
        return replace(current, relief=connection.next_bearer_token_last_four) if current else None
    return max(filter(None, (current, new)), key=lambda near: near.ends)


def two_tokens(connection: Connection, started: datetime | None, now: datetime) -> TwoTokens | None:
    """That both tokens are live, None when they are not, or only just. `started` is when the rotation was, if known."""
    ends = (connection.bearer_token_expires_at, connection.next_bearer_token_expires_at)
    if not connection.rotating or any(each is not None and each <= now for each in ends):
        return None
    if started and now - started < YOUNG:
        return None
    return TwoTokens(countdown(started, now) if started else "", started is not None and now - started > LONG_OPEN)


def link(settings: Settings, organization_id: str, connection_id: str) -> str:
    """Where a calendar or a mail leads: by the organization's door, for who is not signed in, to the connection."""
    page = f"{settings.prefix}/connections/{quote(connection_id, safe='')}"
    return f"{settings.public_url}/login/{quote(organization_id, safe='')}?next={quote(page)}"


def countdown(ends: datetime, now: datetime) -> str:
    """`4 days and 23 hours`: the time between in its two largest units, rounded down; before the end and after."""
    minutes = int(abs(ends - now).total_seconds()) // 60
    parts = []
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count, minutes = divmod(minutes, length)
        if count:
            parts.append(_counted(count, unit))
        elif parts:
            break
    match parts[:2]:
        case [more, less]:
            return pgettext("in …, for …", "%(more)s and %(less)s", more=more, less=less)
        case [only]:
            return only
    return pgettext("in …, for …", "less than a minute")


def _counted(count: int, unit: str) -> str:
    """`4 days` as they stand in a sentence: `words.counted` has them by themselves, and German declines them."""
    # Translators: such lengths of time stand after “in” (until the end) and “for” (since then), and before “ago”
    match unit:
        case "day":
            return npgettext("in …, for …", "%(count)s day", "%(count)s days", count, count=number(count))
        case "hour":
            return npgettext("in …, for …", "%(count)s hour", "%(count)s hours", count, count=number(count))
    return npgettext("in …, for …", "%(count)s minute", "%(count)s minutes", count, count=number(count))


def _near(last_four: str, ends: datetime | None, now: datetime) -> Expiry | None:
    reached = mark(ends, now) if ends else None
    return Expiry(last_four, ends, reached) if ends and reached is not None else None
