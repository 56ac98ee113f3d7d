"""Rotation with the unlikely: answers that contradict, connections that go, look-alike tokens; and starting again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Enter, recorded, unsettled
from tests.rotation.interrupted import Interrupted, replace_tokens, saw, tokens
from webapp.history.database import Database
from webapp.rotation import Action, ConnectionGone, Outcome, Seen, seen
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.variants import CHOICES
from webapp.stytch import Actor, errors
from webapp.stytch.models import ConnectionAnswer


def test_another_admins_token_is_not_called_completed(enter: Enter, stytch: Interrupted, sandbox: Sandbox) -> None:
    """Stytch takes no precondition: it completes what it has. The answer shows whose token that was."""
    admin = enter("initech")
    stytch.before["complete"] = lambda: admin.connection.start_rotation(None)
    result = admin.press("complete")
    assert (result.outcome, result.error and result.error.error_type) == (Outcome.CHANGED, "contradicting_answer")
    assert seen(result.connection) == saw(admin.connection)
    assert [each.startswith("request-id-test-") for each in result.request_ids] == [True]
    assert sandbox.calls() == ["GET connection", "POST complete", "GET connection"]


def test_a_start_on_top_of_somebody_elses_rotation_is_not_called_started(enter: Enter, stytch: Interrupted) -> None:
    admin = enter()
    stytch.before["start"] = lambda: replace_tokens(admin.connection)
    result = admin.press("start")
    assert (result.outcome, result.new_token) == (Outcome.CHANGED, None)


@pytest.mark.parametrize("says", ["the connection as it was", "that there is none"])
def test_a_success_that_did_nothing(
    enter: Enter, stytch: Interrupted, history: Database, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    def unimpressed(actor: Actor, _connection_id: str) -> ConnectionAnswer:
        read = stytch.get_scim_connections(actor)
        as_it_was = read.connections[0] if says == "the connection as it was" else None
        return ConnectionAnswer(connection=as_it_was, request_id=read.request_id)

    monkeypatch.setattr(stytch, "complete_rotation", unimpressed)
    admin = enter("initech")
    before = tokens(admin.connection)
    result = admin.press("complete")
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.OutcomeUnknown)
    # Stytch answered: nothing of it is still on its way.
    assert (result.pending, unsettled(history, admin), tokens(admin.connection)) == (None, [], before)


def test_a_look_alike_is_told_apart_by_its_end(enter: Enter, stytch: Interrupted, sandbox: Sandbox) -> None:
    """Somebody's new token ends in the same four characters as the one that was to be completed."""
    admin = enter()
    admin.press("start")
    four = (admin.connection.next_bearer_token or "")[-4:]

    def by_somebody_else() -> None:
        admin.connection.bearer_token = "y" * 44 + four
        admin.connection.bearer_token_expires_at = datetime(2040, 1, 1, tzinfo=UTC)
        admin.connection.cancel_rotation()

    stytch.before["complete"] = by_somebody_else
    sandbox.fail("status", "/complete$", status=500)
    assert admin.press("complete").outcome is Outcome.CHANGED


@pytest.mark.parametrize("step", ["complete", "cancel"])
@pytest.mark.parametrize("lifetime", CHOICES["token_lifetime"])
@pytest.mark.parametrize("outside", CHOICES["next_last_four_outside_rotation"])
@pytest.mark.parametrize("expiry", CHOICES["expiry_on_complete"])
def test_a_lost_answer_is_settled_in_every_variant(
    enter: Enter, sandbox: Sandbox, step: str, lifetime: str, outside: str, expiry: str
) -> None:
    sandbox.world.variants |= {
        "token_lifetime": lifetime,
        "next_last_four_outside_rotation": outside,
        "expiry_on_complete": expiry,
    }
    ada = enter()
    assert ada.press("start").outcome is Outcome.DONE
    sandbox.world.clock.advance(600)
    sandbox.fail("drop_after_commit", f"/{step}$")
    assert ada.press(step).outcome is Outcome.DONE


def test_a_late_completion_that_renews_the_token_s_end(enter: Enter, sandbox: Sandbox) -> None:
    """Looked at a day later, the end has moved by as long as the rotation was open, not by that day."""
    sandbox.world.variants["expiry_on_complete"] = "renewed"
    ada = enter()
    assert ada.press("start").outcome is Outcome.DONE
    sandbox.world.clock.advance(600)
    sandbox.fail("late_commit", "/complete$", seconds=50)
    assert ada.press("complete").outcome is Outcome.NOT_YET
    sandbox.world.clock.advance(50)
    sandbox.world.deliver_late_commits(until=sandbox.world.clock.now())
    sandbox.world.clock.advance(24 * 60 * 60)
    settled = enter().look().settled
    assert settled
    assert settled.outcome is Outcome.DONE


