"""SCIM connections through the official SDK: all eight calls, and what each refuses."""

from collections.abc import Callable
from functools import partial

import pytest
from stytch import B2BClient
from stytch.b2b.models.scim import SCIMConnection
from stytch.b2b.models.scim_connection import (
    CreateRequestIdentityProvider,
    CreateRequestOptions,
    DeleteRequestOptions,
    GetGroupsRequestOptions,
    GetRequestOptions,
    RotateCancelRequestOptions,
    RotateCompleteRequestOptions,
    RotateStartRequestOptions,
    UpdateRequestIdentityProvider,
    UpdateRequestOptions,
)
from stytch.shared.method_options import Authorization

from tests.conftest import Sandbox
from tests.contract.conftest import SignIn, refusal
from webapp.sandbox.world import World

DENIED = (403, "session_authorization_error")


def connection_of(stytch: B2BClient, slug: str) -> SCIMConnection:
    connection = stytch.scim.connection.get(slug).connection
    assert connection is not None
    return connection


def test_create_update_delete(stytch: B2BClient) -> None:
    created = stytch.scim.connection.create(
        "globex", display_name="Globex", identity_provider=CreateRequestIdentityProvider.OKTA
    ).connection
    assert created is not None
    assert len(created.bearer_token) == 48
    assert created.bearer_token_expires_at is not None
    assert connection_of(stytch, "globex").bearer_token_last_four == created.bearer_token[-4:]
    again = refusal(lambda: stytch.scim.connection.create("globex"))
    assert again == (400, "active_scim_connection_exists")

    updated = stytch.scim.connection.update(
        "globex",
        created.connection_id,
        display_name="Globex Entra",
        identity_provider=UpdateRequestIdentityProvider.MICROSOFTENTRA,
    ).connection
    assert updated is not None
    assert (updated.display_name, updated.identity_provider) == ("Globex Entra", "microsoft-entra")

    deleted = stytch.scim.connection.delete("globex", created.connection_id)
    assert deleted.connection_id == created.connection_id
    assert stytch.scim.connection.get("globex").connection is None
    gone = refusal(lambda: stytch.scim.connection.rotate_start("globex", created.connection_id))
    assert gone == (404, "scim_connection_not_found")


def test_rotation_completed(stytch: B2BClient) -> None:
    before = connection_of(stytch, "acme")
    assert before.next_bearer_token_last_four == ""
    started = stytch.scim.connection.rotate_start("acme", before.connection_id).connection
    assert started is not None
    assert started.bearer_token_last_four == before.bearer_token_last_four
    rotating = connection_of(stytch, "acme")
    assert rotating.next_bearer_token_last_four == started.next_bearer_token[-4:]
    assert rotating.next_bearer_token_expires_at == started.next_bearer_token_expires_at
    done = stytch.scim.connection.rotate_complete("acme", before.connection_id).connection
    assert done is not None
    assert done.bearer_token_last_four == started.next_bearer_token[-4:]
    assert done.bearer_token_expires_at == started.next_bearer_token_expires_at
    assert (done.next_bearer_token_last_four, done.next_bearer_token_expires_at) == ("", None)
    assert connection_of(stytch, "acme") == done


@pytest.mark.parametrize(
    ("variant", "choice"),
    [("status_of_a_post", "201"), ("expiry_that_is_none", "null"), ("token_lifetime", "unlimited")],
)
def test_answers_of_another_look_are_read_the_same(
    stytch: B2BClient, sandbox: Sandbox, variant: str, choice: str
) -> None:
    sandbox.world.variants[variant] = choice
    connection_id = connection_of(stytch, "acme").connection_id
    started = stytch.scim.connection.rotate_start("acme", connection_id).connection
    done = stytch.scim.connection.rotate_complete("acme", connection_id).connection
    assert started is not None
    assert done is not None
    assert done.bearer_token_last_four == started.next_bearer_token[-4:]
    assert done.bearer_token_expires_at == started.next_bearer_token_expires_at
    assert connection_of(stytch, "acme") == done


def test_rotation_cancelled(stytch: B2BClient) -> None:
    before = connection_of(stytch, "acme")
    stytch.scim.connection.rotate_start("acme", before.connection_id)
    done = stytch.scim.connection.rotate_cancel("acme", before.connection_id).connection
    assert done == before


def test_complete_and_cancel_without_start(stytch: B2BClient) -> None:
    connection_id = connection_of(stytch, "acme").connection_id
    expected = (400, "scim_connection_not_rotating_token")
    assert refusal(lambda: stytch.scim.connection.rotate_complete("acme", connection_id)) == expected
    assert refusal(lambda: stytch.scim.connection.rotate_cancel("acme", connection_id)) == expected


