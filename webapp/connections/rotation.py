"""The rotation buttons: start, complete, cancel, and start again. Each is a plain form, and the same form by htmx."""

from datetime import UTC, datetime
from typing import Protocol

import structlog
from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may, notices, probe
from webapp.connections.pages import bp, form_id, gone, lacking, page, read, rotations, sent_before
from webapp.connections.providers import provider
from webapp.history.events import AccessRefused, By
from webapp.rotation import Action, ConnectionGone, Outcome, Result, Seen, Sight, Unread
from webapp.signin import guard, member, step_up
from webapp.stytch import Actor
from webapp.stytch.errors import Forbidden
from webapp.web import htmx
from webapp.web.errors import Problem, answer
from webapp.web.record import by, record

_log = structlog.get_logger()


@bp.post("/connections/<connection_id>/rotation/start")
def start(connection_id: str) -> AnyResponse:
    """Starts a rotation; this answer alone holds the new token."""
    back_to = url_for("connections.show", connection_id=connection_id)
    not_yet = step_up.time_enough(back_to) or step_up.required(_("Start rotation"), back_to)
    return not_yet or _do(rotations().start, connection_id)


@bp.post("/connections/<connection_id>/rotation/restart")
def restart(connection_id: str) -> AnyResponse:
    """Cancels a rotation whose new token is lost, and starts another."""
    back_to = url_for("connections.show", connection_id=connection_id)
    not_yet = step_up.time_enough(back_to) or step_up.required(_("Cancel and start again"), back_to)
    return not_yet or _do(rotations().restart, connection_id)


@bp.get("/connections/<connection_id>/rotation/start")
@bp.get("/connections/<connection_id>/rotation/restart")
def back(connection_id: str) -> AnyResponse:
    """The address of a page that showed a token, opened again: it shows the connection."""
    return redirect(url_for("connections.show", connection_id=connection_id), 303)


@bp.get("/connections/<connection_id>/rotation/complete")
def review_complete(connection_id: str) -> AnyResponse:
    """What completing means, before it is done."""
    return _review(Action.COMPLETE, connection_id)


@bp.post("/connections/<connection_id>/rotation/complete")
def complete(connection_id: str) -> AnyResponse:
    """Makes the new token the only one."""
    if not request.form.get("confirmed"):
        return _review(Action.COMPLETE, connection_id, _("Tick this first: without it, provisioning would stop."))
    current = request.form.get("current_last_four", "")[:4]
    button = _("Complete: switch off ····%(token)s", token=current)
    not_yet = step_up.required(button, url_for("connections.review_complete", connection_id=connection_id))
    return not_yet or _do(rotations().complete, connection_id)


@bp.get("/connections/<connection_id>/rotation/cancel")
def review_cancel(connection_id: str) -> AnyResponse:
    """What cancelling means, before it is done."""
    return _review(Action.CANCEL, connection_id)


@bp.post("/connections/<connection_id>/rotation/cancel")
def cancel(connection_id: str) -> AnyResponse:
    """Drops the new token."""
    return _do(rotations().cancel, connection_id)


class _Act(Protocol):
    def __call__(self, by: By, actor: Actor, connection_id: str, admin_saw: Seen, intent_id: str, /) -> Result: ...


def _do(act: _Act, connection_id: str) -> AnyResponse:
    step_up.forget_step()
    intent_id = form_id()
    saw = Seen(request.form.get("current_last_four", ""), request.form.get("next_last_four", ""))
    # Read first what the answer needs: once Stytch has acted, nothing may fail that could lose a new token.
    may_update = may.update()
    try:
        result = act(by(), member.current().actor, connection_id, saw, intent_id)
    except ConnectionGone:
        return gone(connection_id)
    except Unread as first:
        return sent_before(first)
    except Forbidden:
        guard.require_live_session()
        raise
    _log.info(
        "rotation",
        action=result.action,
        outcome=result.outcome,
        connection_id=connection_id,
        member_id=member.current().member_id,
        stytch_request_ids=result.request_ids,
    )
    if isinstance(result.error, Forbidden) and result.action is not Action.RESTART:  # half of that is done, and is told
        guard.require_live_session()
    if result.gone:
        half = notices.of_half_gone(result.at)
        return answer(Problem(half.status, half.title, half.text))
    change = rotations().last_change(result.connection) if result.outcome is Outcome.CHANGED else None
    connection, token = result.connection, result.new_token
    probed = probe.try_new(connection, token) if token else probe.of_new(connection)
    name = provider(result.connection.identity_provider).name
    notice = notices.notice(result, saw, name, change, refused=probe.was_refused(probed))
    answered = result.outcome is Outcome.DONE and not (result.new_token or result.error or result.pending)
    if answered and not htmx.wants_fragment():
        return redirect(url_for("connections.show", connection_id=connection_id, outcome=intent_id), 303)
    html = card.render(
        result.connection,
        may_update=may_update,
        notice=notice,
        new_token=result.new_token,
        pending=result.pending,
        probed=probed,
    )
    if htmx.wants_fragment():
        swapped = render_template("connections/_card_answer.html", card=html, kind=notice.kind, said=notice.said)
        response = htmx.fragment(swapped, notice.status)
    else:
        response = Response(page(result.connection, html), notice.status, mimetype="text/html")
    if notice.retry_after:
        response.headers["Retry-After"] = str(notice.retry_after)
    return response


def _review(action: Action, connection_id: str, problem: str = "") -> AnyResponse:
    may_update = may.update()
    sight = read(connection_id)
    connection = sight.connection
    if not may_update:
        record(AccessRefused, "refused", what=request.endpoint)
        return lacking("update")
    if not connection.rotating or sight.pending or sight.settled:
        return _nothing_to_review(sight)
    context = {
        "action": action.value,
        "connection": connection,
        "provider": provider(connection.identity_provider),
        "problem": problem,
        "started": (started := rotations().started(connection)),
        "shown": card.shown(started),
        "current_ended": notices.current_ended(connection),
        "leak": card.leak_of(connection),
    }
    status = 422 if problem else 200
    if htmx.wants_fragment():
        response = htmx.fragment(render_template("connections/_review.html", **context), status)
        response.headers.update({"HX-Retarget": f"#review-{action}-{connection_id}", "HX-Reswap": "outerHTML"})
        return response
    return Response(render_template("connections/review.html", **context), status, mimetype="text/html")


def _nothing_to_review(sight: Sight) -> AnyResponse:
    """The connection's page, with why there is nothing to review."""
    connection = sight.connection
    if sight.pending or sight.settled or htmx.is_htmx():
        settled = sight.settled.intent_id if sight.settled else None
        return htmx.go(url_for("connections.show", connection_id=connection.connection_id, outcome=settled))
    notice = notices.nothing_to_review(connection, datetime.now(UTC))
    html = card.render(connection, may_update=True, notice=notice)
    return Response(page(connection, html), notice.status, mimetype="text/html")
