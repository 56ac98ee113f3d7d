"""What creating and deleting a connection come to: with Stytch failing, somebody quicker, and forms sent again."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from tests.conftest import Sandbox
from tests.rotation.interrupted import Interrupted
from tests.rotation.lifecycles import FORM, Admin, each_action, told
from webapp.history.database import Database
from webapp.rotation import Outcome, Unread
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.connections import Connection
from webapp.stytch import errors, models
from webapp.stytch.models import DeleteAnswer


def ids(connections: Iterable[Connection | models.Connection | None]) -> list[str]:
    """The ids of those that are there."""
    return [each.connection_id for each in connections if each]


def changes_sent(sandbox: Sandbox) -> int:
    """How many calls that create or delete a connection have reached the sandbox."""
    return sum(call.startswith(("POST connection", "DELETE")) for call in sandbox.calls())


@each_action
def test_changed_since_the_page_was_opened(
    admin: Callable[[str], Admin], sandbox: Sandbox, history: Database, action: str
) -> None:
    gil = admin(action)
    key, press = gil.key, gil.open(FORM)
    gil.by_somebody_else()
    change = press()
    assert (change.outcome, change.connection_id, change.new_token, change.error) == (Outcome.CHANGED, key, None, None)
    assert ids([change.connection]) == ids(gil.there)
    assert changes_sent(sandbox) == 0
    (event,) = told(history)
    assert (event.outcome, event.by, event.request_ids) == ("changed", gil.by, ())
    assert not gil.look().pending


@pytest.mark.parametrize("what", ["its name", "its token"])
def test_what_was_changed_is_not_deleted(admin: Callable[[str], Admin], sandbox: Sandbox, what: str) -> None:
    ada, connection = admin("delete"), sandbox.connection("acme")
    press = ada.open()
    if what == "its name":
        connection.display_name = "Another"
    else:
        connection.bearer_token = "y" * 48
    change = press()
    assert (change.outcome, change.connection_id) == (Outcome.CHANGED, connection.connection_id)
    assert change.connection
    assert (ada.done(), changes_sent(sandbox)) == (False, 0)


@each_action
@pytest.mark.parametrize(
    ("status", "error_type", "expected", "told_as", "reads"),
    [
        (403, "session_authorization_error", errors.Forbidden, "refused", 1),
        (429, "too_many_requests", errors.RateLimited, "not_done", 1),
        (400, "some_new_rule", errors.Refused, "not_done", 2),
        (500, "internal_server_error", errors.OutcomeUnknown, "not_done", 2),
    ],
)
def test_not_done(
    admin: Callable[[str], Admin],
    sandbox: Sandbox,
    history: Database,
    action: str,
    status: int,
    error_type: str,
    expected: type,
    told_as: str,
    reads: int,
) -> None:
    """After a definite no nothing is read again; nothing of what Stytch itself answered is still on its way."""
    gil = admin(action)
    key = gil.key
    gil.fail("status", status=status, error_type=error_type)
    change = gil.press()
    assert (change.outcome, type(change.error), change.pending) == (Outcome.NOT_DONE, expected, None)
    assert (change.connection_id, change.unread, gil.done()) == (key, False, False)
    assert sandbox.calls().count("GET connection") == reads
    (event,) = told(history)
    assert (event.outcome, event.settled_later) == (told_as, False)
    assert event.request_ids == change.request_ids != ()
    assert (event.had is None, event.connection_id) == ((True, None) if action == "create" else (False, key))
    assert not gil.look().pending


@each_action
def test_a_session_that_has_ended(admin: Callable[[str], Admin], history: Database, action: str) -> None:
    gil = admin(action)
    gil.fail("status", status=404, error_type="session_not_found")
    with pytest.raises(errors.SessionEnded):
        gil.press()
    assert [event.outcome for event in told(history)] == ["refused"]
    assert not gil.look().pending


@each_action
def test_refused_as_somebody_else_was_quicker(
    admin: Callable[[str], Admin], stytch: Interrupted, history: Database, action: str
) -> None:
    gil = admin(action)
    key = gil.key
    stytch.before[action] = gil.by_somebody_else
    gil.fail("status", status=400, error_type="some_new_rule")
    change = gil.press()
    assert (change.outcome, type(change.error), change.connection_id) == (Outcome.CHANGED, errors.Refused, key)
    assert (change.connection is None) is (action == "delete")
    assert [event.outcome for event in told(history)] == ["changed"]


@each_action
def test_refused_and_reading_fails(
    admin: Callable[[str], Admin], stytch: Interrupted, sandbox: Sandbox, action: str
) -> None:
    gil = admin(action)
    stytch.before[action] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    gil.fail("status", status=400, error_type="some_new_rule")
    change = gil.press()
    assert (change.outcome, change.unread, change.pending) == (Outcome.NOT_DONE, True, None)


@each_action
def test_no_answer_and_reading_fails(
    admin: Callable[[str], Admin], stytch: Interrupted, sandbox: Sandbox, history: Database, action: str
) -> None:
    gil = admin(action)
    key = gil.key
    stytch.before[action] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    gil.fail("drop_after_commit")
    change = gil.press(FORM)
    assert (change.outcome, change.unread, change.connection_id) == (Outcome.UNKNOWN, True, key)
    assert change.pending
    assert (change.pending.action, change.pending.by, change.pending.intent_id) == (action, gil.by, FORM)
    assert (change.pending.until, change.pending.found) == (change.at + SETTLE, None)
    (settled,) = gil.look().changes.values()
    assert settled.outcome is (Outcome.LOST if action == "create" else Outcome.DONE)
    assert (settled.by, settled.intent_id, settled.new_token) == (gil.by, FORM, None)
    assert [(event.outcome, event.settled_later) for event in told(history)] == [
        ("unknown", False),
        (settled.outcome, True),
    ]


@each_action
def test_no_answer_and_not_done(admin: Callable[[str], Admin], sandbox: Sandbox, action: str) -> None:
    gil = admin(action)
    key = gil.key
    gil.fail("drop_before_commit")
    change = gil.press(FORM)
    assert (change.outcome, type(change.error)) == (Outcome.NOT_YET, errors.OutcomeUnknown)
    assert change.pending
    assert (change.pending.until, change.pending.found) == (change.at + SETTLE, Outcome.NOT_DONE)
    waiting = gil.look().pending[key]
    assert (waiting.until, waiting.found) == (change.pending.until, Outcome.NOT_DONE)
    again = gil.press(FORM)
    assert (again.outcome, again.pending, again.replayed) == (Outcome.BUSY, waiting, False)
    assert ids([again.connection]) == ids(gil.there)
    sandbox.world.clock.advance(SETTLE.total_seconds())
    assert gil.look().changes[key].outcome is Outcome.NOT_DONE
    assert changes_sent(sandbox) == 1


@each_action
def test_an_answer_that_was_lost(admin: Callable[[str], Admin], history: Database, action: str) -> None:
    gil = admin(action)
    key = gil.key
    gil.fail("drop_after_commit")
    change = gil.press()
    assert change.outcome is (Outcome.LOST if action == "create" else Outcome.DONE)
    assert (change.new_token, change.pending, change.unread) == (None, None, False)
    assert [change.connection_id] == (ids(gil.there) or [key])
    (event,) = told(history)
    assert (event.outcome, event.connection_id) == (change.outcome, change.connection_id)
    assert event.had


def test_a_deletion_whose_answer_names_another(
    admin: Callable[[str], Admin], stytch: Interrupted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not believed: a read shows what is there."""
    ada = admin("delete")
    answer = DeleteAnswer(connection_id="another", request_id="request-id-test-1")
    monkeypatch.setattr(stytch, "delete_scim_connection", lambda _actor, _connection_id: answer)
    change = ada.press()
    assert (change.outcome, change.pending, change.request_ids) == (Outcome.NOT_DONE, None, ("request-id-test-1",))
    assert change.error
    assert (change.error.error_type, change.error.status) == ("contradicting_answer", 200)