def test_groups_are_paged(stytch: B2BClient) -> None:
    connection_id = connection_of(stytch, "wayne").connection_id
    first = stytch.scim.connection.get_groups("wayne", connection_id)
    assert len(first.scim_groups) == 100
    rest = stytch.scim.connection.get_groups("wayne", connection_id, cursor=first.next_cursor, limit=1000)
    assert len(rest.scim_groups) == 1000
    assert not {group.group_id for group in first.scim_groups} & {group.group_id for group in rest.scim_groups}
    acme = stytch.scim.connection.get_groups("acme", connection_of(stytch, "acme").connection_id)
    assert (len(acme.scim_groups), acme.next_cursor) == (6, None)


def test_seeded_role_assignments_name_their_groups(stytch: B2BClient) -> None:
    assignments = connection_of(stytch, "acme").scim_group_implicit_role_assignments
    held: dict[str, set[str]] = {}
    for assignment in assignments:
        held.setdefault(assignment.group_name, set()).add(assignment.role_id)
    assert sorted(len(roles) for roles in held.values()) == [1, 1, 2]


def test_organization_shows_its_active_connection(stytch: B2BClient) -> None:
    active = stytch.organizations.get("initech").organization.scim_active_connection
    connection = connection_of(stytch, "initech")
    assert active is not None
    assert active.connection_id == connection.connection_id
    assert active.bearer_token_last_four == connection.bearer_token_last_four
    assert stytch.organizations.get("globex").organization.scim_active_connection is None


Call = Callable[[B2BClient, str, str, Authorization], object]


def complete(stytch: B2BClient, organization: str, connection: str, member: Authorization) -> object:
    options = RotateCompleteRequestOptions(authorization=member)
    return stytch.scim.connection.rotate_complete(organization, connection, options)


def cancel(stytch: B2BClient, organization: str, connection: str, member: Authorization) -> object:
    options = RotateCancelRequestOptions(authorization=member)
    return stytch.scim.connection.rotate_cancel(organization, connection, options)


# Every call, with the action on stytch.scim that it needs.
CALLS: list[tuple[str, Call]] = [
    ("get", lambda s, o, _, a: s.scim.connection.get(o, GetRequestOptions(authorization=a))),
    (
        "get",
        lambda s, o, c, a: s.scim.connection.get_groups(o, c, method_options=GetGroupsRequestOptions(authorization=a)),
    ),
    (
        "update",
        lambda s, o, c, a: s.scim.connection.update(
            o, c, display_name="New", method_options=UpdateRequestOptions(authorization=a)
        ),
    ),
    (
        "update",
        lambda s, o, c, a: s.scim.connection.rotate_start(o, c, RotateStartRequestOptions(authorization=a)),
    ),
    ("update", complete),
    ("update", cancel),
    ("delete", lambda s, o, c, a: s.scim.connection.delete(o, c, DeleteRequestOptions(authorization=a))),
    ("create", lambda s, o, _, a: s.scim.connection.create(o, method_options=CreateRequestOptions(authorization=a))),
]
ALLOWED = {
    "ada@acme.example": {"get", "create", "update", "delete"},
    "olga@acme.example": {"get", "update"},
    "vic@acme.example": {"get"},
    "noel@acme.example": set(),
}


def state(world: World) -> list[tuple[str, str, str, str | None]]:
    """What of the connections a call could have changed."""
    return [(c.connection_id, c.display_name, c.bearer_token, c.next_bearer_token) for c in world.connections.values()]


@pytest.mark.parametrize("email", ALLOWED)
def test_each_call_needs_its_action(stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn, email: str) -> None:
    member = sign_in(email, "acme")
    connection_id = connection_of(stytch, "acme").connection_id
    for action, call in CALLS:
        before = state(sandbox.world)
        if action in ALLOWED[email]:
            if call in (complete, cancel):
                stytch.scim.connection.rotate_start("acme", connection_id)
            call(stytch, "acme", connection_id, member)
        else:
            assert refusal(partial(call, stytch, "acme", connection_id, member)) == DENIED
            assert state(sandbox.world) == before


@pytest.mark.parametrize(("action", "call"), CALLS)
def test_member_of_another_organization_is_refused(
    stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn, action: str, call: Call
) -> None:
    del action
    ian = sign_in("ian@initech.example", "initech")
    connection_id = connection_of(stytch, "acme").connection_id
    before = state(sandbox.world)
    refused = refusal(lambda: call(stytch, "acme", connection_id, ian))
    assert refused == (403, "session_authorization_tenancy_error")
    assert state(sandbox.world) == before


@pytest.mark.parametrize(("action", "call"), CALLS)
def test_revoked_session_is_refused(
    stytch: B2BClient, sandbox: Sandbox, sign_in: SignIn, action: str, call: Call
) -> None:
    del action
    ada = sign_in("ada@acme.example", "acme")
    stytch.sessions.revoke(session_token=ada.session_token)
    connection_id = connection_of(stytch, "acme").connection_id
    before = state(sandbox.world)
    assert refusal(lambda: call(stytch, "acme", connection_id, ada)) == (404, "session_not_found")
    assert state(sandbox.world) == before
