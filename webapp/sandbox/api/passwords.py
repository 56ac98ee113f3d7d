"""Passwords of one organization and across all, and how to have a new one (stytch-api.md §4.6)."""

from flask import Blueprint

from webapp.sandbox.api.calls import Body, body, call
from webapp.sandbox.api.signing_in import SignInBody, sign_in_by
from webapp.sandbox.authentication import live_sessions, new_intermediate_session
from webapp.sandbox.context import world
from webapp.sandbox.discovery import discovery_answer
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import stable_id
from webapp.sandbox.links import DISCOVERY_RESET, RESET, find_link, send_link
from webapp.sandbox.organizations import Member
from webapp.sandbox.passwords import check_new_password, check_password, set_password, strength_of
from webapp.sandbox.sessions import LinkKind, MagicLink, password_factor

blueprint = Blueprint("passwords", __name__, url_prefix="/passwords")


class _StrengthCheck(Body):
    password: str
    email_address: str = ""


class _Authenticate(SignInBody):
    organization_id: str
    email_address: str
    password: str


class _DiscoveryAuthenticate(Body):
    email_address: str
    password: str


class _ResetStart(Body):
    organization_id: str
    email_address: str
    reset_password_redirect_url: str | None = None
    reset_password_expiration_minutes: int | None = None
    code_challenge: str | None = None


class _Reset(SignInBody):
    password_reset_token: str
    password: str
    code_verifier: str | None = None


class _DiscoveryResetStart(Body):
    email_address: str
    reset_password_redirect_url: str | None = None
    reset_password_expiration_minutes: int | None = None
    pkce_code_challenge: str | None = None


class _DiscoveryReset(Body):
    password_reset_token: str
    password: str
    pkce_code_verifier: str | None = None


@blueprint.post("/strength_check")
@call
def strength_check() -> dict[str, object]:
    given = body(_StrengthCheck)
    return strength_of(given.password, given.email_address).to_json()


@blueprint.post("/authenticate")
@call
def authenticate() -> dict[str, object]:
    given = body(_Authenticate)
    organization = world().find_organization(given.organization_id)
    organization.check_allows("password")
    member = world().find_member(organization.organization_id, email=given.email_address)
    check_password([member], given.password, world().variants["wrong_password"])
    factor = password_factor(
        member.email_address, world().clock.now(), organization.organization_id, proves_email=False
    )
    return sign_in_by(factor, member, given)


@blueprint.post("/discovery/authenticate")
@call
def authenticate_discovery() -> dict[str, object]:
    given = body(_DiscoveryAuthenticate)
    _check_cross_org()
    address = given.email_address.lower()
    check_password(_memberships(address), given.password, world().variants["wrong_password"])
    factor = password_factor(address, world().clock.now(), proves_email=False)
    return discovery_answer(world(), new_intermediate_session(world(), (factor,)))


@blueprint.post("/email/reset/start")
@call
def start_reset() -> dict[str, object]:
    """Mails one link; the other, to log in without a password, is not played."""
    given = body(_ResetStart)
    organization = world().find_organization(given.organization_id)
    organization.check_allows("password")
    member = world().find_member(organization.organization_id, email=given.email_address)
    send_link(
        world(),
        RESET,
        member.email_address,
        redirect_url=given.reset_password_redirect_url,
        code_challenge=given.code_challenge,
        minutes=given.reset_password_expiration_minutes,
        organization=organization,
    )
    email_id = stable_id("email", member.email_address)
    return {"member_id": member.member_id, "member_email_id": email_id, "member": member.to_json()}


@blueprint.post("/email/reset")
@call
def reset() -> dict[str, object]:
    """Ends the member's other sessions, as the SDK says of `passwords.email.reset`."""
    given = body(_Reset)
    link = _find_reset(given.password_reset_token, RESET, given.code_verifier)
    check_new_password(given.password, link.email_address)
    member = world().find_member(link.organization_id or "", email=link.email_address)
    earlier = live_sessions(world(), member.member_id)
    factor = password_factor(link.email_address, world().clock.now(), member.organization_id, proves_email=True)
    answer = sign_in_by(factor, member, given)
    link.used = True
    shared = world().variants["cross_org_passwords"] == "on"
    set_password(_memberships(member.email_address) if shared else [member], given.password)
    for session in earlier:
        if session.session_token != answer["session_token"]:
            del world().sessions[session.member_session_id]
    return answer | {"member_email_id": factor.email_id, "member": member.to_json()}


@blueprint.post("/discovery/email/reset/start")
@call
def start_discovery_reset() -> dict[str, object]:
    """To any address. Mails one link; the other, to log in without a password, is not played."""
    given = body(_DiscoveryResetStart)
    _check_cross_org()
    send_link(
        world(),
        DISCOVERY_RESET,
        given.email_address,
        redirect_url=given.reset_password_redirect_url,
        code_challenge=given.pkce_code_challenge,
        minutes=given.reset_password_expiration_minutes,
    )
    return {}


@blueprint.post("/discovery/email/reset")
@call
def reset_discovery() -> dict[str, object]:
    given = body(_DiscoveryReset)
    link = _find_reset(given.password_reset_token, DISCOVERY_RESET, given.pkce_code_verifier)
    check_new_password(given.password, link.email_address)
    link.used = True
    set_password(_memberships(link.email_address), given.password)
    factor = password_factor(link.email_address, world().clock.now(), proves_email=True)
    return discovery_answer(world(), new_intermediate_session(world(), (factor,)))


def _check_cross_org() -> None:
    if world().variants["cross_org_passwords"] == "off":
        raise ApiError("cross_org_passwords_not_enabled")


def _memberships(address: str) -> list[Member]:
    return [m for m in world().members.values() if m.email_address == address and m.status != "deleted"]


def _find_reset(token: str, kind: LinkKind, code_verifier: str | None) -> MagicLink:
    try:
        return find_link(world(), token, kind, code_verifier=code_verifier)
    except ApiError as error:
        if error.error_type in ("magic_link_not_found", "unable_to_auth_magic_link"):
            raise ApiError("unable_to_auth_password_reset_token") from error
        raise
