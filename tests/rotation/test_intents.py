"""Forms that come twice, and changes that meet: nothing is done twice, and everybody is told the same."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Admin, Enter, posts, recorded, unsettled
from tests.rotation.interrupted import Interrupted, saw, tokens
from webapp.history.database import Database
from webapp.history.intents import Intents
from webapp.rotation import ConnectionGone, Outcome, Result, Rotations, Seen, Unread, View, seen
from webapp.rotation.outcome import SETTLE
from webapp.stytch import Actor, errors

pytestmark = pytest.mark.parametrize("history", ["sqlite", "postgresql"], indirect=True)

FORM = "intent-1"
each_action = pytest.mark.parametrize(
    ("step", "slug"), [("start", "acme"), ("complete", "initech"), ("cancel", "initech")]
)


def expect_nothing_new(sandbox: Sandbox, history: Database, admin: Admin, again: Callable[[], Result]) -> Result:
    """The result of a form sent again, which changes nothing and is no event of its own."""
    before, sent, events = tokens(admin.connection), posts(sandbox), recorded(history)
    result = again()
    assert (tokens(admin.connection), posts(sandbox), recorded(history)) == (before, sent, events)
    assert seen(result.connection) == saw(admin.connection)
    assert result.new_token is None
    return result


@each_action
def test_sent_again_after_it_was_done(enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str) -> None:
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    first = admin.press(step, admin_saw, FORM)
    again = expect_nothing_new(sandbox, history, admin, lambda: admin.press(step, admin_saw, FORM))
    assert (again.outcome, again.replayed, again.since_changed) == (Outcome.DONE, True, False)
    assert (again.at, again.request_ids, again.by) == (first.at, first.request_ids, admin.by)
    assert seen(again.before) == admin_saw


def test_sent_again_after_what_it_did_was_changed(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    ada, admin_saw = enter(), saw(sandbox.connection())
    assert ada.press("start", admin_saw, FORM).outcome is Outcome.DONE
    assert ada.press("cancel").outcome is Outcome.DONE
    again = expect_nothing_new(sandbox, history, ada, lambda: ada.press("start", admin_saw, FORM))
    assert (again.outcome, again.replayed, again.since_changed) == (Outcome.DONE, True, True)


@each_action
def test_sent_again_after_it_was_not_done(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    sandbox.fail("status", f"/{step}$", status=403, error_type="session_authorization_error")
    assert admin.press(step, admin_saw, FORM).outcome is Outcome.NOT_DONE
    again = expect_nothing_new(sandbox, history, admin, lambda: admin.press(step, admin_saw, FORM))
    assert (again.outcome, again.replayed) == (Outcome.NOT_DONE, True)
    assert admin.press(step, admin_saw, "intent-2").outcome is Outcome.DONE, "a new form acts"


def test_sent_again_after_its_answer_was_lost(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    ada, admin_saw = enter(), saw(sandbox.connection())
    sandbox.fail("drop_after_commit", "/start$")
    assert ada.press("start", admin_saw, FORM).outcome is Outcome.LOST
    again = expect_nothing_new(sandbox, history, ada, lambda: ada.press("start", admin_saw, FORM))
    assert (again.outcome, again.replayed) == (Outcome.LOST, True)


def test_sent_again_after_somebody_else_got_ahead(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    ada = enter("initech")
    admin_saw = saw(ada.connection)
    stytch.before["complete"] = lambda: ada.connection.start_rotation(None)
    assert ada.press("complete", admin_saw, FORM).outcome is Outcome.CHANGED
    again = expect_nothing_new(sandbox, history, ada, lambda: ada.press("complete", admin_saw, FORM))
    assert (again.outcome, again.replayed) == (Outcome.CHANGED, True)


def test_sent_again_after_it_was_refused_before_anything_was_sent(
    enter: Enter, sandbox: Sandbox, history: Database
) -> None:
    """Nothing was sent, so there is no outcome to tell again: it is compared once more, and refused once more."""
    ada = enter("initech")
    stale = Seen(ada.connection.bearer_token[-4:], "????")
    for _ in range(2):
        result = ada.press("complete", stale, FORM)
        assert (result.outcome, result.replayed) == (Outcome.CHANGED, False)
    assert posts(sandbox) == []
    assert unsettled(history, ada) == []


@each_action
def test_sent_again_while_nobody_knows(enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str) -> None:
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    sandbox.fail("drop_before_commit", f"/{step}$")
    first = admin.press(step, admin_saw, FORM)
    assert first.outcome is Outcome.NOT_YET
    again = expect_nothing_new(sandbox, history, admin, lambda: admin.press(step, admin_saw, FORM))
    assert again.outcome is Outcome.BUSY
    assert (again.pending and again.pending.until) == (first.pending and first.pending.until)
    sandbox.world.clock.advance(SETTLE.total_seconds())
    assert admin.look().settled
    settled = expect_nothing_new(sandbox, history, admin, lambda: admin.press(step, admin_saw, FORM))
    assert (settled.outcome, settled.replayed) == (Outcome.NOT_DONE, True)


def test_starting_again_sent_again(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    admin = enter("initech")
    admin_saw = saw(admin.connection)
    first = admin.press("restart", admin_saw, FORM)
    assert first.new_token
    again = expect_nothing_new(sandbox, history, admin, lambda: admin.press("restart", admin_saw, FORM))
    assert (again.action, again.outcome, again.replayed) == (first.action, Outcome.DONE, True)


def test_sent_again_by_another_member_or_for_another_action(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    ada, olga = enter(), enter(email="olga@acme.example")
    assert ada.press("start", intent_id=FORM).outcome is Outcome.DONE
    for press in (
        lambda: olga.press("start", intent_id=FORM),
        lambda: ada.press("complete", intent_id=FORM),
        lambda: ada.press("cancel", intent_id=FORM),
    ):
        result = expect_nothing_new(sandbox, history, ada, press)
        assert (result.outcome, result.replayed) == (Outcome.CHANGED, False)


def test_the_id_of_another_organizations_form_tells_nothing(enter: Enter, sandbox: Sandbox) -> None:
    """It is no key to somebody else's outcome, nor can it begin a change."""
    assert enter().press("start", intent_id=FORM).outcome is Outcome.DONE
    ian = enter("initech", "ian@initech.example")
    before = tokens(ian.connection)
    result = ian.press("complete", intent_id=FORM)
    assert (result.outcome, result.by, result.pending) == (Outcome.BUSY, ian.by, None)
    assert tokens(ian.connection) == before
    assert posts(sandbox) == ["POST start"]


