"""What is said of what came of an action on a rotation."""

from datetime import datetime

from flask_babel import gettext as _

from webapp.connections.notices import actions
from webapp.connections.notices.message import Notice
from webapp.connections.notices.pending import may_still_arrive, of_pending
from webapp.connections.notices.state import now, state
from webapp.connections.notices.why import how_a_look_found_it, why_not
from webapp.history.log import Entry
from webapp.rotation import Action, Outcome, Result, Seen, seen
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web.words import paragraph, stamp


def notice(
    result: Result, admin_saw: Seen, provider: str, last_change: Entry | None = None, *, refused: bool = False
) -> Notice:
    """The notice for a result.

    The identity provider is called `provider`; `last_change` is the last change of the connection that we know of;
    `refused` means that Stytch did not accept the new token when it was tried.
    """
    kind, status, title, text = _words(result, admin_saw, provider, last_change, refused=refused)
    if result.action is Action.RESTART:
        text = paragraph(_("The lost token was cancelled."), text)
    stopped, ends = "", None
    if result.outcome is Outcome.DONE and result.action is Action.COMPLETE:
        stopped, ends = result.before.bearer_token_last_four, result.before.bearer_token_expires_at
    if result.outcome is Outcome.DONE and result.action is Action.CANCEL:
        stopped, ends = result.before.next_bearer_token_last_four, result.before.next_bearer_token_expires_at
    if stopped in (result.connection.bearer_token_last_four, result.connection.next_bearer_token_last_four):
        stopped = ""
    stopped_at = None if result.settled_later else result.at
    wait = result.error.retry_after if isinstance(result.error, errors.RateLimited) else 0
    ids = " ".join(result.request_ids)
    stopped_new = result.action is Action.CANCEL
    until = min(result.at, ends) if ends else result.at
    by = result.by.email
    return Notice(kind, title, text, result.at, ids, stopped, stopped_at, stopped_new, by, status, wait, until)


def nothing_to_review(connection: Connection, at: datetime) -> Notice:
    """The notice for a review of a rotation that is not open."""
    text = paragraph(_("It was completed or cancelled meanwhile."), state(connection))
    return Notice("problem", _("No rotation is open"), text, at, status=409)


def of_half_gone(at: datetime) -> Notice:
    """The notice for a connection that was not there any more between cancelling and starting again."""
    text = _(
        "The open rotation was cancelled. Then the connection was not there any more: somebody has deleted it, and its "
        "tokens with it."
    )
    return Notice("problem", _("Your organization has no such connection"), text, at, status=404)


def _words(
    result: Result, admin_saw: Seen, provider: str, last_change: Entry | None, *, refused: bool
) -> tuple[str, int, str, str]:
    """Kind, HTTP status, title and text."""
    holds = state(result.connection, refused=refused)
    match result.outcome:
        case Outcome.DONE:
            text = paragraph(_how_we_know(result), _done(result, provider, holds, refused=refused))
            return "done", 200, actions.done(result.action), text
        case Outcome.NOT_DONE:
            return _not_done(result, holds)
        case Outcome.CHANGED:
            return "problem", 409, *_changed(result, admin_saw, last_change, holds)
        case Outcome.LOST:
            status = 409 if result.since_changed else 200 if result.settled_later else 502
            return "problem", status, _("A new token was made, but it could not be shown"), _lost(result, holds)
        case Outcome.NOT_YET:
            return "unknown", 502, *_not_yet(result, holds)
        case Outcome.UNKNOWN:
            text = paragraph(
                actions.neither_answered_nor_read(result.action), _("Check again before you do anything else.")
            )
            return "unknown", 502, _("We do not know yet"), text
        case Outcome.BUSY:
            waiting = of_pending(result.pending, result.at) if result.pending else None
            text = paragraph(_nothing_sent(result), waiting.text if waiting else _("Check again in a moment."))
            return "unknown", 409, waiting.title if waiting else _("Another change is under way"), text


def _how_we_know(result: Result) -> str:
    if result.settled_later:
        return how_a_look_found_it(result.by.email, result.begun_at)
    if result.replayed:
        return _("This form was sent before, so nothing was done again.")
    return _("Stytch's answer was lost, so we read the connection again: it is done.") if result.error else ""


def _since(result: Result, holds: str) -> str:
    """What has been since an outcome that is told later."""
    is_now = of_pending(result.pending, result.at).text if result.pending else now(holds)
    return paragraph(_("That was at %(when)s.", when=stamp(result.at)), is_now)


def _nothing_sent(result: Result) -> str:
    if result.action is Action.RESTART:
        return _("No new one was asked for.")
    return _("Nothing was sent to Stytch.")


