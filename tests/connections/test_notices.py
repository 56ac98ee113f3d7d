"""What is said of each result: true, complete, and with a way on."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from tests.history.samples import by, intent, start
from webapp.connections import notices
from webapp.history.log import Entry
from webapp.rotation import Action, Outcome, Pending, Result, Seen
from webapp.stytch import errors
from webapp.stytch.models import Connection

AT = datetime(2026, 1, 23, 14, 31, tzinfo=UTC)


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
    made = outcome is Outcome.DONE and action in (Action.START, Action.RESTART) and not error
    token = SecretStr("secret") if made else None
    return Result(action, outcome, before, after, AT, by(), ("request-id-test-1",), token, error)


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
                "The lost token was cancelled. ····9f3c works beside ····urYB. "
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


each_action = pytest.mark.parametrize(
    ("action", "holds", "done"),
    [
        (Action.START, STEADY, "started"),
        (Action.COMPLETE, OPEN, "completed"),
        (Action.CANCEL, OPEN, "cancelled"),
        (Action.RESTART, STEADY, "started again"),
    ],
)


@pytest.mark.parametrize(
    ("error", "status", "title", "says"),
    [
        (errors.Forbidden(), 403, "Your roles do not allow that", "an administrator can give it to you"),
        (limited(7), 503, "Stytch is busy", "Try again in 7 seconds."),
        (limited(0), 503, "Stytch is busy", "Try again in a minute."),
        (errors.NotSent(), 502, "Stytch can't be reached", "the request was never sent"),
        (errors.NotTrusted(), 502, "The connection to Stytch can't be trusted", "the request was never sent"),
        (
            errors.OutcomeUnknown("internal_server_error", status=500),
            502,
            "The rotation was not {}",
            "Stytch answered with an error, so we read the connection again.",
        ),
        (errors.Refused(), 409, "The rotation was not {}", "Stytch refused it"),
    ],
)
@each_action
def test_not_done(
    error: errors.StytchError, status: int, title: str, says: str, action: Action, holds: Connection, done: str
) -> None:
    notice = told(action, Outcome.NOT_DONE, holds, holds, error)
    assert (notice.kind, notice.status, notice.title) == ("problem", status, title.format(done))
    assert says in notice.text
    assert notices.state(holds) in notice.text, "which token works is said in every case"
    assert notice.stopped == ""


@pytest.mark.parametrize(
    ("outcome", "error"),
    [
        *[
            (Outcome.NOT_DONE, error)
            for error in (
                errors.Forbidden(),
                limited(0),
                errors.NotSent(),
                errors.OutcomeUnknown(),
                errors.Refused(),
                errors.SessionEnded(),
                errors.BadCredentials(),
            )
        ],
        (Outcome.NOT_YET, errors.OutcomeUnknown()),
        (Outcome.UNKNOWN, errors.OutcomeUnknown()),
        (Outcome.LOST, errors.OutcomeUnknown()),
        (Outcome.CHANGED, errors.OutcomeUnknown()),
        (Outcome.CHANGED, None),
        (Outcome.BUSY, None),
    ],
    ids=str,
)
def test_a_cancel_that_was_done_is_said_whatever_becomes_of_starting_again(
    outcome: Outcome, error: errors.StytchError | None
) -> None:
    notice = told(Action.RESTART, outcome, STEADY, STEADY, error)
    assert "Nothing was" not in notice.text
    assert "The lost token was cancelled" in notice.text


@pytest.mark.parametrize(
    ("action", "holds", "done"),
    [(Action.START, STEADY, "started"), (Action.COMPLETE, OPEN, "completed"), (Action.CANCEL, OPEN, "cancelled")],
)
def test_refused_and_not_read_again(action: Action, holds: Connection, done: str) -> None:
    given = replace(result(action, Outcome.NOT_DONE, holds, holds, errors.Refused()), unread=True)
    notice = notices.notice(given, Seen("urYB"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("unknown", 409, f"The rotation was not {done}")
    assert "Stytch refused it. Reading the connection again failed" in notice.text
    assert notices.state(holds) not in notice.text, "nothing is claimed of any token"


@pytest.mark.parametrize(
    ("error", "who"), [(errors.OutcomeUnknown(), "Stytch"), (None, "This console's history")], ids=str
)
def test_half_of_starting_again(error: errors.StytchError | None, who: str) -> None:
    given = replace(result(Action.RESTART, Outcome.NOT_DONE, STEADY, STEADY, error), unread=True)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("problem", 502, "No new token was made")
    assert notice.text == (
        f"The lost token was cancelled. {who} could not be reached for the second half, so no new token was asked for. "
        "····urYB is the only token. You can start the rotation when you like."
    )


def test_starting_again_was_refused() -> None:
    given = replace(result(Action.RESTART, Outcome.NOT_DONE, STEADY, STEADY, errors.SessionEnded()), unread=True)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    assert "The lost token was cancelled. Stytch refused the second half, so no new token was made." in notice.text


@each_action
def test_not_yet(action: Action, holds: Connection, done: str) -> None:
    pending = Pending(action, by(), AT, AT + timedelta(seconds=60))
    given = replace(result(action, Outcome.NOT_YET, holds, holds, errors.OutcomeUnknown()), pending=pending)
    notice = notices.notice(given, Seen("urYB"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("unknown", 502, f"Not {done} so far")
    assert f"it was not {done}. {notices.state(holds)}" in notice.text
    assert "The request may still arrive there until 2026-01-23T14:32:00Z; check again then" in notice.text


CANT_BE_TOLD = "whether this was carried out or somebody else changed it can't be told."
CHANGED_ELSEWHERE = "Somebody else may be at work on it, here or in Stytch's dashboard."


@pytest.mark.parametrize("action", Action)
def test_changed_and_the_request_may_still_arrive(action: Action) -> None:
    """It may have been done: nothing says that it was not."""
    sent = Action.START if action is Action.RESTART else action
    pending = Pending(sent, by(), AT, AT + timedelta(seconds=60), found=Outcome.CHANGED)
    given = replace(result(action, Outcome.NOT_YET, OPEN, NEWER, errors.OutcomeUnknown()), pending=pending)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("unknown", 502, "We do not know yet")
    assert f"it has changed: {CANT_BE_TOLD} ····urYB and ····9f3c both work." in notice.text
    looked = notices.of_pending(pending, AT)
    assert f"The connection has changed since: {CANT_BE_TOLD} The request may still arrive until" in looked.text
    for text in (notice.text, looked.text):
        assert "it was not" not in text
        assert "not happened" not in text


def test_changed_before_anything_was_sent() -> None:
    given = Result(Action.COMPLETE, Outcome.CHANGED, NEWER, NEWER, AT, by())
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    assert (notice.kind, notice.status, notice.title) == ("problem", 409, "It has changed since you opened this page")
    assert notice.text == (
        "Nothing was sent to Stytch. You were looking at ····urYB and ····aG-w. "
        f"Now: ····urYB and ····9f3c both work. {CHANGED_ELSEWHERE}"
    )
    notice = notices.notice(Result(Action.START, Outcome.CHANGED, OPEN, OPEN, AT, by()), Seen("urYB"), "Okta")
    assert "You were looking at ····urYB alone." in notice.text


def test_changed_by_somebody_whom_the_history_knows() -> None:
    given = Result(Action.COMPLETE, Outcome.CHANGED, NEWER, NEWER, AT, by())
    last_change = Entry(7, AT, start(by=by("olga")), "0" * 64)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta", last_change)
    assert notice.text.endswith(
        "The last change here that we know of was by olga@acme.example (start rotation, 2026-01-23T14:31:00Z)."
    )
    assert CHANGED_ELSEWHERE not in notice.text


@pytest.mark.parametrize(
    ("error", "why"),
    [(errors.OutcomeUnknown(), "Stytch's answer was lost"), (errors.Refused(), "Stytch refused this")],
    ids=str,
)
def test_changed_meanwhile(error: errors.StytchError, why: str) -> None:
    notice = told(Action.COMPLETE, Outcome.CHANGED, OPEN, connection("zzzz"), error)
    assert (notice.kind, notice.status) == ("problem", 409)
    assert notice.text.startswith(f"{why}, and the connection has changed.")
    assert "····zzzz is the only token." in notice.text
    assert "Nothing was" not in notice.text


@pytest.mark.parametrize("action", [Action.START, Action.RESTART])
def test_lost(action: Action) -> None:
    notice = told(action, Outcome.LOST, STEADY, OPEN, errors.OutcomeUnknown())
    assert (notice.kind, notice.status) == ("problem", 502)
    assert "There is ····aG-w now" in notice.text
    assert "this console has shown it to nobody. ····urYB works as before. Cancel and start again" in notice.text
    assert "unless somebody started this in Stytch's dashboard and has it." in notice.text
    assert "it is done" not in notice.text


@pytest.mark.parametrize("action", Action)
def test_unknown(action: Action) -> None:
    notice = told(action, Outcome.UNKNOWN, OPEN, OPEN, errors.OutcomeUnknown())
    assert (notice.kind, notice.status, notice.title) == ("unknown", 502, "We do not know yet")
    assert "work." not in notice.text, "nothing is claimed of any token"
    assert notice.text.endswith("Check again before you do anything else.")


@pytest.mark.parametrize(
    ("action", "doing"),
    [("start", "starting"), ("complete", "completing"), ("cancel", "cancelling")],
)
def test_pending(action: str, doing: str) -> None:
    under_way = notices.of_pending(Pending(Action(action), by("olga"), AT), AT)
    assert (under_way.kind, under_way.title) == ("unknown", f"olga@acme.example is {doing} this rotation")
    assert "Check again in a moment." in under_way.text
    until = AT + timedelta(seconds=60)
    unread = notices.of_pending(Pending(Action(action), by("olga"), AT, until), AT)
    assert "Whether it has happened is not known, and the request may still arrive" in unread.text
    in_doubt = notices.of_pending(Pending(Action(action), by("olga"), AT, until, found=Outcome.NOT_DONE), AT)
    assert (in_doubt.kind, in_doubt.title) == ("unknown", "We do not know yet")
    assert in_doubt.text.startswith(f"At 2026-01-23T14:31:00Z olga@acme.example was {doing} the rotation")
    assert "It has not happened so far, but the request may still arrive until 2026-01-23T14:32:00Z" in in_doubt.text
    for notice in (under_way, in_doubt):
        assert (notice.at, notice.stopped) == (AT, "")


@pytest.mark.parametrize("until", [None, AT + timedelta(seconds=60)])
def test_busy(until: datetime | None) -> None:
    pending = Pending(Action.COMPLETE, by("olga"), AT, until)
    given = replace(result(Action.CANCEL, Outcome.BUSY, OPEN, OPEN), pending=pending)
    notice = notices.notice(given, Seen("urYB", "aG-w"), "Okta")
    why = notices.of_pending(pending, AT)
    assert (notice.kind, notice.status, notice.title) == ("unknown", 409, why.title)
    assert notice.text == f"Nothing was sent to Stytch. {why.text}"


def later(action: Action, outcome: Outcome, after: Connection, **how: Any) -> notices.Notice:
    """The notice for an outcome that is not told in the action's own answer."""
    before = STEADY if action is Action.START else OPEN
    given = Result(action, outcome, before, after, AT, by("olga"), intent_id="intent-1", **how)
    return notices.notice(given, Seen("????"), "Okta")


