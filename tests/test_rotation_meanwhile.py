"""Rotation with the unlikely: answers that contradict, connections that go, look-alike tokens; and starting again."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.interrupted import Interrupted, replace_tokens, saw, tokens
from webapp import rotation
from webapp.rotation import Action, Outcome, Seen
from webapp.sandbox.variants import CHOICES
from webapp.stytch import Actor, errors
from webapp.stytch.models import ConnectionAnswer


@pytest.fixture
def stytch(sandbox: Sandbox) -> Iterator[Interrupted]:
    client = Interrupted(sandbox.url)
    yield client
    client.close()


def test_another_admins_token_is_not_called_completed(stytch: Interrupted, sandbox: Sandbox) -> None:
    """Stytch takes no precondition: it completes what it has. The answer shows whose token that was."""
    connection, admin_saw = sandbox.connection("initech"), saw(sandbox.connection("initech"))
    stytch.before["complete"] = lambda: connection.start_rotation(None)
    result = rotation.complete(stytch, sandbox.actor(slug="initech"), connection.connection_id, admin_saw)
    assert (result.outcome, result.error and result.error.error_type) == (Outcome.CHANGED, "contradicting_answer")
    assert rotation.seen(result.connection) == saw(connection)
    assert result.request_id.startswith("request-id-test-")
    assert sandbox.calls() == ["GET connection", "POST complete", "GET connection"]


def test_a_start_on_top_of_somebody_elses_rotation_is_not_called_started(stytch: Interrupted, sandbox: Sandbox) -> None:
    connection, admin_saw = sandbox.connection(), saw(sandbox.connection())
    stytch.before["start"] = lambda: replace_tokens(connection)
    result = rotation.start(stytch, sandbox.actor(), connection.connection_id, admin_saw)
    assert (result.outcome, result.new_token) == (Outcome.CHANGED, None)


@pytest.mark.parametrize("says", ["the connection as it was", "that there is none"])
def test_a_success_that_did_nothing(
    stytch: Interrupted, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    def unimpressed(actor: Actor, _connection_id: str) -> ConnectionAnswer:
        answer = stytch.get_scim_connection(actor)
        return answer if says == "the connection as it was" else ConnectionAnswer(connection=None)

    monkeypatch.setattr(stytch, "complete_rotation", unimpressed)
    connection = sandbox.connection("initech")
    result = rotation.complete(stytch, sandbox.actor(slug="initech"), connection.connection_id, saw(connection))
    assert (result.outcome, type(result.error)) == (Outcome.NOT_DONE, errors.OutcomeUnknown)
    assert result.may_still_arrive


def test_a_look_alike_is_told_apart_by_its_end(stytch: Interrupted, sandbox: Sandbox) -> None:
    """Somebody's new token ends in the same four characters as the one that was to be completed."""
    connection, admin_saw = sandbox.connection("initech"), saw(sandbox.connection("initech"))
    four = (connection.next_bearer_token or "")[-4:]

    def by_somebody_else() -> None:
        connection.bearer_token = "y" * 44 + four
        connection.bearer_token_expires_at = datetime(2040, 1, 1, tzinfo=UTC)
        connection.cancel_rotation()

    stytch.before["complete"] = by_somebody_else
    sandbox.fail("drop_before_commit", "/complete$")
    result = rotation.complete(stytch, sandbox.actor(slug="initech"), connection.connection_id, admin_saw)
    assert result.outcome is Outcome.CHANGED


@pytest.mark.parametrize("step", ["complete", "cancel"])
@pytest.mark.parametrize("lifetime", CHOICES["token_lifetime"])
@pytest.mark.parametrize("outside", CHOICES["next_last_four_outside_rotation"])
def test_a_lost_answer_is_settled_in_every_variant(
    stytch: Interrupted, sandbox: Sandbox, step: str, lifetime: str, outside: str
) -> None:
    sandbox.world.variants |= {
        "token_lifetime": lifetime,
        "next_last_four_outside_rotation": outside,
    }
    connection, ada = sandbox.connection(), sandbox.actor()
    assert rotation.start(stytch, ada, connection.connection_id, saw(connection)).outcome is Outcome.DONE
    sandbox.fail("drop_after_commit", f"/{step}$")
    act = rotation.complete if step == "complete" else rotation.cancel
    assert act(stytch, ada, connection.connection_id, saw(connection)).outcome is Outcome.DONE


@pytest.mark.parametrize("variant", CHOICES["get_without_connection"])
def test_a_connection_that_is_gone(stytch: Interrupted, sandbox: Sandbox, variant: str) -> None:
    sandbox.world.variants["get_without_connection"] = variant
    connection, ada = sandbox.connection(), sandbox.actor()
    for foreign in (sandbox.connection("initech").connection_id, "unknown", "..", ""):
        with pytest.raises(rotation.ConnectionGone):
            rotation.start(stytch, ada, foreign, saw(connection))
    sandbox.world.connections.clear()
    with pytest.raises(rotation.ConnectionGone):
        rotation.read(stytch, ada, connection.connection_id)
    assert set(sandbox.calls()) == {"GET connection"}


