"""The pages of the pretend OAuth providers and IdPs: who do you want to be? One visit ends with one answer."""

import re

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from webapp.sandbox import visiting
from webapp.sandbox.context import world
from webapp.sandbox.oauth import PROVIDERS
from webapp.sandbox.pages import let_forms_lead_to, page_blueprint
from webapp.sandbox.redirects import origin
from webapp.sandbox.visits import Person

blueprint = page_blueprint("providers")

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@blueprint.get("/providers/<place>")
def show(place: str) -> str:
    """The people to continue as. Links, as one answer ends the visit anyway; a form for any other address."""
    state = request.args.get("state", "")
    with world().lock:
        visit = visiting.find(world(), place, state)
        people = world().people()
    let_forms_lead_to(origin(visit.login_redirect_url))
    return render_template(
        "sandbox/provider.html", title=f"{PROVIDERS[place].type} (pretend)", place=place, state=state, people=people
    )


@blueprint.get("/providers/<place>/approve")
def approve(place: str) -> Response:
    """Back to Stytch as the person with this address."""
    email = request.args.get("email", "").strip().lower()
    if not _EMAIL.fullmatch(email):
        abort(422, "That is no email address.")
    state = request.args.get("state", "")
    with world().lock:
        known = {person.email_address: person for person in world().people()}
        person = known.get(email) or Person(email, email.partition("@")[0].capitalize())
        code = visiting.approve(visiting.find(world(), place, state), person)
    return redirect(url_for("public.come_back", place=place, state=state, code=code), 302)


@blueprint.get("/providers/<place>/deny")
def deny(place: str) -> Response:
    """Back to Stytch with OAuth's error."""
    return redirect(
        url_for("public.come_back", place=place, state=request.args.get("state", ""), error="access_denied"), 302
    )
