"""What follows on discovery: the organizations, and the exchange for a member session (stytch-api.md §4.2)."""

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.authentication import find_intermediate_session, find_session, session_lifetime, sign_in
from webapp.sandbox.context import world
from webapp.sandbox.discovery import discovered_organizations
from webapp.sandbox.errors import ApiError
from webapp.sandbox.joining import member_or_newcomer

blueprint = Blueprint("discovery", __name__, url_prefix="/discovery")


class _List(Body):
    intermediate_session_token: str | None = None
    session_token: str | None = None
    session_jwt: str | None = None


class _Exchange(Body):
    intermediate_session_token: str
    organization_id: str
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None


@blueprint.post("/organizations")
@call
def list_organizations() -> dict[str, object]:
    """Uses the intermediate session without using it up; a session is not told what it could join."""
    given = body(_List)
    if given.intermediate_session_token is None:
        factors = find_session(world(), given.session_token, given.session_jwt).factors
    elif given.session_token is None and given.session_jwt is None:
        factors = find_intermediate_session(world(), given.intermediate_session_token).factors
    else:
        raise ApiError("too_many_session_arguments")
    eligible = given.intermediate_session_token is not None
    return {
        "email_address": factors[0].email_address,
        "discovered_organizations": discovered_organizations(world(), factors, eligible=eligible),
        "organization_id_hint": None,
    }


@blueprint.post("/intermediate_sessions/exchange")
@call
def exchange() -> dict[str, object]:
    """Uses the intermediate session up, unless more factors are needed. Accepts invitations, and joins by domain."""
    given = body(_Exchange)
    intermediate = find_intermediate_session(world(), given.intermediate_session_token)
    organization = world().find_organization(given.organization_id)
    if any(factor.organization_id not in (None, organization.organization_id) for factor in intermediate.factors):
        raise ApiError("invalid_intermediate_session_token_for_organization")
    session_lifetime(given.session_duration_minutes)
    member = member_or_newcomer(world(), organization, intermediate.email_address)
    world().members[member.member_id] = member
    minutes, claims = given.session_duration_minutes, given.session_custom_claims
    return sign_in(world(), member, (), minutes, claims, intermediate)