@pytest.mark.parametrize("status", CHOICES["wrong_connection_id"])
@pytest.mark.parametrize("error_type", CHOICES["wrong_connection_id_error"])
def test_a_connection_deleted_in_between(stytch: Interrupted, sandbox: Sandbox, error_type: str, status: str) -> None:
    sandbox.world.variants |= {"wrong_connection_id": status, "wrong_connection_id_error": error_type}
    connection, admin_saw = sandbox.connection(), saw(sandbox.connection())
    stytch.before["start"] = sandbox.world.connections.clear
    with pytest.raises(rotation.ConnectionGone):
        rotation.start(stytch, sandbox.actor(), connection.connection_id, admin_saw)


@pytest.mark.parametrize("step", ["start", "complete", "cancel"])
def test_a_session_that_ends_in_between(stytch: Interrupted, sandbox: Sandbox, step: str) -> None:
    slug = "acme" if step == "start" else "initech"
    connection = sandbox.connection(slug)
    before = tokens(connection)
    stytch.before[step] = sandbox.world.sessions.clear
    act = {"start": rotation.start, "complete": rotation.complete, "cancel": rotation.cancel}[step]
    with pytest.raises(errors.SessionEnded):
        act(stytch, sandbox.actor(slug=slug), connection.connection_id, saw(connection))
    assert tokens(connection) == before


def test_started_again(stytch: Interrupted, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    current, lost = tokens(connection)
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, saw(connection))
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.DONE)
    assert result.new_token is not None
    assert (current, result.new_token.get_secret_value()) == tokens(connection)
    assert connection.next_bearer_token != lost
    assert sandbox.calls() == ["GET connection", "POST cancel", "POST start"]


def test_started_again_although_the_cancels_answer_was_lost(stytch: Interrupted, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    sandbox.fail("drop_after_commit", "/cancel$")
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, saw(connection))
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.DONE)
    assert sandbox.calls() == ["GET connection", "POST cancel", "GET connection", "POST start"]


@pytest.mark.parametrize(
    ("cancel_fails", "outcome"),
    [
        ({"kind": "status", "status": 429, "error_type": "too_many_requests"}, Outcome.NOT_DONE),
        ({"kind": "drop_before_commit"}, Outcome.NOT_DONE),
    ],
)
def test_what_could_not_be_cancelled_is_not_started_again(
    stytch: Interrupted, sandbox: Sandbox, cancel_fails: dict[str, Any], outcome: Outcome
) -> None:
    connection = sandbox.connection("initech")
    before = tokens(connection)
    sandbox.fail(**cancel_fails, path="/cancel$")
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, saw(connection))
    assert (result.action, result.outcome) == (Action.CANCEL, outcome)
    assert tokens(connection) == before
    assert "POST start" not in sandbox.calls()


def test_another_rotation_than_the_one_seen_is_not_started_again(stytch: Interrupted, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    admin_saw = Seen(connection.bearer_token[-4:], "????")
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, admin_saw)
    assert (result.action, result.outcome) == (Action.CANCEL, Outcome.CHANGED)
    assert sandbox.calls() == ["GET connection"]


@pytest.mark.parametrize(
    ("start_fails", "outcome", "error"),
    [
        ({"kind": "status", "status": 403, "error_type": "x"}, Outcome.NOT_DONE, errors.Forbidden),
        ({"kind": "status", "status": 429, "error_type": "x"}, Outcome.NOT_DONE, errors.RateLimited),
        ({"kind": "status", "status": 400, "error_type": "x"}, Outcome.NOT_DONE, errors.Refused),
        ({"kind": "status", "status": 404, "error_type": "session_not_found"}, Outcome.NOT_DONE, errors.SessionEnded),
        ({"kind": "status", "status": 401, "error_type": "unauthorized_credentials"}, Outcome.NOT_DONE, errors.Refused),
        ({"kind": "drop_before_commit"}, Outcome.NOT_DONE, errors.OutcomeUnknown),
        ({"kind": "drop_after_commit"}, Outcome.LOST, errors.OutcomeUnknown),
    ],
)
def test_cancelled_but_not_started_again(
    stytch: Interrupted, sandbox: Sandbox, start_fails: dict[str, Any], outcome: Outcome, error: type[Exception]
) -> None:
    """The cancel is not forgotten over what became of the start: it is no error page that says nothing was changed."""
    connection = sandbox.connection("initech")
    current, lost = tokens(connection)
    sandbox.fail(**start_fails, path="/start$")
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, saw(connection))
    assert (result.action, result.outcome, result.new_token) == (Action.RESTART, outcome, None)
    assert isinstance(result.error, error)
    assert rotation.seen(result.connection) == saw(connection)
    assert connection.bearer_token == current
    assert connection.next_bearer_token != lost
    assert [call for call in sandbox.calls() if call.startswith("POST")] == ["POST cancel", "POST start"]


def test_cancelled_and_not_known_whether_started_again(stytch: Interrupted, sandbox: Sandbox) -> None:
    connection, admin_saw = sandbox.connection("initech"), saw(sandbox.connection("initech"))
    stytch.before["start"] = lambda: sandbox.fail("status", "/connection$", "GET", times=9)
    sandbox.fail("drop_after_commit", "/start$")
    result = rotation.restart(stytch, sandbox.actor(slug="initech"), connection.connection_id, admin_saw)
    assert (result.action, result.outcome) == (Action.RESTART, Outcome.UNKNOWN)
    assert not result.connection.rotating, "what is known is the state after the cancel"
