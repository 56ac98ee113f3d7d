"""What a page says of a change of a connection's name or identity provider: what happened, what did not, what to do."""

from collections.abc import Collection
from datetime import UTC, datetime

from flask_babel import gettext as _
from sqlalchemy.exc import SQLAlchemyError

from webapp.connections.edit.change import Edit, naming, same
from webapp.connections.notices import Notice, why_not
from webapp.connections.providers import provider
from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import By, ConnectionUpdate, Naming
from webapp.rotation import Outcome
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import paragraph, stamp

ENTRA_FLAG = "?aadOptscim062020"
"""What Stytch puts at the end of a base URL for Microsoft Entra (`stytch-api.md §2.2`)."""


def saved(database: Database, connection: Connection, intent_id: str) -> Notice | None:
    """The notice for a change that a form with this id made, as long as it is the last one and still holds."""
    entry = last(database, connection) if intent_id else None
    if entry is None or not isinstance(entry.event, ConnectionUpdate) or entry.event.intent_id != intent_id:
        return None
    before, now_is = entry.event.before, naming(connection)
    called = other = ""
    if now_is.display_name != before.display_name:
        called = _("It is called “%(name)s” now.", name=now_is.display_name)
    if now_is.identity_provider != before.identity_provider:
        other = _other_provider(before, now_is)
    text = paragraph(called, other, _("Its token is as before."))
    return Notice("done", _("Saved"), text, entry.at, " ".join(entry.event.request_ids))


def settle(database: Database, by: By, connection: Connection, intent_id: str) -> None:
    """Writes down that what a form asked for, and nobody could tell of, was done: the connection is so now."""
    entry = last(database, connection, {Outcome.DONE, Outcome.NOT_YET, Outcome.UNKNOWN})
    if entry is None or not isinstance(entry.event, ConnectionUpdate) or entry.event.outcome == Outcome.DONE:
        return
    if entry.event.intent_id == intent_id:
        found = {"by": by, "outcome": Outcome.DONE, "after": naming(connection), "settled_later": True}
        log.record(database, entry.event.model_copy(update={**found, "request_ids": ()}), datetime.now(UTC))


def last(database: Database, connection: Connection, outcomes: Collection[str] = (Outcome.DONE,)) -> log.Entry | None:
    """The last change of these outcomes, if the history knows it and it is what holds now. Never raises."""
    types = {ConnectionUpdate.type}
    try:
        row = query.last(database, connection.organization_id, connection.connection_id, types, outcomes)
        entry = log.entry(row) if row else None
    except (SQLAlchemyError, ValueError, KeyError):
        return None  # asked only to tell more
    holds = entry and isinstance(entry.event, ConnectionUpdate) and same(entry.event.wanted, naming(connection))
    return entry if holds else None


def changed_meanwhile(database: Database, connection: Connection) -> Notice:
    """The notice for a form that was made for another state than the connection is in."""
    entry = last(database, connection)
    text = paragraph(
        _is_now(naming(connection)),
        _("That was %(who)s, at %(when)s.", who=entry.event.by.email, when=stamp(entry.at)) if entry else "",
        _(
            "Nothing was saved. What you had changed below is still there, the rest is as it is now: save again if "
            "you still want it."
        ),
    )
    return Notice("problem", _("It has changed since you opened this page"), text, datetime.now(UTC), status=409)


def not_saved(edit: Edit) -> Notice:
    """The notice for a change that was not made, or of which nobody knows."""
    kind, status, title, text = _words(edit)
    wait = edit.error.retry_after if isinstance(edit.error, errors.RateLimited) else 0
    return Notice(kind, title, text, edit.at, " ".join(edit.request_ids), status=status, retry_after=wait)


def _is_now(what: Naming) -> str:
    idp = provider(what.identity_provider).name
    if not what.display_name:
        return _("It has no name and belongs to %(provider)s now.", provider=idp)
    return _("It is called “%(name)s” and belongs to %(provider)s now.", name=what.display_name, provider=idp)


def _other_provider(before: Naming, now_is: Naming) -> str:
    name = provider(now_is.identity_provider).name
    belongs = _(
        "It belongs to %(provider)s now, and the words on this page and the set-up guide are for it.", provider=name
    )
    if now_is.base_url != before.base_url:
        base_url = _(
            "Its base URL has changed with it: put the new one, under “Connection details”, into %(provider)s.",
            provider=name,
        )
    elif now_is.identity_provider == "microsoft-entra" and not now_is.base_url.endswith(ENTRA_FLAG):
        base_url = _(
            "Its base URL has not changed: it lacks the %(flag)s that Stytch otherwise gives to %(provider)s. Ask "
            "whoever runs this console about it before you go on.",
            flag=ENTRA_FLAG,
            provider=name,
        )
    else:
        base_url = _("Its base URL has not changed.")
    return paragraph(belongs, base_url)


def _words(edit: Edit) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    arrive = _("The request may still arrive until %(until)s.", until=stamp(edit.until)) if edit.until else ""
    lost = isinstance(edit.error, errors.OutcomeUnknown)
    match edit.outcome:
        case Outcome.UNKNOWN:
            text = paragraph(
                _("Stytch did not answer, and reading the connection failed too: saved or not, we can't say."),
                arrive,
                _("Look at the connection before you save again."),
            )
            return "unknown", 502, _("We do not know yet"), text
        case Outcome.NOT_YET:
            text = paragraph(
                _("Stytch did not answer. We read the connection again: it is as it was."),
                arrive,
                _("Look at the connection then. You can also save again: that asks for all that you see below."),
            )
            return "unknown", 502, _("Not saved so far"), text
        case Outcome.CHANGED:
            if lost:
                why = _("Stytch's answer was lost, and somebody else seems to have changed it.")
            else:
                why = _("Stytch refused this, and somebody else seems to have changed it.")
            holds = _is_now(naming(edit.after)) if edit.after else ""
            text = paragraph(why, holds, arrive, _("Look before you go on."))
            return "problem", 502 if lost else 409, _("It has changed meanwhile"), text
    return _not_done(edit)


def _not_done(edit: Edit) -> tuple[str, int, str, str]:
    title = _("It was not saved")
    if edit.after is None:
        text = _("Stytch refused it. Reading the connection again failed: look at it before you save again.")
        return "unknown", 409, title, text
    if isinstance(edit.error, errors.OutcomeUnknown):
        text = _("Stytch answered with an error, so we read the connection again: it is as it was. You can try again.")
        return "problem", 502, title, text
    if edit.error is None:
        return "problem", 409, title, paragraph(_("Stytch refused it."), _("Nothing was changed."))
    return why_not(edit.error, _("Nothing was changed."), title, "update")
