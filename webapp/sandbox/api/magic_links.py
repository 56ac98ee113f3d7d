"""Email magic links: discovery's, and those of one organization (stytch-api.md §4.2, §4.3)."""

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.api.signing_in import SignInBody, login_or_signup_answer, sign_in_by
from webapp.sandbox.authentication import new_intermediate_session
from webapp.sandbox.context import world
from webapp.sandbox.discovery import discovery_answer
from webapp.sandbox.joining import member_or_newcomer
from webapp.sandbox.links import DISCOVERY, LOGIN, SANDBOX_EMAIL, SANDBOX_LINK, SIGNUP, find_link, send_link
from webapp.sandbox.sessions import email_factor

blueprint = Blueprint("magic_links", __name__, url_prefix="/magic_links")


class _DiscoverySend(Body):
    email_address: str
    discovery_redirect_url: str | None = None
    pkce_code_challenge: str | None = None
    discovery_expiration_minutes: int | None = None


class _DiscoveryAuthenticate(Body):
    discovery_magic_links_token: str
    pkce_code_verifier: str | None = None


class _LoginOrSignup(Body):
    organization_id: str
    email_address: str
    login_redirect_url: str | None = None
    signup_redirect_url: str | None = None
    pkce_code_challenge: str | None = None
    login_expiration_minutes: int | None = None
    signup_expiration_minutes: int | None = None


class _Authenticate(SignInBody):
    magic_links_token: str
    pkce_code_verifier: str | None = None


@blueprint.post("/email/discovery/send")
@call
def send_discovery() -> dict[str, object]:
    """To any address."""
    given = body(_DiscoverySend)
    send_link(
        world(),
        DISCOVERY,
        given.email_address,
        redirect_url=given.discovery_redirect_url,
        code_challenge=given.pkce_code_challenge,
        minutes=given.discovery_expiration_minutes,
    )
    return {}


@blueprint.post("/discovery/authenticate")
@call
def authenticate_discovery() -> dict[str, object]:
    given = body(_DiscoveryAuthenticate)
    token = given.discovery_magic_links_token
    if token == SANDBOX_LINK:
        address = SANDBOX_EMAIL
    else:
        link = find_link(world(), token, DISCOVERY, code_verifier=given.pkce_code_verifier)
        link.used = True
        address = link.email_address
    factor = email_factor("magic_link", address, world().clock.now())
    return discovery_answer(world(), new_intermediate_session(world(), (factor,)))


@blueprint.post("/email/login_or_signup")
@call
def login_or_signup() -> dict[str, object]:
    """Mails active members the login link, everybody else who may join the signup link."""
    given = body(_LoginOrSignup)
    organization = world().find_organization(given.organization_id)
    organization.check_allows("magic_link")
    member = member_or_newcomer(world(), organization, given.email_address)
    active = member.status == "active"
    send_link(
        world(),
        LOGIN if active else SIGNUP,
        given.email_address,
        redirect_url=given.login_redirect_url if active else given.signup_redirect_url,
        code_challenge=given.pkce_code_challenge,
        minutes=given.login_expiration_minutes if active else given.signup_expiration_minutes,
        organization=organization,
    )
    return login_or_signup_answer(member)


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    given = body(_Authenticate)
    link = find_link(world(), given.magic_links_token, LOGIN, SIGNUP, code_verifier=given.pkce_code_verifier)
    member = world().find_member(link.organization_id or "", email=link.email_address)
    factor = email_factor("magic_link", link.email_address, world().clock.now())
    answer = sign_in_by(factor, member, given)
    link.used = True
    return answer | {"method_id": factor.email_id, "reset_sessions": False}
