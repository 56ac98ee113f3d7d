"""Connections that are created and deleted by processes that are killed, two at once, and by whoever was quicker."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Enter, recorded
from tests.rotation.interrupted import Interrupted
from tests.rotation.lifecycles import FORM, Admin, each_action, told
from tests.rotation.vendor import Killed
from webapp.history import log
from webapp.history.database import Database
from webapp.history.intents import Intent, Intents
from webapp.rotation import Change, Outcome, Subject
from webapp.rotation.outcome import LEASE, SETTLE

pytestmark = pytest.mark.parametrize("history", ["sqlite", "postgresql"], indirect=True)


def kill() -> None:
    raise Killed


@each_action
def test_done(admin: Callable[[str], Admin], history: Database, action: str) -> None:
    gil = admin(action)
    key = gil.key
    change = gil.press()
    assert (change.outcome, gil.done()) == (Outcome.DONE, True)
    (event,) = told(history)
    assert (event.type, event.outcome, event.by) == (f"connection.{action}", "done", gil.by)
    assert event.connection_id == (change.connection_id if action == "create" else key)
    assert event.had
    assert event.request_ids == change.request_ids != ()
    assert (change.new_token is not None) is (action == "create")
    assert not log.verify(history).broken


@each_action
def test_killed_before_stytch_could_be_told(
    admin: Callable[[str], Admin], sandbox: Sandbox, history: Database, action: str
) -> None:
    gil = admin(action)
    subject = Subject(display_name="Globex Okta")
    Intents(history).begin(Intent(FORM, gil.by, gil.key, action, sandbox.world.clock.now(), subject=subject))
    assert gil.look().pending[gil.key].until is None
    assert gil.press().outcome is Outcome.BUSY
    sandbox.world.clock.advance(LEASE.total_seconds())
    view = gil.look()
    assert (dict(view.pending), dict(view.changes)) == ({}, {})
    assert [event.outcome for event in told(history)] == ["busy"]
    assert gil.press().outcome is Outcome.DONE


@each_action
def test_killed_before_it_was_sent(
    admin: Callable[[str], Admin], stytch: Interrupted, sandbox: Sandbox, history: Database, action: str
) -> None:
    gil = admin(action)
    stytch.before[action] = kill
    with pytest.raises(Killed):
        gil.press()
    stytch.before.clear()
    assert gil.look().pending[gil.key].action == action
    sandbox.world.clock.advance(LEASE.total_seconds())
    assert gil.look().pending[gil.key].until, "it may have left"
    assert gil.press().outcome is Outcome.BUSY
    sandbox.world.clock.advance(SETTLE.total_seconds())
    change = gil.look().changes[gil.key]
    assert (change.outcome, change.settled_later, gil.done()) == (Outcome.NOT_DONE, True, False)
    assert [event.outcome for event in told(history)] == ["busy", "not_done"]
    assert gil.press().outcome is Outcome.DONE


@each_action
def test_killed_before_its_outcome_was_written_down(
    admin: Callable[[str], Admin], stytch: Interrupted, sandbox: Sandbox, history: Database, action: str
) -> None:
    """Of a creation nobody knows whether its token was shown before the kill: it is not called lost."""
    gil = admin(action)
    key = gil.key
    stytch.after[action] = kill
    with pytest.raises(Killed):
        gil.press()
    assert gil.done()
    assert gil.look().pending[key].until is None
    sandbox.world.clock.advance(LEASE.total_seconds())
    (change,) = gil.look().changes.values()
    assert (change.outcome, change.settled_later) == (Outcome.DONE, True)
    (event,) = told(history)
    assert (event.outcome, event.settled_later) == ("done", True)
    if action == "create":
        (connection,) = gil.look().connections
        entry = gil.lifecycle.created(connection)
        assert entry
        assert entry.event == event
        connection_id = connection.connection_id
        assert event.connection_id == connection_id
    assert (dict(gil.look().pending), dict(gil.look().changes)) == ({}, {}), "it is settled once"


@each_action
def test_two_at_once_do_it_once(admin: Callable[[str], Admin], sandbox: Sandbox, action: str) -> None:
    """The same form twice: a double click; one of them has the answer, the other is told of it."""
    gil = admin(action)
    press = gil.open(FORM)
    with ThreadPoolExecutor(2) as threads:
        changes = [each.result(20) for each in [threads.submit(press) for _ in range(2)]]
    assert sorted((change.outcome, change.replayed) for change in changes) == [
        (Outcome.DONE, False),
        (Outcome.DONE, True),
    ]
    assert sum(change.new_token is not None for change in changes) == (1 if action == "create" else 0)
    assert gil.done()
    assert sum(call.startswith(("POST connection", "DELETE")) for call in sandbox.calls()) == 1


def test_two_colleagues_create_one(admin: Callable[[str], Admin], stytch: Interrupted, sandbox: Sandbox) -> None:
    gil, other = admin("create"), admin("create")
    meanwhile: list[Change] = []
    stytch.before["create"] = lambda: meanwhile.append(other.press())
    assert gil.press().outcome is Outcome.DONE
    assert [change.outcome for change in meanwhile] == [Outcome.BUSY]
    assert sandbox.calls().count("POST connection") == 1


def test_a_form_of_another_organization_tells_nothing(admin: Callable[[str], Admin]) -> None:
    gil, ada = admin("create"), admin("delete")
    assert gil.press(FORM).outcome is Outcome.DONE
    assert ada.press(FORM).outcome is Outcome.BUSY
    assert ada.lifecycle.outcome_of(ada.by.organization_id, FORM, ada.look()) is None


def test_a_rotation_and_a_deletion_wait_for_each_other(
    admin: Callable[[str], Admin], enter: Enter, sandbox: Sandbox, history: Database
) -> None:
    ada, rotating = admin("delete"), enter()
    sandbox.fail("drop_before_commit", "/start$")
    assert rotating.press("start").outcome is Outcome.NOT_YET
    assert ada.press().outcome is Outcome.BUSY
    sandbox.world.clock.advance(SETTLE.total_seconds())
    sandbox.fail("drop_before_commit", "/connection/", "DELETE")
    assert ada.press().outcome is Outcome.NOT_YET
    assert rotating.press("start").outcome is Outcome.BUSY
    sandbox.world.clock.advance(SETTLE.total_seconds())
    assert ada.press().outcome is Outcome.DONE
    assert [event.outcome for event in recorded(history)] == ["not_yet", "not_done", "busy"]
