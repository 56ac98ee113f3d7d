from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.sandbox.directory import MAX_PAGE, Directory, Group, User
from webapp.sandbox.scim_patch import PATCH_OP
from webapp.sandbox.scim_schema import ENTERPRISE_USER, USER, ScimError

ADA = {
    "schemas": [USER, ENTERPRISE_USER],
    "userName": "ada@acme.example",
    "externalId": "00u1",
    "name": {"givenName": "Ada", "familyName": "Lovelace"},
    "emails": [{"type": "work", "value": "ada@acme.example", "primary": True}],
    "active": True,
    ENTERPRISE_USER: {"department": "Engines"},
}


class Now:
    def __init__(self) -> None:
        self.time = datetime(2027, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def directory(now: Now) -> Directory:
    return Directory(now)


@pytest.fixture
def ada(directory: Directory) -> User:
    return directory.create(User, ADA)


def operations(*ops: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(ops)}


def refusal(error: pytest.ExceptionInfo[ScimError]) -> tuple[int, str | None]:
    return error.value.status, error.value.scim_type


def test_create_keeps_what_the_schema_knows_under_its_canonical_name(directory: Directory) -> None:
    user = directory.create(
        User, {"USERNAME": "a@b.example", "Name": {"givenname": "A"}, "shoeSize": 9, "id": "mine", "groups": [{}]}
    )
    assert user.attributes == {"userName": "a@b.example", "name": {"givenName": "A"}}
    assert user.id.startswith("scim-user-test-")
    assert directory.users == {user.id: user}


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, "userName is required"),
        ({"userName": ""}, "userName is required"),
        ({"userName": 7}, "userName takes a string value"),
        ({"userName": "a", "active": "perhaps"}, "active takes a boolean value"),
        ({"userName": "a", "emails": {"value": "a"}}, "emails takes a list"),
        ({"userName": "a", "name": ["a"]}, "name takes a complex value"),
    ],
)
def test_create_refuses_bad_values(directory: Directory, body: dict[str, Any], detail: str) -> None:
    with pytest.raises(ScimError, match=detail) as error:
        directory.create(User, body)
    assert refusal(error) == (400, "invalidValue")
    assert not directory.users


def test_user_name_is_unique_whatever_its_case(directory: Directory, ada: User) -> None:
    grace = directory.create(User, {"userName": "grace@acme.example"})
    with pytest.raises(ScimError) as created:
        directory.create(User, {"userName": "ADA@acme.example"})
    with pytest.raises(ScimError) as patched:
        directory.patch(User, grace.id, operations({"op": "replace", "path": "userName", "value": ada.user_name}))
    assert refusal(created) == refusal(patched) == (409, "uniqueness")
    assert grace.user_name == "grace@acme.example"


def test_document_carries_schemas_meta_and_the_users_groups(directory: Directory, ada: User, now: Now) -> None:
    group = directory.add_group("Engineers")
    assert group.id.startswith("scim-group-test-")
    now.time += timedelta(hours=1)
    directory.patch(Group, group.id, operations({"op": "add", "path": "members", "value": [{"value": ada.id}]}))
    document = directory.document(ada)
    assert document["schemas"] == [USER, ENTERPRISE_USER]
    assert document["groups"] == [{"value": group.id, "display": "Engineers"}]
    assert directory.document(group)["meta"] == {
        "resourceType": "Group",
        "created": "2027-01-01T00:00:00.000Z",
        "lastModified": "2027-01-01T01:00:00.000Z",
        "version": 'W/"2"',
    }


def test_replace_drops_what_is_left_out(directory: Directory, ada: User) -> None:
    directory.replace(User, ada.id, {"userName": "ada@acme.example"})
    assert directory.read(User, ada.id).attributes == {"userName": "ada@acme.example"}


def test_delete_takes_the_user_out_of_groups(directory: Directory, ada: User) -> None:
    group = directory.add_group("Engineers")
    directory.patch(Group, group.id, operations({"op": "add", "path": "members", "value": [{"value": ada.id}]}))
    assert group.member_ids == [ada.id]
    directory.delete(User, ada.id)
    assert group.member_ids == []
    with pytest.raises(ScimError) as error:
        directory.read(User, ada.id)
    assert refusal(error) == (404, None)


@pytest.mark.parametrize(
    "text",
    [
        'userName eq "ADA@acme.example"',
        'USERNAME EQ "ada@acme.example"',
        f'{USER}:userName eq "ada@acme.example"',
        'externalId eq "00u1"',
        'userName sw "ada" and active eq true',
        'name.familyName co "love"',
        'emails.value eq "ada@acme.example"',
        "name.givenName pr",
        f'{ENTERPRISE_USER}:department eq "engines"',
        'meta.resourceType eq "User"',
    ],
)
def test_filter_finds(directory: Directory, ada: User, text: str) -> None:
    directory.create(User, {"userName": "grace@acme.example", "active": False, "externalId": "00U1"})
    page = directory.search(User, text, 1, 100)
    expected = 2 if "meta" in text else 1
    assert page.resources[0] is ada
    assert page.total == expected


@pytest.mark.parametrize("text", ['userName eq "ada"', 'externalId eq "00U1"', "nickName pr", "active eq false"])
def test_filter_leaves_out(directory: Directory, ada: User, text: str) -> None:
    assert directory.search(User, text, 1, 100).total == 0
    assert ada.id in directory.users


def test_filter_by_member(directory: Directory, ada: User) -> None:
    group = directory.create(Group, {"displayName": "Engineers", "members": [{"value": ada.id}]})
    directory.add_group("Others")
    assert directory.search(Group, f'members eq "{ada.id}"', 1, 100).resources == [group]
    assert directory.search(Group, f'id eq "{group.id}"', 1, 100).resources == [group]


