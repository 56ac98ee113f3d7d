"""Failures on demand, seen from the client's end of a real socket."""

import errno

import httpx
import pytest

from tests.sandbox.conftest import Api, is_rotating, queue, refusal, rotate, start, wait_until
from webapp.sandbox.api import failing


@pytest.mark.parametrize(("fault", "committed"), [("drop_before_commit", False), ("drop_after_commit", True)])
def test_dropped_connection(api: Api, fault: str, committed: bool) -> None:
    queue(api, fault)
    with pytest.raises(httpx.RemoteProtocolError):
        start(api)
    assert is_rotating(api) is committed
    assert logged_starts(api) == [(None, fault)]


@pytest.mark.parametrize(("fault", "committed"), [("rst_before_commit", False), ("rst_after_commit", True)])
def test_reset_connection(api: Api, fault: str, committed: bool) -> None:
    queue(api, fault)
    with pytest.raises(httpx.ReadError) as caught:
        start(api)
    assert errno.ECONNRESET in errors_behind(caught.value)
    assert is_rotating(api) is committed
    assert logged_starts(api) == [(None, fault)]


@pytest.mark.parametrize(("fault", "committed"), [("timeout_before_commit", False), ("timeout_after_commit", True)])
def test_no_answer_at_all(api: Api, fault: str, committed: bool) -> None:
    queue(api, fault)
    with pytest.raises(httpx.ReadTimeout):
        start(api, timeout=0.1)
    wait_until(lambda: logged_starts(api) == [(None, fault)])
    assert is_rotating(api) is committed


def test_silence_ends_in_a_closed_connection(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failing, "_SILENT_SECONDS", 0.05)
    queue(api, "timeout_before_commit")
    with pytest.raises(httpx.RemoteProtocolError):
        start(api)


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


@pytest.mark.parametrize("body", ["json", "html"])
def test_status_although_it_was_done(api: Api, body: str) -> None:
    queue(api, "status", status=502, body=body, after_commit=True)
    answer = start(api)
    assert answer.status_code == 502
    assert "bearer_token" not in answer.text
    assert is_rotating(api)


def test_status_with_a_proxy_page(api: Api) -> None:
    queue(api, "status", status=502, body="html")
    answer = start(api)
    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "502 Bad Gateway" in answer.text


def test_latency_outlasts_the_client_and_commits_late(api: Api) -> None:
    queue(api, "latency", seconds=0.5)
    with pytest.raises(httpx.ReadTimeout):
        start(api, timeout=0.2)
    wait_until(lambda: is_rotating(api))


def test_slow_drip_beats_a_read_timeout_and_is_whole(api: Api) -> None:
    queue(api, "slow_drip", seconds=0.5)
    with api.http.stream("POST", f"/v1/b2b/{api.connection_path('acme')}/rotate/start", json={}) as answer:
        parts = list(answer.iter_raw())
    assert len(parts) > 10
    assert sum(map(len, parts)) == int(answer.headers["Content-Length"])
    assert is_rotating(api)


def test_wrong_shape_is_an_envelope_without_contents(api: Api) -> None:
    queue(api, "wrong_shape")
    answer = start(api)
    assert (answer.status_code, answer.json().keys()) == (200, {"status_code", "request_id"})
    assert is_rotating(api)


def test_a_refusal_keeps_its_shape(api: Api) -> None:
    queue(api, "wrong_shape", path="/rotate/cancel$")
    assert refusal(rotate(api, "cancel")) == (400, "scim_connection_not_rotating_token")


@pytest.mark.parametrize("call", ["start", "complete", "cancel"])
def test_contradicting_answer_shows_what_was(api: Api, call: str) -> None:
    if call != "start":
        start(api)
    before = api.get("scim/acme/connection").json()["connection"]
    queue(api, "contradicting", path=f"/rotate/{call}$")
    answer = rotate(api, call)
    assert (answer.status_code, answer.json()["connection"]) == (200, before)
    assert is_rotating(api) is (call == "start")
    assert api.get("scim/acme/connection").json()["connection"] != before


@pytest.mark.parametrize("follow", [False, True])
def test_redirect_shows_who_follows_it(api: Api, follow: bool) -> None:
    queue(api, "redirect")
    answer = start(api, follow_redirects=follow)
    assert [e.method for e in api.world.requests] == (["GET", "POST"] if follow else ["POST"])
    if follow:
        assert refusal(answer) == (501, "not_implemented_in_sandbox")  # nobody can GET a start
    else:
        assert (answer.status_code, httpx.URL(answer.headers["Location"]).host) == (302, "localhost")
    assert not is_rotating(api)


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


def logged_starts(api: Api) -> list[tuple[int | None, str | None]]:
    """The status and fault of each start in the log, the newest first."""
    entries = api.http.get("/_sandbox/requests.json").json()
    return [(entry["status"], entry["fault"]) for entry in entries if entry["path"].endswith("/rotate/start")]


def errors_behind(error: BaseException) -> set[int | None]:
    """The errno of every OSError that led to `error`."""
    found: set[int | None] = set()
    cause: BaseException | None = error
    while cause is not None:
        found |= {cause.errno} if isinstance(cause, OSError) else set()
        cause = cause.__cause__ or cause.__context__
    return found
