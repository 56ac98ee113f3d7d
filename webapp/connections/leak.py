"""A token that got into the wrong hands: its report, by which the card leads the shortest safe way to its end."""

from datetime import UTC, datetime

from flask import Response, current_app, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may
from webapp.connections.pages import alone, bp, lacking
from webapp.connections.providers import provider
from webapp.history.database import Database
from webapp.history.events import AccessRefused
from webapp.rotation import leaks
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.record import by, record


@bp.get("/connections/<connection_id>/leak")
def leak(connection_id: str) -> AnyResponse:
    """What a leaked token means, in which order it is replaced, and the form to report it."""
    connection = alone(connection_id)
    return _form(connection) if may.update() else _refused()


@bp.post("/connections/<connection_id>/leak")
def report_leak(connection_id: str) -> AnyResponse:
    """Writes the report down; from there the connection's card leads on."""
    connection = alone(connection_id)
    if not may.update():
        return _refused()
    given = {each for each in request.form.getlist("token") if each}
    if not given:
        return _form(connection, "Say which token leaked. If you don't know, tick both.")
    if not given <= {connection.bearer_token_last_four, connection.next_bearer_token_last_four}:
        return _form(connection, "The tokens have changed since you opened this page, and nothing was reported.", 409)
    leaks.report(_database(), by(), connection, given, datetime.now(UTC))
    return htmx.go(url_for("connections.show", connection_id=connection_id))


@bp.post("/connections/<connection_id>/leak/withdraw")
def withdraw_leak(connection_id: str) -> AnyResponse:
    """Takes a report back; the history keeps both."""
    connection = alone(connection_id)
    if not may.update():
        return _refused()
    reported = card.leak_of(connection)
    if reported:
        leaks.withdraw(_database(), by(), connection, reported, datetime.now(UTC))
    return htmx.go(url_for("connections.show", connection_id=connection_id))


def _form(connection: Connection, problem: str = "", status: int = 422) -> AnyResponse:
    html = render_template(
        "connections/leak.html",
        connection=connection,
        provider=provider(connection.identity_provider),
        leak=card.leak_of(connection),
        chosen=request.form.getlist("token"),
        problem=problem,
    )
    return Response(html, status if problem else 200, mimetype="text/html")


def _refused() -> Response:
    record(AccessRefused, "refused", what=request.endpoint or "")
    return lacking("update")


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database
