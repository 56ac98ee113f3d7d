"""What a card offers about its token's end: to put the banner aside, and a calendar file."""

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from webapp.connections import banner, expiry
from webapp.connections.pages import bp


@bp.post("/connections/<connection_id>/expiry/put-aside")
def put_aside(connection_id: str) -> Response:
    """Takes the banner away, in this session alone, until the next mark or another token."""
    mark = request.form.get("mark", type=int)
    if mark not in expiry.MARKS:
        abort(400)
    banner.put_aside(connection_id, request.form.get("last_four", "")[:4], mark)
    return redirect(url_for("connections.show", connection_id=connection_id), 303)
