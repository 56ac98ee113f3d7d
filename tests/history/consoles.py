"""A console whose history can be filled by a test, served on a free port."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.history.samples import by
from webapp import create_app
from webapp.history.database import Database
from webapp.history.events import By
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN
from webapp.sandbox.server import Server
from webapp.settings import Settings


def app_over(database: Database, sandbox_url: str, public_url: str) -> tuple[Flask, Settings]:
    """The console over that history."""
    settings = Settings(
        _env_file=None,
        stytch_project_id=PROJECT_ID,
        stytch_secret=SecretStr(PROJECT_SECRET),
        stytch_public_token=PUBLIC_TOKEN,
        stytch_base_url=sandbox_url,
        secret_key=SecretStr(secrets.token_urlsafe(32)),
        public_url=public_url,
        database_url=database.engine.url.render_as_string(hide_password=False),
    )
    return create_app(settings), settings


@contextmanager
def console_over(database: Database, sandbox: Sandbox) -> Iterator[Console]:
    """That console, served."""
    app: Flask
    server = Server(lambda environ, start_response: app(environ, start_response))  # the app has to know the port
    app, settings = app_over(database, sandbox.url, server.url)
    server.start()
    yield Console(server.url, settings)
    server.stop()
    app.extensions["stytch"].close()
    app.extensions["history"].close()


def of(sandbox: Sandbox, slug: str, name: str = "ada") -> By:
    """Somebody in one of the sandbox's organizations."""
    return by(name, sandbox.world.find_organization(slug).organization_id)
