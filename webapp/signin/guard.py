"""Nobody gets past here without a member session, except to the few pages that sign-in itself needs."""

from dataclasses import replace
from urllib.parse import urlsplit

import structlog
from flask import current_app, g, request, url_for
from werkzeug.wrappers import Response

from webapp.signin import member
from webapp.signin.session_jwt import NotValid, SessionJwts
from webapp.stytch import Stytch
from webapp.stytch.errors import SessionEnded, StytchError
from webapp.web import htmx

PUBLIC = frozenset(
    {
        "signin.login",
        "signin.send",
        "signin.sent",
        "signin.callback",
        "signin.organizations",
        "signin.choose",
        "healthz",
        "csp_report",
    }
)
"""Endpoints for people who are not signed in. Everything else is closed (`tests/test_routes.py` walks the URL map)."""

_log = structlog.get_logger()


def require_member() -> Response | None:
    """Puts the signed-in member into `g.member`, or leads to sign-in."""
    g.member = None
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    stored = member.stored()
    if stored is None:
        return to_sign_in(ended=False)
    try:
        g.member = _verified(stored)
    except SessionEnded:
        return session_ended(None)
    return None


def require_live_session() -> None:
    """Raises `SessionEnded` when Stytch says that the session is over.

    For use after a refusal: what Stytch answers to a dead session in a call's header is not known, and it may be the
    same 403 that lacking roles get (`stytch-api.md §1.3`).
    """
    stytch: Stytch = current_app.extensions["stytch"]
    try:
        stytch.authenticate_session(member.current().session_token)
    except SessionEnded:
        raise
    except StytchError:
        return


def session_ended(_error: SessionEnded | None) -> Response:
    """Also the app's answer when Stytch says in the middle of a request that the session is over."""
    _log.info("session_expired", path=request.path)
    member.forget()
    return to_sign_in(ended=True)


def to_sign_in(*, ended: bool) -> Response:
    """To sign-in, and back afterwards to the page that the person was on."""
    if request.method == "GET" and not htmx.is_htmx():
        here: str | None = request.full_path.removesuffix("?")
    else:
        try:
            here = htmx.current_path() or _referring_path()
        except ValueError:  # what is in those headers is no URL
            here = None
    return htmx.sign_in_at(url_for("signin.login", next=local_path(here), ended="1" if ended else None))


def local_path(url: str | None) -> str | None:
    """The URL if it is a path of this console, else None: never a way to another site."""
    if not url or not url.startswith("/") or url.startswith("//") or any(ord(c) < 33 or c == "\\" for c in url):
        return None
    parts = urlsplit(url)
    if parts.scheme or parts.netloc or parts.path.startswith(("/login", "/logout", "/organizations")):
        return None
    return url


def _referring_path() -> str | None:
    parts = urlsplit(request.referrer or "")
    if f"{parts.scheme}://{parts.netloc}" != current_app.config["PUBLIC_URL"]:
        return None
    return parts.path


def _verified(stored: member.SignedIn) -> member.SignedIn:
    """The member, with the roles the session has now. Raises `SessionEnded` or another `StytchError`."""
    jwts: SessionJwts = current_app.extensions["session_jwts"]
    stytch: Stytch = current_app.extensions["stytch"]
    try:
        claims = jwts.verify(stored.session_jwt.get_secret_value())
        if (claims.member_id, claims.organization_id) == (stored.member_id, stored.organization_id):
            return replace(stored, roles=claims.roles)
    except (NotValid, StytchError):
        # A JWT lives five minutes, the session longer; and when the keys can't be had, Stytch itself may answer.
        pass
    answer = stytch.authenticate_session(stored.session_token)
    return replace(member.keep(answer), roles=tuple(answer.member_session.roles))
