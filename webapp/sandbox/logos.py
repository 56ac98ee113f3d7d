"""The logos of organizations, at `organization_logo_url` (stytch-api.md §3.1): an initial on a colour of its own."""

import hashlib

from flask import Response
from werkzeug.exceptions import NotFound

from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.pages import page_blueprint

blueprint = page_blueprint("logos")


@blueprint.get("/logos/<slug>.svg")
def show(slug: str) -> Response:
    """A square picture, for any page to embed."""
    try:
        organization = world().find_organization(slug)
    except ApiError:
        raise NotFound from None
    hue = hashlib.sha256(organization.organization_slug.encode()).digest()[0] * 360 // 256
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">'
        f'<rect width="64" height="64" rx="12" fill="hsl({hue} 45% 35%)"/>'
        '<text x="32" y="44" text-anchor="middle" font-family="sans-serif" font-size="34" fill="#fff">'
        f"{organization.organization_name[0]}</text></svg>"
    )
    return Response(picture, mimetype="image/svg+xml")
