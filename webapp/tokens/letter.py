"""The mail that tells an admin of a token's end: plain text, with what, when, where to go, and who else knows."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from webapp.connections.expiry import ENDED, MARKS, Expiry, countdown
from webapp.connections.providers import provider
from webapp.smtp import NotSent
from webapp.stytch.models import Connection
from webapp.web.words import plain

_NAMED = 10
"""So many others are named."""
_WHY = (
    "You get this because one of your roles may rotate this token. It comes "
    f"{', '.join(map(str, MARKS[:-1]))} days and {MARKS[-1]} day before the end, and once after it; "
    "no more as soon as the token is rotated."
)


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
        return _one_line(self.connection.display_name) or "SCIM connection"

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
    when = "has ended" if about.ended else f"ends in {countdown(about.near.ends, about.now)}"
    letter["Subject"] = f"The SCIM token of {about.name} {when}"
    letter["From"] = about.sender
    letter["Date"] = format_datetime(about.now)
    letter["Message-ID"] = make_msgid(domain=about.sender.rpartition("@")[2].rstrip(">"))
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(
        "\n\n".join([_what(about), _to_do(about), about.link, _who(others), _WHY]) + "\n", cte="quoted-printable"
    )
    return letter


def _what(about: About) -> str:
    near = about.near
    token = f"The token ····{near.last_four} of {about.name} ({_one_line(about.organization)})"
    if about.ended:
        return (
            f"{token} ended {plain(near.ends)}. "
            f"Where Stytch refuses it since then, {about.idp} can't create, change or switch off accounts."
        )
    return (
        f"{token} ends {plain(near.ends)}. "
        f"From then on Stytch may refuse it, and {about.idp} can't create, change or switch off accounts then."
    )


def _to_do(about: About) -> str:
    if about.near.relief:
        new = f"····{about.near.relief}"
        return f"A rotation is open, and the new token {new} lasts longer: put it into {about.idp}, then complete."
    if about.connection.rotating:
        return "A rotation is open, but its other token lasts no longer: finish it, then rotate once more."
    if about.ended:
        return "Rotate it now; the new token works at once."
    return "Rotate it before, in three steps; both tokens work meanwhile, so that nothing stops."


def _who(others: list[str]) -> str:
    if not others:
        return "Sent to nobody else: you alone may rotate it."
    named, more = ", ".join(others[:_NAMED]), len(others) - _NAMED
    return f"Also sent to: {named}{f' and {more:,} more' if more > 0 else ''}."


def _one_line(text: str) -> str:
    return "".join(each for each in text if each.isprintable()).strip()
