"""Stytch as an OpenID provider: what it supports, its keys, tokens and userinfo (stytch-api.md §5)."""

from collections.abc import Mapping

from flask import Blueprint, Response, jsonify, make_response, request

from webapp.sandbox import authorizing
from webapp.sandbox.api import failing
from webapp.sandbox.connected_apps import SCOPES, OAuthError
from webapp.sandbox.context import world
from webapp.sandbox.identifiers import new_id

blueprint = Blueprint("oidc", __name__)
blueprint.before_request(failing.before_request)
blueprint.after_request(failing.after_request)


@blueprint.errorhandler(OAuthError)
def refuse(error: OAuthError) -> Response:
    """OAuth's own shape, not that of the rest of the API (stytch-api.md §1.4)."""
    body = {"error": error.error, "error_description": error.description}
    answer = _answer(body, error.status)
    if error.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer" if request.path.endswith("/userinfo") else "Basic"
    return answer


@blueprint.get("/.well-known/openid-configuration")
@blueprint.get("/.well-known/oauth-authorization-server")
def configuration() -> Response:
    """The authorization endpoint is a page of an application of the project's: here, the pretend portal."""
    issuer = world().public_url
    return _answer(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/_sandbox/portal/authorize",
            "token_endpoint": f"{issuer}/v1/oauth2/token",
            "userinfo_endpoint": f"{issuer}/v1/oauth2/userinfo",
            "jwks_uri": f"{issuer}/.well-known/jwks.json",
            "grant_types_supported": ["authorization_code"],
            "response_types_supported": ["code"],
            "scopes_supported": list(SCOPES),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


@blueprint.get("/.well-known/jwks.json")
def jwks() -> Response:
    """The same keys that sign session JWTs: tokens are told apart by issuer, audience and claims."""
    return _answer({"keys": world().signing_key.jwks()})


@blueprint.post("/v1/oauth2/token")
def token() -> Response:
    """JSON or a form; the client's secret in it, or by HTTP Basic."""
    given = _given()
    by_basic = request.authorization
    if by_basic is not None and by_basic.type == "basic":
        authorizing.check_secret(by_basic.username, by_basic.password)
    else:
        authorizing.check_secret(given.get("client_id"), given.get("client_secret"))
    if given.get("grant_type") != "authorization_code":
        raise OAuthError("unsupported_grant_type", "Only grant_type=authorization_code is supported.")
    with world().lock:
        return _answer(
            authorizing.redeem_code(
                world(), given.get("code", ""), given.get("redirect_uri", ""), given.get("code_verifier")
            )
        )


@blueprint.get("/v1/oauth2/userinfo")
def userinfo() -> Response:
    """What the token's scopes tell of its member."""
    bearer = request.authorization
    try:
        if bearer is None or bearer.type != "bearer" or bearer.token is None:
            raise ValueError("no access token")
        found = authorizing.find_access_token(world(), bearer.token)
    except ValueError as error:
        raise OAuthError("invalid_token", "The access token is missing, unknown or has expired.", 401) from error
    return _answer(authorizing.person_claims(found.scope, world().members[found.member_id]))


def _given() -> Mapping[str, str]:
    content = request.get_json(silent=True) if request.is_json else request.form
    if not isinstance(content, Mapping) or not all(isinstance(value, str) for value in content.values()):
        raise OAuthError("invalid_request", "The request body could not be read.")
    return content


def _answer(body: Mapping[str, object], status: int = 200) -> Response:
    answer = make_response(jsonify({"status_code": status, "request_id": new_id("request-id"), **body}), status)
    answer.headers["Cache-Control"] = "no-store"
    return answer
