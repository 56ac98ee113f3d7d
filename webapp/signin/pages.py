"""Sign-in by discovery email magic link with PKCE (`stytch-api.md §4.1, §4.2`), organization choice, sign-out."""

import base64
import hashlib
import re
import secrets

import structlog
from flask import Blueprint, current_app, g, redirect, render_template, request, session, url_for
from pydantic import SecretStr
from werkzeug.wrappers import Response

from webapp.history.events import SignIn, SignOut
from webapp.settings import Settings
from webapp.signin import member
from webapp.signin.guard import local_path
from webapp.stytch import Stytch, errors
from webapp.stytch.models import DiscoveryAnswer
from webapp.web.record import record

bp = Blueprint("signin", __name__)
_log = structlog.get_logger()

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ADDRESS_KEY, _NEXT_KEY, _VERIFIER_KEY, _INTERMEDIATE_KEY = "email", "next", "verifier", "intermediate_session"


@bp.get("/login")
def login() -> str | Response:
    """The sign-in form. `?next=` is where to go afterwards, `?email=` fills the field in."""
    if member.stored() and not request.args.get("ended"):
        return redirect(url_for("connections.index"), 303)
    return _form(email=request.args.get("email", ""), ended=bool(request.args.get("ended")))


@bp.post("/login")
def send() -> str | Response | tuple[str, int]:
    """Has Stytch mail a link which only this browser can use."""
    if member.stored():
        return redirect(url_for("connections.index"), 303)
    email = request.form.get("email", "").strip()
    if not _EMAIL.fullmatch(email):
        return _form(email=email, problem="Enter an email address, such as ada@example.com."), 422
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    try:
        _stytch().send_discovery_email(
            email,
            redirect_url=current_app.config["PUBLIC_URL"] + url_for("signin.callback"),
            pkce_code_challenge=base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        )
    except errors.RateLimited:
        problem = "A link was sent to this address a moment ago. Look into your inbox, or try again in a minute."
        return _form(email=email, problem=problem), 429
    except errors.OutcomeUnknown:
        # Whether the mail left is not known; saying so beats sending another.
        _log.warning("authn_link_unknown")
    except errors.Refused as error:
        if isinstance(error, errors.BadCredentials) or error.error_type != "invalid_email":
            raise
        return _form(email=email, problem="Stytch does not take this address. Check it for typing errors."), 422
    session.clear()
    session[_VERIFIER_KEY] = verifier
    session[_ADDRESS_KEY] = email
    session[_NEXT_KEY] = local_path(request.form.get("next"))
    return redirect(url_for("signin.sent"), 303)


@bp.get("/login/sent")
def sent() -> str | Response:
    """Says where the link was sent."""
    if _VERIFIER_KEY not in session:
        return redirect(url_for("signin.login"), 303)
    return render_template("signin/sent.html", email=session[_ADDRESS_KEY], next=session.get(_NEXT_KEY))


@bp.get("/login/callback")
def callback() -> str | Response | tuple[str, int]:
    """Where the mailed link ends. Only the browser that asked can redeem it, so a mail scanner can't use it up."""
    token = request.args.get("token", "")
    if request.args.get("stytch_token_type") != "discovery" or not token:
        return _stopped("This link is not complete", "Copy it whole from the mail, or have a new one sent."), 400
    verifier = session.get(_VERIFIER_KEY)
    if verifier is None:
        text = "Open it in the browser in which you asked for it, or have a new one sent from here."
        return _stopped("This link belongs to another browser", text), 400
    try:
        answer = _stytch().authenticate_discovery(token, pkce_code_verifier=verifier)
    except (errors.BadCredentials, errors.RateLimited):
        raise
    except errors.Refused as error:
        _log.info("authn_login_fail", error_type=error.error_type)
        text = "It was used before, it is too old, or a newer one was sent. Nobody was signed in."
        return _stopped("This link no longer works", text, error.request_id), 400
    except errors.OutcomeUnknown as error:
        text = "Nobody was signed in. The link may be used up now: open it once more, or have a new one sent."
        return _stopped("Stytch did not answer", text, error.request_id), 502
    del session[_VERIFIER_KEY]
    session[_INTERMEDIATE_KEY] = answer.intermediate_session_token.get_secret_value()
    session[_ADDRESS_KEY] = answer.email_address
    if len(answer.discovered_organizations) == 1:
        return _enter(answer.discovered_organizations[0].organization.organization_id)
    return redirect(url_for("signin.organizations"), 303)


