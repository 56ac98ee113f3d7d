"""One-time codes by email: discovery's, and those of one organization (stytch-api.md §4.2, §4.3)."""

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.api.signing_in import SignInBody, login_or_signup_answer, sign_in_by
from webapp.sandbox.authentication import new_intermediate_session
from webapp.sandbox.codes import find_email_code, send_email_code
from webapp.sandbox.context import world
from webapp.sandbox.discovery import discovery_answer
from webapp.sandbox.joining import member_or_newcomer
from webapp.sandbox.sessions import email_factor

blueprint = Blueprint("otps", __name__, url_prefix="/otps/email")


class _DiscoverySend(Body):
    email_address: str
    discovery_expiration_minutes: int | None = None


class _DiscoveryAuthenticate(Body):
    email_address: str
    code: str


class _LoginOrSignup(Body):
    organization_id: str
    email_address: str
    login_expiration_minutes: int | None = None
    signup_expiration_minutes: int | None = None


class _Authenticate(SignInBody):
    organization_id: str
    email_address: str
    code: str


@blueprint.post("/discovery/send")
@call
def send_discovery() -> dict[str, object]:
    """To any address."""
    given = body(_DiscoverySend)
    send_email_code(world(), given.email_address, given.discovery_expiration_minutes)
    return {}


@blueprint.post("/discovery/authenticate")
@call
def authenticate_discovery() -> dict[str, object]:
    given = body(_DiscoveryAuthenticate)
    find_email_code(world(), given.email_address, given.code).used = True
    factor = email_factor("email_otp", given.email_address.lower(), world().clock.now())
    return discovery_answer(world(), new_intermediate_session(world(), (factor,)))


@blueprint.post("/login_or_signup")
@call
def login_or_signup() -> dict[str, object]:
    """Mails a code to members, and to everybody else who may join."""
    given = body(_LoginOrSignup)
    organization = world().find_organization(given.organization_id)
    organization.check_allows("email_otp")
    member = member_or_newcomer(world(), organization, given.email_address)
    active = member.status == "active"
    minutes = given.login_expiration_minutes if active else given.signup_expiration_minutes
    send_email_code(world(), given.email_address, minutes, organization)
    return login_or_signup_answer(member)


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    given = body(_Authenticate)
    organization = world().find_organization(given.organization_id)
    sent = find_email_code(world(), given.email_address, given.code, organization)
    member = world().find_member(organization.organization_id, email=given.email_address)
    factor = email_factor("email_otp", member.email_address, world().clock.now())
    answer = sign_in_by(factor, member, given)
    sent.used = True
    return answer | {"method_id": factor.email_id}
