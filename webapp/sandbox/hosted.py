"""Stytch's pages in the browser: the hop that a mailed link takes on its way to the application."""

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PUBLIC_TOKEN
from webapp.sandbox.links import redirect_query
from webapp.sandbox.redirects import with_query

blueprint = Blueprint("hosted", __name__)


@blueprint.get("/v1/magic_links/redirect")
def follow_magic_link() -> Response | WerkzeugResponse:
    """Send the browser on to the redirect URL, whose own query is kept (stytch-api.md §4.1). Uses nothing up."""
    if request.args.get("public_token") != PUBLIC_TOKEN:
        raise ApiError("unauthorized_credentials")
    token = request.args.get("token", "")
    with world().lock:
        link = world().magic_links.get(token)
        if link is None or request.args.get("stytch_token_type") != link.kind.token_type:
            raise ApiError("magic_link_not_found")
        return redirect(with_query(link.redirect_url, **redirect_query(world(), link)), 302)
