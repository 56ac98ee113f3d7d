"""What the log's coded words read as on a page. What is stored and exported stays as it is coded."""

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from webapp.history.events import IDENTITY_PROVIDER, OPERATOR
from webapp.web.words import number


def actions() -> dict[str, str]:
    """What each kind of event is called, by its `type`."""
    return {
        "rotation.start": pgettext("action", "Start rotation"),
        "rotation.complete": pgettext("action", "Complete rotation"),
        "rotation.cancel": pgettext("action", "Cancel rotation"),
        "connection.update": pgettext("action", "Change connection"),
        "provisioning.seen": pgettext("action", "Provisioning went on"),
        "roles.change": pgettext("action", "Change roles"),
        "token.leak": pgettext("action", "Report a leaked token"),
        "token.probe": pgettext("action", "Try new token"),
        "token.check": pgettext("action", "Check token"),
        "connection.create": pgettext("action", "Create connection"),
        "connection.delete": pgettext("action", "Delete connection"),
        "session.begin": pgettext("action", "Sign in"),
        "session.confirm": pgettext("action", "Confirm identity"),
        "session.handover": pgettext("action", "Move sign-in to a portal"),
        "session.end": pgettext("action", "Sign out"),
        "session.revoke": pgettext("action", "End another session"),
        "access.refused": pgettext("action", "Access refused"),
        "stytch.failure": pgettext("action", "Stytch failed"),
        "history.prune": pgettext("action", "Prune history"),
        "unreadable": pgettext("action", "Row that can't be read"),
    }


def outcome(coded: str) -> str:
    """An outcome as it reads in a table."""
    return {
        "done": pgettext("outcome", "Done"),
        "not_done": pgettext("outcome", "Not done"),
        "changed": pgettext("outcome", "It had changed"),
        "lost": pgettext("outcome", "Done, its answer lost"),
        "not_yet": pgettext("outcome", "Not done then"),
        "unknown": pgettext("outcome", "Not known then"),
        "refused": pgettext("outcome", "Refused"),
        "failed": pgettext("outcome", "Failed"),
        "busy": pgettext("outcome", "Busy"),
        "accepted": pgettext("outcome", "Accepted"),
        "no_answer": pgettext("outcome", "No answer"),
        "reported": pgettext("outcome", "Reported"),
        "withdrawn": pgettext("outcome", "Withdrawn"),
        "new": pgettext("which token it is", "The new token"),
        "current": pgettext("which token it is", "The current token"),
        "either": pgettext("which token it is", "One of both tokens"),
        "earlier": pgettext("which token it is", "An earlier token"),
        "other": pgettext("which token it is", "Another connection's token"),
        "neither": pgettext("which token it is", "None of its tokens"),
        "untried": pgettext("outcome", "Not tried"),
        "elsewhere": pgettext("outcome", "Not to be tried"),
        "unreadable": pgettext("outcome", "Unreadable"),
    }.get(coded) or coded.replace("_", " ").capitalize()


def person(email: str) -> str:
    """Who it was: an email address, or words for what no member did."""
    if email == OPERATOR:
        # Translators: stands in a table in place of an email address
        return pgettext("person", "who runs this console")
    if email == IDENTITY_PROVIDER:
        # Translators: stands in a table in place of an email address
        return pgettext("person", "the identity provider")
    return email


def how_many(count: int, *, older: bool, more: bool) -> str:
    """The title of a page of the list: its events, `older` than others, and whether there are `more` behind them."""
    told = number(count)
    if not count:
        return _("No older events") if older else _("No events")
    if older and more:
        return ngettext(
            "%(number)s older event, and there are older ones",
            "%(number)s older events, and there are older ones",
            count,
            number=told,
        )
    if older:
        return ngettext("%(number)s older event", "%(number)s older events", count, number=told)
    if more:
        return ngettext(
            "%(number)s event, and there are older ones",
            "%(number)s events, and there are older ones",
            count,
            number=told,
        )
    return ngettext("%(number)s event", "%(number)s events", count, number=told)
