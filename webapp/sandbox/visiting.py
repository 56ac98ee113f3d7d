"""How a visit begins, is approved and ends, and how its token is redeemed (stytch-api.md §4.1, §4.2, §4.4, §4.5)."""

from dataclasses import dataclass

from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import PUBLIC_TOKEN, new_opaque_token
from webapp.sandbox.pkce import check_challenge, check_verifier
from webapp.sandbox.redirects import DEFAULT_REDIRECT_URL, is_registered, with_query
from webapp.sandbox.visits import TOKEN_LIFETIME, VISIT_LIFETIME, Person, RedirectToken, TokenType, Visit
from webapp.sandbox.world import World

_NO_MATCH = {
    "discovery_oauth": "no_match_for_provided_oauth_url",
    "oauth": "no_match_for_provided_oauth_url",
    "sso": "no_match_for_provided_sso_url",
}
_DENIED = {
    "discovery_oauth": "oauth_flow_callback_error",
    "oauth": "oauth_flow_callback_error",
    "sso": "failed_saml_response",
}
_NOT_FOUND = {
    "discovery_oauth": "oauth_token_not_found",
    "oauth": "oauth_token_not_found",
    "sso": "sso_token_not_found",
}


@dataclass(frozen=True)
class Start:
    """What the address that begins a visit says, besides where to. `login_redirect_url` is discovery's one as well."""

    public_token: str | None
    login_redirect_url: str | None
    signup_redirect_url: str | None
    code_challenge: str | None


def begin(world: World, token_type: TokenType, place: str, organization_id: str | None, start: Start) -> Visit:
    """A visit that begins now; ApiError for a wrong public token, redirect URL or code challenge."""
    if start.public_token != PUBLIC_TOKEN:
        raise ApiError("unauthorized_credentials")
    login_url = start.login_redirect_url or DEFAULT_REDIRECT_URL
    signup_url = start.signup_redirect_url or login_url
    if not (is_registered(login_url) and is_registered(signup_url)):
        raise ApiError(_NO_MATCH[token_type])
    check_challenge(start.code_challenge)
    visit = Visit(
        state=new_opaque_token(),
        token_type=token_type,
        place=place,
        organization_id=organization_id,
        login_redirect_url=login_url,
        signup_redirect_url=signup_url,
        code_challenge=start.code_challenge,
        expires_at=world.clock.now() + VISIT_LIFETIME,
    )
    world.visits[visit.state] = visit
    return visit


def find(world: World, place: str, state: str) -> Visit:
    """The visit to `place` that still goes on; ApiError if there is none."""
    visit = world.visits.get(state)
    if visit is None or visit.place != place:
        raise ApiError("oauth_state_mismatch")
    if visit.over:
        raise ApiError("oauth_state_used")
    if visit.expires_at <= world.clock.now():
        raise ApiError("expired_oauth_response")
    return visit


def approve(visit: Visit, person: Person) -> str:
    """The page vouches for `person`: the code that it sends back to Stytch."""
    visit.person = person
    visit.code = new_opaque_token()
    return visit.code


def come_back(world: World, place: str, state: str, code: str | None) -> str:
    """Stytch's callback, which ends the visit: where to send the browser. No `code` means that access was denied.

    What then happens is for the variant `oauth_denial` to say: the application is told, or an ApiError is raised.
    """
    visit = find(world, place, state)
    if code is None:
        visit.over = True
        if world.variants["oauth_denial"] == "stays_at_stytch":
            raise ApiError(_DENIED[visit.token_type])
        return with_query(visit.login_redirect_url, error="access_denied")
    if visit.person is None or code != visit.code:
        raise ApiError("oauth_auth_code_error")
    visit.over = True
    expires_at = world.clock.now() + TOKEN_LIFETIME
    token = RedirectToken(new_opaque_token(), visit, visit.person, expires_at)
    world.redirect_tokens[token.token] = token
    added = {"stytch_token_type": visit.token_type, "token": token.token}
    if visit.organization_id is not None:
        added["slug"] = world.organizations[visit.organization_id].organization_slug
    return with_query(_redirect_url(world, visit, visit.person), **added)


def find_token(world: World, token_type: TokenType, token: str, code_verifier: str | None) -> RedirectToken:
    """The unused token, checked with its PKCE verifier; ApiError if there is none. Sets nothing: mark it `used`."""
    found = world.redirect_tokens.get(token)
    if found is None or found.visit.token_type != token_type or found.used or found.expires_at <= world.clock.now():
        raise ApiError(_NOT_FOUND[token_type])
    check_verifier(found.visit.code_challenge, code_verifier)
    return found


def _redirect_url(world: World, visit: Visit, person: Person) -> str:
    """Active members go to the login URL, others to the one for signing up (stytch-api.md §4.3)."""
    if visit.organization_id is None:
        return visit.login_redirect_url
    is_active = any(
        member.organization_id == visit.organization_id
        and member.email_address == person.email_address
        and member.status == "active"
        for member in world.members.values()
    )
    return visit.login_redirect_url if is_active else visit.signup_redirect_url
