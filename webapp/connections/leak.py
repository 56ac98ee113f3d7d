"""A token that got into the wrong hands: its report, by which the card leads the shortest safe way to its end."""

from datetime import UTC, datetime

from flask import Response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import card, may
from webapp.connections.notices import Notice
from webapp.connections.pages import alone, bp, history, lacking, page
from webapp.connections.providers import provider
from webapp.history.events import AccessRefused
from webapp.history.log import Entry
from webapp.rotation import leaks
from webapp.stytch.models import Connection
from webapp.web import htmx
from webapp.web.record import by, record
from webapp.web.words import stamp


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
        return _form(connection, _("Say which token leaked. If you don't know, tick both."))
    if not given <= {connection.bearer_token_last_four, connection.next_bearer_token_last_four}:
        problem = _("The tokens have changed since you opened this page, and nothing was reported.")
        return _form(connection, problem, 409)
    leaks.report(history(), by(), connection, given, datetime.now(UTC))
    return htmx.go(url_for("connections.show", connection_id=connection_id))


@bp.post("/connections/<connection_id>/leak/withdraw")
def withdraw_leak(connection_id: str) -> AnyResponse:
    """Takes a report back; the history keeps both."""
    connection = alone(connection_id)
    if not may.update():
        return _refused()
    reported = card.leak_of(connection)
    if reported and request.form.get("report") != str(reported.last.sequence):
        return _reported_again(connection, reported.last)
    if reported:
        leaks.withdraw(history(), by(), connection, reported, datetime.now(UTC))
    return htmx.go(url_for("connections.show", connection_id=connection_id))


def _reported_again(connection: Connection, last: Entry) -> AnyResponse:
    """The connection's page, where somebody has reported more than the admin was looking at."""
    title = _("It was reported again since you opened this page")
    text = _(
        "Nothing was taken back: %(who)s has reported it at %(when)s. Look before you go on.",
        who=last.event.by.email,
        when=stamp(last.at),
    )
    notice = Notice("problem", title, text, datetime.now(UTC), status=409)
    html = card.render(connection, may_update=True, notice=notice)
    return Response(page(connection, html), notice.status, mimetype="text/html")


def _form(connection: Connection, problem: str = "", status: int = 422) -> AnyResponse:
    html = render_template(
        "connections/leak.html",
        connection=connection,
        provider=provider(connection.identity_provider),
        chosen=request.form.getlist("token"),
        problem=problem,
    )
    return Response(html, status if problem else 200, mimetype="text/html")


def _refused() -> Response:
    record(AccessRefused, "refused", what=request.endpoint or "")
    return lacking("update")
