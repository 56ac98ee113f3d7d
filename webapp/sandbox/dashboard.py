"""The dashboard at `/_sandbox/`: everything the control API offers, for people. Every action is a plain form."""

from datetime import timedelta
from typing import get_args
from urllib.parse import urlencode

from flask import current_app, redirect, render_template, request, url_for
from pydantic import ValidationError
from werkzeug.exceptions import Conflict, NotFound, UnprocessableEntity
from werkzeug.wrappers import Response

from webapp.sandbox import rbac, rehearsals, rotation, variants
from webapp.sandbox.context import world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.faults import Fault, Kind
from webapp.sandbox.organizations import Member, Organization
from webapp.sandbox.pages import page_blueprint
from webapp.sandbox.passwords import has_password
from webapp.sandbox.seeds import WES_PASSWORD
from webapp.sandbox.totp import TotpRegistration, seconds_left
from webapp.sandbox.webhooks import WAYS

blueprint = page_blueprint("dashboard")

KINDS: tuple[Kind, ...] = get_args(Kind)
ENDS = {
    "90": "in 90 days",
    "30": "in 30 days",
    "14": "in 14 days",
    "7": "in 7 days",
    "1": "in 1 day",
    "-2": "2 days ago",
}
"""When a token can be made to end, by days from now."""
CLOCK_STEPS = ((60, "1 minute"), (3600, "1 hour"), (86400, "1 day"))


@blueprint.get("/")
def index() -> str:
    """The whole dashboard."""
    here = world()
    with here.lock:
        return render_template(
            "sandbox/dashboard.html",
            world=here,
            now=here.clock.now(),
            people=[(organization, _members(organization)) for organization in here.organizations.values()],
            apps=_apps(),
            seconds_left=seconds_left(here.clock.now()),
            seeded_password=WES_PASSWORD,
            has_seeded_password=[m for m in here.members.values() if has_password(m, WES_PASSWORD)],
            may=_may,
            sign_in_url=_sign_in_url,
            calls=rehearsals.CALLS,
            kinds=KINDS,
            rehearsals=rehearsals.REHEARSALS,
            title_of=rehearsals.title_of,
            clock_steps=CLOCK_STEPS,
            ends=ENDS,
            variant_choices=variants.CHOICES,
            ways=WAYS,
        )


@blueprint.post("/connections/<connection_id>/act-elsewhere")
def act_elsewhere(connection_id: str) -> Response:
    """What somebody does in Stytch's own dashboard; 404 and 409 when the connection is no longer so."""
    act = rotation.ACTIONS.get(request.form.get("action", ""))
    here = world()
    with here.lock:
        connection = here.connections.get(connection_id)
        if act is None or connection is None:
            raise NotFound("There is no such connection any more.")
        try:
            act(here, connection)
        except ApiError as refusal:
            raise Conflict(refusal.message) from None
    return _back("connections")


@blueprint.post("/connections/<connection_id>/set-end")
def set_end(connection_id: str) -> Response:
    """Has the current token end so many `days` from now; 404 and 422 when there is none, or for other days."""
    days = request.form.get("days", "")
    here = world()
    with here.lock:
        connection = here.connections.get(connection_id)
        if connection is None:
            raise NotFound("There is no such connection any more.")
        if days not in ENDS:
            raise UnprocessableEntity("A token ends at one of the times that are offered.")
        connection.bearer_token_expires_at = here.clock.now() + timedelta(days=int(days))
    return _back("connections")


@blueprint.post("/webhooks/<delivery_id>/<way>")
def send_webhook(delivery_id: str, way: str) -> Response:
    """Sends a delivery once more, as it should be or as it should not; 404 for an unknown one."""
    webhooks = world().webhooks
    delivery = webhooks.find(delivery_id)
    if delivery is None or way not in WAYS:
        raise NotFound("There is no such delivery any more.")
    # Without the world's lock: who takes it may ask this very server something.
    webhooks.send(delivery, way)
    return _back("webhooks")


