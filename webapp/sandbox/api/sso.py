"""SSO: the connections of an organization, and what becomes of a visit to an IdP (stytch-api.md §4.5)."""

from flask import Blueprint

from webapp.sandbox import visiting
from webapp.sandbox.api.calls import authorize, body, call
from webapp.sandbox.api.signing_in import SignInBody, sign_in_by
from webapp.sandbox.context import world

blueprint = Blueprint("sso", __name__, url_prefix="/sso")


class _Authenticate(SignInBody):
    sso_token: str
    pkce_code_verifier: str | None = None


@blueprint.get("/<organization>")
@call
def get_connections(organization: str) -> dict[str, object]:
    organization_id = world().find_organization(organization).organization_id
    authorize(organization_id, "stytch.sso", "get")
    connections = world().sso_connections_of(organization_id)
    by_protocol: dict[str, object] = {
        f"{protocol}_connections": [sso.to_json(world().public_url) for sso in connections if sso.protocol == protocol]
        for protocol in ("saml", "oidc")
    }
    return by_protocol | {"external_connections": []}


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    """The only answer whose key is `reset_session`, singular."""
    given = body(_Authenticate)
    token = visiting.find_token(world(), "sso", given.sso_token, given.pkce_code_verifier)
    connection = world().sso_connections[token.visit.place]
    member = world().find_member(connection.organization_id, email=token.person.email_address)
    answer = sign_in_by(connection.factor(token.person, world().clock.now()), member, given)
    token.used = True
    return answer | {"reset_session": False}