@pytest.mark.parametrize(
    "text",
    ["", "userName", "userName eq", "userName eq ada", 'userName is "a"', 'userName eq "a" or id pr', 'userName eq "a'],
)
def test_filter_refused(directory: Directory, text: str) -> None:
    with pytest.raises(ScimError) as error:
        directory.search(User, text, 1, 100)
    assert refusal(error) == (400, "invalidFilter")


def test_pages(directory: Directory) -> None:
    groups = [directory.add_group(f"Group {number}") for number in range(MAX_PAGE + 5)]
    assert directory.search(Group, None, 1, 1000).resources == groups[:MAX_PAGE]
    assert directory.search(Group, None, 3, 2).resources == groups[2:4]
    assert directory.search(Group, None, -1, 2).start_index == 1
    assert directory.search(Group, None, 1, -1).resources == []
    assert directory.search(Group, None, 1, 0).total == MAX_PAGE + 5


@pytest.mark.parametrize(
    ("op", "changed"),
    [
        ({"op": "Replace", "path": "active", "value": "False"}, {"active": False}),
        ({"op": "replace", "value": {"active": False, "id": "x", "schemas": []}}, {"active": False}),
        (
            {"op": "replace", "path": "name.givenName", "value": "A"},
            {"name": {"givenName": "A", "familyName": "Lovelace"}},
        ),
        ({"op": "Add", "value": {"name.givenName": "A"}}, {"name": {"givenName": "A", "familyName": "Lovelace"}}),
        ({"op": "remove", "path": "name.familyName"}, {"name": {"givenName": "Ada"}}),
        ({"op": "replace", "path": f"{USER}:title", "value": "Countess"}, {"title": "Countess"}),
        (
            {"op": "Add", "path": f"{ENTERPRISE_USER}:manager", "value": "m1"},
            {ENTERPRISE_USER: {"department": "Engines", "manager": {"value": "m1"}}},
        ),
        (
            {"op": "replace", "value": {ENTERPRISE_USER: {"department": "Poetry"}}},
            {ENTERPRISE_USER: {"department": "Poetry"}},
        ),
        (
            {"op": "replace", "value": {f"{ENTERPRISE_USER}:department": "Poetry"}},
            {ENTERPRISE_USER: {"department": "Poetry"}},
        ),
        (
            {"op": "replace", "path": 'emails[type eq "work"].value', "value": "a@acme.example"},
            {"emails": [{"type": "work", "value": "a@acme.example", "primary": True}]},
        ),
        (
            {"op": "Add", "path": 'phoneNumbers[type eq "mobile"].value', "value": "+44"},
            {"phoneNumbers": [{"type": "mobile", "value": "+44"}]},
        ),
        ({"op": "remove", "path": 'emails[type eq "work"]'}, {"emails": []}),
    ],
)
def test_patch_user(directory: Directory, ada: User, op: dict[str, Any], changed: dict[str, Any]) -> None:
    before = ada.attributes
    directory.patch(User, ada.id, operations(op))
    assert ada.attributes == {**before, **changed}
    assert ada.version == 2


def test_patch_members(directory: Directory) -> None:
    group = directory.add_group("Engineers")

    def patch(**op: Any) -> list[str]:
        directory.patch(Group, group.id, operations(op))
        return group.member_ids

    assert patch(op="Add", path="members", value=[{"value": "u1"}, {"value": "u2"}]) == ["u1", "u2"]
    assert patch(op="add", path="members", value={"value": "u2"}) == ["u1", "u2"]
    assert patch(op="add", value={"members": [{"value": "u3"}]}) == ["u1", "u2", "u3"]
    assert patch(op="remove", path='members[value eq "u1"]') == ["u2", "u3"]
    assert patch(op="Remove", path="members", value=[{"value": "u2"}]) == ["u3"]
    assert patch(op="replace", path="members", value=[{"value": "u9"}]) == ["u9"]
    assert patch(op="remove", path="members") == []
    assert patch(op="replace", value={"id": group.id, "displayName": "Makers"}) == []
    assert group.display_name == "Makers"


@pytest.mark.parametrize(
    ("body", "scim_type"),
    [
        ({"Operations": [{"op": "remove", "path": "title"}]}, "invalidSyntax"),
        (operations(), "invalidSyntax"),
        ({"schemas": [PATCH_OP], "Operations": ["remove"]}, "invalidSyntax"),
        (operations({"op": "move", "path": "title"}), "invalidSyntax"),
        (operations({"op": "replace", "path": "shoeSize", "value": 9}), "invalidPath"),
        (operations({"op": "replace", "path": "name.shoeSize", "value": 9}), "invalidPath"),
        (operations({"op": "replace", "path": "emails[", "value": 9}), "invalidPath"),
        (operations({"op": "remove", "path": 'userName[value eq "a"]'}), "invalidPath"),
        (operations({"op": "remove", "path": "emails[type is work]"}), "invalidFilter"),
        (operations({"op": "remove", "path": 'emails[type eq "home"]'}), "noTarget"),
        (operations({"op": "remove"}), "noTarget"),
        (operations({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (operations({"op": "replace", "value": "x"}), "invalidValue"),
        (operations({"op": "remove", "path": "userName"}), "invalidValue"),
        (operations({"op": "replace", "path": "title", "value": "x"}, {"op": "add", "path": "active"}), "invalidValue"),
    ],
)
def test_patch_refused_leaves_the_user_as_it_was(
    directory: Directory, ada: User, body: dict[str, Any], scim_type: str
) -> None:
    before = directory.document(ada)
    with pytest.raises(ScimError) as error:
        directory.patch(User, ada.id, body)
    assert refusal(error) == (400, scim_type)
    assert directory.document(ada) == before