@blueprint.post("/connections")
def create_elsewhere() -> Response:
    """A connection that somebody makes in Stytch's own dashboard; 404 and 409 when that can't be."""
    here = world()
    with here.lock:
        try:
            organization = here.find_organization(request.form.get("organization", ""))
        except ApiError:
            raise NotFound("There is no such organization.") from None
        try:
            rotation.create(
                here, organization.organization_id, f"{organization.organization_name} elsewhere", "generic"
            )
        except ApiError as refusal:
            raise Conflict(refusal.message) from None
    return _back("connections")


@blueprint.post("/rehearse")
def rehearse() -> Response:
    """Queues one of the rehearsals, as often as asked for; 422 for an unknown one."""
    try:
        call, rehearsal = rehearsals.find(request.form.get("rehearsal", ""))
        fault = rehearsal.on(call, request.form.get("times", 1, type=int))
    except (KeyError, ValidationError):
        raise UnprocessableEntity("There is no such fault.") from None
    with world().lock:
        world().faults.append(fault)
    return _back("faults")


@blueprint.post("/arrive-now")
def arrive_now() -> Response:
    """What was held back on its way reaches Stytch."""
    world().deliver_late_commits()
    return _back("faults")


@blueprint.post("/add-fault")
def add_fault() -> Response:
    """Queues any fault on one of the calls; 422 for what no fault can be."""
    given = {name: value for name, value in request.form.items() if value and name != "call"}
    try:
        method, path = rehearsals.CALLS[request.form.get("call", "")]
        fault = Fault.model_validate({**given, "method": method, "path": path})
    except (KeyError, ValidationError):
        raise UnprocessableEntity("There is no such fault.") from None
    with world().lock:
        world().faults.append(fault)
    return _back("faults")


@blueprint.post("/remove-fault")
def remove_fault() -> Response:
    """Removes the fault at `index`, or none if it has been met since."""
    index = request.form.get("index", -1, type=int)
    here = world()
    with here.lock:
        if 0 <= index < len(here.faults):
            del here.faults[index]
    return _back("faults")


@blueprint.post("/choose-variants")
def choose_variants() -> Response:
    """Plays other answers where Stytch documents none; 422 for an unknown one."""
    try:
        chosen = variants.checked(request.form)
    except ValueError as error:
        raise UnprocessableEntity(str(error)) from None
    with world().lock:
        world().variants.update(chosen)
    return _back("variants")


@blueprint.post("/advance-clock")
def advance_clock() -> Response:
    """Moves the sandbox's time on by `seconds`; 422 unless it is one of CLOCK_STEPS."""
    seconds = request.form.get("seconds", 0, type=int)
    if seconds not in dict(CLOCK_STEPS):
        raise UnprocessableEntity("The clock moves on by a minute, an hour or a day.")
    with world().lock:
        world().clock.advance(seconds)
        world().deliver_late_commits(until=world().clock.now())
    return _back("clock")


@blueprint.post("/reset-world")
def reset_world() -> Response:
    """Back to the world of the first minute."""
    world().reset()
    return _back("top")


def _members(organization: Organization) -> list[Member]:
    return [m for m in world().members.values() if m.organization_id == organization.organization_id]


def _apps() -> list[tuple[Member, TotpRegistration]]:
    """Whoever has an authenticator app, or is about to have one."""
    now = world().clock.now()
    return [(world().members[member_id], app) for member_id, app in world().totps.items() if not app.is_over(now)]


def _may(member: Member) -> str:
    """What the member may do with the SCIM connection, as Stytch's action names."""
    actions = rbac.RESOURCES["stytch.scim"]
    allowed = [action for action in actions if rbac.granting_roles(member.role_ids, "stytch.scim", action)]
    return ", ".join(allowed) or "nothing"


def _sign_in_url(member: Member) -> str | None:
    """The console's sign-in with the address ready; None when the sandbox runs without a console."""
    console_url = current_app.config.get("CONSOLE_URL")
    return f"{console_url}/login?{urlencode({'email': member.email_address})}" if console_url else None


def _back(section: str) -> Response:
    return redirect(url_for(".index", _anchor=section), 303)
