"""What an action comes to, over the sandbox: with Stytch failing, and with somebody else at work in between."""

from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Enter, recorded, unsettled
from tests.rotation.interrupted import Interrupted, replace_tokens, saw, tokens
from webapp.history.database import Database
from webapp.rotation import Action, Outcome, Seen, seen
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.connections import Connection
from webapp.stytch import Actor, errors
from webapp.stytch.models import ConnectionsAnswer

pytestmark = pytest.mark.parametrize("history", ["sqlite", "postgresql"], indirect=True)

# Each action with an organization in which it can be done.
ACTIONS = [("start", "acme"), ("complete", "initech"), ("cancel", "initech")]
each_action = pytest.mark.parametrize(("step", "slug"), ACTIONS, ids=[step for step, _ in ACTIONS])
UNREADABLE = [{"kind": kind} for kind in ("malformed_json", "truncated_body", "wrong_shape", "contradicting")]
CARRIED_OUT = (
    {"kind": "drop_after_commit"},
    {"kind": "rst_after_commit"},
    {"kind": "status", "status": 500, "after_commit": True},
    {"kind": "status", "status": 502, "body": "html", "after_commit": True},
    *UNREADABLE,
)
NO_ANSWER = (
    {"kind": "drop_before_commit"},
    {"kind": "rst_before_commit"},
    {"kind": "status", "status": 502, "body": "html"},
)


def named(fault: dict[str, Any]) -> str:
    return " ".join(str(value) for value in fault.values())


def expect_done(connection: Connection, step: str, before: tuple[str, str | None]) -> None:
    current, pending = before
    if step == "start":
        assert connection.bearer_token == current
        assert connection.next_bearer_token not in (None, pending)
    else:
        assert tokens(connection) == (pending if step == "complete" else current, None)


@each_action
def test_done(enter: Enter, sandbox: Sandbox, step: str, slug: str) -> None:
    connection = sandbox.connection(slug)
    before = tokens(connection)
    result = enter(slug).press(step)
    assert (result.action, result.outcome, result.error) == (Action(step), Outcome.DONE, None)
    expect_done(connection, step, before)
    assert seen(result.before) == Seen(before[0][-4:], (before[1] or "")[-4:])
    assert seen(result.connection) == saw(connection)
    assert [each.startswith("request-id-test-") for each in result.request_ids] == [True]
    token = result.new_token.get_secret_value() if result.new_token else None
    assert token == connection.next_bearer_token
    assert sandbox.calls() == ["GET connection", f"POST {step}"]


@each_action
@pytest.mark.parametrize("by", ["both tokens replaced", "a rotation begun or given up"])
def test_changed_before_anything_was_sent(enter: Enter, sandbox: Sandbox, step: str, slug: str, by: str) -> None:
    connection, admin_saw = sandbox.connection(slug), saw(sandbox.connection(slug))
    if by == "both tokens replaced":
        replace_tokens(connection)
    elif connection.next_bearer_token:
        connection.cancel_rotation()
    else:
        connection.start_rotation(None)
    now = tokens(connection)
    result = enter(slug).press(step, admin_saw)
    assert (result.outcome, result.error, result.new_token) == (Outcome.CHANGED, None, None)
    assert seen(result.connection) == saw(connection)
    assert tokens(connection) == now
    assert sandbox.calls() == ["GET connection"]


@pytest.mark.parametrize(("step", "slug"), [("start", "initech"), ("complete", "acme"), ("cancel", "acme")])
def test_an_action_out_of_order_is_not_sent(enter: Enter, sandbox: Sandbox, step: str, slug: str) -> None:
    result = enter(slug).press(step)
    assert result.outcome is Outcome.CHANGED
    assert sandbox.calls() == ["GET connection"]


@each_action
def test_refused_because_it_changed_in_between(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, step: str, slug: str
) -> None:
    sandbox.world.variants["start_twice"] = "refused"
    connection = sandbox.connection(slug)
    stytch.before[step] = lambda: connection.start_rotation(None) if step == "start" else connection.cancel_rotation()
    result = enter(slug).press(step)
    assert (result.outcome, type(result.error), result.new_token) == (Outcome.CHANGED, errors.Refused, None)
    assert seen(result.connection) == saw(connection)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@each_action
def test_refused_although_nothing_changed(enter: Enter, sandbox: Sandbox, step: str, slug: str) -> None:
    sandbox.fail("status", f"/{step}$", status=400, error_type="some_new_rule")
    result = enter(slug).press(step)
    assert (result.outcome, type(result.error), result.pending) == (Outcome.NOT_DONE, errors.Refused, None)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@each_action
