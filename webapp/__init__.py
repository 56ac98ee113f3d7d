"""SCIM Console: the one place where its parts are put together."""

from flask import Flask

from webapp import cli, connections, signin, webhooks
from webapp.connections.roles.changes import RoleChanges
from webapp.history import pages as history
from webapp.history.database import Database
from webapp.rotation import Lifecycle, Rotations
from webapp.settings import Settings, load
from webapp.signin import guard, portal
from webapp.signin.permissions import Permissions
from webapp.signin.session_jwt import SessionJwts
from webapp.signin.watching import Watching
from webapp.stytch import Stytch
from webapp.stytch.errors import SessionEnded
from webapp.stytch.scim_server import ScimServers
from webapp.web import (
    assets,
    brand,
    clock,
    cookies,
    csrf,
    errors,
    files,
    frames,
    headers,
    htmx,
    languages,
    limits,
    logs,
    mount,
    origin,
    probes,
    reports,
    spans,
    words,
)


def create_app(settings: Settings | None = None, *, mounted: bool = False) -> Flask:
    """The console as a WSGI application, by default with the settings of the environment.

    `mounted` inside another application it leaves the logging of the process alone.
    """
    settings = settings or load()
    app = Flask(__name__, static_folder=None, template_folder=files.folder("templates"))
    app.config.update(MAX_CONTENT_LENGTH=64 * 1024)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True

    stytch = Stytch(settings.stytch_base_url, settings.stytch_project_id, settings.stytch_secret)
    database = Database(settings.database_url)
    app.extensions.update(
        settings=settings,
        stytch=stytch,
        session_jwts=SessionJwts(stytch),
        permissions=Permissions(stytch),
        watching=Watching(stytch),
        history=database,
        rotations=Rotations(stytch, database),
        role_changes=RoleChanges(stytch, database, clock.now),
        scim_servers=ScimServers((settings.stytch_base_url, *settings.stytch_scim_origins)),
        lifecycle=Lifecycle(stytch, database),
    )

    clock.init_app(app)
    logs.init_app(app, settings, mounted=mounted)
    spans.init_app(app, settings)
    headers.init_app(app, settings)
    cookies.init_app(app, settings)
    frames.init_app(app, settings)
    htmx.init_app(app)
    languages.init_app(app, settings)
    words.init_app(app)
    errors.init_app(app)
    reports.init_app(app)
    assets.init_app(app, settings)
    brand.init_app(app, settings)
    mount.init_app(app, settings)
    limits.init_app(app, settings)
    portal.init_app(app, settings)

    # In this order: who is signed out is led to sign-in, whatever has become of the form's token.
    app.before_request(origin.to_public_url)
    app.before_request(origin.refuse_cross_site)
    app.before_request(guard.require_member)
    csrf.init_app(app, settings)
    app.register_error_handler(SessionEnded, guard.session_ended)

    app.register_blueprint(signin.bp)
    app.register_blueprint(connections.bp)
    app.register_blueprint(history.bp)
    webhooks.init_app(app, settings, database)
    cli.init_app(app)
    probes.init_app(app, settings, stytch, database)
    return app