def test_a_stopped_token_worked_no_longer_than_until_its_end() -> None:
    over = OPEN.model_copy(update={"bearer_token_expires_at": AT - timedelta(hours=1)})
    result = Result(Action.COMPLETE, Outcome.DONE, over, COMPLETED, AT, by("olga"), intent_id="intent-1")
    notice = notices.notice(result, Seen("urYB"), "Okta")
    assert (notice.stopped_at, notice.worked_until) == (AT, AT - timedelta(hours=1))


REPLAYED = {"replayed": True}
SETTLED = {"settled_later": True, "begun_at": AT - timedelta(minutes=2)}
TOLD_LATER: dict[str, dict[str, Any]] = {"replayed": REPLAYED, "settled later": SETTLED, "after a redirect": {}}
HOW_WE_KNOW = {
    "replayed": "This form was sent before, so nothing was done again. ",
    "settled later": (
        "olga@acme.example asked for it at 2026-01-23T14:29:00Z, and how it ended was not written down. "
        "We have looked now. "
    ),
    "after a redirect": "",
}


@pytest.mark.parametrize("when", TOLD_LATER)
def test_told_later(when: str) -> None:
    how, known = TOLD_LATER[when], HOW_WE_KNOW[when]
    notice = later(Action.COMPLETE, Outcome.DONE, COMPLETED, **how)
    assert (notice.kind, notice.title, notice.stopped) == ("done", "Rotation completed", "urYB")
    assert (notice.by, notice.at) == ("olga@acme.example", AT)
    assert notice.stopped_at == (None if when == "settled later" else AT), "when a look found it, nobody knows when"
    assert notice.text.startswith(f"{known}····aG-w is the only token that works; ····urYB stopped.")
    assert notice.worked_until == AT
    notice = later(Action.CANCEL, Outcome.DONE, STEADY, **how)
    assert notice.text == f"{known}····aG-w stopped working. ····urYB works as before."
    notice = later(Action.START, Outcome.DONE, OPEN, **how)
    assert notice.text.startswith(
        f"{known}····aG-w works beside ····urYB. It could be shown in the first answer alone."
    )
    assert "copy it" not in notice.text
    notice = later(Action.CANCEL, Outcome.NOT_DONE, OPEN, **how)
    assert notice.text == f"{known}Nothing was changed: ····urYB and ····aG-w both work. You can try again."
    notice = later(Action.COMPLETE, Outcome.CHANGED, NEWER, **how)
    assert notice.title == "It has changed meanwhile"
    told = f"W{CANT_BE_TOLD[1:]} "
    assert notice.text.startswith(f"{known}{told}Now: ····urYB and ····9f3c both work.")
    assert "Nothing was sent" not in notice.text, "it was, when it was asked for"


