"""The stage that a module's scenes are played on, with the console's patience shortened."""

import contextlib
import io
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.connections.conftest import press_by_htmx, press_plainly
from tests.history.consoles import app_over
from tests.matrix.stage import READ_SECONDS, TOTAL_SECONDS, Press, Stage
from tests.sandbox.unreachable import refusing_url, self_signed, silent_url
from tests.signin.steps import visitor_of
from webapp.history.database import Database
from webapp.sandbox import create_sandbox
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET
from webapp.sandbox.keys import SigningKey
from webapp.sandbox.server import Server
from webapp.sandbox.world import World
from webapp.stytch import Stytch, calls


@pytest.fixture(scope="module")
def _stage(signing_key: SigningKey, empty_history: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    logs = io.StringIO()
    world = World(signing_key=signing_key)
    stytch = Server(create_sandbox(world))
    world.public_url = stytch.url
    served = Server(lambda environ, start_response: app(environ, start_response))
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stderr(logs):
        patch.setattr(calls, "READ_SECONDS", READ_SECONDS)
        patch.setattr(calls, "TOTAL_SECONDS", TOTAL_SECONDS)
        # Wayne's 2,500 groups would take as long as a scene.
        patch.setattr("webapp.sandbox.seeds.WAYNE_GROUPS", 2)
        patch.setattr("random.uniform", min)  # the shortest wait before a second try
        app, settings = app_over(Database(f"sqlite:///{empty_history}"), stytch.url, served.url)
        sandbox, console = Sandbox(stytch.url, world), Console(served.url, settings)
        stytch.start()
        served.start()
        with visitor_of(console, sandbox) as visitor:
            yield Stage(app, console, sandbox, visitor, logs, empty_history, tmp_path_factory.mktemp("matrix"))
        served.stop()
        stytch.stop()
        app.extensions["stytch"].close()
        app.extensions["history"].close()


@pytest.fixture
def stage(_stage: Stage) -> Stage:
    """The stage at the beginning of a scene."""
    _stage.begin()
    return _stage


@pytest.fixture(params=[press_plainly, press_by_htmx], ids=["plain", "htmx"])
def press(request: pytest.FixtureRequest) -> Press:
    """Sends a form, as browsers do or as htmx does."""
    pressing: Press = request.param
    return pressing


@pytest.fixture(scope="module")
def unreachable(_stage: Stage) -> Iterator[dict[str, Stytch]]:
    """Clients for a Stytch that no request reaches."""
    tls = Server(create_sandbox(_stage.sandbox.world), ssl_context=self_signed())
    tls.start()
    with refusing_url() as refusing, silent_url() as silent, pytest.MonkeyPatch.context() as patch:
        patch.setattr(calls, "CONNECT_SECONDS", READ_SECONDS)
        patch.setattr(socket, "getaddrinfo", _known_only(socket.getaddrinfo))
        urls = {"connection refused": refusing, "bad certificate": tls.url, "no connection": silent}
        urls["unknown name"] = "http://stytch.invalid"
        clients = {name: Stytch(url, PROJECT_ID, SecretStr(PROJECT_SECRET)) for name, url in urls.items()}
        yield clients
        for each in clients.values():
            each.close()
    tls.stop()


def _known_only(find: Callable[..., Any]) -> Callable[..., Any]:
    """Looks names up without asking the world for one that is nowhere."""

    def known(host: str, *more: Any, **options: Any) -> Any:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return find(host, *more, **options)

    return known
