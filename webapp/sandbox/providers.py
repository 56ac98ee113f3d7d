"""The pages of the pretend OAuth providers and IdPs: who do you want to be? One visit ends with one answer."""

import re

from flask import abort, redirect, render_template, request
from werkzeug.wrappers import Response

from webapp.sandbox import visiting
from webapp.sandbox.context import world
from webapp.sandbox.oauth import PROVIDERS
from webapp.sandbox.pages import let_forms_lead_to, page_blueprint
from webapp.sandbox.redirects import origin, with_query
from webapp.sandbox.visits import Person

blueprint = page_blueprint("providers")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@blueprint.get("/providers/<place>")
def show(place: str) -> str:
    """The people to continue as, of an IdP those of its organization; links, as one answer ends the visit anyway.

    An OAuth provider knows any other address as well.
    """
    state = request.args.get("state", "")
    with world().lock:
        visit = visiting.find(world(), place, state)
        sso = world().sso_connections.get(place)
        people = world().people(sso.organization_id if sso else None)
    let_forms_lead_to(origin(visit.login_redirect_url))
    name = sso.display_name if sso else PROVIDERS[place].type
    return render_template(
        "sandbox/provider.html",
        title=f"{name} (pretend)",
        place=place,
        state=state,
        people=people,
        knows_others=sso is None,
    )


@blueprint.get("/providers/<place>/approve")
def approve(place: str) -> Response:
    """Back to Stytch as the person with this address; 422 for one that this place does not know."""
    email = request.args.get("email", "").strip().lower()
    with world().lock:
        visit = visiting.find(world(), place, request.args.get("state", ""))
        sso = world().sso_connections.get(place)
        known = {person.email_address: person for person in world().people(sso.organization_id if sso else None)}
        if email not in known and (sso or not _EMAIL.fullmatch(email)):
            abort(422, "Nobody here has this email address.")
        person = known.get(email) or Person(email, email.partition("@")[0].capitalize())
        code = visiting.approve(visit, person)
    return redirect(with_query(visit.callback_path, state=visit.state, code=code), 302)


@blueprint.get("/providers/<place>/deny")
def deny(place: str) -> Response:
    """Back to Stytch with OAuth's error."""
    with world().lock:
        visit = visiting.find(world(), place, request.args.get("state", ""))
    return redirect(with_query(visit.callback_path, state=visit.state, error="access_denied"), 302)
