"""What is told of earlier changes: who started, created or deleted what is there, and what a form came to."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.conftest import Sandbox
from tests.rotation.conftest import Admin, Enter
from tests.rotation.interrupted import Interrupted, replace_tokens, saw
from webapp.history.database import Database
from webapp.history.events import RotationCancel, RotationComplete, RotationStart
from webapp.rotation import ConnectionAction, Lifecycle, Outcome, Rotations, Subject, View
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch.models import Connection

FORM = "intent-1"


@pytest.fixture
def ada(enter: Enter) -> Admin:
    return enter()


@pytest.fixture
def lifecycle(stytch: Interrupted, history: Database, sandbox: Sandbox) -> Lifecycle:
    return Lifecycle(stytch, history, sandbox.world.clock.now)


def read(admin: Admin) -> Connection:
    """The connection as Stytch has it."""
    connection = admin.look().connection
    assert connection
    return connection


def create(lifecycle: Lifecycle, admin: Admin) -> Connection:
    """Creates the organization's connection."""
    subject = Subject(display_name="Globex Okta", identity_provider="okta")
    change = lifecycle.create(admin.by, admin.actor, subject, FORM)
    assert change.connection
    assert change.new_token
    return change.connection


def delete(lifecycle: Lifecycle, admin: Admin) -> Outcome:
    """Deletes the connection as it is."""
    there = read(admin)
    subject = Subject(display_name=there.display_name, identity_provider=there.identity_provider)
    return lifecycle.delete(admin.by, admin.actor, there.connection_id, subject, saw(admin.connection), FORM).outcome


@pytest.fixture
def gil(enter: Enter, sandbox: Sandbox) -> Admin:
    """Somebody whose organization had a connection, and has none."""
    gil = enter("initech", "ian@initech.example")
    sandbox.world.connections.clear()
    return gil


def test_the_last_change_of_each_kind(ada: Admin) -> None:
    kinds = {"start": RotationStart, "cancel": RotationCancel, "restart": RotationStart, "complete": RotationComplete}
    for action in ("start", "cancel", "start", "restart", "complete"):
        ada.press(action)
        last = ada.rotations.last_change(read(ada))
        assert last
        assert isinstance(last.event, kinds[action])


def test_a_change_that_was_not_made_is_not_the_last(ada: Admin, sandbox: Sandbox) -> None:
    ada.press("start")
    sandbox.fail("status", "/complete$", status=500)
    assert ada.press("complete").outcome is Outcome.NOT_DONE
    last = ada.rotations.last_change(read(ada))
    assert last
    assert last.event.outcome == "done"
    assert ada.rotations.started(read(ada)) == last


def test_who_started_is_told_while_it_is_open(ada: Admin) -> None:
    assert (ada.rotations.started(read(ada)), ada.rotations.last_change(read(ada))) == (None, None)
    ada.press("start")
    assert ada.rotations.started(read(ada))
    ada.press("complete")
    assert ada.rotations.started(read(ada)) is None


def test_who_created_it_is_told_until_its_first_token_is_replaced(
    gil: Admin, lifecycle: Lifecycle, sandbox: Sandbox
) -> None:
    made = create(lifecycle, gil)
    entry = lifecycle.created(made)
    assert entry
    assert (entry.event.type, entry.event.by) == ("connection.create", gil.by)
    connection = sandbox.connection("initech")
    connection.start_rotation(None)
    rotating, *_ = lifecycle.look(gil.actor).connections
    assert lifecycle.created(rotating) == entry, "its first token is still there"
    replace_tokens(connection)
    replaced, *_ = lifecycle.look(gil.actor).connections
    assert lifecycle.created(replaced) is None


def test_of_what_was_made_elsewhere_nobody_is_told(ada: Admin, lifecycle: Lifecycle) -> None:
    assert lifecycle.created(read(ada)) is None


def test_who_deleted_it(ada: Admin, enter: Enter, lifecycle: Lifecycle) -> None:
    its_id = ada.connection.connection_id
    assert lifecycle.deleted(ada.by.organization_id, its_id) is None
    assert delete(lifecycle, ada) is Outcome.DONE
    entry = lifecycle.deleted(ada.by.organization_id, its_id)
    assert entry
    assert (entry.event.type, entry.event.by) == ("connection.delete", ada.by)
    other = enter("initech", "ian@initech.example").by.organization_id
    assert lifecycle.deleted(other, its_id) is None


