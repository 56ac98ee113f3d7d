"""Ways that leave for another site and come back: mailed links, OAuth providers, SSO (`stytch-api.md §4.1`)."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _

from webapp.signin import arrival, attempt, failing, lifetime
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, settings, stopped, stytch
from webapp.signin.guard import local_path
from webapp.signin.messages import callback_url
from webapp.signin.ways import OAUTH_PROVIDERS
from webapp.stytch import errors
from webapp.stytch.models import DiscoveryAnswer, ExchangeAnswer
from webapp.web import limits, origin

_ONCE = {"signin.oauth", "signin.sso", "signin.portal", "signin.callback", "signin.portal_callback"}
"""Endpoints whose visit begins something, or uses something up."""


@bp.before_request
def answer_a_look() -> Page | None:
    """A scanner that asks for headers, or a browser that loads ahead of a click, has not opened an address."""
    if request.endpoint not in _ONCE:
        return None
    if request.method == "HEAD":
        return "", 204
    if "prefetch" in request.headers.get("Sec-Purpose", ""):
        return "", 503  # browsers keep what they loaded ahead for the click, unless it failed
    return None


@bp.get("/authenticate/oauth/<way>")
def oauth(way: str) -> Page:
    """Leaves for an OAuth provider, by way of Stytch. Only a link of the console's own pages begins anything."""
    if way not in OAUTH_PROVIDERS or way not in settings().login_methods:
        abort(404)
    under_way, anew = _begun()
    provider = way.removesuffix("_oauth")
    query = {"public_token": settings().stytch_public_token, "pkce_code_challenge": under_way.challenge}
    if under_way.organization_id:
        query |= {
            "organization_id": under_way.organization_id,
            "login_redirect_url": callback_url(),
            "signup_redirect_url": callback_url(),
        }
        path = f"/v1/b2b/public/oauth/{provider}/start"
    else:
        query["discovery_redirect_url"] = callback_url()
        path = f"/v1/b2b/public/oauth/{provider}/discovery/start"
    under_way.save(anew=anew)
    return redirect(f"{stytch().base_url}{path}?{urlencode(query)}", 303)


@bp.get("/authenticate/sso/<connection_id>")
def sso(connection_id: str) -> Page:
    """Leaves for an organization's own identity provider, by way of Stytch."""
    if "sso" not in settings().login_methods:
        abort(404)
    under_way, anew = _begun()
    if not under_way.organization_id:
        abort(404)
    query = {
        "public_token": settings().stytch_public_token,
        "connection_id": connection_id,
        "login_redirect_url": callback_url(),
        "signup_redirect_url": callback_url(),
        "pkce_code_challenge": under_way.challenge,
    }
    under_way.save(anew=anew)
    return redirect(f"{stytch().base_url}/v1/public/sso/start?{urlencode(query)}", 303)


@bp.get("/login/callback")
def callback() -> Page:
    """Where links and redirects end. Only the browser that began can redeem them: a mail scanner can't use them up."""
    kind, token = request.args.get("stytch_token_type", ""), request.args.get("token", "")
    under_way = attempt.current()
    if request.args.get("error") and under_way:
        return _denied(under_way)
    if not token or kind not in {*_REDEEM, _RESET}:
        # Translators: “it” is a mailed link
        text = _("Copy it whole from the mail, or have a new one sent.")
        return stopped(_("This link is not complete"), text), 400
    if under_way is None or not under_way.verifier:
        # Translators: “it” is a mailed link
        text = _("Open it in the browser in which you asked for it, or have a new one sent from here.")
        return stopped(_("This link belongs to another browser"), text), 400
    if kind == _RESET or request.args.get("stytch_redirect_type") == "reset_password":
        replace(under_way, reset_token=token).save()
        return redirect(url_for("signin.new_password"), 303)
    try:
        proof = _REDEEM[kind](token, under_way)
    except errors.StytchError as error:
        # Translators: “it” is a mailed link
        text = _("It was used before, it is too old, or a newer one was sent. Nobody was signed in.")
        title, onward = _("This link no longer works"), _onward(under_way)
        return failing.told(
            error,
            under_way,
            lambda refused: (stopped(title, text, refused.request_id, onward), 400),
            _("The link may be used up now: open it once more, or have a new one sent."),
        )
    return arrival.proven(proof)


def _begun() -> tuple[Attempt, bool]:
    """The sign-in that goes on with this way, with a fresh verifier, and whether it begins anew with it.

    It does not where more was asked for than was proven so far.
    """
    if origin.led_here_by_another_site():  # it would make this browser forget a sign-in that is under way
        abort(403, "cross_site")
    under_way = attempt.current()
    organization = request.args.get("organization", "")
    if under_way and (under_way.confirming or under_way.wanted) and organization == under_way.door:
        return replace(under_way, verifier=attempt.new_verifier()), False
    fresh = Attempt(next=local_path(request.args.get("next")), verifier=attempt.new_verifier())
    if not organization:
        return fresh, True
    limits.count_look("door")
    try:
        return fresh.at(stytch().get_organization(organization)), True
    except errors.NotFound:
        abort(404)


def _denied(under_way: Attempt) -> Page:
    text = _("Nothing was shared with this console, and nobody was signed in. Try again, or choose another way.")
    return stopped(_("The sign-in was not approved"), text, onward=_onward(under_way)), 403


def _onward(under_way: Attempt) -> tuple[str, str]:
    if under_way.confirming:
        return url_for("signin.confirm"), _("Choose another way")
    if under_way.organization_id:
        door = url_for("signin.door", organization=under_way.door, next=under_way.next, stay=1)
        return door, _("Choose another way")
    return url_for("signin.login", next=under_way.next), _("Go to sign-in")


def _discovery_link(token: str, under_way: Attempt) -> DiscoveryAnswer:
    return stytch().authenticate_discovery(token, pkce_code_verifier=under_way.verifier)


def _discovery_oauth(token: str, under_way: Attempt) -> DiscoveryAnswer:
    return stytch().authenticate_discovery_oauth(token, pkce_code_verifier=under_way.verifier)


def _member_link(token: str, under_way: Attempt) -> ExchangeAnswer:
    return _of_member(stytch().authenticate_magic_link, token, under_way)


def _member_oauth(token: str, under_way: Attempt) -> ExchangeAnswer:
    return _of_member(stytch().authenticate_oauth, token, under_way)


def _member_sso(token: str, under_way: Attempt) -> ExchangeAnswer:
    return _of_member(stytch().authenticate_sso, token, under_way)


def _of_member(call: Callable[..., ExchangeAnswer], token: str, under_way: Attempt) -> ExchangeAnswer:
    return call(
        token,
        pkce_code_verifier=under_way.verifier,
        minutes=lifetime.of_next(confirming=under_way.confirming),
        proven=under_way.proven(),
    )


_REDEEM: dict[str, Callable[[str, Attempt], DiscoveryAnswer | ExchangeAnswer]] = {
    "discovery": _discovery_link,
    "discovery_oauth": _discovery_oauth,
    "multi_tenant_magic_links": _member_link,
    "oauth": _member_oauth,
    "sso": _member_sso,
}
_RESET = "multi_tenant_passwords"
