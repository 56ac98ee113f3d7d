"""`/healthz` and `/readyz`: what machines ask the console about itself."""

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from webapp.history.database import Database
from webapp.web import probes

READY = {"ready": True, "database": "ok", "redis": "unused", "stytch": "ok"}


@pytest.fixture
def _looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "CHECK_SECONDS", 0)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port where nobody listens, and nobody will."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


def asked(visitor: Visitor) -> tuple[int, dict[str, Any]]:
    answer = visitor.get("/readyz")
    return answer.status_code, answer.json()


def test_it_lives(visitor: Visitor) -> None:
    answer = visitor.get("/healthz")
    assert (answer.status_code, answer.text) == (200, "ok\n")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert visitor.requests() == []


def test_it_is_ready(visitor: Visitor) -> None:
    assert asked(visitor) == (200, READY)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_whoever_asks_by_another_local_name_is_answered(visitor: Visitor, path: str) -> None:
    answer = visitor.http.get(path, headers={"Host": "localhost:1"}, follow_redirects=False)
    assert answer.status_code == 200


def test_who_asks_often_costs_stytch_nothing(visitor: Visitor) -> None:
    for _ in range(20):
        assert asked(visitor) == (200, READY)
    assert visitor.requests() == ["GET rbac/policy"]


def test_who_asks_at_once_costs_stytch_nothing(console: Console, sandbox: Sandbox) -> None:
    sandbox.fail("latency", "/rbac/policy$", "GET", seconds=0.2)
    with ThreadPoolExecutor(5) as pool:
        answers = pool.map(httpx.get, [f"{console.url}/readyz"] * 5)
    assert [answer.json() for answer in answers] == [READY] * 5
    assert sandbox.calls() == ["GET policy"]


@pytest.mark.usefixtures("_looks_each_time")
def test_stytch_is_told_apart(visitor: Visitor, sandbox: Sandbox) -> None:
    failing: list[tuple[dict[str, Any], str]] = [
        ({"kind": "status", "status": 500, "times": 2}, "outcome_unknown"),
        ({"kind": "status", "status": 401, "error_type": "unauthorized_credentials"}, "bad_credentials"),
        ({"kind": "drop_before_commit", "times": 2}, "outcome_unknown"),
    ]
    for fault, word in failing:
        sandbox.fail(**fault, path="/rbac/policy$", method="GET")
        assert asked(visitor) == (200, READY | {"stytch": word})
    assert asked(visitor) == (200, READY)


@pytest.mark.usefixtures("_looks_each_time")
def test_it_answers_before_whoever_asks_gives_up(
    visitor: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probes, "PATIENCE_SECONDS", 0.1)
    sandbox.fail("latency", "/rbac/policy$", "GET", seconds=1)
    began = time.monotonic()
    assert asked(visitor) == (200, READY | {"stytch": "no_answer"})
    assert time.monotonic() - began < 1


@pytest.mark.usefixtures("_looks_each_time")
def test_the_database_is_told_apart(visitor: Visitor, history: Database) -> None:
    assert asked(visitor) == (200, READY)
    with history.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert asked(visitor) == (503, READY | {"ready": False, "database": "not_migrated"})


class TestDatabaseAway:
    @pytest.fixture
    def changes(self, closed_port: int) -> dict[str, Any]:
        return {"database_url": f"postgresql://console:in-the-clear@127.0.0.1:{closed_port}/history"}

    def test_the_database_is_told_apart(self, visitor: Visitor) -> None:
        answer = visitor.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, READY | {"ready": False, "database": "unreachable"})
        assert "in-the-clear" not in answer.text
        assert visitor.get("/healthz").status_code == 200


class TestRedisAway:
    @pytest.fixture
    def changes(self, closed_port: int) -> dict[str, Any]:
        return {"redis_url": f"redis://127.0.0.1:{closed_port}"}

    def test_redis_is_told_apart(self, visitor: Visitor) -> None:
        assert asked(visitor) == (200, READY | {"redis": "unreachable"})


class TestRedisHangs:
    @pytest.fixture
    def changes(self) -> Iterator[dict[str, Any]]:
        with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes connections, and says nothing
            yield {"redis_url": f"redis://127.0.0.1:{deaf.getsockname()[1]}"}

    def test_a_redis_that_hangs_holds_nothing_up(self, visitor: Visitor) -> None:
        began = time.monotonic()
        assert asked(visitor) == (200, READY | {"redis": "unreachable"})
        assert time.monotonic() - began < probes.PATIENCE_SECONDS