@each_action
def test_sent_again(admin: Callable[[str], Admin], sandbox: Sandbox, history: Database, action: str) -> None:
    gil = admin(action)
    press = gil.open(FORM)
    first, again = press(), press()
    assert (again.outcome, again.replayed, again.new_token) == (Outcome.DONE, True, None)
    assert (again.at, again.request_ids, again.by) == (first.at, first.request_ids, gil.by)
    assert again.connection_id == first.connection_id
    assert (changes_sent(sandbox), len(told(history))) == (1, 1)


@each_action
def test_sent_again_and_reading_fails(admin: Callable[[str], Admin], sandbox: Sandbox, action: str) -> None:
    gil = admin(action)
    press = gil.open(FORM)
    first = press()
    sandbox.fail("status", "/connection$", "GET", times=2)
    with pytest.raises(Unread) as again:
        press()
    assert isinstance(again.value.error, errors.OutcomeUnknown)
    assert [(each.outcome, each.settled_at) for each in again.value.firsts] == [("done", first.at)]


@each_action
def test_a_colleague_who_sends_that_form(admin: Callable[[str], Admin], sandbox: Sandbox, action: str) -> None:
    gil = admin(action)
    colleague = replace(gil, by=gil.by.model_copy(update={"member_id": "member-2"}))
    theirs = colleague.open(FORM)
    gil.press(FORM)
    change = theirs()
    assert (change.outcome, change.replayed, change.by) == (Outcome.CHANGED, False, colleague.by)
    assert ids([change.connection]) == ids(gil.there)
    sandbox.fail("status", "/connection$", "GET", times=2)
    with pytest.raises(errors.OutcomeUnknown):
        theirs()
    assert changes_sent(sandbox) == 1
