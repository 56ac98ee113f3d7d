"""The SCIM server over a socket, as an IdP reaches it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.conftest import Sandbox
from webapp.sandbox.connections import Connection
from webapp.sandbox.scim_patch import PATCH_OP
from webapp.sandbox.scim_schema import ENTERPRISE_USER, GROUP, USER

ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def connection_of(sandbox: Sandbox, slug: str) -> Connection:
    organization = sandbox.world.find_organization(slug)
    connection = sandbox.world.connection_of(organization.organization_id)
    assert connection
    return connection


def client_of(sandbox: Sandbox, connection: Connection) -> httpx.Client:
    return httpx.Client(
        base_url=f"{sandbox.url}{connection.base_path}",
        headers={"Authorization": f"Bearer {connection.bearer_token}"},
        trust_env=False,
    )


@pytest.fixture
def acme(sandbox: Sandbox) -> Connection:
    return connection_of(sandbox, "acme")


@pytest.fixture
def idp(sandbox: Sandbox, acme: Connection) -> Iterator[httpx.Client]:
    """An IdP holding Acme's current token."""
    with client_of(sandbox, acme) as client:
        yield client


def status_with(idp: httpx.Client, token: str | None) -> int:
    return idp.get("/Users", headers={"Authorization": f"Bearer {token}"}).status_code


def create_user(idp: httpx.Client, **attributes: Any) -> dict[str, Any]:
    answer = idp.post("/Users", json={"schemas": [USER], "userName": "kim@acme.example", **attributes})
    assert answer.status_code == 201
    created: dict[str, Any] = answer.json()
    return created


def test_tokens_through_a_completed_rotation(idp: httpx.Client, acme: Connection) -> None:
    old = acme.bearer_token
    acme.start_rotation(None)
    new = acme.next_bearer_token
    assert (status_with(idp, old), status_with(idp, new)) == (200, 200)
    acme.complete_rotation()
    assert (status_with(idp, old), status_with(idp, new)) == (401, 200)


def test_tokens_through_a_cancelled_rotation(idp: httpx.Client, acme: Connection) -> None:
    acme.start_rotation(None)
    new = acme.next_bearer_token
    acme.cancel_rotation()
    assert (status_with(idp, acme.bearer_token), status_with(idp, new)) == (200, 401)


def test_an_ended_token_is_refused(idp: httpx.Client, sandbox: Sandbox, acme: Connection) -> None:
    acme.bearer_token_expires_at = sandbox.world.clock.now() + timedelta(hours=1)
    assert status_with(idp, acme.bearer_token) == 200
    sandbox.world.clock.advance(3601)
    assert status_with(idp, acme.bearer_token) == 401


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/Users", "/Groups/x", "/Bulk"])
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic d3Jvbmc6d3Jvbmc="])
def test_without_a_right_token_all_is_refused_in_scim_s_shape(
    sandbox: Sandbox, acme: Connection, path: str, authorization: str
) -> None:
    url = f"{sandbox.url}{acme.base_path}{path}"
    answer = httpx.get(url, headers={"Authorization": authorization} if authorization else {})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert (answer.json()["schemas"], answer.json()["status"]) == ([ERROR], "401")


def test_another_connection_s_token_is_refused(sandbox: Sandbox, idp: httpx.Client) -> None:
    assert status_with(idp, connection_of(sandbox, "wayne").bearer_token) == 401


def test_a_deleted_connection_refuses_its_token(sandbox: Sandbox, idp: httpx.Client, acme: Connection) -> None:
    del sandbox.world.connections[acme.connection_id]
    assert status_with(idp, acme.bearer_token) == 401


def test_discovery_documents(idp: httpx.Client) -> None:
    config = idp.get("/ServiceProviderConfig").json()
    assert (config["patch"]["supported"], config["bulk"]["supported"]) == (True, False)
    types = idp.get("/ResourceTypes").json()
    assert [(kind["name"], kind["endpoint"]) for kind in types["Resources"]] == [
        ("User", "/Users"),
        ("Group", "/Groups"),
    ]
    assert idp.get("/ResourceTypes/User").json()["schemaExtensions"][0]["schema"] == ENTERPRISE_USER
    assert [schema["id"] for schema in idp.get("/Schemas").json()["Resources"]] == [USER, ENTERPRISE_USER, GROUP]
    user_name = idp.get(f"/Schemas/{USER}").json()["attributes"][0]
    assert (user_name["name"], user_name["uniqueness"]) == ("userName", "server")
    assert idp.get("/Schemas/unknown").status_code == 404


