"""What a page says of a change of a connection's name or identity provider: what happened, what did not, what to do."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from webapp.connections.editing import Edit, naming, same
from webapp.connections.notices import Notice
from webapp.connections.providers import provider
from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import By, ConnectionUpdate, Naming
from webapp.rotation import Outcome
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import stamp

ENTRA_FLAG = "?aadOptscim062020"
"""What Stytch puts at the end of a base URL for Microsoft Entra (`stytch-api.md §2.2`)."""


def saved(database: Database, connection: Connection, intent_id: str) -> Notice | None:
    """The notice for a change that a form with this id made, as long as it is the last one and still holds."""
    entry = last(database, connection) if intent_id else None
    if entry is None or not isinstance(entry.event, ConnectionUpdate) or entry.event.intent_id != intent_id:
        return None
    before, now_is = entry.event.before, naming(connection)
    texts = []
    if now_is.display_name != before.display_name:
        texts.append(f"It is called “{now_is.display_name}” now.")
    if now_is.identity_provider != before.identity_provider:
        texts.append(_other_provider(before, now_is))
    texts.append("Its token is as before.")
    return Notice("done", "Saved", " ".join(texts), entry.at, " ".join(entry.event.request_ids))


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
    who = f" That was {entry.event.by.email}, at {stamp(entry.at)}." if entry else ""
    text = (
        f"It {state(naming(connection))} now.{who} Nothing was saved. What you had changed below is still there, the "
        "rest is as it is now: save again if you still want it."
    )
    return Notice("problem", "It has changed since you opened this page", text, datetime.now(UTC), status=409)


def not_saved(edit: Edit) -> Notice:
    """The notice for a change that was not made, or of which nobody knows."""
    kind, status, title, text = _words(edit)
    wait = edit.error.retry_after if isinstance(edit.error, errors.RateLimited) else 0
    return Notice(kind, title, text, edit.at, " ".join(edit.request_ids), status=status, retry_after=wait)


def state(what: Naming) -> str:
    """`is called “Acme” and belongs to Okta`."""
    called = f"is called “{what.display_name}”" if what.display_name else "has no name"
    return f"{called} and belongs to {provider(what.identity_provider).name}"


def _other_provider(before: Naming, now_is: Naming) -> str:
    name = provider(now_is.identity_provider).name
    text = f"It belongs to {name} now, and the words on this page and the set-up guide are for it."
    if now_is.base_url != before.base_url:
        return f"{text} Its base URL has changed with it: put the new one, under “Connection details”, into {name}."
    if now_is.identity_provider == "microsoft-entra" and not now_is.base_url.endswith(ENTRA_FLAG):
        return (
            f"{text} Its base URL has not changed: it lacks the {ENTRA_FLAG} that Stytch otherwise gives to "
            f"{name}. Ask whoever runs this console about it before you go on."
        )
    return f"{text} Its base URL has not changed."


def _words(edit: Edit) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    arrive = f" The request may still arrive until {stamp(edit.until)}." if edit.until else ""
    lost = isinstance(edit.error, errors.OutcomeUnknown)
    match edit.outcome:
        case Outcome.UNKNOWN:
            text = f"Stytch did not answer, and reading the connection failed too: saved or not, we can't say.{arrive}"
            return "unknown", 502, "We do not know yet", f"{text} Look at the connection before you save again."
        case Outcome.NOT_YET:
            text = (
                f"Stytch did not answer. We read the connection again: it is as it was.{arrive} Look at the connection "
                "then. You can also save again: that asks for all that you see below."
            )
            return "unknown", 502, "Not saved so far", text
        case Outcome.CHANGED:
            why = "Stytch's answer was lost" if lost else "Stytch refused this"
            holds = state(naming(edit.after)) if edit.after else ""
            text = f"{why}, and somebody else seems to have changed it: it {holds} now.{arrive} Look before you go on."
            return "problem", 502 if lost else 409, "It has changed meanwhile", text
    return _not_done(edit)


def _not_done(edit: Edit) -> tuple[str, int, str, str]:
    if edit.after is None:
        text = "Stytch refused it. Reading the connection again failed: look at it before you save again."
        return "unknown", 409, "It was not saved", text
    match edit.error:
        case errors.Forbidden():
            text = (
                "Stytch refused it. Nothing was changed. It needs the permission “update” on “stytch.scim”; an "
                "administrator can give it to you."
            )
            return "problem", 403, "Your roles do not allow that", text
        case errors.RateLimited(retry_after=seconds):
            wait = f"{seconds} seconds" if seconds else "a minute"
            text = f"It takes no more requests right now. Nothing was changed. Try again in {wait}."
            return "problem", 503, "Stytch is busy", text
        case errors.NotTrusted():
            text = (
                "What answers in Stytch's place has no valid certificate, so the request was never sent. Nothing was "
                "changed. Whoever runs this console has to look into it."
            )
            return "problem", 502, "The connection to Stytch can't be trusted", text
        case errors.NotSent():
            text = "No connection could be made, so the request was never sent. Nothing was changed. You can try again."
            return "problem", 502, "Stytch can't be reached", text
        case errors.OutcomeUnknown():
            text = "Stytch answered with an error, so we read the connection again: it is as it was. You can try again."
            return "problem", 502, "It was not saved", text
    return "problem", 409, "It was not saved", "Stytch refused it. Nothing was changed."
