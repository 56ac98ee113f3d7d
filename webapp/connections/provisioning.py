"""The card's line on whether provisioning goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from flask import current_app
from flask_babel import pgettext
from sqlalchemy.exc import SQLAlchemyError

from webapp.connections.providers import Provider, provider
from webapp.history import provisioning
from webapp.history.database import Database
from webapp.history.events import ConnectionCreate, ProvisioningSeen
from webapp.history.log import Entry
from webapp.history.provisioning import Last
from webapp.rotation.outcome import alike, tokens
from webapp.stytch.models import Connection
from webapp.web import clock
from webapp.web.words import counted

RECENT = timedelta(days=7)
"""How long what came after a change is worth a word of its own."""
LOOKING = timedelta(minutes=30)
"""How long an open page looks by itself, and some minutes more than a longer cycle of the identity provider."""
_SOME = timedelta(minutes=5)
_log = structlog.get_logger()


@dataclass(frozen=True)
class Line:
    """What is known of a connection's provisioning, and what it shows.

    `state` is `open` while both tokens of a rotation work, `proved` when an event came after the last change,
    `waiting` when none did yet, `changed` when another change has begun since the page was shown, else `quiet`.
    `left` is the one token that the change left; `proved` the first event after it; `overdue` says that a cycle of
    the identity provider has gone by, or the longest quiet of late. `looks` while an open page still asks.
    """

    connection_id: str
    provider: Provider
    state: str
    now: datetime
    last: Last | None = None
    change: Entry | None = None
    proved: ProvisioningSeen | None = None
    overdue: bool = False
    since: int = 0
    looks: bool = False

    @property
    def left(self) -> str:
        """The last four of the one token that the change left."""
        found = provisioning.left(self.change) if self.change else None
        return found.current if found else ""

    @property
    def created(self) -> bool:
        """Whether the change was the connection's creation."""
        return self.change is not None and isinstance(self.change.event, ConnectionCreate)

    @property
    def too_close(self) -> bool:
        """Whether the last event came so soon after the change that it may have come before it."""
        return bool(self.state == "waiting" and self.last and self.change and self.last.at > self.change.at)

    @property
    def longest(self) -> bool:
        """Whether it was not quiet for so long lately."""
        rhythm = self.last.rhythm if self.last else None
        return bool(rhythm and self.last and self.now - self.last.at > rhythm.longest)


def of(connection: Connection) -> Line | None:
    """The line of a connection as Stytch has just shown it; None where webhooks are not set up. Never raises."""
    if not current_app.extensions["webhooks"].wanted:
        return None
    named, now = provider(connection.identity_provider), clock.now()
    try:
        if connection.rotating:
            last = provisioning.last(_database(), connection.organization_id, connection.connection_id)
            return Line(connection.connection_id, named, "open", now, last)
        change = provisioning.last_change(_database(), connection.organization_id, connection.connection_id)
        if change and not _led_to(change, connection):
            change = None
        return _line(connection.organization_id, connection.connection_id, named, change, now, int(now.timestamp()))
    except (SQLAlchemyError, ValueError, KeyError) as error:
        # Asked only to tell more: which token works must be told all the same.
        _log.error("history_not_read", kind=type(error).__name__)
        return None


def onward(organization_id: str, connection_id: str, named: Provider, change_shown: int, since: int) -> Line:
    """The line of a page that has waited `since` (Unix time) for an event after the change of that row.

    Stytch is not asked. Raises `sqlalchemy.exc.SQLAlchemyError`.
    """
    change, now = provisioning.last_change(_database(), organization_id, connection_id), clock.now()
    if change is None or change.sequence != change_shown:
        return Line(connection_id, named, "changed", now)
    return _line(organization_id, connection_id, named, change, now, since)


def event_kind(kind: str) -> str:
    """`member.update` as it reads: member updated. Others than those of `stytch-api.md §7.1` stay in its words."""
    match kind:
        case "member.create":
            return pgettext("provisioning event", "member created")
        case "member.update":
            return pgettext("provisioning event", "member updated")
        case "member.delete":
            return pgettext("provisioning event", "member deleted")
        case "idp_group.create":
            return pgettext("provisioning event", "group created")
        case "idp_group.update":
            return pgettext("provisioning event", "group updated")
        case "idp_group.delete":
            return pgettext("provisioning event", "group deleted")
        case "idp_group.member_add":
            return pgettext("provisioning event", "group member added")
        case "idp_group.member_delete":
            return pgettext("provisioning event", "group member removed")
    return kind.replace(".", " ").replace("_", " ")


def about(length: timedelta) -> str:
    """`40 minutes`, `3 hours`, `2 days`: a length of time as one says it."""
    minutes = max(1, round(length.total_seconds() / 60))
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        count = round(minutes / size)
        if minutes >= 2 * size or size == 1:
            return counted(count, unit)
    return ""


def _line(
    organization_id: str, connection_id: str, named: Provider, change: Entry | None, now: datetime, since: int
) -> Line:
    last = provisioning.last(_database(), organization_id, connection_id)
    entry = provisioning.proof(_database(), organization_id, connection_id, change.sequence) if change else None
    proved = entry.event if entry and isinstance(entry.event, ProvisioningSeen) else None
    if change is None or (proved and now - change.at > RECENT):
        return Line(connection_id, named, "quiet", now, last)
    if proved:
        return Line(connection_id, named, "proved", now, last, change, proved)
    cycle = named.cycle or (last.rhythm.longest if last and last.rhythm else None)
    overdue = cycle is not None and now > change.at + cycle
    looking = max(LOOKING, (named.cycle or timedelta(0)) + _SOME)
    looks = 0 <= int(now.timestamp()) - since < looking.total_seconds()
    return Line(connection_id, named, "waiting", now, last, change, None, overdue, since, looks)


def _led_to(change: Entry, connection: Connection) -> bool:
    """Whether the change left what holds now: in Stytch's dashboard something else may have been done since."""
    found = provisioning.left(change)
    return found is not None and alike(found, tokens(connection))


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database