@pytest.mark.parametrize("when", ["replayed", "settled later"])
def test_lost_told_later(when: str) -> None:
    notice = later(Action.START, Outcome.LOST, OPEN, **TOLD_LATER[when])
    assert (notice.kind, notice.title) == ("problem", "A new token was made, but it could not be shown")
    assert notice.text.startswith(f"{HOW_WE_KNOW[when]}There is ····aG-w now")


def test_only_a_look_is_no_failure() -> None:
    """A settled outcome is told on a page that was asked for with GET; a form that did nothing is a conflict."""
    for outcome, after in ((Outcome.NOT_DONE, STEADY), (Outcome.LOST, OPEN)):
        assert later(Action.START, outcome, after, **SETTLED).status == 200
    assert later(Action.START, Outcome.NOT_DONE, STEADY, **REPLAYED).status == 409


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.LOST, Outcome.NOT_DONE])
def test_replayed_after_it_changed_again(action: Action, outcome: Outcome) -> None:
    """What came of it then is told with its time, and what holds is what holds now."""
    notice = later(action, outcome, connection("zzzz"), replayed=True, since_changed=True)
    assert "That was at 2026-01-23T14:31:00Z. Now: ····zzzz is the only token." in notice.text
    for gone in ("urYB", "aG-w", "···· ", "works beside"):
        assert gone not in notice.text


