"""The history's pages: the list with its filters, the exports, and the evidence sheet of a rotation."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.history import evidence, exports, log, query, words
from webapp.history.database import Database
from webapp.history.events import KINDS, AccessRefused
from webapp.history.query import Filters
from webapp.signin import member
from webapp.signin.permissions import Permissions
from webapp.web import htmx
from webapp.web.record import record

bp = Blueprint("history", __name__)
bp.add_app_template_filter(words.outcome)
bp.add_app_template_filter(words.person)

_MAX_SEQUENCE = 2**63 - 1


@bp.before_request
def require_permission() -> tuple[str, int] | None:
    """The history is for members who may see the connections. Raises a `StytchError` when the policy can't be read."""
    permissions: Permissions = current_app.extensions["permissions"]
    if permissions.allowed(member.current(), "stytch.scim", "get"):
        return None
    record(AccessRefused, "refused", what="history")
    if htmx.wants_fragment():
        abort(403)
    return render_template("history/forbidden.html"), 403


@bp.get("/history")
def index() -> str | Response:
    """What was done, newest first, a page at a time; for htmx the list alone."""
    filters = _filters()
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before <= _MAX_SEQUENCE:
        abort(422)
    page = query.page(_database(), filters, before)
    chosen = _chosen(filters)
    context = {
        "entries": [log.entry(row) for row in page.rows],
        "older": page.before and url_for("history.index", **chosen, before=page.before),
        "newest": before and url_for("history.index", **chosen),
        "chosen": chosen,
        "actions": words.actions(),
        "title": words.how_many(len(page.rows), older=bool(before), more=bool(page.before)),
        "focus": before and htmx.wants_fragment(),  # the link that was pressed is gone
    }
    if htmx.wants_fragment():
        response = htmx.fragment(render_template("history/_events_answer.html", **context))
        response.headers["HX-Push-Url"] = url_for("history.index", **chosen, before=before)
        return response
    return render_template("history/index.html", **context, choices=_choices(filters.organization_id))


@bp.get("/history.csv")
def as_csv() -> Response:
    """The events of the filters as a CSV file."""
    return _export(exports.as_csv, "text/csv; charset=utf-8", "csv")


@bp.get("/history.json")
def as_json() -> Response:
    """The events of the filters as a JSON file."""
    return _export(exports.as_json, "application/json", "json")


@bp.get("/history/rotations/<int:sequence>")
def rotation(sequence: int) -> str | AnyResponse:
    """The evidence sheet of the rotation to which that event belongs."""
    if sequence > _MAX_SEQUENCE:
        abort(404)
    found = evidence.find(_database(), member.current().organization_id, sequence)
    if found is None:
        abort(404)
    return render_template("history/evidence.html", rotation=found, actions=words.actions(), now=datetime.now(UTC))


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database


def _filters() -> Filters:
    """The filters of the query string, for the member's own organization; a 422 page if one can't be read."""
    if any("\0" in value for value in request.args.values()):
        abort(422)
    return Filters(
        organization_id=member.current().organization_id,
        type=request.args.get("type", ""),
        email=request.args.get("email", ""),
        outcome=request.args.get("outcome", ""),
        connection_id=request.args.get("connection", ""),
        first=_day("from"),
        last=_day("to"),
    )


def _day(name: str) -> date | None:
    value = request.args.get(name, "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        abort(422)


def _chosen(filters: Filters) -> dict[str, Any]:
    """The filters that are set, as the query string names them."""
    named = {
        "type": filters.type,
        "email": filters.email,
        "outcome": filters.outcome,
        "connection": filters.connection_id,
        "from": filters.first.isoformat() if filters.first else "",
        "to": filters.last.isoformat() if filters.last else "",
    }
    return {name: value for name, value in named.items() if value}


def _choices(organization_id: str) -> dict[str, list[tuple[str, str]]]:
    """For each filter that is chosen from a list: its values, and how they read."""
    occurring = query.choices(_database(), organization_id)
    actions = words.actions()
    return {
        "type": [(type_, actions[type_]) for type_ in KINDS],
        "email": [(email, words.person(email)) for email in occurring.emails],
        "outcome": [(outcome, words.outcome(outcome)) for outcome in occurring.outcomes],
        "connection": [(connection_id, connection_id) for connection_id in occurring.connection_ids],
    }


def _export(written: Callable[[Iterable[sa.RowMapping]], Iterator[bytes]], mimetype: str, extension: str) -> Response:
    name = f"scim-console-history-{datetime.now(UTC):%Y-%m-%d}.{extension}"
    chunks = exports.begun(written(query.every(_database(), _filters())))
    return Response(chunks, content_type=mimetype, headers={"Content-Disposition": f'attachment; filename="{name}"'})
