"""Rate limits in Redis: all consoles count together, and one whose Redis is away counts by itself."""

import io
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest
from flask import Flask

from tests import redis
from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading
from tests.web.apps import app_of
from webapp.web import probes


@pytest.fixture
def server() -> Iterator[redis.Server]:
    with redis.serve() as server:
        if server is None:
            pytest.skip("NO REDIS on this machine (apt install redis-server): nothing was tested on it")
        yield server


@pytest.fixture
def consoles(console: Console, server: redis.Server, logs: io.StringIO) -> Iterator[list[Flask]]:
    """Two, at one address."""
    with ExitStack() as stack:
        apps = [stack.enter_context(app_of(console, logs, redis_url=server.url)) for _ in range(2)]
        for app in apps:
            stack.callback(app.extensions["history"].close)
        yield apps


class Asking:
    """Somebody who has codes mailed to one address."""

    def __init__(self, console: Console, sandbox: Sandbox, app: Flask) -> None:
        self.transport = httpx.WSGITransport(app)
        mounts = {console.url: self.transport}
        self.visitor = Visitor(
            console, sandbox, httpx.Client(mounts=mounts, base_url=console.url, follow_redirects=True)
        )

    def ask(self, app: Flask, email: str = "vic@acme.example") -> httpx.Response:
        self.transport.app = app
        return self.visitor.press(self.visitor.get("/login"), "Email me a code", email=email)


@pytest.fixture
def somebody(console: Console, sandbox: Sandbox, consoles: list[Flask]) -> Iterator[Asking]:
    asking = Asking(console, sandbox, consoles[0])
    yield asking
    asking.visitor.http.close()


def test_consoles_count_together(somebody: Asking, consoles: list[Flask]) -> None:
    one, other = consoles
    assert [somebody.ask(app).status_code for app in (one, other) * 3] == [200] * 6
    for app in consoles:
        refused = somebody.ask(app)
        assert (refused.status_code, heading(refused)) == (429, "Too many tries")
        assert int(refused.headers["Retry-After"]) <= 600
    assert somebody.ask(one, "olga@acme.example").status_code == 200


def test_without_redis_each_counts_by_itself(somebody: Asking, consoles: list[Flask], server: redis.Server) -> None:
    one, other = consoles
    assert somebody.ask(one).status_code == 200
    server.stop()
    for app in consoles:
        assert [somebody.ask(app).status_code for _ in range(7)] == [200] * 6 + [429]
    server.start()
    assert somebody.ask(other, "olga@acme.example").status_code == 200


def test_a_redis_that_is_deaf_holds_nobody_up_for_long(
    somebody: Asking, consoles: list[Flask], server: redis.Server
) -> None:
    assert somebody.ask(consoles[0]).status_code == 200
    began = time.monotonic()
    with server.deaf():
        assert somebody.ask(consoles[0]).status_code == 200
        assert somebody.ask(consoles[0]).status_code == 200
    assert time.monotonic() - began < 8


def test_readiness_tells_of_it(console: Console, server: redis.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "CHECK_SECONDS", 0)
    with app_of(console, redis_url=server.url) as app:
        assert app.test_client().get("/readyz").json["redis"] == "ok"  # type: ignore[index]
        with server.deaf():
            assert app.test_client().get("/readyz").json["redis"] == "unreachable"  # type: ignore[index]
        app.extensions["history"].close()


def test_a_console_starts_without_its_redis(console: Console, sandbox: Sandbox, server: redis.Server) -> None:
    server.stop()
    with app_of(console, redis_url=server.url) as app:
        asking = Asking(console, sandbox, app)
        assert [asking.ask(app).status_code for _ in range(7)] == [200] * 6 + [429]
        asking.visitor.http.close()
        app.extensions["history"].close()
