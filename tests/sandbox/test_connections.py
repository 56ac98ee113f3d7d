"""SCIM connections over the API: which token works when, and every variant of what Stytch leaves undocumented."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.conftest import Api, refusal


def scim_token_works(api: Api, slug: str, token: str) -> bool:
    """Whether the organization's SCIM server lets the IdP in with `token`."""
    base_url = api.get(f"scim/{slug}/connection").json()["connection"]["base_url"].partition("?")[0]
    status = api.http.get(f"{base_url}/Users", headers={"Authorization": f"Bearer {token}"}, auth=None).status_code
    assert status in (200, 401)
    return status == 200


def current_token(api: Api, slug: str) -> str:
    connection = api.world.connection_of(api.world.find_organization(slug).organization_id)
    assert connection is not None
    return connection.bearer_token


def start(api: Api, slug: str) -> str:
    token: str = api.post(f"{api.connection_path(slug)}/rotate/start").json()["connection"]["next_bearer_token"]
    return token


def test_completed_rotation_leaves_only_the_new_token(api: Api) -> None:
    old = current_token(api, "acme")
    new = start(api, "acme")
    assert (len(new), new.isalnum()) == (48, True)
    assert scim_token_works(api, "acme", old)
    assert scim_token_works(api, "acme", new)
    done = api.post(f"{api.connection_path('acme')}/rotate/complete").json()["connection"]
    assert (done["bearer_token_last_four"], done["next_bearer_token_last_four"]) == (new[-4:], "")
    assert not scim_token_works(api, "acme", old)
    assert scim_token_works(api, "acme", new)


def test_cancelled_rotation_leaves_only_the_old_token(api: Api) -> None:
    old = current_token(api, "acme")
    new = start(api, "acme")
    done = api.post(f"{api.connection_path('acme')}/rotate/cancel").json()["connection"]
    assert (done["bearer_token_last_four"], done["next_bearer_token_last_four"]) == (old[-4:], "")
    assert scim_token_works(api, "acme", old)
    assert not scim_token_works(api, "acme", new)


def test_secrets_are_in_no_answer_but_the_one_that_made_them(api: Api) -> None:
    new = start(api, "acme")
    read = api.get("scim/acme/connection")
    assert new not in read.text
    assert current_token(api, "acme") not in read.text
    assert read.json()["connection"]["next_bearer_token_last_four"] == new[-4:]


@pytest.mark.parametrize(("variant", "next_works"), [("both", True), ("current_only", False)])
def test_next_token_while_rotating(api: Api, variant: str, next_works: bool) -> None:
    api.world.variants["tokens_while_rotating"] = variant
    new = start(api, "acme")
    assert scim_token_works(api, "acme", new) is next_works
    assert scim_token_works(api, "acme", current_token(api, "acme"))


@pytest.mark.parametrize(("variant", "works"), [("refused", False), ("accepted", True)])
def test_token_after_its_end(api: Api, variant: str, works: bool) -> None:
    api.world.variants["after_expiry"] = variant
    assert scim_token_works(api, "hooli", current_token(api, "hooli")) is works
    assert scim_token_works(api, "umbrella", current_token(api, "umbrella"))
    api.world.clock.advance(5 * 86400)
    assert scim_token_works(api, "umbrella", current_token(api, "umbrella")) is works


def test_second_start_replaces_the_next_token(api: Api) -> None:
    first, second = start(api, "acme"), start(api, "acme")
    assert not scim_token_works(api, "acme", first)
    assert scim_token_works(api, "acme", second)


def test_second_start_can_be_refused(api: Api) -> None:
    api.world.variants["start_twice"] = "refused"
    first = start(api, "acme")
    again = api.post(f"{api.connection_path('acme')}/rotate/start")
    assert refusal(again) == (400, "scim_connection_already_rotating_token")
    assert scim_token_works(api, "acme", first)


@pytest.mark.parametrize("call", ["complete", "cancel"])
@pytest.mark.parametrize("variant", ["400", "404", "409"])
def test_complete_and_cancel_need_a_rotation(api: Api, call: str, variant: str) -> None:
    api.world.variants["not_rotating_status"] = variant
    refused = api.post(f"{api.connection_path('acme')}/rotate/{call}")
    assert refusal(refused) == (int(variant), "scim_connection_not_rotating_token")


@pytest.mark.parametrize(("variant", "status"), [("null", 200), ("400", 400), ("404", 404)])
def test_get_without_a_connection(api: Api, variant: str, status: int) -> None:
    api.world.variants["get_without_connection"] = variant
    answer = api.get("scim/globex/connection")
    assert answer.status_code == status
    if variant == "null":
        assert answer.json()["connection"] is None
    else:
        assert refusal(answer) == (status, "no_active_scim_connection")


