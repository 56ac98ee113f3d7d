"""Discovery by email magic link, and the exchange for a member session (stytch-api.md §4.2)."""

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.authentication import find_intermediate_session, find_session, sign_in
from webapp.sandbox.context import world
from webapp.sandbox.discovery import (
    authenticate_magic_link,
    discovered_organizations,
    discovery_answer,
    send_magic_link,
)
from webapp.sandbox.errors import ApiError

blueprint = Blueprint("discovery", __name__)


class _Send(Body):
    email_address: str
    discovery_redirect_url: str | None = None
    pkce_code_challenge: str | None = None
    discovery_expiration_minutes: int | None = None


class _Authenticate(Body):
    discovery_magic_links_token: str
    pkce_code_verifier: str | None = None


class _List(Body):
    intermediate_session_token: str | None = None
    session_token: str | None = None
    session_jwt: str | None = None


class _Exchange(Body):
    intermediate_session_token: str
    organization_id: str
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None


@blueprint.post("/magic_links/email/discovery/send")
@call
def send() -> dict[str, object]:
    given = body(_Send)
    send_magic_link(
        world(),
        given.email_address,
        given.discovery_redirect_url,
        given.pkce_code_challenge,
        given.discovery_expiration_minutes,
    )
    return {}


@blueprint.post("/magic_links/discovery/authenticate")
@call
def authenticate() -> dict[str, object]:
    given = body(_Authenticate)
    session = authenticate_magic_link(world(), given.discovery_magic_links_token, given.pkce_code_verifier)
    return discovery_answer(world(), session)


@blueprint.post("/discovery/organizations")
@call
def list_organizations() -> dict[str, object]:
    """Uses the intermediate session without using it up."""
    given = body(_List)
    if given.intermediate_session_token is None:
        factors = find_session(world(), given.session_token, given.session_jwt).factors
    elif given.session_token is None and given.session_jwt is None:
        factors = find_intermediate_session(world(), given.intermediate_session_token).factors
    else:
        raise ApiError("too_many_session_arguments")
    return {
        "email_address": factors[0].email_address,
        "discovered_organizations": discovered_organizations(world(), factors),
        "organization_id_hint": None,
    }


@blueprint.post("/discovery/intermediate_sessions/exchange")
@call
def exchange() -> dict[str, object]:
    """Uses the intermediate session up; where more factors are needed, the answer brings a new one."""
    given = body(_Exchange)
    intermediate = find_intermediate_session(world(), given.intermediate_session_token)
    organization = world().find_organization(given.organization_id)
    try:
        member = world().find_member(organization.organization_id, email=intermediate.email_address)
    except ApiError as error:
        raise ApiError("email_jit_provisioning_not_allowed") from error
    answer = sign_in(world(), member, intermediate.factors, given.session_duration_minutes, given.session_custom_claims)
    del world().intermediate_sessions[intermediate.token]
    return answer
