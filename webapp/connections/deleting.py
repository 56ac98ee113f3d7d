"""Deleting a connection: what goes with it, the typed confirmation, and what came of it."""

from typing import Any

import structlog
from flask import Response, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may, names, notices, probe
from webapp.connections.notices import Notice
from webapp.connections.pages import bp, form_id, gone, lacking, lifecycle, read, rotations, sent_before
from webapp.connections.providers import provider
from webapp.history.events import AccessRefused
from webapp.rotation import Change, Outcome, Seen, Subject, Unread
from webapp.signin import guard, member, step_up
from webapp.stytch import Stytch
from webapp.stytch.errors import Forbidden, StytchError
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.record import by, record
from webapp.web.words import number

MOST_GROUPS = 1000
"""So many groups are counted: what one call gives (`stytch-api.md §2.1`)."""

_log = structlog.get_logger()


@bp.get("/connections/<connection_id>/delete")
def review_delete(connection_id: str) -> AnyResponse:
    """What deleting means, before it is done."""
    return _review(connection_id)


@bp.post("/connections/<connection_id>/delete")
def delete(connection_id: str) -> AnyResponse:
    """Deletes the connection for good."""
    name = request.form.get("display_name", "")
    word = _word(name)
    # However it is typed: case and white space do not matter.
    if names.seen(request.form.get("confirmation", "")).casefold() != word.casefold():
        return _review(connection_id, _("Type %(word)s here to delete it. Nothing was deleted.", word=word))
    back_to = url_for("connections.review_delete", connection_id=connection_id)
    not_yet = step_up.required(_("Delete connection"), back_to)
    subject = Subject(display_name=name, identity_provider=request.form.get("identity_provider", ""))
    return not_yet or _delete(connection_id, subject)


def _review(connection_id: str, problem: str = "") -> AnyResponse:
    if not may.delete():
        record(AccessRefused, "refused", what=request.endpoint or "")
        return lacking("delete")
    sight = read(connection_id)
    if sight.pending or sight.settled or sight.change:
        found = sight.settled or sight.change
        outcome = found.intent_id if found else None
        return htmx.go(url_for("connections.show", connection_id=connection_id, outcome=outcome))
    return _page(_form(sight.connection, problem=problem), 422 if problem else 200)


def _delete(connection_id: str, subject: Subject) -> AnyResponse:
    step_up.forget_step()
    saw = Seen(request.form.get("current_last_four", ""), request.form.get("next_last_four", ""))
    may_update, intent_id = may.update(), form_id()
    try:
        change = lifecycle().delete(by(), member.current().actor, connection_id, subject, saw, intent_id)
    except Unread as first:
        return sent_before(first)
    except Forbidden:
        guard.require_live_session()
        raise
    _log.info(
        "connection_delete",
        outcome=change.outcome,
        connection_id=connection_id,
        member_id=member.current().member_id,
        stytch_request_ids=change.request_ids,
    )
    if isinstance(change.error, Forbidden):
        guard.require_live_session()
    if change.outcome is Outcome.DONE:
        return htmx.go(url_for("connections.index", outcome=intent_id))
    if change.connection is None and lifecycle().deleted(change.by.organization_id, connection_id):
        return gone(connection_id)
    return _answer(change, may_update=may_update)


def _answer(change: Change, *, may_update: bool) -> AnyResponse:
    """What came of it: the connection as it is, to be looked at again, or waited for; or that it is gone."""
    connection = change.connection
    notice = notices.of_change(change, refused=connection is not None and probe.new_was_refused(connection))
    if connection and (change.pending or change.outcome is Outcome.BUSY):
        html = card.render(connection, may_update=may_update, notice=notice, pending=change.pending)
        return _page({"connection": connection, "card": html}, notice.status, notice)
    form = _form(connection) if connection else {}
    return _page({**form, "notice": notice}, notice.status, notice)


def _form(connection: Connection, *, problem: str = "") -> dict[str, Any]:
    return {
        "connection": connection,
        "provider": provider(connection.identity_provider),
        "groups": _groups(connection.connection_id),
        "started": rotations().started(connection) if connection.rotating else None,
        "word": _word(connection.display_name),
        "typed": request.form.get("confirmation", "") if problem else "",
        "problem": problem,
    }


def _word(name: str) -> str:
    """What is to be typed: the name as it can be seen, or a word where there is none."""
    # Translators: typed by who confirms that a connection without a name is to be deleted
    return names.seen(name) or pgettext("typed", "delete")


def _groups(connection_id: str) -> str:
    """How many groups there are, in words; empty when they can't be counted now."""
    stytch: Stytch = current_app.extensions["stytch"]
    try:
        answer = stytch.get_groups(member.current().actor, connection_id, limit=MOST_GROUPS)
    except StytchError:
        return ""
    if answer.next_cursor:
        return _("more than %(count)s", count=number(MOST_GROUPS))
    return number(len(answer.scim_groups))


def _page(context: dict[str, Any], status: int = 200, notice: Notice | None = None) -> Response:
    if htmx.wants_fragment():
        context = {"notice": notice, **context}
        response = htmx.fragment(render_template("connections/_deletion_answer.html", **context), status)
    else:
        response = Response(render_template("connections/delete.html", **context), status, mimetype="text/html")
    if notice and notice.retry_after:
        response.headers["Retry-After"] = str(notice.retry_after)
    return response
