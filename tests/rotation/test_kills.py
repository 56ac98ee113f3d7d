"""Processes that are killed and a database that fails: what was begun is not forgotten."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from tests.conftest import Sandbox
from tests.rotation.conftest import Enter, posts, recorded, unsettled
from tests.rotation.interrupted import Interrupted, saw, tokens
from tests.rotation.vendor import Killed
from webapp.history.database import Database
from webapp.history.intents import Intents
from webapp.rotation import Outcome, seen
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch import Actor, errors
from webapp.stytch.models import ConnectionsAnswer

FORM = "intent-1"
each_action = pytest.mark.parametrize(
    ("step", "slug"), [("start", "acme"), ("complete", "initech"), ("cancel", "initech")]
)


def test_killed_before_stytch_could_be_told(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """What such a process leaves is an intent without the state it was decided on."""
    ada, olga = enter(), enter(email="olga@acme.example")
    Intents(history).begin(ada.intent("start"))
    assert olga.look().pending
    assert olga.press("start").outcome is Outcome.BUSY
    sandbox.world.clock.advance(LEASE.total_seconds())
    view = olga.look()
    assert (view.pending, view.settled) == (None, None)
    assert outcomes(history) == ["busy"]
    assert unsettled(history, ada) == []
    assert olga.press("start").outcome is Outcome.DONE


def outcomes(history: Database) -> list[str]:
    return [event.outcome for event in recorded(history)]


def kill(*_: object) -> None:
    raise Killed


@each_action
def test_killed_before_it_was_sent(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """Nobody can know that it was not: the request may have left, and still arrive."""
    ada = enter(slug)
    before = tokens(ada.connection)
    begun_at = sandbox.world.clock.now()
    stytch.before[step] = kill
    with pytest.raises(Killed):
        ada.press(step)
    stytch.before.clear()
    at_work = ada.look().pending
    assert at_work
    assert (at_work.action, at_work.by, at_work.until) == (step, ada.by, None)
    assert ada.press(step).outcome is Outcome.BUSY
    sandbox.world.clock.advance(LEASE.total_seconds())
    in_doubt = ada.look().pending
    assert in_doubt
    assert in_doubt.until
    assert begun_at + LEASE + SETTLE <= in_doubt.until <= sandbox.world.clock.now() + SETTLE
    assert ada.press(step).outcome is Outcome.BUSY
    assert outcomes(history) == ["busy", "busy"]
    sandbox.world.clock.advance(SETTLE.total_seconds())
    view = ada.look()
    assert view.pending is None
    assert view.settled
    assert (view.settled.outcome, view.settled.settled_later) == (Outcome.NOT_DONE, True)
    *refused, event = recorded(history)
    assert {each.outcome for each in refused} == {"busy"}
    assert (event.outcome, event.settled_later, event.by) == ("not_done", True, ada.by)
    assert (tokens(ada.connection), posts(sandbox)) == (before, [])
    assert ada.press(step).outcome is Outcome.DONE


@each_action
def test_killed_before_its_outcome_was_written_down(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    ada = enter(slug)
    before = saw(ada.connection)
    stytch.after[step] = kill
    with pytest.raises(Killed):
        ada.press(step)
    assert ada.look().pending
    assert ada.press(step).outcome is Outcome.BUSY
    sandbox.world.clock.advance(LEASE.total_seconds())
    view = ada.look()
    assert view.pending is None
    assert view.settled
    # Of a start: whether the new token was shown before the kill, nobody knows; it is not called lost.
    assert (view.settled.outcome, view.settled.settled_later) == (Outcome.DONE, True)
    assert (seen(view.settled.before), seen(view.settled.connection)) == (before, saw(ada.connection))
    *refused, event = recorded(history)
    assert {each.outcome for each in refused} == {"busy"}
    assert (event.outcome, event.settled_later, event.by) == ("done", True, ada.by)
    assert posts(sandbox) == [f"POST {step}"]
    assert unsettled(history, ada) == []


def test_a_request_that_outlives_its_lease_is_not_sent(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was so slow to read that somebody's look took it for killed, and told so."""
    ada, olga = enter(), enter(email="olga@acme.example")
    read = stytch.get_scim_connections

    def slowly(actor: Actor) -> ConnectionsAnswer:
        monkeypatch.undo()
        answer = read(actor)
        sandbox.world.clock.advance(LEASE.total_seconds())
        assert olga.look().pending is None
        return answer

    monkeypatch.setattr(stytch, "get_scim_connections", slowly)
    result = ada.press("start")
    assert (result.outcome, result.new_token, posts(sandbox)) == (Outcome.BUSY, None, [])
    assert outcomes(history) == ["busy"]