def test_a_user_s_life(idp: httpx.Client, sandbox: Sandbox, acme: Connection) -> None:
    created = create_user(idp, active=True)
    path = f"/Users/{created['id']}"
    assert created["meta"]["location"] == f"{sandbox.url}{acme.base_path}{path}"
    assert idp.get(created["meta"]["location"]).json() == created

    replaced = idp.put(path, json={"schemas": [USER], "userName": "kim@acme.example", "title": "Engineer"})
    assert (replaced.json()["title"], "active" in replaced.json()) == ("Engineer", False)

    patched = idp.patch(
        path, json={"schemas": [PATCH_OP], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    )
    assert (patched.status_code, patched.json()["active"], patched.json()["title"]) == (200, False, "Engineer")

    deleted = idp.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert idp.get(path).status_code == 404
    assert acme.directory.users == {}


def test_a_new_group_can_be_given_a_role_at_once(idp: httpx.Client, acme: Connection) -> None:
    kim = create_user(idp)
    answer = idp.post("/Groups", json={"schemas": [GROUP], "displayName": "Legal", "members": [{"value": kim["id"]}]})
    group = acme.directory.groups[answer.json()["id"]]
    assert (group.display_name, group.member_ids) == ("Legal", [kim["id"]])
    assert idp.get(f"/Users/{kim['id']}").json()["groups"] == [{"value": group.id, "display": "Legal"}]


def test_a_page_of_many_groups(sandbox: Sandbox) -> None:
    with client_of(sandbox, connection_of(sandbox, "wayne")) as idp:
        page = idp.get("/Groups", params={"startIndex": 2499, "count": 10}).json()
        assert (page["schemas"], page["totalResults"], page["startIndex"], page["itemsPerPage"]) == (
            [LIST],
            2500,
            2499,
            2,
        )
        assert [group["displayName"] for group in page["Resources"]] == ["Group 2499", "Group 2500"]
        found = idp.get("/Groups", params={"filter": 'displayName eq "group 0007"'}).json()
        assert [group["displayName"] for group in found["Resources"]] == ["Group 0007"]


def test_entra_s_query_flag_is_tolerated(sandbox: Sandbox) -> None:
    initech = connection_of(sandbox, "initech")
    base, _, flag = initech.base_url(sandbox.url).partition("?")
    answer = httpx.get(
        f'{base}/Users?{flag}&filter=userName eq "kim@initech.example"',
        headers={"Authorization": f"Bearer {initech.bearer_token}"},
    )
    assert flag == "aadOptscim062020"
    assert (answer.status_code, answer.json()["totalResults"]) == (200, 0)


def test_attributes_and_excluded_attributes(idp: httpx.Client) -> None:
    create_user(idp, active=True)
    only = idp.get("/Users", params={"attributes": "username"}).json()["Resources"][0]
    assert set(only) == {"schemas", "id", "userName"}
    without = idp.get("/Users", params={"excludedAttributes": "groups, meta"}).json()["Resources"][0]
    assert set(without) == {"schemas", "id", "userName", "active"}


def test_versions(idp: httpx.Client) -> None:
    path = f"/Users/{create_user(idp)['id']}"
    etag = idp.get(path).headers["ETag"]
    assert etag == idp.get(path).json()["meta"]["version"] == 'W/"1"'
    assert idp.get(path, headers={"If-None-Match": etag}).status_code == 304
    body = {"schemas": [USER], "userName": "kim@acme.example"}
    assert idp.put(path, json=body, headers={"If-Match": etag}).headers["ETag"] == 'W/"2"'
    assert idp.put(path, json=body, headers={"If-Match": etag}).status_code == 412
    assert idp.delete(path, headers={"If-Match": etag}).status_code == 412


def test_refusals_carry_their_scim_type(idp: httpx.Client) -> None:
    kim = create_user(idp)

    def refusal(method: str, path: str, **options: Any) -> tuple[int, str | None]:
        answer = idp.request(method, path, **options)
        assert answer.headers["Content-Type"] == "application/scim+json"
        assert answer.json()["status"] == str(answer.status_code)
        return answer.status_code, answer.json().get("scimType")

    def operation(**op: Any) -> dict[str, Any]:
        return {"schemas": [PATCH_OP], "Operations": [op]}

    user = f"/Users/{kim['id']}"
    assert refusal("POST", "/Users", json={"userName": "KIM@acme.example"}) == (409, "uniqueness")
    assert refusal("POST", "/Users", json={}) == (400, "invalidValue")
    assert refusal("POST", "/Users", content="{") == (400, "invalidSyntax")
    assert refusal("POST", "/Users", json=["kim"]) == (400, "invalidSyntax")
    assert refusal("GET", "/Users", params={"filter": "userName is kim"}) == (400, "invalidFilter")
    assert refusal("GET", "/Users", params={"count": "many"}) == (400, "invalidValue")
    assert refusal("PATCH", user, json=operation(op="replace", path="shoe size", value=9)) == (400, "invalidPath")
    assert refusal("PATCH", user, json=operation(op="replace", path="id", value="x")) == (400, "mutability")
    assert refusal("GET", "/Users/unknown") == (404, None)
    assert refusal("DELETE", "/Groups/unknown") == (404, None)
    assert refusal("POST", "/Bulk", json={}) == (501, None)
