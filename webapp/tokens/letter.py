"""The mail that tells an admin of a token's end: plain text, with what, when, where to go, and who else knows.

It is in whichever language `flask_babel` speaks.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.connections.expiry import ENDED, MARKS, Expiry, countdown
from webapp.connections.providers import provider
from webapp.smtp import NotSent
from webapp.stytch.models import Connection
from webapp.web.words import number, paragraph, plain

_NAMED = 10
"""So many others are named."""


@dataclass(frozen=True)
class About:
    """What all the mails of one mark have in common. `organization` is its name, `now` when they are sent."""

    connection: Connection
    near: Expiry
    organization: str
    link: str
    sender: str
    now: datetime

    @property
    def name(self) -> str:
        """What the connection is called."""
        return _one_line(self.connection.display_name) or _("SCIM connection")

    @property
    def idp(self) -> str:
        """What the identity provider is called in a sentence."""
        return provider(self.connection.identity_provider).name

    @property
    def ended(self) -> bool:
        """Whether the token's time is over."""
        return self.near.mark == ENDED


def write(about: About, to: str, others: list[str]) -> EmailMessage:
    """One mail to one admin. Raises `NotSent` for an address that no mail can go to."""
    letter = EmailMessage()
    try:
        letter["To"] = Address(addr_spec=to)
    except ValueError:
        raise NotSent("no mail can go to that address") from None
    letter["Subject"] = _subject(about)
    letter["From"] = about.sender
    letter["Date"] = format_datetime(about.now)
    letter["Message-ID"] = make_msgid(domain=about.sender.rpartition("@")[2].rstrip(">"))
    letter["Auto-Submitted"] = "auto-generated"
    said = [_what(about), _to_do(about), about.link, _who(others), _why()]
    letter.set_content("\n\n".join(said) + "\n", cte="quoted-printable")
    return letter


def _subject(about: About) -> str:
    if about.ended:
        return _("The SCIM token of %(connection)s has ended", connection=about.name)
    left = countdown(about.near.ends, about.now)
    return _("The SCIM token of %(connection)s ends in %(left)s", connection=about.name, left=left)


def _what(about: About) -> str:
    named = {
        "token": f"····{about.near.last_four}",
        "connection": about.name,
        "organization": _one_line(about.organization),
        "when": plain(about.near.ends),
    }
    if about.ended:
        return paragraph(
            _("The token %(token)s of %(connection)s (%(organization)s) ended %(when)s.", **named),
            _(
                "Where Stytch refuses it since then, %(provider)s can't create, change or switch off accounts.",
                provider=about.idp,
            ),
        )
    return paragraph(
        _("The token %(token)s of %(connection)s (%(organization)s) ends %(when)s.", **named),
        _(
            "From then on Stytch may refuse it, and %(provider)s can't create, change or switch off accounts then.",
            provider=about.idp,
        ),
    )


def _to_do(about: About) -> str:
    if about.near.relief:
        return _(
            "A rotation is open, and the new token %(new)s lasts longer: put it into %(provider)s, then complete.",
            new=f"····{about.near.relief}",
            provider=about.idp,
        )
    if about.connection.rotating:
        return _("A rotation is open, but its other token lasts no longer: finish it, then rotate once more.")
    if about.ended:
        return _("Rotate it now; the new token works at once.")
    return _("Rotate it before, in three steps; both tokens work meanwhile, so that nothing stops.")


def _who(others: list[str]) -> str:
    if not others:
        return _("Sent to nobody else: you alone may rotate it.")
    people, more = ", ".join(others[:_NAMED]), len(others) - _NAMED
    if more <= 0:
        return _("Also sent to: %(people)s.", people=people)
    return ngettext(
        "Also sent to: %(people)s and %(number)s more.",
        "Also sent to: %(people)s and %(number)s more.",
        more,
        people=people,
        number=number(more),
    )


def _why() -> str:
    # Translators: “days” is a list of numbers: “90, 30, 14, 7”
    return _(
        "You get this because one of your roles may rotate this token. It comes %(days)s days and 1 day before the "
        "end, and once after it; no more as soon as the token is rotated.",
        days=", ".join(str(days) for days in MARKS if days > 1),
    )


def _one_line(text: str) -> str:
    return "".join(each for each in text if each.isprintable()).strip()
