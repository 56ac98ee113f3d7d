"""The control API: what it turns, what it tells, and what it never tells."""

import httpx
import pytest

from tests.conftest import Sandbox
from tests.sandbox.conftest import Api
from webapp.sandbox import variants
from webapp.sandbox.world import World


def test_reset_brings_the_first_minute_back_with_the_same_ids(api: Api) -> None:
    before = api.get("scim/acme/connection").json()["connection"]
    token = api.sign_in("ada@acme.example", "acme")
    api.post(f"{api.connection_path('acme')}/rotate/start")
    api.http.delete(f"/v1/b2b/{api.connection_path('umbrella')}")
    api.http.post("/_sandbox/variants", json={"start_twice": "refused"})
    api.http.post("/_sandbox/faults", json={"method": "GET", "path": "x", "fault": "latency"})
    assert api.http.post("/_sandbox/reset").status_code == 204
    after = api.get("scim/acme/connection").json()["connection"]
    for key in ("organization_id", "connection_id", "bearer_token_last_four", "next_bearer_token_last_four"):
        assert after[key] == before[key]
    assert api.get("scim/umbrella/connection").json()["connection"]
    assert api.post("sessions/authenticate", session_token=token).status_code == 404
    assert api.http.get("/_sandbox/inbox.json").json() == []
    assert api.http.get("/_sandbox/faults").json() == []
    assert api.http.get("/_sandbox/variants").json()["start_twice"]["chosen"] == "replaces"


def test_variants_given_at_the_start_outlive_a_reset() -> None:
    world = World(chosen_variants={"start_twice": "refused"})
    world.variants["start_twice"] = "replaces"
    world.reset()
    assert world.variants == variants.defaults() | {"start_twice": "refused"}


@pytest.mark.parametrize("body", [{"start_twice": "maybe"}, {"unheard_of": "x"}, ["start_twice"]])
def test_unknown_variants_are_refused(api: Api, body: object) -> None:
    assert api.http.post("/_sandbox/variants", json=body).status_code == 400
    assert api.world.variants == variants.defaults()


@pytest.mark.parametrize("seconds", [0, -5, "soon", None])
def test_clock_moves_only_forward(api: Api, seconds: object) -> None:
    assert api.http.post("/_sandbox/clock", json={"advance_seconds": seconds}).status_code == 400


def test_request_log_tells_who_did_what_and_no_secret(api: Api) -> None:
    session = api.sign_in("ada@acme.example", "acme")
    link = api.http.get("/_sandbox/inbox.json").json()[0]["link"]
    api.http.get(link)
    started = api.post(f"{api.connection_path('acme')}/rotate/start", acting=session).json()["connection"]
    log = api.http.get("/_sandbox/requests.json")
    newest = log.json()[0]
    assert (newest["method"], newest["path"]) == ("POST", f"/v1/b2b/{api.connection_path('acme')}/rotate/start")
    ada = api.world.find_member(started["organization_id"], email="ada@acme.example")
    assert (newest["status"], newest["acting_member_id"], newest["fault"]) == (200, ada.member_id, None)
    for secret in (session, started["next_bearer_token"], link.partition("token=")[2], "ada@acme.example"):
        assert secret not in log.text
    assert "/_sandbox" not in log.text


def test_page_of_another_site_turns_nothing(sandbox: Sandbox) -> None:
    token = sandbox.world.find_organization("acme").organization_id
    for site, status in (("cross-site", 403), ("same-origin", 204), ("none", 204)):
        answer = httpx.post(f"{sandbox.url}/_sandbox/reset", headers={"Sec-Fetch-Site": site})
        assert answer.status_code == status
        assert "Set-Cookie" not in answer.headers
    assert sandbox.world.find_organization("acme").organization_id == token
    assert httpx.get(f"{sandbox.url}/_sandbox/healthz").status_code == 200
