"""What is said of what came of a connection's creation or deletion."""

from flask_babel import gettext as _

from webapp.connections.notices import actions
from webapp.connections.notices.message import Notice
from webapp.connections.notices.pending import may_still_arrive, of_pending
from webapp.connections.notices.state import state
from webapp.connections.notices.why import how_a_look_found_it, why_not
from webapp.connections.providers import provider
from webapp.rotation import Change, ConnectionAction, Outcome
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import paragraph, stamp


def of_change(change: Change, *, refused: bool = False) -> Notice:
    """The notice for a creation or a deletion. `refused` says the same of the connection's new token as in `notice`."""
    kind, status, title, text = _words(change, refused=refused)
    wait = change.error.retry_after if isinstance(change.error, errors.RateLimited) else 0
    ids = " ".join(change.request_ids)
    return Notice(kind, title, text, change.at, ids, by=change.by.email, status=status, retry_after=wait)


def _words(change: Change, *, refused: bool) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    creating = change.action is ConnectionAction.CREATE
    match change.outcome:
        case Outcome.DONE:
            return "done", 200, *(_created(change) if creating else _deleted(change))
        case Outcome.LOST:
            title = _("It was created, but its token could not be shown")
            return "problem", 200 if change.settled_later else 502, title, _lost(change)
        case Outcome.CHANGED:
            title, text = _another(change) if creating else _changed(change, refused=refused)
            return "problem", 200 if change.settled_later else 409, title, text
        case Outcome.NOT_DONE:
            return _not_done(change, refused=refused)
        case Outcome.NOT_YET:
            text = paragraph(
                _("Stytch did not answer."),
                actions.read_not_done(change.action, name=_name(change)),
                _holds(change, refused=refused),
                may_still_arrive(change.pending),
            )
            return "unknown", 502, actions.not_so_far(change.action), text
        case Outcome.BUSY:
            waiting = of_pending(change.pending, change.at) if change.pending else None
            text = paragraph(
                _("Nothing was sent to Stytch."), waiting.text if waiting else _("Check again in a moment.")
            )
            return "unknown", 409, waiting.title if waiting else _("Another change is under way"), text
        case Outcome.UNKNOWN:
            text = paragraph(
                actions.neither_answered_nor_read(change.action), _("Check again before you do anything else.")
            )
            return "unknown", 502, _("We do not know yet"), text


def _deleted(change: Change) -> tuple[str, str]:
    text = _(
        "Provisioning through it has stopped: no token of it is let in any more. Its groups, users' registrations and "
        "role assignments are gone with it. Switch provisioning off in %(provider)s too.",
        provider=provider(change.subject.identity_provider).name,
    )
    return _("%(name)s was deleted", name=_name(change)), paragraph(_how_we_know(change), text)


def _created(change: Change) -> tuple[str, str]:
    title, how, name = actions.done(change.action), _how_we_know(change), _name(change)
    if change.new_token:
        idp = provider(change.subject.identity_provider).name
        text = _("%(name)s is there. Take its base URL and its token to %(provider)s now.", name=name, provider=idp)
        return title, text
    if change.connection is None:
        gone = _("That was at %(when)s. It is not there any more.", when=stamp(change.at))
        return title, paragraph(how, gone)
    text = _(
        "%(name)s is there, with ····%(token)s. Its token could be shown in the first answer alone. If nobody has it, "
        "start a rotation: that makes a new one.",
        name=name,
        token=change.connection.bearer_token_last_four,
    )
    return title, paragraph(how, text)


def _lost(change: Change) -> str:
    if change.connection is None:
        gone = _("That was at %(when)s. The connection is not there any more.", when=stamp(change.at))
        return paragraph(_how_we_know(change), gone)
    text = _(
        "%(name)s is there, with ····%(token)s, whose value stood in the answer that was lost. Start a rotation: that "
        "makes another token, and shows it to you.",
        name=_name(change),
        token=change.connection.bearer_token_last_four,
    )
    return paragraph(_how_we_know(change), text)


