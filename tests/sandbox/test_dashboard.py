"""The dashboard over a socket; tests/browser/test_sandbox_pages.py presses its buttons."""

from datetime import timedelta

import httpx
import pytest

from tests.conftest import Sandbox
from webapp.sandbox import create_sandbox
from webapp.sandbox.dashboard import CALLS, COMMON_FAULTS, KINDS

PATHS = {
    "get connection": ("GET", "/v1/b2b/scim/{organization}/connection"),
    "start": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/start"),
    "complete": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/complete"),
    "cancel": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/cancel"),
    "authenticate": ("POST", "/v1/b2b/sessions/authenticate"),
}


def post(sandbox: Sandbox, action: str, **form: str) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/_sandbox/{action}", data=form)


@pytest.mark.parametrize("path", ["/_sandbox/", "/_sandbox/idp", "/_sandbox/static/dashboard/sandbox.css"])
def test_pages_are_strict_and_set_no_cookie(sandbox: Sandbox, path: str) -> None:
    answer = httpx.get(f"{sandbox.url}{path}")
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


def test_people_are_linked_to_the_console_s_sign_in(sandbox: Sandbox) -> None:
    app = create_sandbox(sandbox.world)
    link = 'href="http://console.example/login?email=ada%40acme.example"'
    assert link not in app.test_client().get("/_sandbox/").text
    app.config["CONSOLE_URL"] = "http://console.example"
    assert link in app.test_client().get("/_sandbox/").text


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_fault_on_each_call(sandbox: Sandbox, call: str, kind: str) -> None:
    answer = post(sandbox, "add-fault", call=call, fault=kind, times="2", seconds="0.5", status="503", retry_after="")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/_sandbox/#faults")
    [fault] = sandbox.world.faults
    assert (fault.fault, fault.times, fault.seconds, fault.status) == (kind, 2, 0.5, 503)
    met = {
        name
        for name, (method, path) in PATHS.items()
        if fault.meets(method, path.format(organization="acme", connection="scim-connection-test-1"))
    }
    assert met == {call}


def test_the_common_faults_are_faults(sandbox: Sandbox) -> None:
    for _, call, kind in COMMON_FAULTS:
        assert post(sandbox, "add-fault", call=call, fault=kind).status_code == 303
    assert [fault.fault for fault in sandbox.world.faults] == [kind for _, _, kind in COMMON_FAULTS]


@pytest.mark.parametrize(
    "form",
    [
        {"call": "sing", "fault": "latency"},
        {"call": "start", "fault": "sing"},
        {"call": "start", "fault": "latency", "seconds": "-1"},
        {"call": "start", "fault": "status", "status": "1000"},
    ],
)
def test_what_is_no_fault_is_refused(sandbox: Sandbox, form: dict[str, str]) -> None:
    assert post(sandbox, "add-fault", **form).status_code == 422
    assert sandbox.world.faults == []


def test_removing_a_fault_that_was_met_meanwhile(sandbox: Sandbox) -> None:
    post(sandbox, "add-fault", call="start", fault="latency")
    assert post(sandbox, "remove-fault", index="1").status_code == 303
    assert len(sandbox.world.faults) == 1


def test_an_unknown_variant_is_refused(sandbox: Sandbox) -> None:
    before = dict(sandbox.world.variants)
    assert post(sandbox, "choose-variants", start_twice="explodes").status_code == 422
    assert sandbox.world.variants == before


def test_the_clock_moves_by_its_steps_alone(sandbox: Sandbox) -> None:
    before = sandbox.world.clock.now()
    assert post(sandbox, "advance-clock", seconds="-60").status_code == 422
    assert post(sandbox, "advance-clock", seconds="86400").status_code == 303
    assert sandbox.world.clock.now() - before >= timedelta(days=1)


def test_another_site_can_t_press_a_button(sandbox: Sandbox) -> None:
    answer = httpx.post(f"{sandbox.url}/_sandbox/reset-world", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
