"""The console and the sandbox, each served on a free port of its own, as users and Stytch meet them."""

import contextlib
import io
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask
from pydantic import SecretStr

from webapp import create_app
from webapp.sandbox import create_sandbox
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World
from webapp.settings import Settings

BROWSER_TESTS = Path(__file__).parent / "browser"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its origin, and the world behind it."""

    url: str
    world: World


@dataclass(frozen=True)
class Console:
    """A running console: its origin, and the settings it was started with."""

    url: str
    settings: Settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests last: the quick ones speak first."""
    for item in items:
        if item.path.is_relative_to(BROWSER_TESTS):
            item.add_marker("browser")
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


@pytest.fixture
def logs() -> io.StringIO:
    """What the console wrote to its log so far, one JSON line each: `logs.getvalue()`."""
    return io.StringIO()


@pytest.fixture(scope="session")
def signing_key() -> SigningKey:
    """The key of every test's sandbox: making one takes longer than most tests."""
    return SigningKey()


@pytest.fixture
def sandbox(signing_key: SigningKey) -> Iterator[Sandbox]:
    """The sandbox with the world of its first minute."""
    world = World()
    world.signing_key = signing_key
    server = Server(create_sandbox(world))
    world.public_url = server.url
    server.start()
    yield Sandbox(server.url, world)
    server.stop()


@pytest.fixture
def console(sandbox: Sandbox, logs: io.StringIO) -> Iterator[Console]:
    """The console, set up for the sandbox's project."""
    app: Flask
    server = Server(lambda environ, start_response: app(environ, start_response))  # the app has to know the port
    settings = Settings(
        _env_file=None,
        stytch_project_id="project-test-00000000-0000-4000-8000-000000000000",
        stytch_secret=SecretStr("secret-test-sandbox"),
        stytch_public_token="public-token-test-00000000-0000-4000-8000-000000000000",
        stytch_base_url=sandbox.url,
        secret_key=SecretStr(secrets.token_urlsafe(32)),
        public_url=server.url,
    )
    with contextlib.redirect_stderr(logs):
        app = create_app(settings)
    server.start()
    yield Console(server.url, settings)
    server.stop()
    app.extensions["stytch"].close()