def test_refused_and_reading_fails(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """Stytch has said no, so it was not done; perhaps because somebody else changed it, so nothing is said of that."""
    admin = enter(slug)

    def meanwhile() -> None:
        replace_tokens(admin.connection)
        sandbox.fail("status", "/connection$", "GET", times=2)

    stytch.before[step] = meanwhile
    sandbox.fail("status", f"/{step}$", status=400, error_type="some_new_rule")
    result = admin.press(step)
    assert (result.outcome, type(result.error), result.unread) == (Outcome.NOT_DONE, errors.Refused, True)
    assert result.pending, "no token is said to work, and no button is offered before another look"
    assert [(event.outcome, event.found) for event in recorded(history)] == [("not_done", None)]
    assert unsettled(history, admin) == []
    assert admin.look().pending is None


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 403, "error_type": "session_authorization_error"}, errors.Forbidden),
        ({"status": 429, "error_type": "too_many_requests", "retry_after": 1}, errors.RateLimited),
    ],
)
@each_action
def test_a_definite_no_is_not_read_again(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str, fault: dict[str, Any], expected: type
) -> None:
    admin = enter(slug)
    before = tokens(admin.connection)
    sandbox.fail("status", f"/{step}$", **fault)
    result = admin.press(step)
    assert (result.outcome, type(result.error), result.pending) == (Outcome.NOT_DONE, expected, None)
    assert (seen(result.connection), tokens(admin.connection)) == (saw(admin.connection), before)
    assert sandbox.calls() == ["GET connection", f"POST {step}"]
    assert unsettled(history, admin) == []


def test_a_viewer_is_refused_by_stytch(enter: Enter) -> None:
    vic = enter(email="vic@acme.example")
    result = vic.press("start")
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.Forbidden)
    assert vic.connection.next_bearer_token is None


@each_action
def test_never_sent(enter: Enter, stytch: Interrupted, history: Database, step: str, slug: str) -> None:
    admin = enter(slug)
    before = tokens(admin.connection)

    def raise_not_sent() -> None:
        raise errors.NotSent

    stytch.before[step] = raise_not_sent
    result = admin.press(step)
    assert (result.outcome, type(result.error), result.pending) == (Outcome.NOT_DONE, errors.NotSent, None)
    assert tokens(admin.connection) == before
    assert unsettled(history, admin) == []


@pytest.mark.parametrize("fault", NO_ANSWER, ids=named)
@each_action
def test_no_answer_and_not_done(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str, fault: dict[str, Any]
) -> None:
    """Not done so far: who never got an answer can't know that the request is not still on its way."""
    admin = enter(slug)
    before = tokens(admin.connection)
    sandbox.fail(**fault, path=f"/{step}$")
    result = admin.press(step)
    assert (result.outcome, type(result.error)) == (Outcome.NOT_YET, errors.OutcomeUnknown)
    assert seen(result.connection) == saw(admin.connection)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]
    pending = result.pending
    assert pending
    assert (pending.action, pending.by, pending.until) == (step, admin.by, result.at + SETTLE)
    assert unsettled(history, admin) == [step]
    waiting = admin.look().pending
    assert waiting
    assert waiting.until == pending.until
    sandbox.world.clock.advance(SETTLE.total_seconds())
    view = admin.look()
    assert (view.pending, view.settled and view.settled.outcome) == (None, Outcome.NOT_DONE)
    assert (unsettled(history, admin), tokens(admin.connection)) == ([], before)


