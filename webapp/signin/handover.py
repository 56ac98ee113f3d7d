"""Sign-in for a frame in another site's page, in a window of its own (`docs/embed.md`).

Whatever browsers keep for the window they keep from the frame, and identity providers refuse to be framed. So the
window signs in like any tab, and on a click makes a code, tells it the frame that opened it, and lets its own session
go. The frame brings the code, with the nonce in its cookie that the code was made for.
"""

import re
import secrets
from contextlib import suppress

import structlog
from flask import abort, jsonify, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from webapp.history.events import Handover
from webapp.signin import handover_codes, lifetime, member
from webapp.signin.blueprint import Page, bp, settings, stopped, stytch
from webapp.signin.guard import STEP, local_path, renewed
from webapp.stytch.errors import StytchError
from webapp.web import frames, mount
from webapp.web.record import record

_NONCE = "nonce"
_DIGEST = re.compile(r"[\w-]{43}")
_log = structlog.get_logger()


@bp.app_template_global()
def handover_url(organization: str = "") -> str:
    """Where the window for this frame opens; at an organization's door if one is named, to prove it anew."""
    if not frames.kept(_NONCE):
        frames.keep(_NONCE, secrets.token_urlsafe(32))
    frame = handover_codes.digest(frames.kept(_NONCE))
    return url_for("signin.handover", frame=frame, portal=frames.portal() or None, organization=organization or None)


@bp.get("/handover")
def handover() -> Page:
    """Where the window begins."""
    asked = _asked()
    confirm = url_for("signin.confirm_handover", frame=asked["frame"], portal=asked.get("portal"))
    if organization := request.args.get("organization"):
        return redirect(url_for("signin.door", organization=organization, again=1, next=confirm), 303)
    return redirect(confirm, 303)


@bp.get("/handover/confirm")
def confirm_handover() -> Page:
    """Asks whoever signed in whether the portal's page is to go on with it."""
    asked = _asked()
    if frames.framed():
        # Translators: “it” is this page
        text = _("It can't be shown in a frame. Nothing was changed.")
        return stopped(_("This belongs in a window of its own"), text), 403
    return render_template("signin/handover.html", asked=asked, portal=asked.get("portal", ""), here=mount.here())


@bp.post("/handover/confirm")
def make_handover() -> Page:
    """Makes the code; the session is the frame's from here."""
    asked = _asked()
    signed_in = member.current()
    if not signed_in.adopted and lifetime.onward(signed_in.started_at):
        # If nobody comes for it, nobody can end it: only the code opens it. So it ends by itself, before long.
        member.keep(stytch().authenticate_session(signed_in.session_token, minutes=lifetime.SHORTEST))
    code = handover_codes.make(member.packed(), asked["frame"])
    record(Handover, "done", what=asked.get("portal", ""))
    _log.info("session_handover", member_id=signed_in.member_id, portal=asked.get("portal", ""))
    member.forget()
    return render_template("signin/handed_over.html", code=code)


@bp.get("/handover/cookie")
def handover_cookie() -> Response:
    """Tells a frame whether this browser keeps a cookie for it."""
    return jsonify(arrived=bool(frames.kept(_NONCE)))


@bp.post("/handover/redeem")
def redeem() -> Page:
    """Takes the session over into the frame; on with a step that waited for this proof, else to the page asked for."""
    nonce = frames.kept(_NONCE)
    content = handover_codes.take(request.form.get("code", ""), handover_codes.digest(nonce)) if nonce else None
    before, step = member.stored(), session.get(STEP)
    signed_in = member.take_over(content) if content else None
    if signed_in is None:
        _log.warning("session_handover_refused", nonce=bool(nonce))
        # Translators: “it” is a sign-in in a window of its own, which another page goes on with
        text = _("It was meant for another page, was used before, or came after a minute. Nobody was signed in here.")
        return stopped(_("That sign-in can't be used here"), text), 400
    frames.keep(_NONCE, "")
    with suppress(StytchError):  # as long as any other from here; what is wrong with it, the next page says
        renewed(signed_in)
    if before and before.session_token != signed_in.session_token and not before.adopted:
        with suppress(StytchError):
            stytch().revoke_session(before.session_token)
    if step and before and before.member_id == signed_in.member_id:
        session[STEP] = step
        return redirect(url_for("signin.resume"), 303)
    return redirect(local_path(request.form.get("next")) or url_for("connections.index"), 303)


def _asked() -> dict[str, str]:
    """The frame and the portal that the window was opened for, from the query."""
    frame, portal = request.args.get("frame", ""), request.args.get("portal", "")
    origins = settings().embed_origins
    if not origins:
        abort(404)
    if not _DIGEST.fullmatch(frame) or (portal and portal not in origins):
        abort(400)
    return {"frame": frame, "portal": portal} if portal else {"frame": frame}