def test_another_organizations_form_under_way_is_not_taken_back(enter: Enter, history: Database) -> None:
    ada, ian = enter(), enter("initech", "ian@initech.example")
    Intents(history).begin(ada.intent("start", FORM))
    assert ian.press("complete", intent_id=FORM).outcome is Outcome.BUSY
    assert unsettled(history, ada) == ["start"]


def test_sent_again_while_another_change_is_in_doubt(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """What came of it is told all the same, and that what holds now is not known."""
    ada, olga, admin_saw = enter(), enter(email="olga@acme.example"), saw(sandbox.connection())
    assert ada.press("start", admin_saw, FORM).outcome is Outcome.DONE
    sandbox.fail("drop_before_commit", "/complete$")
    assert olga.press("complete").outcome is Outcome.NOT_YET
    again = expect_nothing_new(sandbox, history, ada, lambda: ada.press("start", admin_saw, FORM))
    assert (again.outcome, again.replayed, again.since_changed) == (Outcome.DONE, True, True)
    assert again.pending
    assert (again.pending.by, again.pending.action) == (olga.by, "complete")


@each_action
def test_sent_again_and_reading_fails(enter: Enter, sandbox: Sandbox, step: str, slug: str) -> None:
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    first = admin.press(step, admin_saw, FORM)
    sandbox.fail("status", "/connection$", "GET", times=2)
    sent = posts(sandbox)
    with pytest.raises(Unread) as again:
        admin.press(step, admin_saw, FORM)
    assert isinstance(again.value.error, errors.OutcomeUnknown)
    assert [(each.outcome, each.settled_at) for each in again.value.firsts] == [("done", first.at)]
    assert posts(sandbox) == sent


def test_starting_again_sent_again_and_reading_fails(enter: Enter, sandbox: Sandbox) -> None:
    admin = enter("initech")
    admin_saw = saw(admin.connection)
    assert admin.press("restart", admin_saw, FORM).new_token
    sandbox.world.connections.clear()
    with pytest.raises(Unread) as again:
        admin.press("restart", admin_saw, FORM)
    assert isinstance(again.value.error, ConnectionGone)
    assert [(each.action, each.outcome) for each in again.value.firsts] == [("cancel", "done"), ("start", "done")]


def test_somebody_else_s_form_sent_again_and_reading_fails(enter: Enter, sandbox: Sandbox) -> None:
    ada, olga = enter(), enter(email="olga@acme.example")
    assert ada.press("start", intent_id=FORM).outcome is Outcome.DONE
    sandbox.fail("status", "/connection$", "GET", times=2)
    with pytest.raises(errors.OutcomeUnknown):
        olga.press("start", intent_id=FORM)


@contextmanager
def held_up(stytch: Interrupted, step: str, press: Callable[[], Result]) -> Iterator[Callable[[], Result]]:
    """Presses in another thread, held up just before Stytch is told; the call lets it go on and gives its result."""
    arrived, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        stytch.before.clear()
        arrived.set()
        assert go_on.wait(20)

    stytch.before[step] = wait
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(press)
        assert arrived.wait(20)

        def finish() -> Result:
            go_on.set()
            return first.result(20)

        try:
            yield finish
        finally:
            go_on.set()


@each_action
def test_a_double_click_waits_for_the_first_ones_outcome(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    ended: list[Result] = []
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    with held_up(stytch, step, lambda: admin.press(step, admin_saw, FORM)) as finish:
        patient = Rotations(
            stytch, history, sandbox.world.clock.now, lambda _: None if ended else ended.append(finish())
        )
        second = enter(slug, over=patient).press(step, admin_saw, FORM)
    (first,) = ended
    assert (first.outcome, first.replayed) == (Outcome.DONE, False)
    assert (second.outcome, second.replayed, second.new_token) == (Outcome.DONE, True, None)
    assert (second.at, second.request_ids) == (first.at, first.request_ids)
    assert posts(sandbox) == [f"POST {step}"]
    assert [event.outcome for event in recorded(history)] == ["done"]


def test_a_double_click_does_not_wait_for_ever(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    clock = sandbox.world.clock
    admin, admin_saw = enter(), saw(sandbox.connection())
    with held_up(stytch, "start", lambda: admin.press("start", admin_saw, FORM)) as finish:
        impatient = Rotations(stytch, history, clock.now, lambda _: clock.advance(1))
        second = enter(over=impatient).press("start", admin_saw, FORM)
        assert (second.outcome, second.new_token) == (Outcome.BUSY, None)
        assert second.pending
        assert (second.pending.by, second.pending.until) == (admin.by, None)
        assert finish().new_token
    assert posts(sandbox) == ["POST start"]


def test_a_double_click_on_what_is_not_sent(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """The first takes its intent back while the second waits for it: then the second is the first."""
    admin, admin_saw = enter(), saw(sandbox.connection())
    intents = Intents(history)
    intents.begin(first := admin.intent("start", FORM))
    patient = Rotations(admin.rotations._stytch, history, sandbox.world.clock.now, lambda _: intents.withdraw(first))
    result = enter(over=patient).press("start", admin_saw, FORM)
    assert (result.outcome, result.replayed) == (Outcome.DONE, False)
    assert result.new_token


@each_action
def test_somebody_elses_change_is_under_way(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, step: str, slug: str
) -> None:
    ada = enter(slug)
    other = enter(slug, "olga@acme.example" if slug == "acme" else "ian@initech.example")
    with held_up(stytch, step, lambda: ada.press(step)) as finish:
        busy = other.press(step)
        assert (busy.outcome, busy.new_token) == (Outcome.BUSY, None)
        assert busy.pending
        assert (busy.pending.action, busy.pending.by, busy.pending.until) == (step, ada.by, None)
        assert other.look().pending == busy.pending
        assert posts(sandbox) == []
        assert finish().outcome is Outcome.DONE
    assert other.look().pending is None
    assert posts(sandbox) == [f"POST {step}"]


def test_somebody_elses_change_has_no_known_outcome(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """No write begins while an earlier one may still arrive; once it can't any more, the next press acts."""
    ada, olga = enter(), enter(email="olga@acme.example")
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start").outcome is Outcome.NOT_YET
    sandbox.world.clock.advance(SETTLE.total_seconds() - 20)
    busy = olga.press("start")
    assert busy.outcome is Outcome.BUSY
    assert (busy.pending and busy.pending.by) == ada.by
    assert posts(sandbox) == ["POST start"]
    sandbox.world.clock.advance(20)
    assert olga.press("start").outcome is Outcome.DONE
    assert [(event.by.email, event.outcome, event.settled_later) for event in recorded(history)] == [
        ("ada@acme.example", "not_yet", False),
        ("olga@acme.example", "busy", False),
        ("ada@acme.example", "not_done", True),
        ("olga@acme.example", "done", False),
    ]


def test_a_double_click_after_somebody_elses_change(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database
) -> None:
    """Both find the change that was pending and settle it; one of them begins, the other tells of it."""
    olga, admin_saw = enter(email="olga@acme.example"), saw(sandbox.connection())
    sandbox.fail("drop_before_commit", "/start$")
    assert enter().press("start").outcome is Outcome.NOT_YET
    sandbox.world.clock.advance(SETTLE.total_seconds())
    meet = threading.Barrier(2, timeout=20)
    mine = threading.local()

    class Together(Rotations):
        """In each thread, the first look begins and ends together with the other's."""

        def look(self, actor: Actor) -> View:
            if hasattr(mine, "looked"):
                return super().look(actor)
            mine.looked = True
            meet.wait()
            view = super().look(actor)
            meet.wait()
            return view

    together = enter(email="olga@acme.example", over=Together(stytch, history, sandbox.world.clock.now))
    with ThreadPoolExecutor(2) as threads:
        clicks = [threads.submit(together.press, "start", admin_saw, FORM) for _ in range(2)]
        results = [click.result(20) for click in clicks]
    assert sorted((result.outcome, result.replayed) for result in results) == [
        (Outcome.DONE, False),
        (Outcome.DONE, True),
    ]
    assert [result.new_token is None for result in results].count(False) == 1
    assert olga.connection.next_bearer_token
    assert posts(sandbox) == ["POST start", "POST start"], "the first never arrived"


def test_settled_once_although_two_look(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    ada, olga = enter(), enter(email="olga@acme.example")
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start").outcome is Outcome.NOT_YET
    sandbox.world.clock.advance((SETTLE + timedelta(seconds=1)).total_seconds())
    with ThreadPoolExecutor(2) as threads:
        views = [each.result(20) for each in [threads.submit(admin.look) for admin in (ada, olga)]]
    assert [view.pending for view in views] == [None, None]
    assert [event.outcome for event in recorded(history)] == ["not_yet", "not_done"]
