"""The dashboard over a socket; tests/browser/test_sandbox_pages.py presses its buttons."""

import html
import re
from datetime import timedelta

import httpx
import pytest

from tests.conftest import Sandbox
from webapp.sandbox import create_sandbox
from webapp.sandbox.dashboard import ENDS, KINDS
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET
from webapp.sandbox.rehearsals import CALLS

PATHS = {
    "get connection": ("GET", "/v1/b2b/scim/{organization}/connection"),
    "get groups": ("GET", "/v1/b2b/scim/{organization}/connection/{connection}"),
    "start": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/start"),
    "complete": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/complete"),
    "cancel": ("POST", "/v1/b2b/scim/{organization}/connection/{connection}/rotate/cancel"),
    "create": ("POST", "/v1/b2b/scim/{organization}/connection"),
    "delete": ("DELETE", "/v1/b2b/scim/{organization}/connection/{connection}"),
    "update": ("PUT", "/v1/b2b/scim/{organization}/connection/{connection}"),
    "authenticate": ("POST", "/v1/b2b/sessions/authenticate"),
    "try token": ("GET", "/v1/b2b/scim/{connection}/Users"),
}


def post(sandbox: Sandbox, path: str, /, **form: str) -> httpx.Response:
    return httpx.post(f"{sandbox.url}/_sandbox/{path}", data=form)


def page_buttons(sandbox: Sandbox) -> list[tuple[str, str]]:
    """The accessible name and the value of each button on the dashboard that has both."""
    page = httpx.get(f"{sandbox.url}/_sandbox/").text
    found = re.findall(r'<button[^>]* value="([^"]*)" aria-label="([^"]*)"', page)
    return [(html.unescape(name), html.unescape(value)) for value, name in found]


def actions_elsewhere(sandbox: Sandbox, connection: str) -> list[str]:
    """What the dashboard lets somebody else do to the connection of this name."""
    ending = f"{connection} as somebody else"
    return [value for name, value in page_buttons(sandbox) if name.endswith(ending)]


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


def test_each_button_queues_the_fault_it_names(sandbox: Sandbox) -> None:
    buttons = [(name, value) for name, value in page_buttons(sandbox) if ": " in name]
    with httpx.Client(base_url=sandbox.url) as client:
        for _, value in buttons:
            answer = client.post("/_sandbox/rehearse", data={"rehearsal": value, "times": "3"})
            assert (answer.status_code, answer.headers["Location"]) == (303, "/_sandbox/#faults")
    faults = sandbox.world.faults
    calls = [CALLS[name.partition(":")[0].lower()] for name, _ in buttons]
    assert [(fault.method, fault.path) for fault in faults] == calls
    assert {fault.times for fault in faults} == {3}
    assert {fault.fault for fault in faults} == set(KINDS)
    page = httpx.get(f"{sandbox.url}/_sandbox/").text
    waiting = re.findall("<li>\\s*<strong>(.*?)</strong>", page)
    assert [html.unescape(name) for name in waiting] == [name for name, _ in buttons]
    assert post(sandbox, "remove-fault", index="0").status_code == 303
    assert len(sandbox.world.faults) == len(buttons) - 1


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Start: reply lost", "drop_after_commit"),
        ("Complete: never arrives", "drop_before_commit"),
        ("Cancel: no answer, but done", "timeout_after_commit"),
        ("Get connection: 500", "status"),
    ],
)
def test_the_buttons_mean_what_they_say(sandbox: Sandbox, name: str, kind: str) -> None:
    post(sandbox, "rehearse", rehearsal=dict(page_buttons(sandbox))[name])
    assert [(fault.fault, fault.times) for fault in sandbox.world.faults] == [(kind, 1)]


@pytest.mark.parametrize(
    "form", [{"rehearsal": "start: sing"}, {}, {"rehearsal": "start: 500", "times": "0"}], ids=["what", "none", "times"]
)
def test_what_nobody_can_rehearse(sandbox: Sandbox, form: dict[str, str]) -> None:
    assert post(sandbox, "rehearse", **form).status_code == 422
    assert sandbox.world.faults == []


def test_what_is_on_its_way_arrives_by_a_click(sandbox: Sandbox) -> None:
    assert "Arrive now" not in httpx.get(f"{sandbox.url}/_sandbox/").text
    acme = sandbox.connection("acme")
    post(sandbox, "rehearse", rehearsal="start: arrives late")
    path = f"/v1/b2b/scim/acme/connection/{acme.connection_id}/rotate/start"
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.post(f"{sandbox.url}{path}", json={}, auth=(PROJECT_ID, PROJECT_SECRET))
    page = httpx.get(f"{sandbox.url}/_sandbox/").text
    assert f"<code>POST {path}</code>" in page
    assert "Arrive now" in page
    assert acme.next_bearer_token is None
    assert post(sandbox, "arrive-now").status_code == 303
    assert sandbox.connection("acme").next_bearer_token
    assert "Arrive now" not in httpx.get(f"{sandbox.url}/_sandbox/").text


def test_somebody_else_is_played_by_buttons(sandbox: Sandbox) -> None:
    acme = sandbox.connection("acme")
    seen = []
    for action in ("start", "complete", "start", "cancel", "delete"):
        seen.append(actions_elsewhere(sandbox, "Acme Okta"))
        answer = post(sandbox, f"connections/{acme.connection_id}/act-elsewhere", action=action)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/_sandbox/#connections")
    rotating = ["start", "complete", "cancel", "delete"]
    assert seen == [["start", "delete"], rotating, ["start", "delete"], rotating, ["start", "delete"]]
    assert actions_elsewhere(sandbox, "Acme Okta") == []
    assert post(sandbox, f"connections/{acme.connection_id}/act-elsewhere", action="start").status_code == 404


def test_somebody_else_creates_a_connection(sandbox: Sandbox) -> None:
    globex = sandbox.world.find_organization("globex").organization_id
    assert post(sandbox, "connections", organization=globex).status_code == 303
    assert sandbox.connection("globex").display_name == "Globex elsewhere"
    assert post(sandbox, "connections", organization=globex).status_code == 409
    assert post(sandbox, "connections", organization="nobody").status_code == 404


def test_somebody_else_came_too_late(sandbox: Sandbox) -> None:
    path = f"connections/{sandbox.connection('acme').connection_id}/act-elsewhere"
    answer = post(sandbox, path, action="complete")
    assert answer.status_code == 409
    assert "is not rotating" in answer.text
    assert post(sandbox, path, action="sing").status_code == 404
    sandbox.world.variants["start_twice"] = "refused"
    assert "start" not in actions_elsewhere(sandbox, "Initech Entra")


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


@pytest.mark.parametrize("days", ENDS)
def test_a_token_s_end_is_set(sandbox: Sandbox, days: str) -> None:
    connection = sandbox.connection()
    now = sandbox.world.clock.now()
    answer = post(sandbox, f"connections/{connection.connection_id}/set-end", days=days)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/_sandbox/#connections")
    assert connection.bearer_token_expires_at
    assert abs(connection.bearer_token_expires_at - now - timedelta(days=int(days))) < timedelta(minutes=1)


def test_an_end_that_is_not_offered(sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    before = connection.bearer_token_expires_at
    assert post(sandbox, f"connections/{connection.connection_id}/set-end", days="5").status_code == 422
    assert post(sandbox, "connections/nowhere/set-end", days="7").status_code == 404
    assert connection.bearer_token_expires_at == before
