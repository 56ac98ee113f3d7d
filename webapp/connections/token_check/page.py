"""The token check: somebody pastes what the identity provider holds, and learns which token that is.

It is an oracle for tokens, though Stytch's own SCIM server is no other: so it is for those who may rotate, and counted.
The pasted text is tried, compared and forgotten: it is in no log, history, cookie, URL or answer.
"""

from datetime import UTC, datetime

from flask import Response, abort, current_app, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError

from webapp.connections import may, probe
from webapp.connections.pages import bp, lacking, look
from webapp.connections.providers import provider
from webapp.connections.token_check import pasted
from webapp.connections.token_check.pasted import Pasted
from webapp.connections.token_check.verdict import Ended, Known, Verdict, judge
from webapp.history import log, query
from webapp.history.database import Database
from webapp.history.events import AccessRefused, RotationCancel, RotationComplete, TokenCheck
from webapp.history.query import Filters
from webapp.rotation import View
from webapp.signin import guard, member
from webapp.stytch.errors import Forbidden, StytchError
from webapp.stytch.models import Connection
from webapp.stytch.scim_server import Elsewhere, ScimServers, can_be_sent
from webapp.web import htmx, limits
from webapp.web.record import record

SECONDS = 5.0
"""How long Stytch may take to say whether it accepts a token."""
_MOST = 200
"""Ends of earlier tokens that are looked at, the newest first."""


@bp.get("/connections/<connection_id>/token-check")
def token_check(connection_id: str) -> Response:
    """Where what the identity provider holds is pasted."""
    _view, connection = _look(connection_id)
    return _page(connection)


@bp.post("/connections/<connection_id>/token-check")
def check_token(connection_id: str) -> Response:
    """Says which token it is. The field comes back empty, whatever was in it."""
    given = pasted.read(request.form.get("pasted", ""))
    view, connection = _look(connection_id)
    if not given:
        return _page(connection, problem=_("Paste a token first."))
    limits.count("token check", member.current().member_id)
    tried = _tried(connection, given)
    verdict = judge(given, tried, connection, provider(connection.identity_provider), _known(view, connection, given))
    record(TokenCheck, verdict.outcome, connection_id=connection_id, last_four=verdict.last_four)
    return _page(connection, verdict)


def _look(connection_id: str) -> tuple[View, Connection]:
    """The organization's connections, and this one of them; or another page, where there is something else to say."""
    if not may.update():
        record(AccessRefused, "refused", what=request.endpoint)
        abort(lacking("update"))
    try:
        view = look(connection_id=connection_id)
    except Forbidden:
        guard.require_live_session()
        raise
    sight = view.of(connection_id) or abort(404, "connection_gone")
    if sight.settled:  # this look has found out what came of a change, which is told once
        abort(htmx.go(url_for("connections.show", connection_id=connection_id, outcome=sight.settled.intent_id)))
    return view, sight.connection


def _tried(connection: Connection, given: Pasted) -> str:
    if given.masked or given.address or not can_be_sent(given.token):
        return "unfit"
    servers: ScimServers = current_app.extensions["scim_servers"]
    try:
        return "accepted" if servers.accepts(connection, SecretStr(given.token), SECONDS) else "refused"
    except Elsewhere:
        return "elsewhere"
    except StytchError:
        return "no_answer"


def _known(view: View, connection: Connection, given: Pasted) -> Known:
    probes = {each.last_four: each for each in reversed(probe.of(connection))}
    others = {
        last_four: other.display_name or pgettext("in quotation marks", "another connection")
        for other in view.connections
        if other.connection_id != connection.connection_id
        for last_four in (other.bearer_token_last_four, other.next_bearer_token_last_four)
        if last_four
    }
    return Known(probes, _ended(connection, given.last_four), others)


def _ended(connection: Connection, last_four: str) -> Ended | None:
    """The newest of the connection's earlier tokens that ended so, if the history knows one."""
    database: Database = current_app.extensions["history"]
    about = Filters(connection.organization_id, connection_id=connection.connection_id)
    ends = query.each_of(about, [RotationComplete.type, RotationCancel.type], ["done"])
    try:
        with database.read() as reading:
            entries = [log.entry(row) for row in query.nearest(reading, ends, count=_MOST)]
    except SQLAlchemyError:
        return None
    for entry in entries:
        replaced = isinstance(entry.event, RotationComplete)
        if isinstance(entry.event, RotationComplete | RotationCancel):
            expected = entry.event.expected
            if last_four and last_four == (expected.current if replaced else expected.next):
                return Ended(last_four, entry.at, entry.event.by.email, replaced)
    return None


def _page(connection: Connection, verdict: Verdict | None = None, problem: str = "") -> Response:
    status = 422 if problem else 200
    context = {
        "connection": connection,
        "provider": provider(connection.identity_provider),
        "verdict": verdict,
        "problem": problem,
        "at": datetime.now(UTC),
    }
    if not htmx.wants_fragment():
        return Response(render_template("connections/token_check.html", **context), status, mimetype="text/html")
    return htmx.fragment(render_template("connections/_token_check_answer.html", **context), status)
