"""Why something was not done, and how we know what was."""

from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.stytch import errors
from webapp.web.words import paragraph, stamp


def why_not(error: errors.StytchError, rest: str, title: str, permission: str) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text for what Stytch did not do; `rest` says what holds."""
    match error:
        case errors.Forbidden():
            needs = _(
                "It needs the permission “%(permission)s” on “%(resource)s”; an administrator can give it to you.",
                permission=permission,
                resource="stytch.scim",
            )
            return "problem", 403, _("Your roles do not allow that"), paragraph(_("Stytch refused it."), rest, needs)
        case errors.RateLimited(retry_after=seconds):
            busy = _("It takes no more requests right now.")
            return "problem", 503, _("Stytch is busy"), paragraph(busy, rest, _try_again_in(seconds))
        case errors.NotTrusted():
            never_sent = _("What answers in Stytch's place has no valid certificate, so the request was never sent.")
            text = paragraph(never_sent, rest, _("Whoever runs this console has to look into it."))
            return "problem", 502, _("The connection to Stytch can't be trusted"), text
        case errors.NotSent():
            text = paragraph(
                _("No connection could be made, so the request was never sent."), rest, _("You can try again.")
            )
            return "problem", 502, _("Stytch can't be reached"), text
        case errors.OutcomeUnknown():
            read = _("Stytch answered with an error, so we read the connection again.")
            return "problem", 502, title, paragraph(read, rest, _("You can try again."))
    return "problem", 409, title, paragraph(_("Stytch refused it."), rest)


def how_a_look_found_it(who: str, begun_at: datetime | None) -> str:
    """What had been asked for before, and was found out only now."""
    if begun_at is None:
        asked = _("%(who)s asked for it, and how it ended was not written down.", who=who)
    else:
        asked = _(
            "%(who)s asked for it at %(when)s, and how it ended was not written down.", who=who, when=stamp(begun_at)
        )
    return paragraph(asked, _("We have looked now."))


def _try_again_in(seconds: int) -> str:
    if not seconds:
        return _("Try again in a minute.")
    return ngettext("Try again in %(num)s second.", "Try again in %(num)s seconds.", seconds)
