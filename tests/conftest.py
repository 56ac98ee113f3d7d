"""The console and the sandbox, each served on a free port of its own, as users and Stytch meet them."""

import contextlib
import io
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from flask import Flask
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from pydantic import SecretStr

from tests import postgres
from webapp import create_app
from webapp.history.database import Database
from webapp.rotation import Lifecycle, Rotations
from webapp.sandbox import create_sandbox
from webapp.sandbox.authentication import sign_in
from webapp.sandbox.connections import Connection
from webapp.sandbox.faults import Fault, Kind
from webapp.sandbox.identifiers import (
    CONNECTED_APP_ID,
    CONNECTED_APP_SECRET,
    PROJECT_ID,
    PROJECT_SECRET,
    PUBLIC_TOKEN,
)
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.portal import COOKIE as PORTAL_COOKIE
from webapp.sandbox.server import Server
from webapp.sandbox.sessions import email_factor
from webapp.sandbox.world import World
from webapp.settings import LoginMethod, Settings
from webapp.stytch import Actor, Stytch

BROWSER_TESTS = Path(__file__).parent / "browser"


@dataclass(frozen=True)
class Sandbox:
    """A running sandbox: its origin, and the world behind it."""

    url: str
    world: World

    def connection(self, slug: str = "acme") -> Connection:
        """The organization's SCIM connection itself: what is changed here, somebody outside the console changed."""
        connection = self.world.connection_of(self.world.find_organization(slug).organization_id)
        assert connection is not None
        return connection

    def actor(self, email: str = "ada@acme.example", slug: str = "acme") -> Actor:
        """The member with that address, freshly signed in to the organization."""
        organization_id = self.world.find_organization(slug).organization_id
        member = self.world.find_member(organization_id, email=email)
        answer = sign_in(self.world, member, (email_factor("magic_link", email, self.world.clock.now()),), 60, None)
        return Actor(organization_id, SecretStr(str(answer["session_token"])))

    def fail(self, kind: Kind, path: str, method: str = "POST", **more: Any) -> None:
        """Queues a fault for the next calls whose path the regular expression finds."""
        self.world.faults.append(Fault(method=method, path=path, fault=kind, **more))

    def calls(self) -> list[str]:
        """The calls that reached the sandbox, oldest first, as method and last path segment: `POST start`."""
        return [f"{entry.method} {entry.path.rpartition('/')[2]}" for entry in reversed(self.world.requests)]


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


@pytest.fixture(scope="session")
def sandbox_app() -> Flask:
    """Every test's sandbox, in another world each time: putting one together takes longer than most tests."""
    return create_sandbox()


@pytest.fixture
def sandbox(sandbox_app: Flask, signing_key: SigningKey) -> Iterator[Sandbox]:
    """The sandbox with the world of its first minute."""
    sandbox_app.extensions["world"] = world = World(signing_key=signing_key)
    server = Server(sandbox_app)
    world.public_url = server.url
    server.start()
    yield Sandbox(server.url, world)
    server.stop()


@pytest.fixture
def stytch(sandbox: Sandbox) -> Iterator[Stytch]:
    """The console's client for Stytch, set up for the sandbox's project."""
    client = Stytch(sandbox.url, PROJECT_ID, SecretStr(PROJECT_SECRET))
    yield client
    client.close()


@pytest.fixture(scope="session")
def empty_history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history in SQLite with its tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("history") / "empty.sqlite3"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def history(empty_history: Path, tmp_path: Path) -> Iterator[Database]:
    """The console's history."""
    path = shutil.copy(empty_history, tmp_path / "history.sqlite3")
    database = Database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A PostgreSQL server."""
    pg_ctl = postgres.find()
    if pg_ctl is None:
        pytest.skip("NO POSTGRESQL on this machine: nothing was tested on it")
    with postgres.serve(pg_ctl) as server:
        yield server


@pytest.fixture
def changes() -> dict[str, Any]:
    """Settings in which the console of a test differs from those of all others: overridden where it is needed."""
    return {}


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """The templates of every test's console: compiling a page's takes longer than showing it a hundred times."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def console(
    sandbox: Sandbox,
    history: Database,
    logs: io.StringIO,
    changes: dict[str, Any],
    compiled_templates: BytecodeCache,
) -> Iterator[Console]:
    """The console, set up for the sandbox's project and portal. What has to settle does so by the sandbox's clock."""
    app: Flask
    server = Server(lambda environ, start_response: app(environ, start_response))  # the app has to know the port
    settings = Settings(
        _env_file=None,
        stytch_project_id=PROJECT_ID,
        stytch_secret=SecretStr(PROJECT_SECRET),
        stytch_public_token=PUBLIC_TOKEN,
        stytch_base_url=sandbox.url,
        secret_key=SecretStr(secrets.token_urlsafe(32)),
        login_methods=get_args(LoginMethod),
        oidc_issuer=sandbox.url,
        oidc_client_id=CONNECTED_APP_ID,
        oidc_client_secret=SecretStr(CONNECTED_APP_SECRET),
        portal_session_cookie=PORTAL_COOKIE,
        public_url=server.url,
        database_url=history.engine.url.render_as_string(hide_password=False),
    ).model_copy(update=changes)
    with contextlib.redirect_stderr(logs):
        app = create_app(settings)
    app.jinja_env.bytecode_cache = compiled_templates
    for name, service in {"rotations": Rotations, "lifecycle": Lifecycle}.items():
        app.extensions[name] = service(app.extensions["stytch"], app.extensions["history"], sandbox.world.clock.now)
    app.extensions["now"] = sandbox.world.clock.now
    server.start()
    yield Console(server.url, settings)
    server.stop()
    app.extensions["stytch"].close()
    app.extensions["history"].close()
