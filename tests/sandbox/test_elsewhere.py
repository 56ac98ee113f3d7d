"""Somebody else works in Stytch's own dashboard: the control API plays them."""

import httpx
import pytest

from tests.conftest import Sandbox
from tests.sandbox.conftest import Api, is_rotating, refusal


def act(api: Api, action: str, slug: str = "acme") -> httpx.Response:
    connection_id = api.connection_path(slug).rpartition("/")[2]
    return api.http.post(f"/_sandbox/connections/{connection_id}/{action}")


def test_a_rotation_is_started_cancelled_started_and_completed(api: Api) -> None:
    first = act(api, "start")
    assert is_rotating(api)
    assert first.json() == api.get("scim/acme/connection").json()["connection"]
    act(api, "cancel")
    assert not is_rotating(api)
    next_last_four = act(api, "start").json()["next_bearer_token_last_four"]
    assert act(api, "complete").json()["bearer_token_last_four"] == next_last_four
    assert not is_rotating(api)


def test_a_connection_is_created(api: Api) -> None:
    made = api.http.post("/_sandbox/organizations/globex/connections", json={"display_name": "Globex Okta"})
    assert made.json()["connection_id"] == api.get("scim/globex/connection").json()["connection"]["connection_id"]
    again = api.http.post("/_sandbox/organizations/globex/connections", json={})
    assert refusal(again) == (400, "active_scim_connection_exists")


def test_a_connection_is_deleted(api: Api) -> None:
    assert act(api, "delete").json()["status"] == "deleted"
    assert api.get("scim/acme/connection").json()["connection"] is None


@pytest.mark.parametrize("action", ["complete", "cancel"])
def test_stytch_refuses_them_too(api: Api, action: str) -> None:
    api.world.variants["not_rotating_status"] = "409"
    assert refusal(act(api, action)) == (409, "scim_connection_not_rotating_token")


def test_a_second_start_follows_the_variant(api: Api) -> None:
    api.world.variants["start_twice"] = "refused"
    assert refusal(act(api, "start", "initech")) == (400, "scim_connection_already_rotating_token")


def test_it_is_no_call_to_the_api(api: Api) -> None:
    """So a test can count what the console itself asked for; and no fault meets it."""
    api.http.post("/_sandbox/faults", json={"method": "POST", "path": "start$", "fault": "drop_before_commit"})
    assert act(api, "start").status_code == 200
    assert list(api.world.requests) == []


@pytest.mark.parametrize("path", ["scim-connection-test-x/start", "{acme}/rotate"])
def test_what_nobody_can_do(sandbox: Sandbox, path: str) -> None:
    path = path.format(acme=sandbox.connection("acme").connection_id)
    assert httpx.post(f"{sandbox.url}/_sandbox/connections/{path}").status_code == 404
