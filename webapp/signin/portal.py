"""Through the portal: its OpenID Connect sign-in (Stytch Connected Apps, `stytch-api.md §5`), or its own session."""

import warnings
from typing import Any

import httpx
from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Flask, abort, current_app, request, session, url_for
from flask_babel import gettext as _
from joserfc.errors import JoseError
from pydantic import SecretStr

from webapp.settings import Settings
from webapp.signin import arrival, failing, lifetime
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, settings, stopped, stytch
from webapp.signin.guard import local_path
from webapp.stytch import errors
from webapp.stytch.calls import CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS
from webapp.stytch.exchanges import exchange
from webapp.stytch.transport import DeadlineTransport, deadline
from webapp.web import mount, origin

with warnings.catch_warnings():
    # Authlib would rather have httpx2; our deadline is in httpx's transport.
    warnings.filterwarnings("ignore", "The httpx module is deprecated")
    from authlib.integrations.httpx_client import OAuth2Client


_NOT_AS_AGREED = (JoseError, httpx.HTTPError, ValueError, KeyError, TypeError, RuntimeError)
"""What Authlib raises when an answer of the provider can't be read, or lacks what has to be in it."""


class _Client(OAuth2Client):  # type: ignore[misc]  # Authlib has no types
    """Follows no redirects, and keeps the same deadline as the calls to Stytch."""

    def __init__(self, **options: Any) -> None:
        timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
        super().__init__(transport=DeadlineTransport(), timeout=timeout, follow_redirects=False, **options)

    def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Noted beside the calls to Stytch."""
        with exchange(request.method, request.url.path) as this:
            response: httpx.Response = super().send(request, **options)
            this.outcome = "refused" if response.is_error else "ok"
            return response


class _App(FlaskOAuth2App):  # type: ignore[misc]
    client_cls = _Client


def init_app(app: Flask, config: Settings) -> None:
    """Knows the portal as an OpenID provider, if there is one."""
    if config.oidc_issuer:
        OAuth(app).register(
            "portal",
            client_cls=_App,
            client_id=config.oidc_client_id,
            client_secret=config.oidc_client_secret.get_secret_value(),
            server_metadata_url=f"{config.oidc_issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid email profile full_access", "code_challenge_method": "S256"},
        )


@bp.get("/authenticate/portal")
def portal() -> Page:
    """Leaves for the portal's sign-in page, with state, nonce and PKCE. Only the console itself leads here."""
    client = _client()
    if origin.led_here_by_another_site():
        abort(403, "cross_site")
    Attempt(next=local_path(request.args.get("next"))).save(anew=True)
    for name in [name for name in session if name.startswith("_state_portal_")]:
        session.pop(name)  # Authlib keeps one for each time, and the cookie has little room
    try:
        with deadline(TOTAL_SECONDS):
            answer: Page = client.authorize_redirect(_callback_url())
    except _NOT_AS_AGREED:
        return _unreachable(client)
    return answer


@bp.get("/login/portal/callback")
def portal_callback() -> Page:
    """Checks what came back, and exchanges it for a member session at once: it is good for five minutes, and once."""
    client = _client()
    again = (url_for("signin.login"), _("Go to sign-in"))
    try:
        with deadline(TOTAL_SECONDS):
            token = client.authorize_access_token(claims_options=_expected(client))
            access_token = SecretStr(token["access_token"])
            _userinfo = token["userinfo"]  # Authlib lets an answer without ID token pass, and its nonce with it
    except OAuthError as denied:
        if denied.error == "access_denied":
            text = _("Nothing was shared with this console, and nobody was signed in.")
            return stopped(_("The sign-in was not approved"), text, onward=again), 403
        # Translators: “it” is a sign-in
        text = _(
            "It was begun in another browser, took too long, or was used before. Sign in through the portal again."
        )
        return stopped(_("This sign-in can't be finished"), text, onward=again), 400
    except _NOT_AS_AGREED:
        return _unreachable(client)
    try:
        answer = stytch().exchange_access_token(access_token, minutes=lifetime.of_new())
    except errors.Refused as refused:
        error = failing.refusal(refused)
        text = _("Stytch did not take the proof that the portal gave. Nobody was signed in.")
        return stopped(_("That organization does not let you in"), text, error.request_id, again), 403
    except errors.OutcomeUnknown as error:
        return failing.no_answer(error, _("Sign in through the portal again."))
    return arrival.arrived(answer)


@bp.post("/authenticate/portal-session")
def adopt() -> Page:
    """Takes over the session that the portal keeps in this browser, now that its member asked for it.

    It stays the portal's: it ends when it ends there, and signing out here signs out there.
    """
    name = settings().portal_session_cookie or abort(404)
    Attempt(next=local_path(request.form.get("next"))).save()
    try:
        answer = stytch().authenticate_session(SecretStr(request.cookies.get(name, "")))
    except errors.Refused as refused:
        error = failing.refusal(refused)
        # Translators: “it” is the session at the portal
        text = _("It has run out, or you signed out there. Sign in to the portal again, or sign in here.")
        return stopped(_("Your session at the portal is over"), text, error.request_id), 401
    return arrival.arrived(answer, adopted=True)


def _client() -> Any:
    if not settings().oidc_issuer:
        abort(404)
    return current_app.extensions["authlib.integrations.flask_client"].portal


def _expected(client: Any) -> dict[str, Any]:
    """What an ID token must say. Of the audience, Authlib by itself asks less (OpenID Connect Core §3.1.3.7)."""
    return {
        "iss": {"essential": True, "value": client.load_server_metadata()["issuer"]},
        "aud": {"essential": True, "value": settings().oidc_client_id},
    }


def _callback_url() -> str:
    return mount.absolute(url_for("signin.portal_callback"))


def _unreachable(client: Any) -> Page:
    # Authlib keeps what it read of the provider, and its keys, as long as the process lives: however wrong they were.
    client.server_metadata.clear()
    text = _("Nothing that can be read came back from the portal. Nobody was signed in. Try again, or sign in here.")
    return stopped(_("Signing in through the portal does not work right now"), text), 502