def test_what_a_form_came_to(ada: Admin, enter: Enter) -> None:
    assert ada.rotations.outcome_of(FORM, read(ada)) is None
    first = ada.press("start", intent_id=FORM)
    told = ada.rotations.outcome_of(FORM, read(ada))
    assert told
    assert (told.outcome, told.at, told.by, told.intent_id) == (Outcome.DONE, first.at, ada.by, FORM)
    assert (told.request_ids, told.new_token, told.since_changed) == (first.request_ids, None, False)
    assert ada.rotations.outcome_of(FORM, read(enter("initech", "ian@initech.example"))) is None


def test_what_a_form_came_to_is_told_once_it_is_known(ada: Admin, sandbox: Sandbox) -> None:
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start", intent_id=FORM).outcome is Outcome.NOT_YET
    assert ada.rotations.outcome_of(FORM, read(ada)) is None
    sandbox.world.clock.advance(SETTLE.total_seconds())
    now = sandbox.world.clock.now()
    told = ada.rotations.outcome_of(FORM, read(ada))
    assert told
    assert told.outcome is Outcome.NOT_DONE
    assert told.at >= now


def test_what_a_creation_came_to(gil: Admin, lifecycle: Lifecycle) -> None:
    organization_id = gil.by.organization_id
    assert lifecycle.outcome_of(organization_id, FORM, View()) is None
    made = create(lifecycle, gil)
    told = lifecycle.outcome_of(organization_id, FORM, lifecycle.look(gil.actor))
    assert told
    assert (told.action, told.outcome, told.connection_id) == (
        ConnectionAction.CREATE,
        Outcome.DONE,
        made.connection_id,
    )
    assert (told.connection and told.connection.connection_id, told.by, told.intent_id) == (
        made.connection_id,
        gil.by,
        FORM,
    )
    assert (told.subject.display_name, told.request_ids != (), told.new_token) == ("Globex Okta", True, None)
    gone = lifecycle.outcome_of(organization_id, FORM, View())
    assert gone
    assert gone.connection is None
    assert lifecycle.outcome_of("organization-of-others", FORM, View((made,))) is None


def test_what_a_rotation_came_to_is_no_change_of_a_connection(ada: Admin, lifecycle: Lifecycle) -> None:
    ada.press("start", intent_id=FORM)
    assert lifecycle.outcome_of(ada.by.organization_id, FORM, lifecycle.look(ada.actor)) is None


def test_what_a_deletion_came_to_is_told_once_it_is_known(ada: Admin, lifecycle: Lifecycle, sandbox: Sandbox) -> None:
    sandbox.fail("drop_before_commit", "/connection/", "DELETE")
    assert delete(lifecycle, ada) is Outcome.NOT_YET
    assert lifecycle.outcome_of(ada.by.organization_id, FORM, View()) is None
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())
    view = lifecycle.look(ada.actor)
    told = lifecycle.outcome_of(ada.by.organization_id, FORM, view)
    assert told
    assert (told.outcome, told.connection) == (Outcome.NOT_DONE, view.connections[0])


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Database]:
    """A history that can't be reached."""
    database = Database(f"sqlite:///{tmp_path / 'away' / 'history.sqlite3'}")
    yield database
    database.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda rotations, connection: rotations.started(connection),
        lambda rotations, connection: rotations.last_change(connection),
        lambda rotations, connection: rotations.created(connection),
        lambda rotations, connection: rotations.deleted(connection.organization_id, connection.connection_id),
    ],
    ids=["started", "last change", "created", "deleted"],
)
def test_without_the_history_nothing_is_told(
    ada: Admin,
    stytch: Interrupted,
    sandbox: Sandbox,
    away: Database,
    ask: Callable[[Rotations, Connection], object],
) -> None:
    """What Stytch has is shown all the same, and the log says why nobody's name is."""
    connection = read(ada)
    with capture_logs() as logs:
        assert ask(Rotations(stytch, away, sandbox.world.clock.now), connection) is None
    assert [(line["event"], line["kind"]) for line in logs] == [("history_not_read", "OperationalError")]