@pytest.mark.parametrize("variant", ["404", "400", "403"])
@pytest.mark.parametrize("error_type", ["scim_connection_not_found", "no_active_scim_connection"])
def test_connection_of_another_organization(api: Api, variant: str, error_type: str) -> None:
    api.world.variants |= {"wrong_connection_id": variant, "wrong_connection_id_error": error_type}
    foreign = api.connection_path("initech").rpartition("/")[2]
    refused = api.post(f"scim/acme/connection/{foreign}/rotate/complete")
    assert refusal(refused) == (int(variant), error_type)
    assert scim_token_works(api, "initech", current_token(api, "initech"))


@pytest.mark.parametrize(("variant", "days"), [("5_years", 1825), ("1_year", 365), ("unlimited", None)])
def test_life_of_a_new_token(api: Api, variant: str, days: int | None) -> None:
    api.world.variants["token_lifetime"] = variant
    connection = api.post(f"{api.connection_path('acme')}/rotate/start").json()["connection"]
    ends = connection.get("next_bearer_token_expires_at")
    assert (ends is None) is (days is None)
    if days is not None:
        left = datetime.fromisoformat(ends) - api.world.clock.now()
        assert abs(left - timedelta(days=days)) < timedelta(hours=1)


@pytest.mark.parametrize(("variant", "kept"), [("kept", True), ("renewed", False)])
def test_end_of_the_new_token_once_it_is_the_only_one(api: Api, variant: str, kept: bool) -> None:
    api.world.variants["expiry_on_complete"] = variant
    next_end = api.post(f"{api.connection_path('acme')}/rotate/start").json()["connection"][
        "next_bearer_token_expires_at"
    ]
    api.world.clock.advance(86400)
    end = api.post(f"{api.connection_path('acme')}/rotate/complete").json()["connection"]["bearer_token_expires_at"]
    assert (end == next_end) is kept


def test_several_connections(api: Api) -> None:
    api.world.variants["connection_shape"] = "list"
    assert api.get("scim/globex/connection").json()["connections"] == []
    made = [api.post("scim/globex/connection").json()["connection"]["connection_id"] for _ in range(2)]
    read = api.get("scim/globex/connection").json()
    assert "connection" not in read
    assert [each["connection_id"] for each in read["connections"]] == made
    api.http.delete(f"/v1/b2b/scim/globex/connection/{made[0]}")
    assert [each["connection_id"] for each in api.get("scim/globex/connection").json()["connections"]] == made[1:]


@pytest.mark.parametrize(("variant", "shown"), [("absent", False), ("null", True)])
def test_an_end_that_does_not_exist(api: Api, variant: str, shown: bool) -> None:
    api.world.variants |= {"expiry_that_is_none": variant, "token_lifetime": "unlimited"}
    connection = api.get("scim/acme/connection").json()["connection"]
    assert ("next_bearer_token_expires_at" in connection) is shown
    assert connection.get("next_bearer_token_expires_at") is None
    started = api.post(f"{api.connection_path('acme')}/rotate/start").json()["connection"]
    assert ("next_bearer_token_expires_at" in started) is shown
    made = api.post("scim/globex/connection").json()["connection"]
    assert ("bearer_token_expires_at" in made) is shown
    assert made.get("bearer_token_expires_at") is None


@pytest.mark.parametrize("variant", ["200", "201"])
def test_status_of_what_was_done(api: Api, variant: str) -> None:
    api.world.variants["status_of_a_post"] = variant
    done = api.post("scim/globex/connection")
    assert done.status_code == done.json()["status_code"] == int(variant)
    assert api.get("scim/globex/connection").status_code == 200


def test_next_last_four_can_be_absent_outside_a_rotation(api: Api) -> None:
    api.world.variants["next_last_four_outside_rotation"] = "absent"
    assert "next_bearer_token_last_four" not in api.get("scim/acme/connection").json()["connection"]
    start(api, "acme")
    assert api.get("scim/acme/connection").json()["connection"]["next_bearer_token_last_four"]


@pytest.mark.parametrize(("variant", "expected"), [("generic", "generic"), ("empty", "")])
def test_provider_of_a_connection_made_without_one(api: Api, variant: str, expected: str) -> None:
    api.world.variants["default_identity_provider"] = variant
    assert api.post("scim/globex/connection").json()["connection"]["identity_provider"] == expected


def test_unknown_provider_is_refused(api: Api) -> None:
    refused = api.post("scim/globex/connection", identity_provider="nobody")
    assert refusal(refused) == (400, "invalid_scim_idp")
    assert api.get("scim/globex/connection").json()["connection"] is None


def test_entra_base_url_carries_its_flag_whenever_the_provider_is_entra(api: Api) -> None:
    def base_url(slug: str) -> str:
        url: str = api.get(f"scim/{slug}/connection").json()["connection"]["base_url"]
        return url

    assert base_url("initech").endswith("?aadOptscim062020")
    api.http.put(f"/v1/b2b/{api.connection_path('initech')}", json={"identity_provider": "okta"})
    assert base_url("initech").endswith(api.connection_path("initech").rpartition("/")[2])