@each_action
def test_an_error_of_stytchs_own_is_over(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """Stytch itself answered, so that nothing is on its way any more: what the read says is definite."""
    admin = enter(slug)
    sandbox.fail("status", f"/{step}$", status=500)
    result = admin.press(step)
    assert (result.outcome, type(result.error), result.pending) == (Outcome.NOT_DONE, errors.OutcomeUnknown, None)
    assert unsettled(history, admin) == []
    assert admin.press(step).outcome is Outcome.DONE


@each_action
def test_no_answer_and_carried_out_late(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    admin = enter(slug)
    before = tokens(admin.connection)
    sandbox.fail("late_commit", f"/{step}$", seconds=50)
    assert admin.press(step).outcome is Outcome.NOT_YET
    sandbox.world.clock.advance(40)
    assert admin.look().pending
    sandbox.world.clock.advance(10)
    view = admin.look()
    expect_done(admin.connection, step, before)
    assert view.pending is None
    assert view.settled
    assert view.settled.outcome is (Outcome.LOST if step == "start" else Outcome.DONE)
    assert seen(view.settled.connection) == saw(admin.connection)
    assert seen(view.settled.before) == Seen(before[0][-4:], (before[1] or "")[-4:])
    assert unsettled(history, admin) == []
    assert admin.look().settled is None, "it is settled once"


@pytest.mark.parametrize("fault", CARRIED_OUT, ids=named)
@each_action
def test_no_usable_answer_but_done(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str, fault: dict[str, Any]
) -> None:
    """A new token whose answer was lost can be seen to exist, and no more."""
    admin = enter(slug)
    before = tokens(admin.connection)
    sandbox.fail(**fault, path=f"/{step}$")
    result = admin.press(step)
    assert result.outcome is (Outcome.LOST if step == "start" else Outcome.DONE)
    assert (type(result.error), result.new_token, result.pending) == (errors.OutcomeUnknown, None, None)
    assert seen(result.connection) == saw(admin.connection)
    expect_done(admin.connection, step, before)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]
    assert unsettled(history, admin) == []


@each_action
def test_no_answer_and_somebody_else_changed_it(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """The request may still arrive, and do to their rotation what was meant for another."""
    admin = enter(slug)
    stytch.before[step] = lambda: setattr(admin.connection, "bearer_token", "z" * 48)
    sandbox.fail("drop_before_commit", f"/{step}$")
    result = admin.press(step)
    assert (result.outcome, type(result.error)) == (Outcome.NOT_YET, errors.OutcomeUnknown)
    assert seen(result.connection) == saw(admin.connection)
    looked = admin.look().pending
    for pending in (result.pending, looked):
        assert pending
        assert pending.found is Outcome.CHANGED, "nothing says that it was not done"
    sandbox.world.clock.advance(SETTLE.total_seconds())
    settled = admin.look().settled
    assert settled
    assert (settled.outcome, seen(settled.connection)) == (Outcome.CHANGED, saw(admin.connection))
    assert unsettled(history, admin) == []


def test_completed_and_somebody_else_began_another(enter: Enter, stytch: Interrupted, sandbox: Sandbox) -> None:
    """The token that was meant is the current one: it was carried out, whatever came after it."""
    admin = enter("initech")
    sandbox.fail("drop_after_commit", "/complete$")
    original = stytch.get_scim_connections
    reads: list[None] = []

    def look(actor: Actor) -> ConnectionsAnswer:
        reads.append(None)
        if len(reads) == 2:
            admin.connection.start_rotation(None)
        return original(actor)

    stytch.get_scim_connections = look  # type: ignore[method-assign]
    result = admin.press("complete")
    assert (result.outcome, result.connection.rotating) == (Outcome.DONE, True)
    assert seen(result.connection) == saw(admin.connection)


@pytest.mark.parametrize("fault", [*CARRIED_OUT, *NO_ANSWER], ids=named)
@each_action
def test_no_answer_and_reading_fails_too(
    enter: Enter,
    stytch: Interrupted,
    sandbox: Sandbox,
    history: Database,
    step: str,
    slug: str,
    fault: dict[str, Any],
) -> None:
    admin = enter(slug)
    before, admin_saw = tokens(admin.connection), saw(admin.connection)
    stytch.before[step] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    sandbox.fail(**fault, path=f"/{step}$")
    result = admin.press(step)
    assert (result.outcome, type(result.error)) == (Outcome.UNKNOWN, errors.OutcomeUnknown)
    assert (seen(result.connection), result.new_token) == (admin_saw, None)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection", "GET connection"]
    assert (result.pending and result.pending.by, unsettled(history, admin)) == (admin.by, [step])
    # The next look can read: what was carried out is told at once, what was not when it can't arrive any more.
    if fault in NO_ANSWER:
        assert admin.look().pending
        sandbox.world.clock.advance(SETTLE.total_seconds())
    settled = admin.look().settled
    assert settled
    if fault in NO_ANSWER:
        assert (settled.outcome, tokens(admin.connection)) == (Outcome.NOT_DONE, before)
    else:
        assert settled.outcome is (Outcome.LOST if step == "start" else Outcome.DONE)
        expect_done(admin.connection, step, before)


def test_a_token_that_was_not_shown_here_can_be_completed(enter: Enter, sandbox: Sandbox) -> None:
    """Somebody in Stytch's dashboard may have made it meanwhile, and have it: the console can't tell."""
    ada, olga = enter(), enter(email="olga@acme.example")
    sandbox.fail("drop_before_commit", "/start$")
    assert ada.press("start").outcome is Outcome.NOT_YET
    ada.connection.start_rotation(None)
    settled = olga.look().settled
    assert settled
    assert settled.outcome is Outcome.LOST
    assert olga.press("complete").outcome is Outcome.DONE
