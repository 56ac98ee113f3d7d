"""Creating, changing and deleting a connection, and its groups, against the sandbox over a socket."""

import pytest

from tests.conftest import Sandbox
from tests.stytch.conftest import caught
from webapp.stytch import Stytch, errors


def test_created_changed_and_deleted(stytch: Stytch, sandbox: Sandbox) -> None:
    gil = sandbox.actor("gil@globex.example", "globex")
    created = stytch.create_scim_connection(gil, display_name="Globex Okta", identity_provider="okta")
    connection, token = created.connection, created.bearer_token.get_secret_value()
    assert len(token) == 48
    assert token not in repr(created)
    assert (connection.bearer_token_last_four, connection.rotating) == (token[-4:], False)
    assert stytch.get_scim_connections(gil).connections == [connection]

    again = caught(lambda: stytch.create_scim_connection(gil, display_name="", identity_provider="okta"))
    assert again.error_type == "active_scim_connection_exists"

    changed = stytch.update_scim_connection(
        gil, connection.connection_id, display_name="Globex Entra", identity_provider="microsoft-entra"
    ).connection
    assert (changed.display_name, changed.identity_provider) == ("Globex Entra", "microsoft-entra")
    assert changed.bearer_token_last_four == token[-4:]

    assert stytch.delete_scim_connection(gil, connection.connection_id).connection_id == connection.connection_id
    assert stytch.get_scim_connections(gil).connections == []
    gone = caught(lambda: stytch.delete_scim_connection(gil, connection.connection_id))
    assert type(gone) is errors.NotFound


def test_roles_of_groups_are_replaced_as_a_whole(stytch: Stytch, sandbox: Sandbox) -> None:
    ada = sandbox.actor()
    (connection,) = stytch.get_scim_connections(ada).connections
    held = {(each.role_id, each.group_id) for each in connection.scim_group_implicit_role_assignments}
    assert len({group_id for _, group_id in held}) < len(held), "no group holds two roles"
    less = sorted(held)[1:]
    left = stytch.assign_roles(ada, connection.connection_id, less).connection
    assert sorted((each.role_id, each.group_id) for each in left.scim_group_implicit_role_assignments) == less
    assert all(each.group_name for each in left.scim_group_implicit_role_assignments)
    assert left.display_name == connection.display_name


def test_all_groups_a_part_at_a_time(stytch: Stytch, sandbox: Sandbox) -> None:
    wes = sandbox.actor("wes@wayne.example", "wayne")
    (connection,) = stytch.get_scim_connections(wes).connections
    part = stytch.get_groups(wes, connection.connection_id, limit=1000)
    found = list(part.scim_groups)
    while part.next_cursor:
        part = stytch.get_groups(wes, connection.connection_id, cursor=part.next_cursor, limit=1000)
        found += part.scim_groups
    assert len({each.group_id for each in found}) == len(found) == 2500
    assert len(sandbox.world.requests) == 1 + 3


@pytest.mark.parametrize("email", ["vic@acme.example", "olga@acme.example"])
def test_what_their_roles_do_not_allow(stytch: Stytch, sandbox: Sandbox, email: str) -> None:
    actor = sandbox.actor(email)
    (connection,) = stytch.get_scim_connections(actor).connections
    for call in (
        lambda: stytch.create_scim_connection(actor, display_name="", identity_provider="okta"),
        lambda: stytch.assign_roles(actor, connection.connection_id, []),
        lambda: stytch.delete_scim_connection(actor, connection.connection_id),
    ):
        assert type(caught(call)) is errors.Forbidden
