"""A token's end as a calendar file (RFC 5545), with alarms at the marks that are still ahead."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext
from icalendar import Alarm, Calendar, Event, vCalAddress

from webapp.connections import expiry
from webapp.connections.providers import Provider, provider
from webapp.stytch.models import Connection
from webapp.web.words import plain

_PRODUCT = "-//SCIM Console//Token expiry//EN"


def entry(connection: Connection, ends: datetime, *, link: str, publisher: str, now: datetime) -> bytes:
    """A file with one entry: when the current token ends, and what to do before, at the page that `link` leads to.

    The entry is the same for all of a connection's tokens, so that importing another file after a rotation moves it:
    its UID stays, and its revision, counted in minutes, grows. `publisher` is who asked for the file: RFC 5546 wants
    one in what is published. Holds no secret.
    """
    idp = provider(connection.identity_provider)
    names = {
        "connection": _one_line(connection.display_name) or _("SCIM connection"),
        "last_four": connection.bearer_token_last_four,
    }
    event = Event.new(
        uid=f"token-end-{connection.connection_id}",
        sequence=int(now.timestamp()) // 60,
        stamp=now,
        start=ends.astimezone(UTC),
        # Translators: an entry of a calendar
        summary=_("SCIM token of %(connection)s ends (····%(last_four)s)", **names),
        description="\n\n".join(_description(names, idp, ends, link)),
        url=link,
    )
    event.add("transp", "TRANSPARENT")
    event.add("organizer", vCalAddress(f"mailto:{publisher}"))
    for days in expiry.MARKS:
        ahead = timedelta(days=days)
        if now < ends - ahead:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            said = ngettext(
                "SCIM token of %(connection)s ends (····%(last_four)s) in %(num)s day",
                "SCIM token of %(connection)s ends (····%(last_four)s) in %(num)s days",
                days,
                **names,
            )
            alarm.add("description", said)
            alarm.add("trigger", -ahead)
            event.add_component(alarm)
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    file: bytes = calendar.to_ical()
    return file


def _description(names: Mapping[str, str], idp: Provider, ends: datetime, link: str) -> Iterator[str]:
    # Translators: %(label)s is the identity provider's name by itself, %(provider)s the same in a sentence
    yield _(
        "The token ····%(last_four)s of the SCIM connection %(connection)s (%(label)s) ends %(when)s. "
        "From then on Stytch may refuse it, and %(provider)s can't create, change or switch off accounts then.",
        **names,
        label=idp.label,
        when=plain(ends),
        provider=idp.name,
    )
    how = _("Rotate it before, in three steps; both tokens work meanwhile, so that nothing stops:")
    yield f"{how}\n{link}"
    yield _("After a rotation, take the calendar file from that page again: it moves this entry to the new end.")


def _one_line(text: str) -> str:
    """The text without what no calendar can hold: RFC 5545 §3.3.11 knows no control characters."""
    return "".join(each for each in text if each.isprintable()).strip()
