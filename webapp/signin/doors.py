"""The doors: the console's sign-in page, and each organization's own, with the ways in that it allows."""

import re
from dataclasses import dataclass, replace

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _

from webapp.signin import attempt, member, messages
from webapp.signin.attempt import Attempt
from webapp.signin.blueprint import Page, bp, settings, stopped, stytch
from webapp.signin.guard import local_path
from webapp.signin.ways import BY_EMAIL, OAUTH_PROVIDERS, offered
from webapp.stytch.errors import NotFound
from webapp.stytch.models import Organization
from webapp.web import frames, headers, limits, origin

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_LONGEST_EMAIL = 254


@dataclass(frozen=True)
class Entry:
    """What is in the form of a door, and what is wrong with it."""

    email: str = ""
    next: str | None = None
    problem: str = ""


@bp.get("/login")
def login() -> Page:
    """The console's door. `?next=` is where to go afterwards, `?email=` fills the field in, `?organization=` leads to
    that organization's own door, `?again=` begins anew for who is signed in.
    """
    way_back = local_path(request.args.get("next"))
    if request.args.get("organization"):
        slug = request.args["organization"].strip().rpartition("/")[2].lower()
        # To stay: browsers hold the form that leads here to this console (`form-action`), past its redirects too.
        return redirect(url_for("signin.door", organization=slug or None, next=way_back, stay=1), 303)
    if member.stored() and not request.args.get("again"):
        return redirect(way_back or url_for("connections.index"), 303)
    attempt.forget_confirming()
    return _page(None, Entry(request.args.get("email", ""), way_back))


@bp.post("/login")
def send() -> Page:
    """Begins a sign-in by the way that was pressed."""
    return _begin(None)


@bp.get("/login/<organization>")
def door(organization: str) -> Page:
    """An organization's own door; where there is SSO alone, straight on to it. `?stay=` shows the door all the same."""
    way_back = local_path(request.args.get("next"))
    found = _find(organization)
    if found is None:
        return _no_such_door()
    under_way = attempt.current()
    if under_way and under_way.wanted and under_way.organization_id == found.organization_id:
        return _page(found, Entry(under_way.email, under_way.next))
    if member.stored() and not request.args.get("again"):
        return redirect(way_back or url_for("connections.index"), 303)
    attempt.forget_confirming()
    # Another site's link leads no further than here: what it asks for goes on by a click. Nor does it in a frame,
    # as identity providers refuse to be in one.
    stay = "stay" in request.args or origin.led_here_by_another_site() or frames.framed()
    if offered(found) == ["sso"] and not stay:
        connection = _straight_to(found)
        if connection:
            return redirect(
                url_for("signin.sso", connection_id=connection, organization=organization, next=way_back), 303
            )
    return _page(found, Entry(request.args.get("email", ""), way_back))


@bp.post("/login/<organization>")
def send_at_door(organization: str) -> Page:
    """Begins a sign-in at the organization's door by the way that was pressed."""
    found = _find(organization)
    return _begin(found) if found else _no_such_door()


def _begin(organization: Organization | None) -> Page:
    under_way = attempt.current()
    more_is_wanted = bool(
        under_way and under_way.wanted and organization and under_way.organization_id == organization.organization_id
    )
    entry = Entry(request.form.get("email", "").strip(), local_path(request.form.get("next")))
    if not _EMAIL.fullmatch(entry.email) or len(entry.email.encode()) > _LONGEST_EMAIL:
        wrong = replace(entry, problem=_("Enter an email address, such as ada@example.com."))
        return _page(organization, wrong), 422
    way = request.form.get("way", "")
    if way not in BY_EMAIL or way not in offered(organization, under_way if more_is_wanted else None):
        abort(422)
    fresh = Attempt(email=entry.email, next=entry.next)
    if organization:
        fresh = fresh.at(organization)
    if under_way and more_is_wanted:
        fresh = under_way
    if way == "password":
        fresh.save(anew=not more_is_wanted)
        return redirect(url_for("signin.password"), 303)
    problem = messages.send(way, fresh, anew=not more_is_wanted)
    if problem:
        return _page(organization, replace(entry, problem=problem.text)), problem.status
    return redirect(url_for("signin.code" if way == "email_otp" else "signin.link"), 303)


def _page(organization: Organization | None, entry: Entry) -> str:
    under_way = attempt.current()
    wanted = bool(
        under_way and under_way.wanted and organization and under_way.organization_id == organization.organization_id
    )
    ways = offered(organization, under_way if wanted else None)
    if frames.crosses_sites():
        door = (organization.organization_slug or organization.organization_id) if organization else ""
        return render_template(
            "signin/frame_door.html",
            organization=organization,
            door=door if wanted or request.args.get("again") else "",
            next=(under_way.next if under_way and wanted else entry.next),
            ended=request.args.get("ended"),
        )
    config = settings()
    return render_template(
        "signin/door.html",
        entry=entry,
        organization=organization,
        logo=organization.organization_logo_url if organization and _can_show_logo(organization) else "",
        action=_action(organization),
        wanted=wanted,
        ways=ways,
        providers=[(way, name) for way, name in OAUTH_PROVIDERS.items() if way in ways],
        ended=request.args.get("ended"),
        again=bool(request.args.get("again") and member.stored()),
        portal=bool(config.oidc_issuer and not organization),
        portal_session=bool(_portal_session() and not organization),
        portal_name=config.portal_name,
    )


def _can_show_logo(organization: Organization) -> bool:
    return headers.allow_image(organization.organization_logo_url)


def _portal_session() -> str:
    name = settings().portal_session_cookie
    return request.cookies.get(name, "") if name else ""


def _action(organization: Organization | None) -> str:
    if organization is None:
        return url_for("signin.send")
    return url_for("signin.send_at_door", organization=organization.organization_slug or organization.organization_id)


def _find(organization: str) -> Organization | None:
    limits.count_look("door")
    try:
        return stytch().get_organization(organization)
    except NotFound:
        return None


def _no_such_door() -> tuple[str, int]:
    text = _("No organization signs in at this address. Look for a typing error, or sign in with your email address.")
    return stopped(_("There is no such sign-in page"), text), 404


def _straight_to(organization: Organization) -> str:
    """The one SSO connection, or the one that the organization wants; else people choose."""
    connections = [each.connection_id for each in organization.sso_active_connections]
    if organization.sso_default_connection_id in connections:
        return organization.sso_default_connection_id
    return connections[0] if len(connections) == 1 else ""
