"""What a card offers about its token's end: to put the banner aside, and a calendar file."""

from flask import Response, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import expiry
from webapp.connections.expiry import banner, calendar
from webapp.connections.pages import alone, bp
from webapp.signin import member
from webapp.web import clock


@bp.get("/connections/<connection_id>/expiry.ics")
def calendar_file(connection_id: str) -> AnyResponse:
    """The current token's end as a calendar file; 404 when Stytch names none."""
    connection = alone(connection_id)
    ends = connection.bearer_token_expires_at
    if ends is None:
        abort(404)
    link = expiry.link(current_app.extensions["settings"], connection.organization_id, connection_id)
    file = calendar.entry(connection, ends, link=link, publisher=member.current().email, now=clock.now())
    response = Response(file, content_type="text/calendar; charset=utf-8; method=PUBLISH")
    response.headers["Content-Disposition"] = 'attachment; filename="scim-token-end.ics"'
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/connections/<connection_id>/expiry/put-aside")
def put_aside(connection_id: str) -> AnyResponse:
    """Takes the banner away, in this session alone, until the next mark or another token."""
    mark = request.form.get("mark", type=int)
    if mark not in expiry.MARKS:
        abort(400)
    banner.put_aside(connection_id, request.form.get("last_four", "")[:4], mark)
    return redirect(url_for("connections.show", connection_id=connection_id), 303)
