"""Nobody gets past here without a member session, except to the few pages that sign-in itself needs."""

from contextlib import suppress
from dataclasses import replace
from urllib.parse import urlsplit

import structlog
from flask import current_app, g, request, session, url_for
from werkzeug.wrappers import Response

from webapp.signin import lifetime, member
from webapp.signin.blueprint import stytch
from webapp.signin.session_jwt import NotValid, SessionJwts
from webapp.stytch.errors import SessionEnded, StytchError
from webapp.web import clock, htmx, mount

PUBLIC = frozenset(
    {
        "signin.login",
        "signin.send",
        "signin.door",
        "signin.send_at_door",
        "signin.link",
        "signin.code",
        "signin.check_code",
        "signin.password",
        "signin.check_password",
        "signin.reset",
        "signin.send_reset",
        "signin.new_password",
        "signin.set_password",
        "signin.strength",
        "signin.oauth",
        "signin.sso",
        "signin.callback",
        "signin.organizations",
        "signin.choose",
        "signin.second_factor",
        "signin.check_second_factor",
        "signin.text_again",
        "signin.enroll",
        "signin.begin_enrolment",
        "signin.authenticator",
        "signin.check_authenticator",
        "signin.portal",
        "signin.portal_callback",
        "signin.adopt",
        "signin.handover",
        "signin.handover_cookie",
        "signin.redeem",
        "healthz",
        "readyz",
        "metrics",
        "csp_report",
        "webhook",
        "brand",
        "language",
    }
)
"""Endpoints for people who are not signed in. Everything else is closed (`tests/test_routes.py` walks the URL map)."""

WATCHED = frozenset({"connections.watch_provisioning"})
"""Endpoints that an open page asks by itself. That is no use of the session (`watching.py`)."""

STEP = "step"
"""What the cookie calls a step that waits for a proof of identity (`step_up.py`)."""
LONGEST_PATH = 500
"""The way back is kept in a cookie, which has little room."""

_log = structlog.get_logger()


def require_member() -> Response | None:
    """Puts the signed-in member into `g.member`, or leads to sign-in."""
    g.member = None
    if request.endpoint in PUBLIC:
        return None
    stored = member.stored()
    if request.endpoint is None:
        # No such page: for whoever is signed in, it is shown as a page of theirs.
        with suppress(StytchError):
            g.member = verified(stored) if stored else None
        return None
    if stored is None:
        return to_sign_in()
    if request.endpoint in WATCHED and htmx.wants_fragment():
        # The page stays as it is, whatever became of the session: its person may be reading.
        try:
            g.member = current_app.extensions["watching"].verified(stored)
        except StytchError as error:
            return Response(status=401 if isinstance(error, SessionEnded) else 204)
        return None
    try:
        g.member = verified(stored)
    except SessionEnded:
        return session_ended(None)
    return None


def require_live_session() -> None:
    """Raises `SessionEnded` when Stytch says that the session is over.

    For use after a refusal: what Stytch answers to a dead session in a call's header is not known, and it may be the
    same 403 that lacking roles get (`stytch-api.md §1.3`).
    """
    try:
        stytch().authenticate_session(member.current().session_token)
    except SessionEnded:
        raise
    except StytchError:
        return


def session_ended(_error: SessionEnded | None) -> Response:
    """Also the app's answer when Stytch says in the middle of a request that the session is over."""
    _log.info("session_expired", path=request.path)
    kept = session.get(STEP, {}) if request.path.startswith("/authenticate/") else {}
    member.forget()
    return to_sign_in("step" if kept or request.method != "GET" else "look", kept.get("back"))


def to_sign_in(ended: str | None = None, back: str | None = None) -> Response:
    """To sign-in, and afterwards to the page that the person was on, or `back` to another one.

    `ended` has the page say that a session was over: before a `look` at a page, or a `step` that was not taken.
    """
    return htmx.sign_in_at(url_for("signin.login", next=local_path(back or mount.page()), ended=ended))


def local_path(url: str | None) -> str | None:
    """The URL if it is a path of this console, else None: never a way to another site."""
    if not url or len(url) > LONGEST_PATH or not mount.local(url):
        return None
    path = mount.within(urlsplit(url).path) or ""
    if path.startswith(("/login", "/logout", "/authenticate", "/organizations")):
        return None
    return url


def verified(stored: member.SignedIn) -> member.SignedIn:
    """The member, with what the session is worth now: by its JWT, else by asking Stytch. Raises a `StytchError`."""
    if lifetime.is_over(stored):
        with suppress(StytchError):
            stytch().revoke_session(stored.session_token)
        raise SessionEnded("too_long_signed_in")
    # A JWT lives five minutes, the session longer; and when the keys can't be had, Stytch itself may answer.
    return by_jwt(stored, stored.session_jwt.get_secret_value()) or renewed(stored)


def by_jwt(stored: member.SignedIn, session_jwt: str) -> member.SignedIn | None:
    """The member, with what the session is worth by this JWT; None if it tells nothing of it now."""
    jwts: SessionJwts = current_app.extensions["session_jwts"]
    try:
        claims = jwts.verify(session_jwt)
    except (NotValid, StytchError):
        return None
    whose = (claims.member_id, claims.organization_id)
    if whose != (stored.member_id, stored.organization_id) or clock.now() >= claims.standing.expires_at:
        return None
    return replace(
        stored,
        roles=tuple(claims.standing.roles),
        ends_at=claims.standing.expires_at,
        confirmed_at=member.last_proof(claims.standing, has_second_factor=stored.has_second_factor),
    )


def renewed(stored: member.SignedIn) -> member.SignedIn:
    """The member, as Stytch itself answers now; being used, the session lasts longer from here."""
    minutes = None if stored.adopted else lifetime.onward(stored.started_at)
    answer = stytch().authenticate_session(stored.session_token, minutes=minutes)
    return member.keep(answer, adopted=stored.adopted)
