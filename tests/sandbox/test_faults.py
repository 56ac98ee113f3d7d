"""Failures on demand, seen from the client's end of a real socket."""

import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api, refusal


def queue(api: Api, fault: str, **more: Any) -> None:
    """Queue a fault for the next start of a rotation."""
    body = {"method": "POST", "path": "/rotate/start$", "fault": fault, **more}
    assert api.http.post("/_sandbox/faults", json=body).status_code == 201


def start(api: Api) -> httpx.Response:
    return api.post(f"{api.connection_path('acme')}/rotate/start")


def is_rotating(api: Api) -> bool:
    return bool(api.get("scim/acme/connection").json()["connection"]["next_bearer_token_last_four"])


@pytest.mark.parametrize(("fault", "committed"), [("drop_before_commit", False), ("drop_after_commit", True)])
def test_dropped_connection(api: Api, fault: str, committed: bool) -> None:
    queue(api, fault)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        start(api)
    assert is_rotating(api) is committed
    entry = next(e for e in api.http.get("/_sandbox/requests.json").json() if e["path"].endswith("/rotate/start"))
    assert (entry["status"], entry["fault"]) == (None, fault)


def test_truncated_body_promises_all_of_it(api: Api) -> None:
    queue(api, "truncated_body")
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        start(api)
    assert is_rotating(api)


def test_malformed_json_is_a_complete_answer(api: Api) -> None:
    queue(api, "malformed_json")
    answer = start(api)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match="Unterminated string"):
        answer.json()
    assert is_rotating(api)


def test_status_with_stytch_error(api: Api) -> None:
    queue(api, "status", status=429, error_type="too_many_requests", retry_after=7)
    answer = start(api)
    assert refusal(answer) == (429, "too_many_requests")
    assert answer.headers["Retry-After"] == "7"
    assert not is_rotating(api)


def test_status_with_a_proxy_page(api: Api) -> None:
    queue(api, "status", status=502, body="html")
    answer = start(api)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "502 Bad Gateway" in answer.text


def test_latency_outlasts_the_client_and_commits_late(api: Api) -> None:
    queue(api, "latency", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        api.http.post(f"/v1/b2b/{api.connection_path('acme')}/rotate/start", json={}, timeout=0.2)
    wait_until(lambda: is_rotating(api))


def test_slow_drip_beats_a_read_timeout_and_is_whole(api: Api) -> None:
    queue(api, "slow_drip", seconds=0.5)
    with api.http.stream("POST", f"/v1/b2b/{api.connection_path('acme')}/rotate/start", json={}) as answer:
        parts = list(answer.iter_raw())
    assert len(parts) > 10
    assert sum(map(len, parts)) == int(answer.headers["Content-Length"])
    assert is_rotating(api)


def test_fault_counts_down_and_meets_only_its_route(api: Api) -> None:
    queue(api, "status", times=2)
    assert api.get("scim/acme/connection").status_code == 200
    assert start(api).status_code == 500
    assert api.http.get("/_sandbox/faults").json()[0]["times"] == 1
    assert start(api).status_code == 500
    assert api.http.get("/_sandbox/faults").json() == []
    assert start(api).status_code == 200


def test_faults_can_be_cleared(api: Api) -> None:
    queue(api, "status")
    assert api.http.delete("/_sandbox/faults").status_code == 204
    assert start(api).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"method": "POST", "path": "x", "fault": "earthquake"},
        {"method": "POST", "path": "(", "fault": "latency"},
        {"method": "POST", "path": "x", "fault": "latency", "times": 0},
        {"method": "POST", "path": "x", "fault": "latency", "sconds": 1},
        {"path": "x", "fault": "latency"},
    ],
)
def test_bad_fault_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.http.post("/_sandbox/faults", json=body).status_code == 400
    assert api.world.faults == []


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds, and fail after five seconds."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