def test_base_url_can_stay_as_it_was_when_the_provider_changes(api: Api) -> None:
    """Whether Stytch writes it anew is not known (stytch-api.md §2.2)."""
    api.world.variants["base_url_on_update"] = "kept"
    for given in ("okta", "microsoft-entra", "jumpcloud"):
        path = f"/v1/b2b/{api.connection_path('initech')}"
        changed = api.http.put(path, json={"identity_provider": given}).json()["connection"]
        assert (changed["identity_provider"], changed["base_url"][-17:]) == (given, "?aadOptscim062020")


def put_assignments(api: Api, assignments: list[dict[str, Any]], acting: str | None = None) -> Any:
    headers = {} if acting is None else {"X-Stytch-Member-Session": acting}
    body = {"scim_group_implicit_role_assignments": assignments}
    return api.http.put(f"/v1/b2b/{api.connection_path('acme')}", json=body, headers=headers)


def test_role_assignments_are_replaced_as_a_whole(api: Api) -> None:
    groups = api.get(api.connection_path("acme")).json()["scim_groups"]
    assert len(groups) == 6
    wanted = {"role_id": "scim_viewer", "group_id": groups[0]["group_id"]}
    answer = put_assignments(api, [wanted])
    assert answer.json()["connection"]["scim_group_implicit_role_assignments"] == [
        {**wanted, "group_name": groups[0]["group_name"]}
    ]


@pytest.mark.parametrize(
    ("assignment", "expected"),
    [
        ({"role_id": "scim_viewer"}, (400, "scim_group_role_assignment_does_not_contain_group_id")),
        (
            {"role_id": "scim_viewer", "group_id": "scim-group-test-x"},
            (400, "scim_group_role_assignment_group_does_not_exist"),
        ),
        ({"group_id": "scim-group-test-x"}, (400, "bad_request")),
    ],
)
def test_bad_role_assignment_changes_nothing(api: Api, assignment: dict[str, str], expected: tuple[int, str]) -> None:
    before = api.get("scim/acme/connection").json()["connection"]
    assert refusal(put_assignments(api, [assignment])) == expected
    assert api.get("scim/acme/connection").json()["connection"] == before


def test_role_assignments_need_a_permission_of_their_own(api: Api) -> None:
    olga = api.sign_in("olga@acme.example", "acme")
    assert refusal(put_assignments(api, [], acting=olga)) == (403, "session_authorization_error")
    named = api.http.put(
        f"/v1/b2b/{api.connection_path('acme')}",
        json={"display_name": "Renamed"},
        headers={"X-Stytch-Member-Session": olga},
    )
    assert named.json()["connection"]["display_name"] == "Renamed"


def test_groups_are_paged(api: Api) -> None:
    path = api.connection_path("wayne")
    names: list[str] = []
    sizes = []
    cursor = ""
    while True:
        page = api.get(path, limit="1000", cursor=cursor).json()
        names += [group["group_name"] for group in page["scim_groups"]]
        sizes.append(len(page["scim_groups"]))
        if page["next_cursor"] is None:
            break
        cursor = page["next_cursor"]
    assert sizes == [1000, 1000, 500]
    assert len(set(names)) == 2500
    assert len(api.get(path).json()["scim_groups"]) == 100
    for bad in ("0", "1001", "ten", "-1"):
        assert refusal(api.get(path, limit=bad)) == (400, "invalid_limit")
    for bad in ("###", "LTU="):
        assert refusal(api.get(path, cursor=bad)) == (400, "invalid_cursor")


def test_deleted_connection_lets_no_token_in_and_can_be_made_anew(api: Api) -> None:
    base_url = api.get("scim/acme/connection").json()["connection"]["base_url"]
    token = current_token(api, "acme")
    assert api.http.delete(f"/v1/b2b/{api.connection_path('acme')}").status_code == 200
    users = api.http.get(f"{base_url}/Users", headers={"Authorization": f"Bearer {token}"}, auth=None)
    assert users.status_code == 401
    assert api.post("scim/acme/connection", display_name="Again").status_code == 200


def test_wrong_project_secret_and_missing_route_are_named(api: Api) -> None:
    wrong = api.http.get("/v1/b2b/scim/acme/connection", auth=("project-test-x", "secret"))
    assert refusal(wrong) == (401, "unauthorized_credentials")
    missing = api.post("passwords/migrate")
    assert refusal(missing) == (501, "not_implemented_in_sandbox")
    assert "POST /v1/b2b/passwords/migrate" in missing.json()["error_message"]
    assert refusal(api.get("scim/nowhere/connection")) == (404, "organization_not_found")
