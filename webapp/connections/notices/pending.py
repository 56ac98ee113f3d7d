"""What is said of a change whose outcome is not known, and of what can't be read now."""

from datetime import datetime

from flask_babel import gettext as _

from webapp.connections.notices import actions
from webapp.connections.notices.message import Notice
from webapp.history.intents import Intent
from webapp.rotation import Action, ConnectionAction, Outcome, Pending
from webapp.web.words import paragraph, stamp


def of_pending(pending: Pending, at: datetime) -> Notice:
    """The notice for a change whose outcome nobody knows yet."""
    who = pending.by.email
    if pending.until is None:
        text = _("It is under way right now, so nothing else can be done. Check again in a moment.")
        return Notice("unknown", actions.under_way(pending.action, who=who), text, at)
    text = paragraph(
        actions.no_answer(pending.action, who=who, when=stamp(pending.since)),
        _found_so_far(pending, stamp(pending.until)),
        _("Until then nothing else can be done here; then check again."),
    )
    return Notice("unknown", _("We do not know yet"), text, at)


def of_unread(pending: Pending, at: datetime) -> Notice:
    """The notice for a change whose outcome is not known, when the connections can't be read either."""
    if isinstance(pending.action, Action):
        unread = _("The connection could not be read just now, so which token works can't be told.")
    else:
        unread = _("The connection could not be read just now, so whether it is there can't be told.")
    text = paragraph(
        actions.left_open(pending.action, who=pending.by.email, when=stamp(pending.since)),
        unread,
        _("Check again in a moment."),
    )
    return Notice("unknown", _("We still do not know"), text, at)


def of_sent_before(firsts: tuple[Intent, ...], at: datetime) -> Notice:
    """The notice for a form whose first sending is known, when the connection can't be read now."""
    only = firsts[0] if len(firsts) == 1 else None
    done = only is not None and only.settled_at is not None and only.outcome == Outcome.DONE
    title = actions.was_done(only.action) if only and done else _("This was sent before")
    text = paragraph(
        _("Nothing was done again."),
        *(_at_first(first) for first in firsts),
        _("What holds now could not be read: look again in a moment."),
    )
    return Notice("unknown", title, text, at, status=502)


def may_still_arrive(pending: Pending | None) -> str:
    """That the request may still arrive at Stytch, where a look has found nothing done."""
    if pending is None or pending.until is None:
        return _("The request may still arrive there; check again then, before anything else is done.")
    return _(
        "The request may still arrive there until %(until)s; check again then, before anything else is done.",
        until=stamp(pending.until),
    )


def _found_so_far(pending: Pending, until: str) -> str:
    """What a read has shown, and until when the request may still arrive."""
    if pending.found is Outcome.NOT_DONE:
        return _("It has not happened so far, but the request may still arrive until %(until)s.", until=until)
    if pending.found is not Outcome.CHANGED:
        return _("Whether it has happened is not known, and the request may still arrive until %(until)s.", until=until)
    if pending.action is ConnectionAction.CREATE:
        changed = _(
            "There is another one since: whether this was carried out or somebody else changed it can't be told."
        )
    else:
        changed = _(
            "The connection has changed since: whether this was carried out or somebody else changed it can't be told."
        )
    return paragraph(changed, _("The request may still arrive until %(until)s.", until=until))


def _at_first(first: Intent) -> str:
    """What came of a form's first sending."""
    if first.settled_at is None:
        return actions.not_known_yet(first.action)
    when = stamp(first.settled_at)
    match first.outcome:
        case Outcome.DONE:
            return actions.was_done_at(first.action, when=when)
        case Outcome.LOST:
            return _("A new token was made, as was known at %(when)s, but it could not be shown.", when=when)
        case Outcome.NOT_DONE:
            return actions.was_not_done_by(first.action, when=when)
        case Outcome.CHANGED:
            return _(
                "At %(when)s the connection had changed: whether this was carried out or somebody else changed it "
                "can't be told.",
                when=when,
            )
    return actions.never_known(first.action)
