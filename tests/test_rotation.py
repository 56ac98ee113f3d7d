"""What an action comes to, over the sandbox: with Stytch failing, and with somebody else at work in between."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.interrupted import Interrupted, replace_tokens, saw, tokens
from webapp import rotation
from webapp.rotation import Action, Outcome, Result, Seen, seen
from webapp.sandbox.connections import Connection
from webapp.stytch import Actor, Stytch, errors

Act = Callable[[Stytch, Actor, str, Seen], Result]
# Each action with an organization in which it can be done.
ACTIONS: list[tuple[str, Act, str]] = [
    ("start", rotation.start, "acme"),
    ("complete", rotation.complete, "initech"),
    ("cancel", rotation.cancel, "initech"),
]
each_action = pytest.mark.parametrize(("step", "act", "slug"), ACTIONS, ids=[step for step, _, _ in ACTIONS])
UNKNOWN = {"kind": "drop_after_commit"}, {"kind": "malformed_json"}, {"kind": "truncated_body"}
NOTHING_DONE = {"kind": "drop_before_commit"}, {"kind": "status", "status": 502, "body": "html"}


@pytest.fixture
def stytch(sandbox: Sandbox) -> Iterator[Interrupted]:
    client = Interrupted(sandbox.url)
    yield client
    client.close()


def expect_done(connection: Connection, step: str, before: tuple[str, str | None]) -> None:
    current, pending = before
    if step == "start":
        assert connection.bearer_token == current
        assert connection.next_bearer_token not in (None, pending)
    else:
        assert tokens(connection) == (pending if step == "complete" else current, None)


@each_action
def test_done(stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str) -> None:
    connection = sandbox.connection(slug)
    before = tokens(connection)
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert (result.action, result.outcome, result.error) == (Action(step), Outcome.DONE, None)
    expect_done(connection, step, before)
    assert seen(result.before) == Seen(before[0][-4:], (before[1] or "")[-4:])
    assert seen(result.connection) == saw(connection)
    assert result.request_id.startswith("request-id-test-")
    token = result.new_token.get_secret_value() if result.new_token else None
    assert token == connection.next_bearer_token
    assert sandbox.calls() == ["GET connection", f"POST {step}"]


@each_action
@pytest.mark.parametrize("by", ["both tokens replaced", "a rotation begun or given up"])
def test_changed_before_anything_was_sent(
    stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str, by: str
) -> None:
    del step
    connection, admin_saw = sandbox.connection(slug), saw(sandbox.connection(slug))
    if by == "both tokens replaced":
        replace_tokens(connection)
    elif connection.next_bearer_token:
        connection.cancel_rotation()
    else:
        connection.start_rotation(None)
    now = tokens(connection)
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, admin_saw)
    assert (result.outcome, result.error, result.new_token) == (Outcome.CHANGED, None, None)
    assert seen(result.connection) == saw(connection)
    assert tokens(connection) == now
    assert sandbox.calls() == ["GET connection"]


@pytest.mark.parametrize(
    ("act", "slug"), [(rotation.start, "initech"), (rotation.complete, "acme"), (rotation.cancel, "acme")]
)
def test_an_action_out_of_order_is_not_sent(stytch: Stytch, sandbox: Sandbox, act: Act, slug: str) -> None:
    connection = sandbox.connection(slug)
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert result.outcome is Outcome.CHANGED
    assert sandbox.calls() == ["GET connection"]


@each_action
def test_refused_because_it_changed_in_between(
    stytch: Interrupted, sandbox: Sandbox, step: str, act: Act, slug: str
) -> None:
    sandbox.world.variants["start_twice"] = "refused"
    connection, admin_saw = sandbox.connection(slug), saw(sandbox.connection(slug))
    stytch.before[step] = lambda: connection.start_rotation(None) if step == "start" else connection.cancel_rotation()
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, admin_saw)
    assert (result.outcome, type(result.error)) == (Outcome.CHANGED, errors.Refused)
    assert seen(result.connection) == saw(connection)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@each_action
def test_refused_although_nothing_changed(stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str) -> None:
    connection = sandbox.connection(slug)
    sandbox.fail("status", f"/{step}$", status=400, error_type="some_new_rule")
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.Refused)
    assert not result.may_still_arrive
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"status": 403, "error_type": "session_authorization_error"}, errors.Forbidden),
        ({"status": 429, "error_type": "too_many_requests", "retry_after": 1}, errors.RateLimited),
    ],
)
@each_action
def test_a_definite_no_is_not_read_again(
    stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str, fault: dict[str, Any], expected: type
) -> None:
    connection = sandbox.connection(slug)
    before = tokens(connection)
    sandbox.fail("status", f"/{step}$", **fault)
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error), result.may_still_arrive) == (Outcome.NOT_DONE, expected, False)
    assert (seen(result.connection), tokens(connection)) == (saw(connection), before)
    assert sandbox.calls() == ["GET connection", f"POST {step}"]


def test_a_viewer_is_refused_by_stytch(stytch: Stytch, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    result = rotation.start(stytch, sandbox.actor("vic@acme.example"), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.Forbidden)
    assert connection.next_bearer_token is None


@each_action
def test_never_sent(stytch: Interrupted, sandbox: Sandbox, step: str, act: Act, slug: str) -> None:
    connection = sandbox.connection(slug)
    before = tokens(connection)

    def raise_not_sent() -> None:
        raise errors.NotSent

    stytch.before[step] = raise_not_sent
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error), result.may_still_arrive) == (Outcome.NOT_DONE, errors.NotSent, False)
    assert tokens(connection) == before


@pytest.mark.parametrize("fault", NOTHING_DONE, ids=lambda fault: fault["kind"])
@each_action
def test_no_answer_and_not_done(
    stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str, fault: dict[str, Any]
) -> None:
    connection = sandbox.connection(slug)
    sandbox.fail(**fault, path=f"/{step}$")
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.OutcomeUnknown)
    assert result.may_still_arrive
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@pytest.mark.parametrize("fault", UNKNOWN, ids=lambda fault: fault["kind"])
@each_action
def test_no_readable_answer_but_done(
    stytch: Stytch, sandbox: Sandbox, step: str, act: Act, slug: str, fault: dict[str, Any]
) -> None:
    """A new token whose answer was lost can be seen to exist, and no more."""
    connection = sandbox.connection(slug)
    before = tokens(connection)
    sandbox.fail(**fault, path=f"/{step}$")
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert result.outcome is (Outcome.LOST if step == "start" else Outcome.DONE)
    assert (type(result.error), result.new_token) == (errors.OutcomeUnknown, None)
    assert seen(result.connection) == saw(connection)
    expect_done(connection, step, before)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection"]


@each_action
def test_no_answer_and_somebody_else_changed_it(
    stytch: Interrupted, sandbox: Sandbox, step: str, act: Act, slug: str
) -> None:
    connection, admin_saw = sandbox.connection(slug), saw(sandbox.connection(slug))
    stytch.before[step] = lambda: replace_tokens(connection)
    sandbox.fail("drop_before_commit", f"/{step}$")
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, admin_saw)
    assert (result.outcome, type(result.error)) == (Outcome.CHANGED, errors.OutcomeUnknown)
    assert seen(result.connection) == saw(connection)


@pytest.mark.parametrize("fault", [*UNKNOWN, *NOTHING_DONE], ids=lambda fault: fault["kind"])
@each_action
def test_no_answer_and_reading_fails_too(
    stytch: Interrupted, sandbox: Sandbox, step: str, act: Act, slug: str, fault: dict[str, Any]
) -> None:
    connection, admin_saw = sandbox.connection(slug), saw(sandbox.connection(slug))
    stytch.before[step] = lambda: sandbox.fail("status", "/connection$", "GET", times=9)
    sandbox.fail(**fault, path=f"/{step}$")
    result = act(stytch, sandbox.actor(slug=slug), connection.connection_id, admin_saw)
    assert (result.outcome, type(result.error)) == (Outcome.UNKNOWN, errors.OutcomeUnknown)
    assert (seen(result.connection), result.new_token) == (admin_saw, None)
    assert sandbox.calls() == ["GET connection", f"POST {step}", "GET connection", "GET connection"]
