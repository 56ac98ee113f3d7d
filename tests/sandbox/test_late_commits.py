"""Changes that land after their sender has given up, seen from the client's end of a real socket."""

from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import httpx
import pytest

from tests.sandbox.conftest import Api, is_rotating, queue, refusal, rotate, start, wait_until
from webapp.sandbox.faults import LateCommit

LATE = 3600


def send(api: Api, call: str = "start", **more: Any) -> None:
    """Make a call that comes late and whose sender sees a cut connection."""
    queue(api, "late_commit", path=f"/rotate/{call}$", seconds=LATE, **more)
    with pytest.raises(httpx.RemoteProtocolError):
        rotate(api, call)


def waiting(api: Api) -> list[str]:
    """The calls that have not arrived yet."""
    late_commits = api.http.get("/_sandbox/faults/late-commits").json()
    return [late["path"].rpartition("/")[2] for late in late_commits]


def test_arrives_when_told_to(api: Api) -> None:
    send(api)
    assert not is_rotating(api)
    [late] = api.http.get("/_sandbox/faults/late-commits").json()
    assert (late["method"], late["path"]) == ("POST", f"/v1/b2b/{api.connection_path('acme')}/rotate/start")
    assert api.http.post("/_sandbox/faults/late-commits/deliver").status_code == 204
    assert is_rotating(api)
    assert waiting(api) == []


def test_arrives_when_its_time_has_come(api: Api) -> None:
    send(api)
    api.world.clock.advance(LATE - 60)
    assert not is_rotating(api)
    api.world.clock.advance(60)
    assert is_rotating(api)
    send(api, "complete")
    api.http.post("/_sandbox/clock", json={"advance_seconds": LATE})
    assert api.world.connections[api.connection_path("acme").rpartition("/")[2]].next_bearer_token is None


def test_its_sender_may_hear_nothing_at_all(api: Api) -> None:
    queue(api, "late_commit", cut=False)
    with pytest.raises(httpx.ReadTimeout):
        start(api, timeout=0.1)
    wait_until(lambda: waiting(api) == ["start"])
    left = api.world.late_commits[0].due_at - api.world.clock.now()
    assert timedelta() < left <= timedelta(seconds=20)
    api.world.deliver_late_commits()
    assert is_rotating(api)


def test_is_the_same_request_and_is_logged_once(api: Api) -> None:
    send(api)
    api.world.deliver_late_commits()
    [entry] = [entry for entry in api.world.requests if entry.path.endswith("/start")]
    assert (entry.status, entry.fault) == (None, "late_commit")


def test_meets_no_fault_on_its_way(api: Api) -> None:
    send(api)
    queue(api, "drop_before_commit")
    api.world.deliver_late_commits()
    assert is_rotating(api)
    assert [fault.fault for fault in api.world.faults] == ["drop_before_commit"]


def test_is_judged_as_of_its_arrival(api: Api) -> None:
    """The member's session has ended meanwhile: Stytch refuses, and nobody hears it."""
    queue(api, "late_commit", seconds=LATE)
    session = api.sign_in("ada@acme.example", "acme")
    with pytest.raises(httpx.RemoteProtocolError):
        start(api, headers={"X-Stytch-Member-Session": session})
    api.post("sessions/revoke", session_token=session)
    api.world.deliver_late_commits()
    assert waiting(api) == []
    assert not is_rotating(api)


def test_completes_a_rotation_that_it_was_not_meant_for(api: Api) -> None:
    """What makes a console wait before it believes that nothing was done (trust.md §0)."""
    start(api)
    send(api, "complete")
    rotate(api, "cancel")
    new = start(api).json()["connection"]["next_bearer_token"]
    api.world.deliver_late_commits()
    after = api.get("scim/acme/connection").json()["connection"]
    assert after["bearer_token_last_four"] == new[-4:]
    assert refusal(rotate(api, "complete")) == (400, "scim_connection_not_rotating_token")


def test_those_due_come_in_the_order_of_their_time(api: Api) -> None:
    start(api)
    send(api, "cancel")
    queue(api, "late_commit", path="/rotate/complete$", seconds=LATE / 2)
    with pytest.raises(httpx.RemoteProtocolError):
        rotate(api, "complete")
    new = api.world.connections[api.connection_path("acme").rpartition("/")[2]].next_bearer_token
    api.world.clock.advance(2 * LATE)
    after = api.get("scim/acme/connection").json()["connection"]
    assert new is not None
    assert after["bearer_token_last_four"] == new[-4:]
    assert waiting(api) == []


def test_arrives_once_although_many_ask(api: Api) -> None:
    arrivals: list[int] = []
    for number in range(100):
        late = LateCommit("POST", "/late", api.world.clock.now(), partial(arrivals.append, number))
        api.world.late_commits.append(late)
    threads = [Thread(target=api.world.deliver_late_commits) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert arrivals == list(range(100))


def test_a_reset_forgets_it(api: Api) -> None:
    send(api)
    api.http.post("/_sandbox/reset")
    assert waiting(api) == []
    api.world.clock.advance(2 * LATE)
    assert not is_rotating(api)