def test_replayed_while_another_change_is_in_doubt() -> None:
    pending = Pending(Action.COMPLETE, by("vic"), AT, AT + timedelta(seconds=60), found=Outcome.NOT_DONE)
    notice = later(Action.START, Outcome.DONE, OPEN, replayed=True, since_changed=True, pending=pending)
    assert notice.title == "Rotation started"
    assert f"That was at 2026-01-23T14:31:00Z. {notices.of_pending(pending, AT).text}" in notice.text


STORED = {
    ("complete", "done"): "The rotation was completed at 2026-01-23T14:31:00Z.",
    ("cancel", "done"): "The rotation was cancelled at 2026-01-23T14:31:00Z.",
    ("start", "done"): "The rotation was started at 2026-01-23T14:31:00Z.",
    ("start", "lost"): "A new token was made, as was known at 2026-01-23T14:31:00Z, but it could not be shown.",
    ("complete", "not_done"): "The rotation was not completed, as was known at 2026-01-23T14:31:00Z.",
    ("cancel", "changed"): f"At 2026-01-23T14:31:00Z the connection had changed: {CANT_BE_TOLD}",
    ("cancel", "unknown"): "Whether the rotation was cancelled was never found out.",
}


@pytest.mark.parametrize(("action", "outcome"), STORED)
def test_sent_before_and_what_holds_now_can_t_be_read(action: str, outcome: str) -> None:
    notice = notices.of_sent_before((intent(action=action, outcome=outcome, settled_at=AT),), AT)
    title = STORED[action, outcome].partition(" at ")[0] if outcome == "done" else "This was sent before"
    assert (notice.kind, notice.status, notice.title) == ("unknown", 502, title)
    now = "What holds now could not be read: look again in a moment."
    assert notice.text == f"Nothing was done again. {STORED[action, outcome]} {now}"
    assert "Nothing was changed" not in notice.text


