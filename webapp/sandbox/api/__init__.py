"""Stytch's backend API: HTTP Basic with the project's id and secret, JSON in and out (stytch-api.md §1)."""

from flask import Blueprint, Response, request

from webapp.sandbox.api import (
    discovery,
    failing,
    magic_links,
    mfa,
    oauth,
    organizations,
    otps,
    passwords,
    rbac,
    scim,
    search,
    sessions,
    sso,
)
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET

blueprint = Blueprint("api", __name__, url_prefix="/v1/b2b")
for part in (discovery, magic_links, mfa, oauth, organizations, otps, passwords, rbac, scim, search, sessions, sso):
    blueprint.register_blueprint(part.blueprint)


@blueprint.before_request
def _fail_before() -> Response | None:
    return failing.before_request()


@blueprint.before_request
def _check_credentials() -> None:
    # The SDK fetches the JWKS without credentials (stytch-api.md §1.2).
    if request.endpoint == "api.sessions.get_jwks":
        return
    given = request.authorization
    if given is None or (given.username, given.password) != (PROJECT_ID, PROJECT_SECRET):
        raise ApiError("unauthorized_credentials")


@blueprint.after_request
def _fail_after(response: Response) -> Response:
    return failing.after_request(response)