@pytest.mark.parametrize(("days", "outcome"), [(30, Outcome.DONE), (-1, Outcome.CHANGED)])
def test_a_rotation_that_was_started_elsewhere_and_renewed(
    enter: Enter, sandbox: Sandbox, stytch: Interrupted, days: int, outcome: Outcome
) -> None:
    """Since when it is open is not known: its end can have moved on, not back."""
    ada = enter("initech")

    def renewed() -> None:
        ends = ada.connection.next_bearer_token_expires_at
        assert ends
        ada.connection.complete_rotation()
        ada.connection.bearer_token_expires_at = ends + timedelta(days=days)

    stytch.before["complete"] = renewed
    sandbox.fail("status", "/complete$", status=500)
    assert ada.press("complete").outcome is outcome


@pytest.mark.parametrize("variant", CHOICES["get_without_connection"])
def test_a_connection_that_is_gone(enter: Enter, sandbox: Sandbox, history: Database, variant: str) -> None:
    sandbox.world.variants["get_without_connection"] = variant
    ada = enter()
    for number, foreign in enumerate((sandbox.connection("initech").connection_id, "unknown", "..", "")):
        with pytest.raises(ConnectionGone):
            ada.rotations.start(ada.by, ada.actor, foreign, saw(ada.connection), f"intent-{number}")
    sandbox.world.connections.clear()
    with pytest.raises(ConnectionGone):
        ada.rotations.read(ada.actor, ada.connection.connection_id)
    assert ada.look().connection is None
    assert set(sandbox.calls()) == {"GET connection"}
    assert unsettled(history, ada) == []


@pytest.mark.parametrize("status", CHOICES["wrong_connection_id"])
@pytest.mark.parametrize("error_type", CHOICES["wrong_connection_id_error"])
def test_a_connection_deleted_in_between(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, error_type: str, status: str
) -> None:
    sandbox.world.variants |= {"wrong_connection_id": status, "wrong_connection_id_error": error_type}
    ada = enter()
    stytch.before["start"] = sandbox.world.connections.clear
    with pytest.raises(ConnectionGone):
        ada.press("start")
    assert [(event.outcome, event.found) for event in recorded(history)] == [("not_done", None)]
    assert (ada.look().connection, unsettled(history, ada)) == (None, [])
    with pytest.raises(ConnectionGone):
        ada.press("start")


def test_a_connection_deleted_before_it_is_read_again(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    """Nobody will ever know what became of it; that is written down when it can't arrive any more."""
    ada = enter("initech")
    stytch.before["complete"] = sandbox.world.connections.clear
    sandbox.fail("drop_before_commit", "/complete$")
    with pytest.raises(ConnectionGone):
        ada.press("complete")
    assert [(event.outcome, event.found) for event in recorded(history)] == [("unknown", None)]
    view = ada.look()
    assert (view.connection, view.pending and view.pending.action) == (None, Action.COMPLETE)
    sandbox.world.clock.advance(SETTLE.total_seconds())
    assert (ada.look().pending, unsettled(history, ada)) == (None, [])
    assert [(event.outcome, event.found, event.settled_later) for event in recorded(history)] == [
        ("unknown", None, False),
        ("unknown", None, True),
    ]


def test_a_connection_that_comes_back(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """A read that saw none says nothing of a request that may still arrive."""
    ada, admin_saw = enter(), saw(sandbox.connection())
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start", admin_saw, "intent-1").outcome is Outcome.NOT_YET
    known = dict(sandbox.world.connections)
    sandbox.world.connections.clear()
    assert ada.look().pending
    sandbox.world.clock.advance(SETTLE.total_seconds())
    assert (ada.look().connection, unsettled(history, ada)) == (None, [])
    sandbox.world.connections |= known
    again = ada.press("start", admin_saw, "intent-1")
    assert (again.outcome, again.replayed) == (Outcome.UNKNOWN, True), "nobody ever learnt it"


@pytest.mark.parametrize("step", ["start", "complete", "cancel"])
def test_a_session_that_ends_in_between(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str
) -> None:
    admin = enter("acme" if step == "start" else "initech")
    before = tokens(admin.connection)
    stytch.before[step] = sandbox.world.sessions.clear
    with pytest.raises(errors.SessionEnded):
        admin.press(step)
    assert tokens(admin.connection) == before
    assert unsettled(history, admin) == []


def test_started_again(enter: Enter, sandbox: Sandbox) -> None:
    admin = enter("initech")
    current, lost = tokens(admin.connection)
    result = admin.press("restart")
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.DONE)
    assert result.new_token is not None
    assert (current, result.new_token.get_secret_value()) == tokens(admin.connection)
    assert admin.connection.next_bearer_token != lost
    # Each half reads before it writes.
    assert sandbox.calls() == ["GET connection", "POST cancel", "GET connection", "POST start"]


def test_started_again_although_the_cancels_answer_was_lost(enter: Enter, sandbox: Sandbox) -> None:
    admin = enter("initech")
    sandbox.fail("drop_after_commit", "/cancel$")
    result = admin.press("restart")
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.DONE)
    assert sandbox.calls() == ["GET connection", "POST cancel", "GET connection", "GET connection", "POST start"]


