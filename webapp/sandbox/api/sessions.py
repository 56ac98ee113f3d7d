"""Member sessions (stytch-api.md §4.8, §4.9)."""

from datetime import timedelta

from flask import Blueprint, request

from webapp.sandbox import authorizing
from webapp.sandbox.api.calls import Body, acting_session, body, call
from webapp.sandbox.authentication import (
    check_tenancy_and_permission,
    find_session,
    find_session_by_id,
    live_sessions,
    member_session_json,
    merge_claims,
    session_answer,
    session_lifetime,
    sign_in,
    start_session,
)
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PROJECT_ID
from webapp.sandbox.sessions import MemberSession, access_token_factor

blueprint = Blueprint("sessions", __name__, url_prefix="/sessions")


class _AuthorizationCheck(Body):
    organization_id: str
    resource_id: str
    action: str


class _Authenticate(Body):
    session_token: str | None = None
    session_jwt: str | None = None
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None
    authorization_check: _AuthorizationCheck | None = None


class _Revoke(Body):
    member_session_id: str | None = None
    session_token: str | None = None
    session_jwt: str | None = None
    member_id: str | None = None


class _Exchange(Body):
    organization_id: str
    session_token: str | None = None
    session_jwt: str | None = None
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None


class _ExchangeAccessToken(Body):
    access_token: str
    session_duration_minutes: int | None = None
    session_custom_claims: dict[str, object] | None = None


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    """The session lives longer, or shorter, only if a duration is given."""
    given = body(_Authenticate)
    session = find_session(world(), given.session_token, given.session_jwt)
    lifetime: timedelta | None = None
    if given.session_duration_minutes is not None:
        lifetime = session_lifetime(given.session_duration_minutes)
    verdict = {}
    if given.authorization_check is not None:
        check = given.authorization_check
        granting = check_tenancy_and_permission(
            world(), session, check.organization_id, check.resource_id, check.action
        )
        verdict = {"verdict": {"authorized": True, "granting_roles": granting}}
    session.last_accessed_at = world().clock.now()
    if lifetime is not None:
        session.expires_at = session.last_accessed_at + lifetime
    merge_claims(session, given.session_custom_claims)
    return session_answer(world(), session) | verdict


@blueprint.get("")
@call
def get() -> dict[str, object]:
    organization = world().find_organization(request.args.get("organization_id", ""))
    member = world().find_member(organization.organization_id, member_id=request.args.get("member_id", ""))
    sessions = live_sessions(world(), member.member_id)
    return {"member_sessions": [member_session_json(world(), session) for session in sessions]}


@blueprint.post("/revoke")
@call
def revoke() -> dict[str, object]:
    """A member may revoke their own sessions (`stytch.self`), or others' with the permission on `stytch.member`."""
    given = body(_Revoke)
    ways = given.model_dump(exclude_none=True)
    if not ways:
        raise ApiError("no_session_revoke_arguments")
    if len(ways) > 1:
        raise ApiError("too_many_session_revoke_arguments")
    ended: list[MemberSession]
    if given.member_id is not None:
        if given.member_id not in world().members:
            raise ApiError("member_not_found")
        owner = world().members[given.member_id]
        ended = live_sessions(world(), given.member_id)
    else:
        if given.member_session_id is not None:
            session = find_session_by_id(world(), given.member_session_id)
        else:
            session = find_session(world(), given.session_token, given.session_jwt)
        owner = world().members[session.member_id]
        ended = [session]
    acting = acting_session()
    if acting is not None:
        resource = "stytch.self" if acting.member_id == owner.member_id else "stytch.member"
        check_tenancy_and_permission(world(), acting, owner.organization_id, resource, "revoke-sessions")
    for session in ended:
        del world().sessions[session.member_session_id]
    return {}


@blueprint.post("/exchange")
@call
def exchange() -> dict[str, object]:
    """Whether the old session goes on is for the variant `session_after_exchange` to say."""
    given = body(_Exchange)
    old = find_session(world(), given.session_token, given.session_jwt)
    organization = world().find_organization(given.organization_id)
    member = world().find_member(organization.organization_id, email=old.factors[0].email_address)
    answer = sign_in(world(), member, old.factors, given.session_duration_minutes, given.session_custom_claims)
    if answer["member_authenticated"] and world().variants["session_after_exchange"] == "revoked":
        del world().sessions[old.member_session_id]
    return answer


@blueprint.post("/exchange_access_token")
@call
def exchange_access_token() -> dict[str, object]:
    """Never asks for more: who got the token had given every factor before (stytch-api.md §5)."""
    given = body(_ExchangeAccessToken)
    lifetime = session_lifetime(given.session_duration_minutes)
    token = authorizing.exchange(world(), given.access_token)
    member = world().members[token.member_id]
    factor = access_token_factor(token.client_id, member.email_address, world().clock.now())
    session = start_session(world(), member, (factor,), lifetime)
    merge_claims(session, given.session_custom_claims)
    return {"member_id": member.member_id, **session_answer(world(), session)}


@blueprint.get("/jwks/<project_id>")
@call
def get_jwks(project_id: str) -> dict[str, object]:
    if project_id != PROJECT_ID:
        raise ApiError("route_not_found")
    return {"keys": world().signing_key.jwks()}
