"""A second WSGI app that plays Stytch B2B, so that the console can be run, tried and tested without a Stytch project.

It plays: sign-in by email magic link, email one-time code, password, OAuth and SSO, Connected Apps (an OpenID provider
for one first-party application, without refresh tokens), member sessions, RBAC, SCIM connections with token rotation,
the SCIM 2.0 server behind each connection's `base_url`, and the pages of pretend providers, IdPs and a portal. Second
factors are SMS codes, authenticator apps and recovery codes. Organizations and members can be read and searched. It is
strict (it refuses what Stytch refuses), stateful (in memory, one process) and resettable, with a clock of its own.
Where Stytch's behaviour is undocumented it plays each variant (`variants.py`). Told where, it delivers Stytch's
webhooks about what an IdP provisions.

It does not play, and answers 501 to: changes of a password other than by mail, and changes to organizations and
members. Its limits are not Stytch's, but for one mailed link a second to an address.
"""

from pathlib import Path

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from webapp.sandbox import (
    acceptance,
    api,
    below_path,
    control,
    dashboard,
    embedding,
    hosted,
    idp,
    logos,
    oidc,
    portal,
    providers,
    public,
    scim_server,
)
from webapp.sandbox.api.failing import ARRIVES_LATE, Cut
from webapp.sandbox.context import world as current_world
from webapp.sandbox.errors import ApiError
from webapp.sandbox.identifiers import new_id
from webapp.sandbox.world import RequestEntry, World

_PARTS = (
    *(api, control, hosted, oidc, public, scim_server),  # Stytch
    *(acceptance, below_path, dashboard, embedding, idp, logos, portal, providers),  # pages around it
)
_TEMPLATES = Path(__file__).parents[2] / "templates"


def create_sandbox(world: World | None = None) -> Flask:
    """The sandbox as a WSGI app, playing in `world` (a new one if not given), its `extensions["world"]`.

    `app.config["CONSOLE_URL"]`, the console's origin, makes the dashboard link to its sign-in.
    """
    app = Flask(__name__, static_folder=None, template_folder=_TEMPLATES)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    app.extensions["world"] = world or World()
    for module in _PARTS:
        app.register_blueprint(module.blueprint)

    @app.before_request
    def keep_time() -> None:
        if ARRIVES_LATE not in request.environ:
            world = current_world()
            world.deliver_late_commits(until=world.clock.now())

    @app.errorhandler(ApiError)
    def refuse(error: ApiError) -> ResponseReturnValue:
        return error.to_json(new_id("request-id")), error.status

    @app.errorhandler(NotFound)
    @app.errorhandler(MethodNotAllowed)
    def name_missing_route(error: NotFound | MethodNotAllowed) -> ResponseReturnValue:
        if not request.path.startswith("/v1/"):
            return error
        message = f"The sandbox does not play {request.method} {request.path}."
        return refuse(ApiError("not_implemented_in_sandbox", message=message))

    @app.after_request
    def tell_time(response: Response) -> Response:
        response.date = current_world().clock.now()
        return response

    @app.after_request
    def log(response: Response) -> Response:
        if not request.path.startswith("/_sandbox/") and ARRIVES_LATE not in request.environ:
            world, fault = current_world(), g.get("fault")
            entry = RequestEntry(
                at=world.clock.now(),
                method=request.method,
                path=request.path,
                status=None if isinstance(response, Cut) else response.status_code,
                acting_member_id=g.get("acting_member_id"),
                fault=fault.fault if fault else None,
            )
            with world.lock:
                world.requests.appendleft(entry)
        return response

    return app
