"""What is said of each result: true, complete, and with a way on."""

import json
from datetime import UTC, datetime
from itertools import product

import pytest

from webapp.connections import notices
from webapp.rotation import Action, Outcome, Result, Seen
from webapp.stytch import errors
from webapp.stytch.models import Connection

AT = datetime(2026, 11, 24, 14, 31, tzinfo=UTC)


def connection(current: str, pending: str = "") -> Connection:
    return Connection(
        organization_id="organization-1",
        connection_id="connection-1",
        status="active",
        base_url="https://test.stytch.com/v1/b2b/scim/connection-1",
        bearer_token_last_four=current,
        next_bearer_token_last_four=pending,
    )


STEADY, OPEN, NEWER = connection("urYB"), connection("urYB", "aG-w"), connection("urYB", "9f3c")
COMPLETED = connection("aG-w")


def limited(seconds: int) -> errors.RateLimited:
    error = errors.RateLimited("too_many_requests", status=429)
    error.retry_after = seconds
    return error


def result(
    action: Action,
    outcome: Outcome,
    before: Connection,
    after: Connection,
    error: errors.StytchError | None = None,
) -> Result:
    return Result(action, outcome, before, after, AT, "request-id-test-1", error=error)


def told(
    action: Action, outcome: Outcome, before: Connection, after: Connection, error: errors.StytchError | None = None
) -> notices.Notice:
    given = result(action, outcome, before, after, error)
    return notices.notice(given, Seen(before.bearer_token_last_four, before.next_bearer_token_last_four), "Okta")


@pytest.mark.parametrize(
    ("action", "before", "after", "title", "says", "stopped"),
    [
        (
            Action.START,
            STEADY,
            OPEN,
            "Rotation started",
            "····aG-w works beside ····urYB. It is shown this once: copy it into Okta now.",
            "",
        ),
        (
            Action.COMPLETE,
            OPEN,
            COMPLETED,
            "Rotation completed",
            (
                "····aG-w is the only token that works; ····urYB stopped. "
                "From now on Okta can't provision unless it uses ····aG-w."
            ),
            "urYB",
        ),
        (
            Action.CANCEL,
            OPEN,
            STEADY,
            "Rotation cancelled",
            "····aG-w stopped working. ····urYB works as before.",
            "aG-w",
        ),
        (
            Action.RESTART,
            STEADY,
            NEWER,
            "Started again",
            (
                "The lost token is cancelled. ····9f3c works beside ····urYB. "
                "It is shown this once: copy it into Okta now."
            ),
            "",
        ),
    ],
)
def test_done(action: Action, before: Connection, after: Connection, title: str, says: str, stopped: str) -> None:
    notice = told(action, Outcome.DONE, before, after)
    assert (notice.kind, notice.status, notice.title) == ("done", 200, title)
    assert (notice.text, notice.stopped) == (says, stopped)
    assert (notice.at, notice.request_id) == (AT, "request-id-test-1")


@pytest.mark.parametrize(("action", "after"), [(Action.COMPLETE, COMPLETED), (Action.CANCEL, STEADY)])
def test_done_as_a_read_showed(action: Action, after: Connection) -> None:
    notice = told(action, Outcome.DONE, OPEN, after, errors.OutcomeUnknown())
    assert notice.text.startswith("Stytch's answer was lost, so we read the connection again: it is done. ")


@pytest.mark.parametrize(
    ("error", "status", "title", "says"),
    [
        (errors.Forbidden(), 403, "Your roles do not allow that", "an administrator can give it to you"),
        (limited(7), 503, "Stytch is busy", "Try again in 7 seconds."),
        (limited(0), 503, "Stytch is busy", "Try again in a minute."),
        (errors.NotSent(), 502, "Stytch can't be reached", "the request was never sent"),
        (errors.OutcomeUnknown(), 502, "Not {} so far", "The request may still arrive there"),
        (errors.Refused(), 409, "The rotation was not {}", "Stytch refused it"),
    ],
)
@pytest.mark.parametrize(
    ("action", "holds", "done"),
    [
        (Action.START, STEADY, "started"),
        (Action.COMPLETE, OPEN, "completed"),
        (Action.CANCEL, OPEN, "cancelled"),
        (Action.RESTART, STEADY, "started again"),
    ],
)
def test_not_done(
    error: errors.StytchError, status: int, title: str, says: str, action: Action, holds: Connection, done: str
) -> None:
    notice = told(action, Outcome.NOT_DONE, holds, holds, error)
    assert (notice.kind, notice.status, notice.title) == ("problem", status, title.format(done))
    assert says in notice.text
    assert notices.state(holds) in notice.text, "which token works is said in every case"
    assert notice.stopped == ""


@pytest.mark.parametrize(
    "error",
    [
        errors.Forbidden(),
        limited(0),
        errors.NotSent(),
        errors.OutcomeUnknown(),
        errors.Refused(),
        errors.SessionEnded(),
        errors.BadCredentials(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_cancel_that_was_done_is_said_when_starting_again_fails(error: errors.StytchError) -> None:
    notice = told(Action.RESTART, Outcome.NOT_DONE, STEADY, STEADY, error)
    assert "Nothing was changed" not in notice.text
    assert "The lost token was cancelled" in notice.text


def test_changed_before_anything_was_sent() -> None:
    given = Result(Action.COMPLETE, Outcome.CHANGED, NEWER, NEWER, AT)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("problem", 409, "It has changed since you opened this page")
    assert notice.text == (
        "Nothing was sent to Stytch. You were looking at ····urYB and ····aG-w. "
        "Now: ····urYB and ····9f3c both work. Somebody else may be at work on it."
    )
    notice = notices.notice(Result(Action.START, Outcome.CHANGED, OPEN, OPEN, AT), Seen("urYB"), "Okta")
    assert "You were looking at ····urYB alone." in notice.text


def test_changed_meanwhile() -> None:
    notice = told(Action.COMPLETE, Outcome.CHANGED, OPEN, connection("zzzz"), errors.OutcomeUnknown())
    assert (notice.kind, notice.status) == ("problem", 409)
    assert "····zzzz is the only token." in notice.text
    assert "Nothing was" not in notice.text


@pytest.mark.parametrize("action", [Action.START, Action.RESTART])
def test_lost(action: Action) -> None:
    notice = told(action, Outcome.LOST, STEADY, OPEN, errors.OutcomeUnknown())
    assert (notice.kind, notice.status) == ("problem", 502)
    assert "····urYB works as before. Cancel and start again to get another." in notice.text


@pytest.mark.parametrize("action", Action)
def test_unknown(action: Action) -> None:
    notice = told(action, Outcome.UNKNOWN, OPEN, OPEN, errors.OutcomeUnknown())
    assert (notice.kind, notice.status, notice.title) == ("unknown", 502, "We do not know yet")
    assert "work." not in notice.text, "nothing is claimed of any token"
    assert notice.text.endswith("Check again before you do anything else.")


def test_a_kept_notice_is_the_same_notice() -> None:
    for action, outcome in product(Action, Outcome):
        notice = told(action, outcome, OPEN, COMPLETED, errors.OutcomeUnknown())
        assert notices.unpacked(json.loads(json.dumps(notice.packed()))) == notice
