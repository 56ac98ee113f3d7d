"""What an open page asks by itself while it waits for the first provisioning event after a change."""

from flask import Response, redirect, render_template, request, url_for
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from webapp.connections import may, provisioning
from webapp.connections.pages import bp
from webapp.connections.providers import provider
from webapp.signin import member
from webapp.stytch.errors import StytchError
from webapp.web import htmx

bp.add_app_template_filter(provisioning.event_kind)
bp.add_app_template_filter(provisioning.about)


@bp.get("/connections/<connection_id>/provisioning")
def watch_provisioning(connection_id: str) -> AnyResponse:
    """The line anew, 204 while it would say the same. It reads the console's own database alone.

    What the page knows of the connection is in the query, so that Stytch is not asked.
    """
    if not htmx.wants_fragment():
        return redirect(url_for("connections.show", connection_id=connection_id), 303)
    change, since = request.args.get("change", 0, type=int), request.args.get("since", 0, type=int)
    named = provider(request.args.get("provider", ""))
    try:
        if not may.get():
            return Response(status=403)
        may_update = may.update()
        line = provisioning.onward(member.current().organization_id, connection_id, named, change, since)
    except (StytchError, SQLAlchemyError):  # told to whoever does something: nobody did
        return Response(status=204)
    if line.looks and line.overdue == ("overdue" in request.args):
        return Response(status=204)
    html = render_template("connections/_provisioning_answer.html", line=line, may_update=may_update)
    return htmx.fragment(html)
