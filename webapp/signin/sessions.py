"""The sessions of whoever is signed in: how long this one lasts, where the others are, and their end."""

import structlog
from flask import Response, current_app, g, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response as AnyResponse

from webapp.history.events import SessionEnd, SignOut
from webapp.signin import guard, lifetime, member
from webapp.signin.blueprint import Page, bp, settings, stopped, stytch
from webapp.stytch import errors
from webapp.stytch.models import MemberSession
from webapp.web import htmx
from webapp.web.record import record
from webapp.web.words import listed

_log = structlog.get_logger()


@bp.app_context_processor
def session_end() -> dict[str, object]:
    """Gives pages `session_seconds`, how long the session lasts unless it is used, and whether it can be extended."""
    signed_in = g.get("member")
    if not isinstance(signed_in, member.SignedIn):
        return {}
    return {
        "session_seconds": lifetime.seconds_until_end(signed_in),
        "session_extendable": lifetime.can_be_extended(signed_in),
    }


@bp.after_app_request
def make_room(response: AnyResponse) -> AnyResponse:
    """Has the cookie that is about to be written fit into the browser."""
    if session.modified:
        member.make_room()
    return response


@bp.after_app_request
def tell_session_end(response: AnyResponse) -> AnyResponse:
    """Tells the page that htmx has open how long the session lasts now."""
    if isinstance(g.get("member"), member.SignedIn) and htmx.is_htmx():
        response.headers["Console-Session-Seconds"] = str(lifetime.seconds_until_end(g.member))
    return response


@bp.post("/session/extend")
def extend() -> AnyResponse:
    """Has the session last longer, as far as it may."""
    if not htmx.wants_fragment():
        g.member = guard.renewed(member.current())
        return redirect(url_for("connections.index"), 303)
    try:
        g.member = guard.renewed(member.current())
    except errors.SessionEnded:
        raise
    except errors.StytchError:
        return htmx.fragment(render_template("signin/_session_end.html", failed=True))
    return htmx.fragment(render_template("signin/_session_end.html"))


@bp.get("/sessions")
def sessions() -> Page:
    """Where the member is signed in."""
    signed_in = member.current()
    found = stytch().list_sessions(signed_in.organization_id, signed_in.member_id)
    found.sort(key=lambda each: each.last_accessed_at, reverse=True)
    return render_template("signin/sessions.html", sessions=found, here=signed_in.session_id, proofs=_proofs)


@bp.post("/sessions/revoke")
def revoke() -> Page:
    """Ends one of the member's sessions elsewhere."""
    signed_in = member.current()
    which = request.form.get("member_session_id", "")
    try:
        stytch().revoke_session_by_id(signed_in.actor, which)
    except errors.SessionEnded:
        guard.require_live_session()  # else it is the other one that was over already
    except errors.OutcomeUnknown as error:
        record(SessionEnd, "unknown", request_id=error.request_id, what=which)
        text = _("Whether that session has ended is not known. Look at your sessions: it is not among them if it has.")
        again = (url_for("signin.sessions"), _("Look again"))
        return stopped(_("Stytch did not answer"), text, error.request_id, again), 502
    record(SessionEnd, "done", what=which)
    _log.info("session_revoked", member_id=signed_in.member_id, member_session_id=which)
    return redirect(url_for("signin.sessions"), 303)


@bp.post("/logout")
def logout() -> Page:
    """Ends the session here and at Stytch."""
    return _leave(everywhere=False)


@bp.post("/logout/everywhere")
def logout_everywhere() -> Page:
    """Ends all of the member's sessions, this one too."""
    return _leave(everywhere=True)


def _leave(*, everywhere: bool) -> Page:
    signed_in = member.current()
    failure: errors.StytchError | None = None
    try:
        if everywhere:
            stytch().revoke_all_sessions(signed_in.actor, signed_in.member_id)
        else:
            stytch().revoke_session(signed_in.session_token)
    except errors.SessionEnded:
        pass
    except errors.StytchError as error:
        failure = error
    reference = failure.request_id if failure else ""
    record(SignOut, "unknown" if failure else "done", request_id=reference, everywhere=everywhere)
    member.forget()
    if failure:
        _log.warning("session_logout_unconfirmed", member_id=signed_in.member_id, stytch_request_id=reference)
        answer = Response(stopped(_("You are signed out here"), _unconfirmed(everywhere=everywhere), reference), 502)
    else:
        _log.info("session_logout", member_id=signed_in.member_id, everywhere=everywhere)
        answer = current_app.make_response(redirect(url_for("signin.login"), 303))
    if not settings().prefix:
        # Nothing of what was shown stays in this browser; not "cookies", which would sign out of a portal beside us.
        # Below a prefix cache and storage are the portal's too.
        answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _proofs(session: MemberSession) -> str:
    """What a session was begun by, in words, of Stytch's names for it (`stytch-api.md §4.8`)."""
    names = {
        "email": pgettext("proof", "mail"),
        "knowledge": pgettext("proof", "password"),
        "sms": pgettext("proof", "texted code"),
        "authenticator_app": pgettext("proof", "authenticator app"),
        "recovery_code": pgettext("proof", "recovery code"),
        "sso_saml": "SSO (SAML)",
        "sso_oidc": "SSO (OIDC)",
        "oauth_google": "Google",
        "oauth_microsoft": "Microsoft",
        "oauth_github": "GitHub",
        "oauth_slack": "Slack",
        "oauth_hubspot": "HubSpot",
        "oauth_access_token_exchange": pgettext("proof", "the portal"),
    }
    proofs = session.authentication_factors
    return listed([names.get(each.delivery_method, each.type.replace("_", " ")) for each in proofs])


def _unconfirmed(*, everywhere: bool) -> str:
    if everywhere:
        return _(
            "This browser no longer holds your session, but Stytch did not confirm the end of your sessions. "
            "They run out by themselves."
        )
    return _("This browser no longer holds your session, but Stytch did not confirm its end. It runs out by itself.")
