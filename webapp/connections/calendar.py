"""A token's end as a calendar file (RFC 5545), with alarms at the marks that are still ahead."""

from datetime import UTC, datetime, timedelta

from icalendar import Alarm, Calendar, Event, vCalAddress

from webapp.connections import expiry
from webapp.connections.providers import provider
from webapp.stytch.models import Connection
from webapp.web.words import plain

_PRODUCT = "-//SCIM Console//Token expiry//EN"


def entry(connection: Connection, ends: datetime, *, link: str, publisher: str, now: datetime) -> bytes:
    """A file with one entry: when the current token ends, and what to do before, at the page that `link` leads to.

    The entry is the same for all of a connection's tokens, so that importing another file after a rotation moves it:
    its UID stays, and its revision, counted in minutes, grows. `publisher` is who asked for the file: RFC 5546 wants
    one in what is published. Holds no secret.
    """
    name = _one_line(connection.display_name) or "SCIM connection"
    idp, last_four = provider(connection.identity_provider), connection.bearer_token_last_four
    title = f"SCIM token of {name} ends (····{last_four})"
    event = Event.new(
        uid=f"token-end-{connection.connection_id}",
        sequence=int(now.timestamp()) // 60,
        stamp=now,
        start=ends.astimezone(UTC),
        summary=title,
        description=(
            f"The token ····{last_four} of the SCIM connection {name} ({idp.label}) ends {plain(ends)}. "
            f"From then on Stytch may refuse it, and {idp.name} can't create, change or switch off accounts then.\n\n"
            "Rotate it before, in three steps; both tokens work meanwhile, so that nothing stops:\n"
            f"{link}\n\n"
            "After a rotation, take the calendar file from that page again: it moves this entry to the new end."
        ),
        url=link,
    )
    event.add("transp", "TRANSPARENT")
    event.add("organizer", vCalAddress(f"mailto:{publisher}"))
    for days in expiry.MARKS:
        ahead = timedelta(days=days)
        if now < ends - ahead:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", f"{title} in {days} day{'' if days == 1 else 's'}")
            alarm.add("trigger", -ahead)
            event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file


def _one_line(text: str) -> str:
    """The text without what no calendar can hold: RFC 5545 §3.3.11 knows no control characters."""
    return "".join(each for each in text if each.isprintable()).strip()
