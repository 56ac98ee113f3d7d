"""The pretend portal: another application of the project, which signs people in and lets them into the console.

It stands for the page that has to be the `authorization_endpoint`, as Stytch has none (stytch-api.md §5), and its own
session is in the cookie that Stytch's browser SDK writes (§4.10): on 127.0.0.1 every port sees it.
"""

from datetime import datetime

from flask import current_app, redirect, render_template, request, url_for
from werkzeug.exceptions import UnprocessableEntity
from werkzeug.wrappers import Response

from webapp.sandbox import authorizing
from webapp.sandbox.authentication import find_session, missing_factors, session_lifetime, start_session
from webapp.sandbox.connected_apps import OAuthError
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.organizations import Member
from webapp.sandbox.pages import let_forms_lead_to, page_blueprint
from webapp.sandbox.redirects import origin
from webapp.sandbox.sessions import Factor, MemberSession, email_factor, sms_factor, totp_factor
from webapp.sandbox.visits import Person

blueprint = page_blueprint("portal")

COOKIE = "stytch_session"
# The scopes in words, in the order in which they are listed.
_MEANINGS = {
    "openid": "know who you are",
    "profile": "see your name",
    "email": "see your email address",
    "phone": "see your phone number",
    "full_access": "act as you: it gets a session of yours",
}


@blueprint.get("/portal")
def index() -> str:
    """Who is signed in to the portal, or the people to sign in as."""
    with world().lock:
        return _page("Pretend portal", session=_session(), console_url=current_app.config.get("CONSOLE_URL"))


@blueprint.post("/portal/sign-in")
def sign_in() -> Response:
    """A member session, without asking for anything; 422 for somebody whom the portal can't sign in."""
    with world().lock:
        member = world().members.get(request.form.get("member_id", ""))
        factors = _factors(member) if member else None
        if member is None or factors is None:
            raise UnprocessableEntity("The portal can't sign this member in.")
        lifetime = session_lifetime(None)
        session = start_session(world(), member, factors, lifetime)
    answer = _back()
    answer.set_cookie(COOKIE, session.session_token, max_age=lifetime, path="/", httponly=True, samesite="Lax")
    return answer


@blueprint.post("/portal/sign-out")
def sign_out() -> Response:
    """Ends the portal's session, at Stytch too."""
    with world().lock:
        if session := _session():
            del world().sessions[session.member_session_id]
    answer = _back()
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="Lax")
    return answer


@blueprint.get("/portal/authorize")
def authorize() -> str | Response | tuple[str, int]:
    """An application wants to know who somebody is: sign in first, then agree or not."""
    try:
        let_forms_lead_to(origin(authorizing.check_client(request.args)))
    except ValueError as error:
        return _page("The portal can't go on", problem=str(error)), 400
    try:
        asked = authorizing.read_request(request.args)
    except OAuthError as error:
        return redirect(authorizing.error_url(request.args, error), 302)
    meanings = [meaning for scope, meaning in _MEANINGS.items() if scope in asked.scope.split()]
    with world().lock:
        return _page("SCIM Console asks the pretend portal", session=_session(), meanings=meanings)


@blueprint.post("/portal/authorize")
def decide() -> str | Response | tuple[str, int]:
    """Back to the application: with a code for `decision=allow`, with `access_denied` for any other."""
    try:
        with world().lock:
            asked = authorizing.read_request(request.args)
            session = _session()
            if session is None:
                return redirect(f"{url_for('.authorize')}?{request.query_string.decode()}", 303)
            if request.form.get("decision") != "allow":
                raise OAuthError("access_denied", "The member did not agree.")
            return redirect(authorizing.consent(world(), asked, session), 303)
    except OAuthError as error:
        return redirect(authorizing.error_url(request.args, error), 303)
    except ValueError as error:
        return _page("The portal can't go on", problem=str(error)), 400


def _page(title: str, *, session: MemberSession | None = None, **more: object) -> str:
    here = world()
    member = here.members[session.member_id] if session else None
    people = [(here.organizations[m.organization_id], m) for m in here.members.values() if _factors(m)]
    return render_template(
        "sandbox/portal.html",
        title=title,
        member=member,
        organization=here.organizations[member.organization_id] if member else None,
        people=people,
        **more,
    )


def _session() -> MemberSession | None:
    try:
        return find_session(world(), request.cookies.get(COOKIE), None)
    except ApiError:
        return None


def _back() -> Response:
    """To the authorization that the form came from, with its query, or to the portal's own page."""
    asked = request.form.get("authorization")
    return redirect(url_for(".index") if asked is None else f"{url_for('.authorize')}?{asked}", 303)


def _factors(member: Member) -> tuple[Factor, ...] | None:
    """Proofs that are enough for the member's organization; None if the portal knows none, or no second one.

    It takes in nobody who was only invited so far.
    """
    now = world().clock.now()
    first = _first_factor(member, now) if member.status == "active" else None
    if first is None or missing_factors(world(), member, (first,))["mfa_required"] is None:
        return (first,) if first else None
    if member.totp_registration_id:
        return first, totp_factor(member.email_address, member.totp_registration_id, now)
    if member.mfa_phone_number:
        return first, sms_factor(member.email_address, member.mfa_phone_number, now)
    return None


def _first_factor(member: Member, now: datetime) -> Factor | None:
    organization = world().organizations[member.organization_id]
    if organization.allows("magic_link"):
        return email_factor("magic_link", member.email_address, now)
    connections = world().sso_connections_of(organization.organization_id)
    if organization.allows("sso") and connections:
        return connections[0].factor(Person(member.email_address, member.name), now)
    return None