def test_sent_before_and_nothing_is_known() -> None:
    cancelled = intent(action="cancel", outcome="done", settled_at=AT)
    notice = notices.of_sent_before((cancelled, intent("intent-2", action="start")), AT)
    assert notice.title == "This was sent before"
    assert f"{STORED['cancel', 'done']} Whether the rotation was started is not known yet." in notice.text


def test_completed_and_another_rotation_begun() -> None:
    """What holds now is told, not what the completion left behind."""
    notice = told(Action.COMPLETE, Outcome.DONE, OPEN, connection("aG-w", "9f3c"), errors.OutcomeUnknown())
    assert (notice.title, notice.stopped) == ("Rotation completed", "urYB")
    assert "Now: ····aG-w and ····9f3c both work." in notice.text
    assert "only token" not in notice.text


def test_a_token_whose_time_is_over_is_not_said_to_work() -> None:
    over = {"bearer_token_expires_at": AT}
    assert notices.state(STEADY.model_copy(update=over)) == "The time of ····urYB is over. No other is there."
    assert notices.state(OPEN.model_copy(update=over)) == "The time of ····urYB is over. ····aG-w works."


def test_a_new_token_that_was_refused_is_not_said_to_work() -> None:
    over = OPEN.model_copy(update={"bearer_token_expires_at": AT})
    did_not = "Stytch did not accept ····aG-w when it was tried."
    assert notices.state(OPEN, refused=True) == f"····urYB works. {did_not}"
    assert notices.state(over, refused=True) == f"The time of ····urYB is over. {did_not}"


def test_pending_and_not_read() -> None:
    notice = notices.of_unread(Pending(Action.COMPLETE, by("olga"), AT), AT)
    assert (notice.kind, notice.title) == ("unknown", "We still do not know")
    assert notice.text.startswith("At 2026-01-23T14:31:00Z olga@acme.example was completing the rotation")
    assert "which token works can't be told" in notice.text


def test_a_cancelled_token_is_no_stopped_one_if_it_is_there_again() -> None:
    twin = connection("aG-w")
    assert told(Action.CANCEL, Outcome.DONE, OPEN, twin).stopped == ""
