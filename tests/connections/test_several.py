"""An organization with several connections, as a future Stytch may let it have: each is by itself."""

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, words
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox.connections import Connection
from webapp.sandbox.directory import Directory
from webapp.sandbox.identifiers import new_id, new_scim_token


@pytest.fixture
def second(sandbox: Sandbox) -> Connection:
    """Acme's second connection."""
    world, first = sandbox.world, sandbox.connection()
    world.variants["connection_shape"] = "list"
    connection = Connection(
        connection_id=new_id("scim-connection"),
        organization_id=first.organization_id,
        display_name="Acme JumpCloud",
        identity_provider="jumpcloud",
        bearer_token=new_scim_token(),
        bearer_token_expires_at=first.bearer_token_expires_at,
        directory=Directory(world.clock.now),
    )
    world.connections[connection.connection_id] = connection
    return connection


def test_a_card_for_each_and_a_page_for_each(enter: Enter, sandbox: Sandbox, second: Connection) -> None:
    first = sandbox.connection()
    visitor, page = enter()
    assert page.text.index(f'id="connection-{first.connection_id}"') < page.text.index(
        f'id="connection-{second.connection_id}"'
    )
    for connection, other in ((first, second), (second, first)):
        page = visitor.get(f"/connections/{connection.connection_id}")
        assert f'id="connection-{connection.connection_id}"' in page.text
        assert other.connection_id not in page.text


def test_no_connection_in_a_list(enter: Enter, sandbox: Sandbox) -> None:
    sandbox.world.variants["connection_shape"] = "list"
    _, page = enter("gil@globex.example")
    assert "Globex has no SCIM connection yet" in words(page)


def test_a_rotation_of_one_leaves_the_other_alone(
    enter: Enter, sandbox: Sandbox, second: Connection, press: Press
) -> None:
    first, visitor = sandbox.connection(), enter()[0]
    page = visitor.get(f"/connections/{second.connection_id}")
    started = press(visitor, page, "Start rotation")
    assert str(second.next_bearer_token) in started.text
    assert first.next_bearer_token is None
    assert 'data-rotation="started"' in visitor.get(f"/connections/{second.connection_id}").text
    assert 'data-rotation="none"' in visitor.get(f"/connections/{first.connection_id}").text


def test_what_is_not_known_of_one_does_not_hold_up_the_other(
    enter: Enter, sandbox: Sandbox, second: Connection, press: Press
) -> None:
    first, visitor = sandbox.connection(), enter()[0]
    paths = [f"/connections/{each.connection_id}" for each in (first, second)]
    for path in paths:
        sandbox.fail("drop_before_commit", "/start$")
        lost = press(visitor, visitor.get(path), "Start rotation")
        assert notice(lost).startswith("Not started so far")
    listed = visitor.get("/connections")
    assert words(listed).count("We do not know yet") == 2
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())
    settled = words(visitor.get("/connections"))
    assert settled.count("The rotation was not started") == 2, "one look settles both"
    started = press(visitor, visitor.get(paths[0]), "Start rotation")
    assert str(first.next_bearer_token) in started.text


def test_a_deleted_one_is_no_connection(enter: Enter, sandbox: Sandbox, second: Connection) -> None:
    sandbox.connection().status = "deleted"
    _, page = enter()
    assert sandbox.connection().connection_id not in page.text
    assert second.connection_id in page.text
