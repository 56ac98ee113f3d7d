"""Reads are tried twice, changes once, whatever the answer looks like."""

from types import SimpleNamespace
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.stytch.conftest import Change, caught, each_change
from webapp.stytch import Stytch, errors

# What comes back of each is no usable answer; only of some, Stytch has done what was asked.
SPOILT: list[tuple[dict[str, Any], bool]] = [
    ({"kind": "status", "status": 500}, False),
    ({"kind": "status", "status": 502, "body": "html"}, False),
    ({"kind": "drop_before_commit"}, False),
    ({"kind": "drop_after_commit"}, True),
    ({"kind": "malformed_json"}, True),
    ({"kind": "truncated_body"}, True),
]
each_spoilt = pytest.mark.parametrize(
    ("fault", "committed"), SPOILT, ids=[f"{fault['kind']} {fault.get('status', '')}".strip() for fault, _ in SPOILT]
)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the client waited between two tries, which take no time here."""
    waited: list[float] = []
    monkeypatch.setattr("webapp.stytch.calls.time", SimpleNamespace(sleep=waited.append))
    return waited


@each_spoilt
@pytest.mark.parametrize("read", ["GET connection", "POST authenticate"])
def test_a_read_is_tried_twice(
    stytch: Stytch, sandbox: Sandbox, waits: list[float], fault: dict[str, Any], committed: bool, read: str
) -> None:
    del committed
    ada, (method, path) = sandbox.actor(), read.split()

    def call() -> object:
        return stytch.get_scim_connections(ada) if method == "GET" else stytch.authenticate_session(ada.session_token)

    sandbox.fail(**fault, path=f"/{path}$", method=method)
    call()
    assert sandbox.calls() == [read] * 2
    sandbox.world.requests.clear()
    sandbox.fail(**fault, path=f"/{path}$", method=method, times=3)
    assert type(caught(call)) is errors.OutcomeUnknown
    assert sandbox.calls() == [read] * 2
    assert len(waits) == 2
    assert all(0 < wait < 1 for wait in waits)


@each_spoilt
@each_change
def test_a_change_is_sent_once(
    stytch: Stytch, sandbox: Sandbox, step: str, change: Change, fault: dict[str, Any], committed: bool
) -> None:
    initech, ian = sandbox.connection("initech"), sandbox.actor("ian@initech.example", "initech")
    before = (initech.bearer_token, initech.next_bearer_token)
    stytch.get_scim_connections(ian)  # so that the change goes over a connection that was kept
    sandbox.fail(**fault, path=f"/rotate/{step}$", times=3)
    assert type(caught(lambda: change(stytch, ian, initech.connection_id))) is errors.OutcomeUnknown
    assert sandbox.calls() == ["GET connection", f"POST {step}"]
    assert ((initech.bearer_token, initech.next_bearer_token) != before) is committed


def test_a_rate_limit(stytch: Stytch, sandbox: Sandbox, waits: list[float]) -> None:
    connection, ada = sandbox.connection(), sandbox.actor()

    def limit(path: str, method: str, retry_after: int | None) -> None:
        sandbox.world.requests.clear()
        sandbox.world.faults.clear()
        sandbox.fail("status", path, method, status=429, error_type="too_many_requests", retry_after=retry_after)

    limit("/connection$", "GET", 1)
    stytch.get_scim_connections(ada)
    assert (sandbox.calls(), waits) == (["GET connection"] * 2, [1])

    limit("/connection$", "GET", None)
    stytch.get_scim_connections(ada)
    assert sandbox.calls() == ["GET connection"] * 2
    assert 0 < waits[1] < 1

    for path, method, retry_after, call in (
        ("/connection$", "GET", 3, lambda: stytch.get_scim_connections(ada)),
        ("/connection$", "GET", 60, lambda: stytch.get_scim_connections(ada)),
        ("/rotate/start$", "POST", 1, lambda: stytch.start_rotation(ada, connection.connection_id)),
    ):
        limit(path, method, retry_after)
        error = caught(call)
        assert isinstance(error, errors.RateLimited)
        assert error.retry_after == retry_after
        assert len(sandbox.calls()) == 1
    assert len(waits) == 2
