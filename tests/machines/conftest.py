"""The site, and the proxy in front of it."""

import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests import postgres, redis
from tests.conftest import Console, Sandbox
from tests.machines.proxies import serve
from tests.machines.site import Site
from tests.processes.gunicorn import Gunicorn
from tests.processes.house import House
from tests.sandbox.unreachable import self_signed_pem
from tests.shared_origin.proxy import free_port
from tests.signin.steps import Visitor
from webapp.history.database import Database
from webapp.sandbox import create_sandbox
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET, PUBLIC_TOKEN
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World
from webapp.settings import Settings

MACHINES = 3
PORTAL = "https://portal.example"


@pytest.fixture(scope="session")
def built(
    signing_key: SigningKey, postgresql: postgres.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site, once: its processes take a while to start."""
    with ExitStack() as stack:
        counter = stack.enter_context(redis.serve())
        if counter is None:
            pytest.skip("NO REDIS on this machine: several machines were not tried")
        database_url = stack.enter_context(postgres.database(postgresql))
        database = Database(database_url)
        stack.callback(database.close)
        database.migrate()

        world = World(signing_key=signing_key)
        stytch = create_sandbox(world)
        ways = [Server(stytch) for _ in range(MACHINES)]
        world.public_url = ways[0].url
        for way in ways:
            way.start()
            stack.callback(way.stop)

        public_port = free_port()
        settings = Settings(
            _env_file=None,
            stytch_project_id=PROJECT_ID,
            stytch_secret=SecretStr(PROJECT_SECRET),
            stytch_public_token=PUBLIC_TOKEN,
            secret_key=SecretStr(secrets.token_urlsafe(32)),
            public_url=f"https://127.0.0.1:{public_port}",
            embed_origins=(PORTAL,),
            database_url=database_url,
            redis_url=counter.url,
            trusted_proxies=1,
        )
        environment = {
            "STYTCH_PROJECT_ID": settings.stytch_project_id,
            "STYTCH_SECRET": settings.stytch_secret.get_secret_value(),
            "STYTCH_PUBLIC_TOKEN": settings.stytch_public_token,
            "SECRET_KEY": settings.secret_key.get_secret_value(),
            "PUBLIC_URL": settings.public_url,
            "EMBED_ORIGINS": PORTAL,
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "TRUSTED_PROXIES": str(settings.trusted_proxies),
        }
        machines = []
        for way in ways:
            folder = tmp_path_factory.mktemp("machine")
            own = {"STYTCH_BASE_URL": way.url, "TMPDIR": str(folder)}
            machines.append(Gunicorn(folder, environment | own, free_port()))
            stack.callback(machines[-1].stop)
        pem = tmp_path_factory.mktemp("certificate") / "server.pem"
        pem.write_bytes(self_signed_pem())
        house = House(
            Sandbox(world.public_url, world), database, tuple(machines), Console(settings.public_url, settings)
        )
        ports = tuple(int(way.url.rpartition(":")[2]) for way in ways)
        yield Site(house, ports, postgresql, counter, public_port, pem)


@pytest.fixture
def site(built: Site) -> Site:
    """The site as on its first day."""
    built.begin()
    return built


@pytest.fixture
def proxy(request: pytest.FixtureRequest, site: Site, tmp_path: Path) -> Iterator[str]:
    """What is in front of the machines: nginx, if the test does not name another."""
    name = getattr(request, "param", "nginx")
    with serve(name, site.public_port, [each.port for each in site.machines], site.pem, tmp_path):
        yield name


@pytest.fixture
def ada(site: Site, proxy: str) -> Iterator[Visitor]:
    """Ada, signed in through the proxy."""
    assert proxy
    with site.browser() as visitor:
        visitor.sign_in("ada@acme.example", "Acme")
        yield visitor


@pytest.fixture
def olga(site: Site, proxy: str) -> Iterator[Visitor]:
    """Olga, the same."""
    assert proxy
    with site.browser() as visitor:
        visitor.sign_in("olga@acme.example")
        yield visitor