def test_an_outcome_after_the_lease_stands_beside_what_a_look_found(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    """The answer that was so late goes out, with its token, and is written down too."""
    ada, olga = enter(), enter(email="olga@acme.example")

    def meanwhile() -> None:
        sandbox.world.clock.advance(LEASE.total_seconds())
        settled = olga.look().settled
        assert settled
        assert settled.outcome is Outcome.DONE

    stytch.after["start"] = meanwhile
    assert ada.press("start").new_token
    assert [(event.outcome, event.settled_later) for event in recorded(history)] == [("done", True), ("done", False)]
    assert unsettled(history, ada) == []


def test_killed_and_its_request_arrives_late(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    ada = enter("initech")
    meant = ada.connection.next_bearer_token
    sandbox.fail("late_commit", "/complete$", seconds=50)
    original = stytch._between

    def killed_while_it_waits(*args: object) -> object:
        try:
            return original(*args)  # type: ignore[arg-type]
        except errors.OutcomeUnknown:
            raise Killed from None

    stytch._between = killed_while_it_waits  # type: ignore[assignment,method-assign]
    with pytest.raises(Killed):
        ada.press("complete")
    sandbox.world.clock.advance(LEASE.total_seconds())
    assert ada.look().pending
    sandbox.world.clock.advance(20)
    settled = ada.look().settled
    assert settled
    assert settled.outcome is Outcome.DONE
    assert tokens(ada.connection) == (meant, None)
    assert outcomes(history) == ["done"]


def rename(history: Database, table: str, to: str) -> None:
    with history.write() as connection:
        connection.execute(sa.text(f"ALTER TABLE {table} RENAME TO {to}"))


@each_action
def test_a_database_that_fails_first(enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str) -> None:
    admin = enter(slug)
    before = tokens(admin.connection)
    rename(history, "intents", "gone")
    with pytest.raises(OperationalError):
        admin.press(step)
    rename(history, "gone", "intents")
    assert (sandbox.calls(), tokens(admin.connection)) == ([], before)
    assert admin.press(step).outcome is Outcome.DONE


def test_a_database_that_fails_before_anything_is_sent(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails between the read and the write: no more is sent, and the intent is past when its lease is."""
    ada = enter()
    read = stytch.get_scim_connections

    def then_fail(*args: object) -> object:
        answer = read(*args)  # type: ignore[arg-type]
        rename(history, "intents", "gone")
        return answer

    with monkeypatch.context() as patched:
        patched.setattr(stytch, "get_scim_connections", then_fail)
        with pytest.raises(OperationalError):
            ada.press("start")
    rename(history, "gone", "intents")
    assert posts(sandbox) == []
    assert ada.look().pending
    sandbox.world.clock.advance(LEASE.total_seconds())
    assert ada.press("start").outcome is Outcome.DONE


@pytest.mark.parametrize("table", ["intents", "events"])
@each_action
def test_a_database_that_fails_after_it_was_done(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str, table: str
) -> None:
    """What Stytch did is told, the new token with it; the next look finds it out for the history."""
    ada = enter(slug)
    stytch.after[step] = lambda: rename(history, table, "gone")
    result = ada.press(step, intent_id=FORM)
    assert result.outcome is Outcome.DONE
    assert seen(result.connection) == saw(ada.connection)
    token = result.new_token.get_secret_value() if result.new_token else None
    assert token == ada.connection.next_bearer_token
    rename(history, "gone", table)
    assert recorded(history) == []
    assert ada.look().pending, "whoever did not see the answer can't know more yet"
    sandbox.world.clock.advance(LEASE.total_seconds())
    settled = ada.look().settled
    assert settled
    assert settled.outcome is Outcome.DONE
    assert [(event.outcome, event.settled_later) for event in recorded(history)] == [("done", True)]
    assert ada.look().settled is None
