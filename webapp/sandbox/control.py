"""The control API under `/_sandbox/`: what tests and testers read and turn."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Blueprint, abort, jsonify, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from webapp.sandbox import rotation, variants
from webapp.sandbox.context import world
from webapp.sandbox.faults import Fault
from webapp.sandbox.identifiers import timestamp
from webapp.sandbox.totp import seconds_left

blueprint = Blueprint("control", __name__, url_prefix="/_sandbox")


class _Advance(BaseModel):
    model_config = ConfigDict(extra="forbid")
    # Enough for any token's life; far more would leave the calendar.
    advance_seconds: float = Field(gt=0, le=10 * 365 * 86400)


class _Create(BaseModel):
    model_config = ConfigDict(extra="forbid")
    display_name: str = "Made elsewhere"
    identity_provider: str = "generic"


@blueprint.before_app_request
def refuse_other_sites() -> None:
    """A page of another site must not turn the sandbox's knobs with the tester's browser."""
    changes = request.method not in ("GET", "HEAD", "OPTIONS")
    if changes and request.path.startswith("/_sandbox/") and request.headers.get("Sec-Fetch-Site") == "cross-site":
        abort(403)


@blueprint.errorhandler(ValidationError)
def say_what_is_wrong(error: ValidationError) -> ResponseReturnValue:
    return {
        "errors": error.errors(include_url=False, include_context=False, include_input=False)
    }, HTTPStatus.BAD_REQUEST


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return {"status": "ok"}


@blueprint.get("/inbox.json")
def inbox() -> ResponseReturnValue:
    """Every mail, or those `to` one address or phone number; newest first."""
    to = request.args.get("to")
    with world().lock:
        mails = [mail for mail in world().inbox if to is None or mail.to == to.lower()]
    return jsonify([asdict(mail) | {"sent_at": mail.sent_at.isoformat()} for mail in mails])


@blueprint.get("/authenticator.json")
def authenticator() -> ResponseReturnValue:
    """The code that the authenticator app of `member`, an email address, shows now; 404 if they have none."""
    with world().lock:
        now = world().clock.now()
        for member_id, registration in world().totps.items():
            if world().members[member_id].email_address == request.args.get("member", "").lower():
                return {"code": registration.code(now), "seconds_left": seconds_left(now)}
    return abort(HTTPStatus.NOT_FOUND)


@blueprint.post("/reset")
def reset() -> ResponseReturnValue:
    world().reset()
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/clock")
def advance_clock() -> ResponseReturnValue:
    given = _Advance.model_validate(request.get_json())
    with world().lock:
        world().clock.advance(given.advance_seconds)
        world().deliver_late_commits(until=world().clock.now())
        return {"now": timestamp(world().clock.now())}


@blueprint.get("/faults")
def list_faults() -> ResponseReturnValue:
    """The faults still to come, with the `times` that are left."""
    with world().lock:
        return jsonify([fault.model_dump() for fault in world().faults])


@blueprint.post("/faults")
def add_fault() -> ResponseReturnValue:
    fault = Fault.model_validate(request.get_json())
    with world().lock:
        world().faults.append(fault)
    return fault.model_dump(), HTTPStatus.CREATED


@blueprint.delete("/faults")
def clear_faults() -> ResponseReturnValue:
    with world().lock:
        world().faults.clear()
    return "", HTTPStatus.NO_CONTENT


@blueprint.get("/faults/late-commits")
def list_late_commits() -> ResponseReturnValue:
    """The requests that will reach Stytch later: `method`, `path` and `due_at` of each."""
    with world().lock:
        return jsonify(
            [
                {"method": late.method, "path": late.path, "due_at": timestamp(late.due_at)}
                for late in world().late_commits
            ]
        )


@blueprint.post("/faults/late-commits/deliver")
def deliver_late_commits() -> ResponseReturnValue:
    """All of them arrive now."""
    world().deliver_late_commits()
    return "", HTTPStatus.NO_CONTENT


@blueprint.post("/connections/<connection_id>/<any(start, complete, cancel, delete):action>")
def act_elsewhere(connection_id: str, action: str) -> ResponseReturnValue:
    """Somebody does so in Stytch's own dashboard; answers the SCIMConnection, or refuses as Stytch does."""
    with world().lock:
        connection = world().connections.get(connection_id) or abort(HTTPStatus.NOT_FOUND)
        rotation.ACTIONS[action](world(), connection)
        return connection.to_json(world().public_url, world().variants)


@blueprint.get("/webhooks.json")
def webhooks() -> ResponseReturnValue:
    """The deliveries, newest first, with the status that each attempt got; without their bodies."""
    with world().lock:
        deliveries = list(world().webhooks.deliveries)
    return jsonify(
        [
            {
                "id": each.id,
                "event_type": each.event_type,
                "at": each.at.isoformat(),
                "attempts": [asdict(attempt) | {"at": attempt.at.isoformat()} for attempt in each.attempts],
            }
            for each in deliveries
        ]
    )


@blueprint.post("/organizations/<organization>/connections")
def create_elsewhere(organization: str) -> ResponseReturnValue:
    """Somebody makes a connection in Stytch's own dashboard, as the JSON body says; or it is refused as Stytch does."""
    given = _Create.model_validate(request.get_json())
    with world().lock:
        organization_id = world().find_organization(organization).organization_id
        connection = rotation.create(world(), organization_id, given.display_name, given.identity_provider)
        return connection.to_json(world().public_url, world().variants)


@blueprint.get("/requests.json")
def requests() -> ResponseReturnValue:
    """The requests to everything but this control API, newest first."""
    with world().lock:
        entries = list(world().requests)
    return jsonify([asdict(entry) | {"at": entry.at.isoformat()} for entry in entries])


@blueprint.get("/variants")
def list_variants() -> ResponseReturnValue:
    """Each variant's choice and what could be chosen."""
    return {
        name: {"chosen": world().variants[name], "choices": list(choices)} for name, choices in variants.CHOICES.items()
    }


@blueprint.post("/variants")
def choose_variants() -> ResponseReturnValue:
    """A JSON object of names and choices; the others stay as they are."""
    given = request.get_json()
    if not isinstance(given, dict):
        return {"errors": ["a JSON object of names and choices is needed"]}, HTTPStatus.BAD_REQUEST
    try:
        chosen = variants.checked(given)
    except ValueError as error:
        return {"errors": [str(error)]}, HTTPStatus.BAD_REQUEST
    with world().lock:
        world().variants.update(chosen)
    return list_variants()