@bp.get("/organizations")
def organizations() -> str | Response | tuple[str, int]:
    """The organizations that the person who opened the link can enter."""
    if _INTERMEDIATE_KEY not in session:
        return redirect(url_for("connections.index" if member.stored() else "signin.login"), 303)
    try:
        return _choice(_stytch().list_discovered_organizations(_intermediate()))
    except (errors.BadCredentials, errors.RateLimited):
        raise
    except errors.Refused as error:
        return _too_late(error)


@bp.post("/organizations")
def choose() -> str | Response | tuple[str, int]:
    """Enters one organization."""
    if _INTERMEDIATE_KEY not in session:
        return redirect(url_for("signin.login"), 303)
    return _enter(request.form.get("organization_id", ""))


@bp.post("/logout")
def logout() -> str | Response | tuple[str, int]:
    """Ends the session here and at Stytch."""
    signed_in = member.current()
    failure: errors.StytchError | None = None
    try:
        _stytch().revoke_session(signed_in.session_token)
    except errors.SessionEnded:
        pass
    except errors.StytchError as error:
        failure = error
    record(SignOut, "unknown" if failure else "done", request_id=failure.request_id if failure else "")
    member.forget()
    if failure:
        _log.warning("session_logout_unconfirmed", member_id=signed_in.member_id, stytch_request_id=failure.request_id)
        text = "This browser no longer holds your session, but Stytch did not confirm its end. It runs out by itself."
        return _stopped("You are signed out here", text, failure.request_id), 502
    _log.info("session_logout", member_id=signed_in.member_id)
    return redirect(url_for("signin.login"), 303)


def _enter(organization_id: str) -> str | Response | tuple[str, int]:
    settings: Settings = current_app.extensions["settings"]
    try:
        answer = _stytch().exchange_intermediate_session(
            _intermediate(), organization_id, session_duration_minutes=settings.session_minutes
        )
    except (errors.BadCredentials, errors.RateLimited):
        raise
    except errors.Refused as error:
        if error.error_type in ("intermediate_session_not_found", "invalid_session_token"):
            return _too_late(error)
        _log.info("authn_login_fail", error_type=error.error_type)
        text = "You were not signed in to it. Choose another, or ask its administrator for access."
        return _stopped("That organization does not let you in", text, error.request_id), 403
    if not answer.member_authenticated:
        # The exchange used the old one up.
        session[_INTERMEDIATE_KEY] = answer.intermediate_session_token.get_secret_value()
        asks = "a second factor" if answer.mfa_required else "another way to sign in"
        text = (
            f"{answer.organization.organization_name} asks for {asks}, which this console does not offer yet. "
            "You were not signed in, and nothing was changed."
        )
        return _stopped(f"{answer.organization.organization_name} asks for more", text, answer.request_id), 403
    onward = local_path(session.get(_NEXT_KEY)) or url_for("connections.index")
    g.member = member.sign_in(answer)
    record(SignIn, "done", request_id=answer.request_id)
    _log.info("authn_login_success", member_id=answer.member.member_id, organization_id=organization_id)
    return redirect(onward, 303)


def _form(*, email: str, problem: str = "", ended: bool = False) -> str:
    onward = local_path(request.values.get("next"))
    return render_template("signin/login.html", email=email, next=onward, problem=problem, ended=ended)


def _choice(answer: DiscoveryAnswer) -> str:
    return render_template(
        "signin/organizations.html", email=answer.email_address, organizations=answer.discovered_organizations
    )


def _too_late(error: errors.StytchError) -> tuple[str, int]:
    session.pop(_INTERMEDIATE_KEY, None)
    text = "An organization has to be chosen within 10 minutes after the link was opened. Have a new link sent."
    return _stopped("That took too long", text, error.request_id), 400


def _stopped(title: str, text: str, reference: str = "") -> str:
    choice = _INTERMEDIATE_KEY in session
    return render_template("signin/stopped.html", title=title, text=text, reference_id=reference, choice=choice)


def _intermediate() -> SecretStr:
    return SecretStr(session[_INTERMEDIATE_KEY])


def _stytch() -> Stytch:
    stytch: Stytch = current_app.extensions["stytch"]
    return stytch
