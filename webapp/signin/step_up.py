"""What is hard to undo asks for a fresh proof of identity first, and then goes on with the very step."""

from dataclasses import dataclass, field
from datetime import timedelta

from flask import abort, redirect, render_template, request, session, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from webapp.signin import lifetime, member, messages
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, settings, stytch
from webapp.signin.guard import STEP
from webapp.signin.ways import OAUTH_PROVIDERS, offered
from webapp.stytch.models import Organization
from webapp.web import clock, cookies, frames, htmx, mount
from webapp.web.errors import Problem, answer

ENOUGH_TIME = timedelta(minutes=10)
"""What it takes to bring a new token to an identity provider, and come back."""


@dataclass(frozen=True)
class Step:
    """A form that was sent, to be sent once more after a proof: its path, fields and button, and the page it was on."""

    path: str
    button: str
    back: str
    fields: dict[str, str] = field(default_factory=dict)


def required(button: str, back: str) -> Response | None:
    """Leads to a proof of identity if the last one is older than `STEP_UP_MINUTES`, and keeps the form meanwhile.

    `button` is what the form's button says; `back` the path of the page that it was on.
    """
    oldest = timedelta(minutes=settings().step_up_minutes)
    if not oldest or clock.now() - member.current().confirmed_at <= oldest:
        return None
    fields = {name: value for name, value in request.form.items() if name != "csrf_token"}
    member.make_room()
    session[STEP] = {"path": mount.here(), "button": button, "back": back, "fields": fields}
    member.make_room()
    if cookies.room(session) < 0:
        forget_step()
        abort(413)
    return htmx.go(url_for("signin.confirm"))


def time_enough(back: str) -> Response | None:
    """Refuses what takes a while when the session ends too soon for it, however much it is used."""
    signed_in = member.current()
    left = lifetime.left(signed_in)
    if left >= ENOUGH_TIME:
        return None
    minutes = max(0, int(left.total_seconds()) // 60)
    text = ngettext(
        "Your session ends in %(num)s minute for good, which is too short to bring a new token to its place. "
        "Nothing was changed. Sign in again first; you come back to this page.",
        "Your session ends in %(num)s minutes for good, which is too short to bring a new token to its place. "
        "Nothing was changed. Sign in again first; you come back to this page.",
        minutes,
    )
    onward = (url_for("signin.door", organization=signed_in.organization_slug, again=1, next=back), _("Sign in again"))
    return answer(Problem(409, _("Your session ends too soon"), text, onward=onward))


@bp.get("/authenticate/confirm")
def confirm() -> Page:
    """Asks for a second factor; of whoever has none, for a first one anew, and says so."""
    under_way, organization = _begun()
    if under_way.totp or under_way.phone:
        return redirect(url_for("signin.second_factor"), 303)
    return _form(under_way, organization)


@bp.post("/authenticate/confirm")
def send_confirmation() -> Page:
    """Begins with a way that starts from the member's address."""
    under_way, organization = _begun()
    if under_way.totp or under_way.phone:
        return redirect(url_for("signin.second_factor"), 303)
    way = request.form.get("way", "")
    if way not in offered(organization):
        abort(422)
    if way == "password":
        return redirect(url_for("signin.password"), 303)
    problem = messages.send(way, under_way)
    if problem:
        return _form(under_way, organization, problem.text), problem.status
    return redirect(url_for("signin.code" if way == "email_otp" else "signin.link"), 303)


@bp.get("/authenticate/resume")
def resume() -> Page:
    """The kept form, with its button: nothing that is hard to undo is done by a redirect."""
    try:
        step = Step(**session[STEP])
    except (KeyError, TypeError):  # there is none, or it is of another version of the console
        return redirect(url_for("connections.index"), 303)
    return render_template("signin/resume.html", step=step)


def forget_step() -> None:
    """The kept form was sent."""
    session.pop(STEP, None)


def _begun() -> tuple[Attempt, Organization]:
    """The proof under way, with what Stytch says now of the member and the organization."""
    signed_in = member.current()
    now = stytch().authenticate_session(signed_in.session_token)
    organization = stytch().get_organization(signed_in.organization_id)
    under_way = Attempt(confirming=True).at(organization).by(now.member)
    under_way.save()
    return under_way, organization


def _form(under_way: Attempt, organization: Organization, problem: str = "") -> str:
    ways = offered(organization)
    window = frames.crosses_sites()
    if window:
        # A mailed link and a provider lead to a tab, which has not this frame's cookie.
        ways = [way for way in ways if way in ("email_otp", "password")]
    return render_template(
        "signin/confirm.html",
        window=window,
        attempt=under_way,
        organization=organization,
        ways=ways,
        providers=[(way, name) for way, name in OAUTH_PROVIDERS.items() if way in ways],
        minutes=settings().step_up_minutes,
        back=session.get(STEP, {}).get("back"),
        problem=problem,
    )
