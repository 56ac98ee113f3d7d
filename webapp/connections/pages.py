"""The list of SCIM connections, and each by itself."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from markupsafe import Markup

from webapp.connections import card, notices
from webapp.connections.providers import provider
from webapp.history.events import AccessRefused
from webapp.rotation import Result, Rotations, View, seen
from webapp.signin import guard, member
from webapp.stytch import errors
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.errors import answer, problem_of
from webapp.web.record import record

bp = Blueprint("connections", __name__)
bp.add_url_rule("/", "home", lambda: redirect(url_for("connections.index"), 303))


@bp.app_template_global()
def new_intent() -> str:
    """An id for a form, by which it is known when it comes twice."""
    return str(uuid.uuid4())


def rotations() -> Rotations:
    """The app's rotations."""
    service: Rotations = current_app.extensions["rotations"]
    return service


@bp.get("/connections")
def index() -> str | tuple[str, int] | Response:
    """The organization's connections; Stytch allows one today."""
    try:
        view = rotations().look(member.current().actor)
    except errors.Forbidden as error:
        return _forbidden(error)
    cards = [_card(view.connection, view)] if view.connection else []
    return render_template("connections/index.html", cards=cards)


@bp.get("/connections/<connection_id>")
def show(connection_id: str) -> str | tuple[str, int] | Response:
    """One connection, with what came of the last action; for htmx its card, read anew."""
    try:
        view = rotations().look(member.current().actor)
    except errors.Forbidden as error:
        return _forbidden(error)
    connection = _of_that_id(view, connection_id)
    html = _card(connection, view, request.args.get("outcome", ""))
    return htmx.fragment(html) if htmx.wants_fragment() else page(connection, html)


def _card(connection: Connection, view: View, intent_id: str = "") -> Markup:
    """The card, with what this look found out about a change, else with what came of the intent."""
    notice = None
    if view.pending:
        notice = notices.of_pending(view.pending, datetime.now(UTC))
    elif view.settled:
        notice = _notice(view.settled, connection)
    elif told := rotations().outcome_of(intent_id, connection):
        notice = _notice(told, connection)
    return card.render(connection, may_update=card.may_update(), notice=notice, pending=view.pending)


def _notice(result: Result, connection: Connection) -> notices.Notice:
    name = provider(connection.identity_provider).name
    return notices.notice(result, seen(result.before), name, rotations().last_change(connection))


def _forbidden(error: errors.Forbidden) -> tuple[str, int] | Response:
    guard.require_live_session()
    record(AccessRefused, "refused", request_id=error.request_id, what="connections")
    if htmx.wants_fragment():
        return answer(replace(problem_of(error), title="You can't see SCIM connections"))
    return render_template("connections/forbidden.html", reference_id=error.request_id), 403


def read(connection_id: str) -> View:
    """The connection, with what is pending about it, or a 404 page. Raises a `StytchError`."""
    try:
        view = rotations().look(member.current().actor)
    except errors.Forbidden:
        guard.require_live_session()
        raise
    _of_that_id(view, connection_id)
    return view


def _of_that_id(view: View, connection_id: str) -> Connection:
    if view.connection is None or view.connection.connection_id != connection_id:
        abort(404, "connection_gone")
    return view.connection


def page(connection: Connection, html: str) -> str:
    """A connection's card on its page."""
    return render_template("connections/show.html", connection=connection, card=html)
