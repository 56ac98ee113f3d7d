"""The house with its two consoles: over SQLite, and over PostgreSQL."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from pydantic import SecretStr

from tests import postgres
from tests.conftest import Console, Sandbox
from tests.processes.gunicorn import Gunicorn
from tests.processes.house import House
from tests.signin.steps import Visitor
from webapp.history.database import Database
from webapp.sandbox import create_sandbox
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World
from webapp.settings import Settings

PUBLIC_URL = "http://127.0.0.1:1"
"""Where no console listens: as behind a proxy, each is reached by another way."""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def built(
    request: pytest.FixtureRequest, signing_key: SigningKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """Stytch, a history, and the consoles: as starting processes takes a while, once for each kind of database."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            database_url = f"sqlite:///{tmp_path_factory.mktemp('history') / 'history.sqlite3'}"
        else:
            database_url = stack.enter_context(postgres.database(request.getfixturevalue("postgresql")))
        database = Database(database_url)
        stack.callback(database.close)
        database.migrate()

        world = World(signing_key=signing_key)
        stytch = Server(create_sandbox(world))
        world.public_url = stytch.url
        stytch.start()
        stack.callback(stytch.stop)

        settings = Settings(
            _env_file=None,
            stytch_project_id=PROJECT_ID,
            stytch_secret=SecretStr(PROJECT_SECRET),
            stytch_public_token=PUBLIC_TOKEN,
            stytch_base_url=stytch.url,
            secret_key=SecretStr(secrets.token_urlsafe(32)),
            public_url=PUBLIC_URL,
            database_url=database_url,
        )
        environment = {
            "STYTCH_PROJECT_ID": settings.stytch_project_id,
            "STYTCH_SECRET": settings.stytch_secret.get_secret_value(),
            "STYTCH_PUBLIC_TOKEN": settings.stytch_public_token,
            "STYTCH_BASE_URL": settings.stytch_base_url,
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "PUBLIC_URL": settings.public_url,
            "DATABASE_URL": settings.database_url,
        }
        consoles = (
            Gunicorn(tmp_path_factory.mktemp("console"), environment),
            Gunicorn(tmp_path_factory.mktemp("console"), environment),
        )
        for each in consoles:
            stack.callback(each.stop)
        for each in consoles:
            each.wait_until_served()
        yield House(Sandbox(stytch.url, world), database, consoles, Console(PUBLIC_URL, settings))


@pytest.fixture
def house(built: House) -> House:
    """The house as on its first day."""
    built.forget()
    return built


@pytest.fixture
def admins(house: House) -> Iterator[dict[str, Visitor]]:
    """Ada at the first console, Olga at the second."""
    with ExitStack() as browsers:
        ada = browsers.enter_context(house.browser(0))
        ada.arrive("ada@acme.example", "acme")
        olga = browsers.enter_context(house.browser(1))
        olga.arrive("olga@acme.example", "acme")
        for each in (ada, olga):
            each.get("/connections")  # forms' tokens are in the cookie from here
        yield {"ada@acme.example": ada, "olga@acme.example": olga}
