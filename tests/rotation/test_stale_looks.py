"""Looks during which a change goes on: what was judged by an earlier sight of it settles nothing."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Admin, Enter, Look, posts, recorded, unsettled
from tests.rotation.interrupted import Interrupted, saw
from webapp.history.database import Database
from webapp.history.events import RotationStart, Tokens
from webapp.history.intents import Intents
from webapp.rotation import Outcome
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch import Actor
from webapp.stytch.models import ConnectionsAnswer

pytestmark = pytest.mark.parametrize("history", ["sqlite", "postgresql"], indirect=True)

FORM = "intent-1"
MOMENT = timedelta(seconds=1)


@pytest.fixture
def during_a_read(stytch: Interrupted, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something happen between the next read's answer and whoever asked for it."""
    read = stytch.get_scim_connections

    def plan(happens: Callable[[], object]) -> None:
        def get(actor: Actor) -> ConnectionsAnswer:
            monkeypatch.setattr(stytch, "get_scim_connections", read)
            answer = read(actor)
            happens()
            return answer

        monkeypatch.setattr(stytch, "get_scim_connections", get)

    return plan


def held(admin: Admin) -> Tokens:
    was = saw(admin.connection)
    return Tokens(current=was.current, next=was.next)


DuringARead = Callable[[Callable[[], object]], None]


def test_what_is_sent_during_a_look_is_not_settled_by_it(
    enter: Enter, sandbox: Sandbox, history: Database, during_a_read: DuringARead
) -> None:
    """Its lease began anew when it was sent; by the look's own sight of it, it was over and nothing had been sent."""
    ada, clock, intents = enter("initech", "ian@initech.example"), sandbox.world.clock, Intents(history)
    intents.begin(ada.intent("complete"))
    clock.advance((LEASE - MOMENT).total_seconds())

    def send() -> None:
        assert intents.sending(FORM, held(ada), clock.now())

    clock.advance(2)
    during_a_read(send)
    view = ada.look()
    assert (view.settled, unsettled(history, ada)) == (None, ["complete"])
    assert view.pending
    assert (view.pending.action, view.pending.until) == ("complete", None)


def test_what_is_answered_during_a_look_is_read_once_more(
    enter: Enter, sandbox: Sandbox, history: Database, during_a_read: DuringARead
) -> None:
    """It took longer than its lease and settle time, was carried out after the look's read, and nobody has the answer.

    The answer came late; that read can't be held against it.
    """
    ada, clock, intents = enter(), sandbox.world.clock, Intents(history)
    before = held(ada)
    intents.begin(ada.intent("start"))
    intents.sending(FORM, before, clock.now())
    clock.advance((LEASE + SETTLE).total_seconds())

    def answer() -> None:
        ada.connection.start_rotation(None)
        event = RotationStart(
            by=ada.by,
            outcome="unknown",
            connection_id=ada.connection.connection_id,
            intent_id=FORM,
            expected=before,
        )
        intents.unknown(FORM, event, clock.now(), may_still_arrive=True)

    during_a_read(answer)
    settled = ada.look().settled
    assert settled
    assert (settled.outcome, settled.connection.rotating) == (Outcome.LOST, True)


def test_a_change_that_begins_during_a_look_is_under_way(
    enter: Enter, sandbox: Sandbox, history: Database, during_a_read: DuringARead
) -> None:
    """The look has read what that has done already: that is nobody's rotation elsewhere, and offers no button."""
    ada, intents = enter(), Intents(history)

    def begin() -> None:
        intents.begin(ada.intent("start"))
        intents.sending(FORM, held(ada), sandbox.world.clock.now())
        ada.connection.start_rotation(None)

    sandbox.world.clock.advance(1)
    during_a_read(begin)
    view = ada.look()
    assert view.pending
    assert (view.pending.action, view.pending.until) == ("start", None)


def test_a_change_in_flight_outlives_somebody_s_slow_look(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Olga's look begins before Ada's request is sent, and ends while it is on its way: nobody else may change it."""
    ada, olga = enter("initech", "ian@initech.example"), enter("initech", "ian@initech.example")
    admin_saw, read = saw(ada.connection), stytch.get_scim_connections
    looking, sent = threading.Event(), threading.Event()
    views: list[Look] = []
    look = threading.Thread(target=lambda: views.append(olga.look()))

    def get(actor: Actor) -> ConnectionsAnswer:
        answer = read(actor)
        if threading.current_thread() is look:
            if not looking.is_set():
                looking.set()
                assert sent.wait(20)
                sandbox.world.clock.advance(6)
        elif not look.ident:
            sandbox.world.clock.advance(25)
            look.start()
            assert looking.wait(20)
        return answer

    monkeypatch.setattr(stytch, "get_scim_connections", get)

    def in_flight() -> None:
        sent.set()
        look.join(20)
        assert unsettled(history, ada) == ["complete"]
        assert olga.press("cancel").outcome is Outcome.BUSY

    stytch.before["complete"] = in_flight
    assert ada.press("complete", admin_saw, FORM).outcome is Outcome.DONE
    (view,) = views
    assert view.pending
    assert posts(sandbox) == ["POST complete"]
    again = ada.press("complete", admin_saw, FORM)
    assert (again.outcome, again.replayed) == (Outcome.DONE, True)


@pytest.mark.parametrize("seconds", [1, 59])
def test_a_slow_read_does_not_shorten_the_settle_time(
    enter: Enter, sandbox: Sandbox, history: Database, during_a_read: DuringARead, seconds: float
) -> None:
    """What is read shows what had arrived when it was asked for, not what arrives until it is answered."""
    ada = enter()
    sandbox.fail("late_commit", "/start$", seconds=59.5)
    assert ada.press("start").outcome is Outcome.NOT_YET
    sandbox.world.clock.advance(SETTLE.total_seconds() - seconds)

    def slowly() -> None:
        sandbox.world.clock.advance(seconds)
        sandbox.world.deliver_late_commits(until=sandbox.world.clock.now())

    during_a_read(slowly)
    view = ada.look()
    assert (view.settled, unsettled(history, ada)) == (None, ["start"])
    assert view.pending
    assert view.pending.found is Outcome.NOT_DONE
    settled = ada.look().settled
    assert settled
    assert settled.outcome is Outcome.LOST
    assert [event.outcome for event in recorded(history)] == ["not_yet", "lost"]


def test_a_slow_read_that_finds_no_connection(
    enter: Enter, sandbox: Sandbox, history: Database, during_a_read: DuringARead
) -> None:
    ada, clock = enter(), sandbox.world.clock
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start").outcome is Outcome.NOT_YET
    known = dict(sandbox.world.connections)
    sandbox.world.connections.clear()
    clock.advance(SETTLE.total_seconds() - 1)

    def slowly() -> None:
        clock.advance(2)
        sandbox.world.connections.update(known)

    during_a_read(slowly)
    assert ada.look().pending
    assert unsettled(history, ada) == ["start"]
