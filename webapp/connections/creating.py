"""Creating a connection: the form, and the one answer that shows the new connection's token."""

from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may, names, notices, probe
from webapp.connections.notices import Notice
from webapp.connections.pages import bp, form_id, lacking, lifecycle, look_to_act, sent_before
from webapp.connections.providers import choices, provider
from webapp.history.events import AccessRefused
from webapp.rotation import NEW, Change, Outcome, Subject, Unread
from webapp.signin import guard, member, step_up
from webapp.stytch.errors import Forbidden
from webapp.web import htmx
from webapp.web.record import by, record

_log = structlog.get_logger()


@bp.get("/connections/new")
def new() -> AnyResponse:
    """The form; or, where there is a connection and can't be another, the way to it."""
    if not may.create():
        record(AccessRefused, "refused", what=request.endpoint or "")
        return lacking("create")
    view = look_to_act()
    context: dict[str, Any] = {"others": [each.connection_id for each in view.connections], "name": "", "chosen": ""}
    if pending := view.pending.get(NEW):
        return _page({"notice": notices.of_pending(pending, datetime.now(UTC)), "intent_id": pending.intent_id})
    if change := view.changes.get(NEW):
        context["notice"] = notices.of_change(change)
    if view.connections and not view.several:
        return _page({"exists": view.connections[0]})
    return _page(context)


@bp.post("/connections")
def create() -> AnyResponse:
    """Creates the connection; this answer alone holds its token."""
    name, chosen = " ".join(request.form.get("display_name", "").split()), request.form.get("identity_provider", "")
    others = tuple(each for each in request.form.get("others", "").split(",") if each)
    problems = _problems(name, chosen)
    if problems:
        given = {"name": request.form.get("display_name", ""), "chosen": chosen, "others": others}
        return _page({**given, "problems": problems}, 422)
    back_to = url_for("connections.new")
    not_yet = step_up.time_enough(back_to) or step_up.required(_("Create connection"), back_to)
    return not_yet or _create(Subject(display_name=name, identity_provider=chosen, others=others))


def _problems(name: str, chosen: str) -> dict[str, str]:
    """What is wrong with the fields, by their names."""
    problems = {}
    if problem := names.problem(name):
        problems["display_name"] = problem
    if chosen not in [each.value for each in choices()]:
        # Translators: “Another one” is the choice “Another one that speaks SCIM 2.0”
        problems["identity_provider"] = _(
            "Choose the one that will provision. “Another one” is right for any not listed."
        )
    return problems


def _create(subject: Subject) -> AnyResponse:
    step_up.forget_step()
    # Read first what the answer needs: once Stytch has acted, nothing may fail that could lose the token.
    may_update = may.update()
    try:
        change = lifecycle().create(by(), member.current().actor, subject, form_id())
    except Unread as first:
        return sent_before(first)
    except Forbidden:
        guard.require_live_session()
        raise
    _log.info(
        "connection_create",
        outcome=change.outcome,
        connection_id=change.connection_id,
        member_id=member.current().member_id,
        stytch_request_ids=change.request_ids,
    )
    if isinstance(change.error, Forbidden):
        guard.require_live_session()
    return _answer(change, may_update=may_update)


def _answer(change: Change, *, may_update: bool) -> AnyResponse:
    """The new connection with its token; else what came of it, with the card of what there is, or the form."""
    notice = notices.of_change(change)
    connection = change.connection
    if change.new_token and connection:
        context: dict[str, Any] = {
            "connection": connection,
            "provider": provider(connection.identity_provider),
            "new_token": change.new_token.get_secret_value(),
            "probed": probe.try_new(connection, change.new_token),
        }
    elif change.pending or change.outcome is Outcome.BUSY:
        context = {"intent_id": change.pending.intent_id if change.pending else None}
    elif connection:
        context = {"card": card.render(connection, may_update=may_update, notice=notice)}
    else:
        subject = change.subject
        others = subject.others if change.outcome is Outcome.NOT_DONE else ()
        context = {"others": others, "name": subject.display_name, "chosen": subject.identity_provider}
    return _page({**context, "notice": notice}, notice.status)


def _page(context: dict[str, Any], status: int = 200) -> Response:
    context = {"providers": choices(), "problems": {}, **context}
    notice: Notice | None = context.get("notice")
    if htmx.wants_fragment():
        response = htmx.fragment(render_template("connections/_creation_answer.html", **context), status)
    else:
        response = Response(render_template("connections/new.html", **context), status, mimetype="text/html")
    if notice and notice.retry_after:
        response.headers["Retry-After"] = str(notice.retry_after)
    return response