def _done(result: Result, provider: str, holds: str, *, refused: bool) -> str:
    before, after = seen(result.before), seen(result.connection)
    if result.since_changed or (result.action in (Action.COMPLETE, Action.CANCEL) and after.next):
        return _since(result, holds)
    match result.action:
        case Action.COMPLETE:
            return _(
                "····%(new)s is the only token that works; ····%(old)s stopped. "
                "From now on %(provider)s can't provision unless it uses ····%(new)s.",
                new=before.next,
                old=before.current,
                provider=provider,
            )
        case Action.CANCEL:
            return _(
                "····%(new)s stopped working. ····%(current)s works as before.", new=before.next, current=before.current
            )
    if refused:
        both = _("····%(new)s is there beside ····%(current)s.", new=after.next, current=after.current)
    else:
        both = _("····%(new)s works beside ····%(current)s.", new=after.next, current=after.current)
    if result.new_token:
        return paragraph(both, _("It is shown this once: copy it into %(provider)s now.", provider=provider))
    once = _("It could be shown in the first answer alone. If nobody has it, cancel and start again.")
    return paragraph(both, once)


def _lost(result: Result, holds: str) -> str:
    how = _how_we_know(result) if result.settled_later or result.replayed else ""
    if result.since_changed:
        return paragraph(how, _since(result, holds))
    text = _(
        "There is ····%(new)s now, but Stytch's answer, which would have shown it, was lost: this console has shown it "
        "to nobody. ····%(current)s works as before. Cancel and start again to get another, unless somebody started "
        "this in Stytch's dashboard and has it.",
        new=result.connection.next_bearer_token_last_four,
        current=result.connection.bearer_token_last_four,
    )
    return paragraph(how, text)


def _not_yet(result: Result, holds: str) -> tuple[str, str]:
    no_answer, wait = _("Stytch did not answer."), may_still_arrive(result.pending)
    if result.pending and result.pending.found is Outcome.CHANGED:
        changed = _(
            "We read the connection again, and it has changed: whether this was carried out or somebody else changed "
            "it can't be told."
        )
        return _("We do not know yet"), paragraph(no_answer, changed, holds, wait)
    text = paragraph(no_answer, actions.read_not_done(result.action), holds, wait)
    return actions.not_so_far(result.action), text


def _changed(result: Result, admin_saw: Seen, last_change: Entry | None, holds: str) -> tuple[str, str]:
    if last_change:
        who = _last_changed_by(last_change)
    else:
        who = _("Somebody else may be at work on it, here or in Stytch's dashboard.")
    if result.intent_id:
        cant_be_told = _("Whether this was carried out or somebody else changed it can't be told.")
        text = paragraph(_how_we_know(result), cant_be_told, now(holds), who)
        return _("It has changed meanwhile"), text
    if result.error is None:
        if admin_saw.next:
            saw = _(
                "You were looking at ····%(current)s and ····%(new)s.", current=admin_saw.current, new=admin_saw.next
            )
        else:
            saw = _("You were looking at ····%(current)s alone.", current=admin_saw.current)
        text = paragraph(_nothing_sent(result), saw, now(holds), who)
        return _("It has changed since you opened this page"), text
    if isinstance(result.error, errors.OutcomeUnknown):
        why = _("Stytch's answer was lost, and the connection has changed.")
    else:
        why = _("Stytch refused this, and the connection has changed.")
    return _("It has changed meanwhile"), paragraph(why, now(holds), who, _("Look before you go on."))


def _last_changed_by(last_change: Entry) -> str:
    """Who changed the rotation last, by the type of the event that tells of it."""
    return {
        "rotation.start": _(
            "The last change here that we know of was by %(who)s (start rotation, %(when)s).",
        ),
        "rotation.complete": _(
            "The last change here that we know of was by %(who)s (complete rotation, %(when)s).",
        ),
        "rotation.cancel": _(
            "The last change here that we know of was by %(who)s (cancel rotation, %(when)s).",
        ),
    }[last_change.event.type] % {"who": last_change.event.by.email, "when": stamp(last_change.at)}


def _not_done(result: Result, holds: str) -> tuple[str, int, str, str]:
    title = actions.was_not_done(result.action)
    if result.unread and result.action is Action.RESTART:
        return "problem", 502, _("No new token was made"), _half_done(result, holds)
    if result.unread:
        text = _("Stytch refused it. Reading the connection again failed: check again before you do anything else.")
        return "unknown", 409, title, text
    rest = _still(result, holds)
    if result.error:
        return why_not(result.error, rest, title, "update")
    text = paragraph(_how_we_know(result), rest, _("You can try again."))
    return "problem", 200 if result.settled_later else 409, title, text


def _still(result: Result, holds: str) -> str:
    """What holds where nothing was done."""
    if result.since_changed:
        return paragraph(_("It changed nothing."), _since(result, holds))
    if result.action is Action.RESTART:
        # Translators: one or two whole sentences follow, such as “····urYB is the only token.” or “····urYB works. …”.
        none = _("No new one was made: %(sentences)s", sentences=holds)
        return paragraph(none, _("You can start the rotation when you like."))
    # Translators: one or two whole sentences follow, such as “····urYB is the only token.” or “····urYB works. …”.
    return _("Nothing was changed: %(sentences)s", sentences=holds)


def _half_done(result: Result, holds: str) -> str:
    """Of starting again, the cancel alone."""
    if isinstance(result.error, errors.Refused):
        why = _("Stytch refused the second half, so no new token was made.")
    elif result.error:
        why = _("Stytch could not be reached for the second half, so no new token was asked for.")
    else:
        why = _("This console's history could not be reached for the second half, so no new token was asked for.")
    return paragraph(why, holds, _("You can start the rotation when you like."))
