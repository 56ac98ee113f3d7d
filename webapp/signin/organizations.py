"""Choosing an organization after a proof that opens several, and changing to another one later."""

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from pydantic import SecretStr

from webapp.signin import arrival, attempt, failing, guard, lifetime, member
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, stopped, stytch
from webapp.signin.guard import local_path
from webapp.stytch import Proven, errors
from webapp.stytch.models import DiscoveryAnswer


@bp.get("/organizations")
def organizations() -> Page:
    """The organizations that are open to whoever gave a proof, or is signed in."""
    under_way = attempt.current()
    signed_in = member.stored()
    if under_way and under_way.intermediate_token and not under_way.organization_id:
        proven = Proven(SecretStr(under_way.intermediate_token))
    elif signed_in:
        g.member = guard.verified(signed_in)
        proven = Proven(session_token=signed_in.session_token)
    else:
        return redirect(url_for("signin.login"), 303)
    try:
        found = stytch().list_discovered_organizations(proven)
    except errors.SessionEnded as ended:
        if proven.session_token:
            raise
        attempt.forget()
        return failing.too_late(ended)
    except errors.Refused as refused:
        error = failing.refusal(refused)
        attempt.forget()
        return failing.too_late(error)
    return _choice(found, signed_in if proven.session_token else None)


@bp.post("/organizations")
def choose() -> Page:
    """Enters one of them."""
    under_way = attempt.current()
    organization_id = request.form.get("organization_id", "")
    if under_way and under_way.intermediate_token and not under_way.organization_id:
        return arrival.enter(organization_id)
    signed_in = member.stored()
    if signed_in is None:
        return redirect(url_for("signin.login"), 303)
    return _change(signed_in, organization_id)


def _change(signed_in: member.SignedIn, organization_id: str) -> Page:
    """Changes to another organization by a session exchange (`stytch-api.md §4.8`)."""
    if organization_id == signed_in.organization_id:
        return redirect(url_for("connections.index"), 303)
    # A change begins no new day; only what was the portal's becomes a session of our own.
    since = None if signed_in.adopted else signed_in.started_at
    minutes = lifetime.onward(since) or lifetime.SHORTEST if since else lifetime.of_new()
    try:
        answer = stytch().exchange_session(signed_in.session_token, organization_id, minutes=minutes)
    except errors.SessionEnded:
        raise
    except errors.Refused as refused:
        error = failing.refusal(refused)
        text = _(
            "You are still signed in to %(name)s. Choose another, or ask for access there.",
            name=signed_in.organization_name,
        )
        choice = (url_for("signin.organizations"), _("Choose another organization"))
        return stopped(_("That organization does not let you in"), text, error.request_id, choice), 403
    except errors.OutcomeUnknown as error:
        text = _(
            "Whether your session at %(name)s goes on is not known. Choose once more.", name=signed_in.organization_name
        )
        choice = (url_for("signin.organizations"), _("Choose an organization"))
        return stopped(_("Stytch did not answer"), text, error.request_id, choice), 502
    Attempt(next=local_path(request.form.get("next")), since=since).save()
    return arrival.proven(answer)


def _choice(found: DiscoveryAnswer, signed_in: member.SignedIn | None) -> str:
    kinds = {"member": [], "invited": [], "may join": []}  # type: dict[str, list[object]]
    for each in found.discovered_organizations:
        if each.membership.type.startswith("eligible_to_join"):
            kinds["may join"].append(each)
        elif each.membership.type == "invited_member":
            kinds["invited"].append(each)
        else:
            kinds["member"].append(each)
    return render_template("signin/organizations.html", email=found.email_address, kinds=kinds, signed_in=signed_in)
