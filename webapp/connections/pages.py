"""The list of SCIM connections, and each by itself."""

from flask import Blueprint, Response, abort, current_app, redirect, render_template, session, url_for

from webapp import rotation
from webapp.connections import card, notices
from webapp.signin import guard, member
from webapp.stytch import Stytch, errors
from webapp.stytch.models import Connection
from webapp.web import htmx

bp = Blueprint("connections", __name__)
bp.add_url_rule("/", "home", lambda: redirect(url_for("connections.index"), 303))
_NOTICE_KEY = "notice"


def stytch() -> Stytch:
    """The app's client for Stytch."""
    client: Stytch = current_app.extensions["stytch"]
    return client


@bp.get("/connections")
def index() -> str | tuple[str, int]:
    """The organization's connections; Stytch allows one today."""
    try:
        connection = stytch().get_scim_connection(member.current().actor).connection
    except errors.Forbidden as error:
        guard.require_live_session()
        return _forbidden(error)
    cards = [card.render(connection, may_update=card.may_update())] if connection else []
    return render_template("connections/index.html", cards=cards)


@bp.get("/connections/<connection_id>")
def show(connection_id: str) -> str | tuple[str, int] | Response:
    """One connection, with what came of the last action; for htmx its card, read anew."""
    try:
        connection = read(connection_id)
    except errors.Forbidden as error:
        return _forbidden(error)
    kept = session.pop(_NOTICE_KEY, None)
    notice = notices.unpacked(kept["notice"]) if kept and kept["connection_id"] == connection_id else None
    html = card.render(connection, may_update=card.may_update(), notice=notice)
    return htmx.fragment(html) if htmx.wants_fragment() else page(connection, html)


def _forbidden(error: errors.Forbidden) -> tuple[str, int]:
    return render_template("connections/forbidden.html", reference_id=error.request_id), 403


def read(connection_id: str) -> Connection:
    """The connection, or a 404 page. Raises a `StytchError`."""
    try:
        return rotation.read(stytch(), member.current().actor, connection_id)
    except rotation.ConnectionGone:
        abort(404, "connection_gone")
    except errors.Forbidden:
        guard.require_live_session()
        raise


def page(connection: Connection, html: str) -> str:
    """A connection's card on its page."""
    return render_template("connections/show.html", connection=connection, card=html)


def keep_notice(connection_id: str, notice: notices.Notice) -> None:
    """Keeps a notice for the next look at the connection: a plain form ends in a redirect."""
    session[_NOTICE_KEY] = {"connection_id": connection_id, "notice": notice.packed()}