@pytest.mark.parametrize(
    ("cancel_fails", "outcome"),
    [
        ({"kind": "status", "status": 429, "error_type": "too_many_requests"}, Outcome.NOT_DONE),
        ({"kind": "status", "status": 500}, Outcome.NOT_DONE),
        ({"kind": "drop_before_commit"}, Outcome.NOT_YET),
    ],
)
def test_what_could_not_be_cancelled_is_not_started_again(
    enter: Enter, sandbox: Sandbox, cancel_fails: dict[str, Any], outcome: Outcome
) -> None:
    admin = enter("initech")
    before = tokens(admin.connection)
    sandbox.fail(**cancel_fails, path="/cancel$")
    result = admin.press("restart")
    assert (result.action, result.outcome) == (Action.CANCEL, outcome)
    assert tokens(admin.connection) == before
    assert "POST start" not in sandbox.calls()


def test_another_rotation_than_the_one_seen_is_not_started_again(enter: Enter, sandbox: Sandbox) -> None:
    admin = enter("initech")
    result = admin.press("restart", Seen(admin.connection.bearer_token[-4:], "????"))
    assert (result.action, result.outcome) == (Action.CANCEL, Outcome.CHANGED)
    assert sandbox.calls() == ["GET connection"]


def test_a_rotation_begun_between_the_halves_is_not_replaced(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox
) -> None:
    admin = enter("initech")
    stytch.after["cancel"] = lambda: admin.connection.start_rotation(None)
    result = admin.press("restart")
    assert (result.action, result.outcome, result.new_token) == (Action.RESTART, Outcome.CHANGED, None)
    assert seen(result.connection) == saw(admin.connection)
    assert "POST start" not in sandbox.calls()


@pytest.mark.parametrize(
    ("start_fails", "outcome", "error"),
    [
        ({"kind": "status", "status": 403, "error_type": "x"}, Outcome.NOT_DONE, errors.Forbidden),
        ({"kind": "status", "status": 429, "error_type": "x"}, Outcome.NOT_DONE, errors.RateLimited),
        ({"kind": "status", "status": 400, "error_type": "x"}, Outcome.NOT_DONE, errors.Refused),
        ({"kind": "status", "status": 404, "error_type": "session_not_found"}, Outcome.NOT_DONE, errors.SessionEnded),
        (
            {"kind": "status", "status": 401, "error_type": "unauthorized_credentials"},
            Outcome.NOT_DONE,
            errors.BadCredentials,
        ),
        ({"kind": "status", "status": 500}, Outcome.NOT_DONE, errors.OutcomeUnknown),
        ({"kind": "drop_before_commit"}, Outcome.NOT_YET, errors.OutcomeUnknown),
        ({"kind": "drop_after_commit"}, Outcome.LOST, errors.OutcomeUnknown),
    ],
)
def test_cancelled_but_not_started_again(
    enter: Enter, sandbox: Sandbox, start_fails: dict[str, Any], outcome: Outcome, error: type[Exception]
) -> None:
    """The cancel is not forgotten over what became of the start: it is no error page that says nothing was changed."""
    admin = enter("initech")
    current, lost = tokens(admin.connection)
    sandbox.fail(**start_fails, path="/start$")
    result = admin.press("restart")
    assert (result.action, result.outcome, result.new_token) == (Action.RESTART, outcome, None)
    assert type(result.error) is error
    assert seen(result.connection) == saw(admin.connection)
    assert admin.connection.bearer_token == current
    assert admin.connection.next_bearer_token != lost
    assert [call for call in sandbox.calls() if call.startswith("POST")] == ["POST cancel", "POST start"]


def test_cancelled_and_reading_before_the_start_fails(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    admin = enter("initech")
    stytch.after["cancel"] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    result = admin.press("restart")
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.NOT_DONE)
    assert seen(result.connection) == saw(admin.connection)
    assert not result.connection.rotating
    assert unsettled(history, admin) == []


def test_cancelled_and_the_connection_is_deleted(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    admin = enter("initech")
    stytch.after["cancel"] = sandbox.world.connections.clear
    result = admin.press("restart")
    assert (result.action, result.outcome, result.gone) == (Action.RESTART, Outcome.NOT_DONE, True)
    assert unsettled(history, admin) == []


def test_cancelled_and_not_known_whether_started_again(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    admin = enter("initech")
    stytch.before["start"] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    sandbox.fail("drop_after_commit", "/start$")
    result = admin.press("restart")
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.UNKNOWN)
    assert not result.connection.rotating, "what is known is the state after the cancel"
    assert unsettled(history, admin) == ["start"], "the cancel is settled"
    settled = admin.look().settled
    assert settled
    assert (settled.action, settled.outcome) == (Action.START, Outcome.LOST)


def test_started_again_late(enter: Enter, sandbox: Sandbox) -> None:
    """The cancel is still on its way when the admin is told: nothing is started before it has had time to arrive."""
    admin = enter("initech")
    sandbox.fail("late_commit", "/cancel$", seconds=50)
    assert admin.press("restart").outcome is Outcome.NOT_YET
    assert admin.press("restart").outcome is Outcome.BUSY
    sandbox.world.clock.advance(SETTLE.total_seconds())
    settled = admin.look().settled
    assert settled
    assert (settled.action, settled.outcome) == (Action.CANCEL, Outcome.DONE)
    assert "POST start" not in sandbox.calls()
    assert admin.press("start").new_token
