"""What becomes of a visit to an OAuth provider (stytch-api.md §4.2, §4.4). `provider_values` is not played."""

from flask import Blueprint

from webapp.sandbox import visiting
from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.api.signing_in import SignInBody, sign_in_by
from webapp.sandbox.authentication import new_intermediate_session
from webapp.sandbox.context import world
from webapp.sandbox.discovery import discovery_answer
from webapp.sandbox.joining import member_or_newcomer
from webapp.sandbox.oauth import PROVIDERS

blueprint = Blueprint("oauth", __name__, url_prefix="/oauth")


class _Discover(Body):
    discovery_oauth_token: str
    pkce_code_verifier: str | None = None


class _Authenticate(SignInBody):
    oauth_token: str
    pkce_code_verifier: str | None = None


@blueprint.post("/discovery/authenticate")
@call
def discover() -> dict[str, object]:
    given = body(_Discover)
    token = visiting.find_token(world(), "discovery_oauth", given.discovery_oauth_token, given.pkce_code_verifier)
    token.used = True
    provider = PROVIDERS[token.visit.place]
    session = new_intermediate_session(world(), (provider.factor(token.person, world().clock.now()),))
    tenants = provider.tenants(token.person)
    return discovery_answer(world(), session) | {
        "provider_type": provider.type,
        "provider_tenant_id": tenants[0] if len(tenants) == 1 else "",
        "provider_tenant_ids": tenants,
        "full_name": token.person.name,
    }


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    """Accepts invitations, and joins by email domain."""
    given = body(_Authenticate)
    token = visiting.find_token(world(), "oauth", given.oauth_token, given.pkce_code_verifier)
    assert token.visit.organization_id is not None  # noqa: S101 - only discovery has none
    provider = PROVIDERS[token.visit.place]
    organization = world().organizations[token.visit.organization_id]
    member = member_or_newcomer(world(), organization, token.person.email_address)
    world().members[member.member_id] = member
    member.name = member.name or token.person.name
    answer = sign_in_by(provider.factor(token.person, world().clock.now()), member, given)
    token.used = True
    return answer | {
        "provider_type": provider.type,
        "provider_subject": provider.subject(token.person),
        "reset_sessions": False,
    }