def _another(change: Change) -> tuple[str, str]:
    """Somebody else has created a connection, or all is not as the admin saw it."""
    there = _there(change.connection)
    if change.settled_later or isinstance(change.error, errors.OutcomeUnknown) or change.intent_id:
        how = _how_we_know(change) or _("Stytch's answer was lost, and we read again.")
        cant_be_told = _("Whether this was carried out or somebody else changed it can't be told.")
        text = paragraph(how, there, cant_be_told, _("Look before you go on."))
        return _("There is another connection now"), text
    if change.error:
        text = paragraph(_("Stytch refused yours, and nothing was changed by it."), there)
        return _("Somebody else created a connection meanwhile"), text
    nothing_sent = _("Nothing was sent to Stytch.")
    if change.connection is None:
        text = paragraph(nothing_sent, _("No connection is there now."))
        return _("It has changed since you opened this page"), text
    return _("There is a connection already"), paragraph(nothing_sent, there)


def _changed(change: Change, *, refused: bool) -> tuple[str, str]:
    """A connection that was to be deleted is not what the admin saw."""
    if change.connection is None:
        if change.error:
            text = _("Stytch refused this, as it had been deleted already, by somebody else. Its tokens with it.")
        else:
            text = _("Nothing was sent to Stytch. It had been deleted already, by somebody else. Its tokens with it.")
        return _("%(name)s is not there any more", name=_name(change)), text
    if change.connection.display_name:
        called = _("Now it is called “%(name)s”.", name=change.connection.display_name)
    else:
        called = _("Now it has no name.")
    text = paragraph(
        _("Nothing was deleted."),
        called,
        state(change.connection, refused=refused),
        _("Look at it again before you go on."),
    )
    return _("It has changed since you opened this page"), text


def _not_done(change: Change, *, refused: bool) -> tuple[str, int, str, str]:
    title = actions.was_not_done(change.action)
    if change.unread:
        text = _("Stytch refused it. Reading again failed: check again before you do anything else.")
        return "unknown", 409, title, text
    rest = paragraph(_("Nothing was changed."), _holds(change, refused=refused))
    if change.error:
        return why_not(change.error, rest, title, change.action)
    text = paragraph(_how_we_know(change), rest, _("You can try again."))
    return "problem", 200 if change.settled_later else 409, title, text


def _how_we_know(change: Change) -> str:
    if change.settled_later:
        return how_a_look_found_it(change.by.email, change.begun_at)
    if change.replayed:
        return _("This form was sent before, so nothing was done again.")
    if not change.error:
        return ""
    if change.outcome is Outcome.LOST:
        return _("Stytch's answer was lost, so we read again.")
    return _("Stytch's answer was lost, so we read again: it is done.")


def _name(change: Change) -> str:
    # Translators: stands in a sentence where else the name of a connection does, as what the sentence is about.
    return change.subject.display_name or _("The connection")


def _there(connection: Connection | None) -> str:
    if connection is None:
        return _("It is not there any more.")
    name, idp = connection.display_name, provider(connection.identity_provider).name
    if not name:
        return _(
            "A connection without a name is there, for %(provider)s; somebody else may have made it.", provider=idp
        )
    return _("%(name)s is there, for %(provider)s; somebody else may have made it.", name=name, provider=idp)


def _holds(change: Change, *, refused: bool) -> str:
    """What holds of a connection that was to be deleted; of one that is not there, nothing is to be said."""
    if change.action is ConnectionAction.CREATE or change.connection is None:
        return ""
    name, holds = change.subject.display_name, state(change.connection, refused=refused)
    if not name:
        # Translators: one or two whole sentences follow, such as “····urYB is the only token.” or “····urYB works. …”.
        return _("It is there as before: %(sentences)s", sentences=holds)
    # Translators: one or two whole sentences follow, such as “····urYB is the only token.” or “····urYB works. …”.
    return _("%(name)s is there as before: %(sentences)s", name=name, sentences=holds)
