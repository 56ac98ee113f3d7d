"""What a read, or Stytch's own answer, shows of an action."""

from datetime import UTC, datetime, timedelta

import pytest

from webapp.history.events import Tokens
from webapp.rotation import Action, Outcome, Seen, Subject, seen
from webapp.rotation.outcome import alike, answers, created, found, restored, tokens
from webapp.stytch.models import Connection

ENDS, NEXT_ENDS, OTHER_ENDS = "2027-12-29T09:15:00+00:00", "2031-11-23T14:02:00+00:00", "2032-01-01T00:00:00+00:00"
OLD = Tokens(current="urYB", current_ends=ENDS)
BOTH = Tokens(current="urYB", current_ends=ENDS, next="aG-w", next_ends=NEXT_ENDS)
NEW = Tokens(current="aG-w", current_ends=NEXT_ENDS)
FOREIGN = Tokens(current="zzzz", current_ends=OTHER_ENDS)
LOOK_ALIKE = Tokens(current="aG-w", current_ends=OTHER_ENDS)
EARLIER = Tokens(current="aG-w", current_ends="2031-11-23T14:01:59+00:00")


def connection(current: str = "urYB", pending: str = "") -> Connection:
    return Connection(
        organization_id="organization-1",
        connection_id="connection-1",
        status="active",
        base_url="https://test.stytch.com/v1/b2b/scim/connection-1",
        bearer_token_last_four=current,
        next_bearer_token_last_four=pending,
    )


@pytest.mark.parametrize(
    ("action", "before", "after", "outcome"),
    [
        (Action.START, OLD, OLD, Outcome.NOT_DONE),
        (Action.START, OLD, BOTH, Outcome.LOST),
        (Action.START, OLD, FOREIGN, Outcome.CHANGED),
        (Action.START, OLD, FOREIGN.model_copy(update={"next": "aG-w"}), Outcome.CHANGED),
        (Action.START, OLD, OLD.model_copy(update={"current_ends": OTHER_ENDS}), Outcome.CHANGED),
        (Action.COMPLETE, BOTH, BOTH, Outcome.NOT_DONE),
        (Action.COMPLETE, BOTH, NEW, Outcome.DONE),
        (Action.COMPLETE, BOTH, OLD, Outcome.CHANGED),
        (Action.COMPLETE, BOTH, FOREIGN, Outcome.CHANGED),
        (Action.COMPLETE, BOTH, EARLIER, Outcome.CHANGED),
        (Action.COMPLETE, BOTH, LOOK_ALIKE.model_copy(update={"next": "9f3c"}), Outcome.CHANGED),
        (Action.COMPLETE, BOTH, NEW.model_copy(update={"next": "9f3c"}), Outcome.DONE),
        (Action.COMPLETE, BOTH, BOTH.model_copy(update={"next_ends": OTHER_ENDS}), Outcome.CHANGED),
        (Action.CANCEL, BOTH, BOTH, Outcome.NOT_DONE),
        (Action.CANCEL, BOTH, OLD, Outcome.DONE),
        (Action.CANCEL, BOTH, NEW, Outcome.CHANGED),
        (Action.CANCEL, BOTH, OLD.model_copy(update={"current_ends": OTHER_ENDS}), Outcome.CHANGED),
        (Action.CANCEL, BOTH, BOTH.model_copy(update={"next": "9f3c"}), Outcome.CHANGED),
        (Action.CANCEL, BOTH, BOTH.model_copy(update={"next_ends": OTHER_ENDS}), Outcome.CHANGED),
    ],
)
def test_found(action: Action, before: Tokens, after: Tokens, outcome: Outcome) -> None:
    assert found(action, before, after) is outcome
    after_refusal = Outcome.NOT_DONE if outcome is Outcome.NOT_DONE else Outcome.CHANGED
    assert found(action, before, after, refused=True) is after_refusal, "what Stytch refused, somebody else did"


def test_tokens_that_never_end_are_told_apart_by_their_last_four_alone() -> None:
    endless = Tokens(current="urYB", next="aG-w")
    assert found(Action.COMPLETE, endless, Tokens(current="aG-w")) is Outcome.DONE
    assert found(Action.COMPLETE, endless, Tokens(current="urYB")) is Outcome.CHANGED
    assert found(Action.CANCEL, endless, Tokens(current="urYB")) is Outcome.DONE


@pytest.mark.parametrize(
    ("open_for", "moved_by", "outcome"),
    [
        (timedelta(days=3), timedelta(days=3), Outcome.DONE),
        (timedelta(days=3), timedelta(days=3, seconds=90), Outcome.DONE),
        (timedelta(days=3), timedelta(days=3, seconds=-90), Outcome.DONE),
        (timedelta(days=3), timedelta(days=3, seconds=91), Outcome.CHANGED),
        (timedelta(days=3), timedelta(days=2), Outcome.CHANGED),
        (timedelta(seconds=20), timedelta(seconds=-1), Outcome.DONE),
        (timedelta(days=3), timedelta(0), Outcome.DONE),
        (None, timedelta(days=39), Outcome.DONE),
        (None, timedelta(seconds=-1), Outcome.CHANGED),
    ],
)
def test_completing_may_renew_the_end(open_for: timedelta | None, moved_by: timedelta, outcome: Outcome) -> None:
    """By as long as the rotation was open; another token of the same last four mostly ends at another time."""
    ends = datetime.fromisoformat(NEXT_ENDS) + moved_by
    after = Tokens(current="aG-w", current_ends=ends.isoformat())
    assert found(Action.COMPLETE, BOTH, after, renewal=open_for) is outcome


def test_a_rotation_to_a_token_of_the_same_last_four() -> None:
    """Whether it is completed is told by the end alone, as long as there is one."""
    twins = Tokens(current="aG-w", current_ends=ENDS, next="aG-w", next_ends=NEXT_ENDS)
    assert found(Action.COMPLETE, twins, NEW) is Outcome.DONE
    assert found(Action.COMPLETE, twins, Tokens(current="aG-w", current_ends=ENDS)) is Outcome.CHANGED
    older = twins.model_copy(update={"current_ends": NEXT_ENDS, "next_ends": ENDS})
    assert found(Action.COMPLETE, older, Tokens(current="aG-w", current_ends=NEXT_ENDS)) is Outcome.CHANGED
    assert found(Action.CANCEL, twins, Tokens(current="aG-w", current_ends=ENDS)) is Outcome.DONE


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (BOTH, BOTH, True),
        (BOTH, BOTH.model_copy(update={"current_ends": None}), True),
        (BOTH, BOTH.model_copy(update={"next_ends": None}), True),
        (BOTH, BOTH.model_copy(update={"next_ends": OTHER_ENDS}), False),
        (BOTH, BOTH.model_copy(update={"current_ends": OTHER_ENDS}), False),
        (BOTH, BOTH.model_copy(update={"next": "9f3c", "next_ends": None}), False),
        (BOTH, OLD, False),
        (NEW, LOOK_ALIKE, False),
    ],
)
def test_an_end_that_stytch_left_out_tells_nothing(one: Tokens, other: Tokens, same: bool) -> None:
    assert alike(one, other) is alike(other, one) is same


@pytest.mark.parametrize(
    ("action", "before", "answer", "shows_it"),
    [
        (Action.START, Seen("urYB"), connection("urYB", "aG-w"), True),
        (Action.START, Seen("urYB"), connection("urYB"), False),
        (Action.START, Seen("urYB"), connection("zzzz", "aG-w"), False),
        (Action.COMPLETE, Seen("urYB", "aG-w"), connection("aG-w"), True),
        (Action.COMPLETE, Seen("urYB", "aG-w"), connection("urYB"), False),
        (Action.COMPLETE, Seen("urYB", "aG-w"), connection("zzzz"), False),
        (Action.COMPLETE, Seen("urYB", "aG-w"), connection("urYB", "aG-w"), False),
        (Action.COMPLETE, Seen("urYB", "aG-w"), connection("aG-w", "9f3c"), False),
        (Action.CANCEL, Seen("urYB", "aG-w"), connection("urYB"), True),
        (Action.CANCEL, Seen("urYB", "aG-w"), connection("aG-w"), False),
        (Action.CANCEL, Seen("urYB", "aG-w"), connection("urYB", "aG-w"), False),
        (Action.CANCEL, Seen("urYB", "aG-w"), connection("urYB", "9f3c"), False),
    ],
)
def test_answers(action: Action, before: Seen, answer: Connection, shows_it: bool) -> None:
    assert answers(action, before, answer) is shows_it


def named(its_id: str, name: str = "Globex Okta", provider: str = "okta") -> Connection:
    return connection().model_copy(
        update={"connection_id": its_id, "display_name": name, "identity_provider": provider}
    )


@pytest.mark.parametrize(
    ("there", "outcome", "refused", "its_id"),
    [
        ([], Outcome.NOT_DONE, Outcome.NOT_DONE, None),
        ([named("old")], Outcome.NOT_DONE, Outcome.NOT_DONE, None),
        ([named("old"), named("new")], Outcome.LOST, Outcome.CHANGED, "new"),
        ([named("old"), named("new", "Another")], Outcome.CHANGED, Outcome.CHANGED, "new"),
        ([named("old"), named("new", provider="generic")], Outcome.CHANGED, Outcome.CHANGED, "new"),
        ([named("one", "Another"), named("other", "Another")], Outcome.CHANGED, Outcome.CHANGED, "other"),
        ([named("one", "Another"), named("new")], Outcome.LOST, Outcome.CHANGED, "new"),
    ],
)
def test_created(there: list[Connection], outcome: Outcome, refused: Outcome, its_id: str | None) -> None:
    """A new one of that name is taken for it; after a refusal any that is new is somebody else's."""
    subject = Subject(display_name="Globex Okta", identity_provider="okta", others=("old",))
    for was_refused, expected in ((False, outcome), (True, refused)):
        what, which = created(subject, there, refused=was_refused)
        assert (what, which and which.connection_id) == (expected, its_id)


@pytest.mark.parametrize("was", [OLD, BOTH, NEW, FOREIGN, Tokens(current="urYB"), Tokens(current="urYB", next="aG-w")])
def test_restored_is_what_was(was: Tokens) -> None:
    now = connection("9f3c", "wxyz")
    again = restored(now, was)
    assert tokens(again) == was
    assert (again.base_url, again.connection_id) == (now.base_url, now.connection_id)
    assert seen(now) == Seen("9f3c", "wxyz"), "the connection itself stays as it is"


def test_tokens_hold_last_four_and_end() -> None:
    ends = datetime(2031, 11, 23, 14, 2, tzinfo=UTC)
    open_now = connection("urYB", "aG-w").model_copy(update={"next_bearer_token_expires_at": ends})
    assert tokens(open_now) == Tokens(current="urYB", next="aG-w", next_ends=NEXT_ENDS)
    assert seen(open_now) == Seen("urYB", "aG-w")


def test_what_is_settled() -> None:
    unsettled = {Outcome.NOT_YET, Outcome.UNKNOWN, Outcome.BUSY}
    assert {outcome for outcome in Outcome if not outcome.settled} == unsettled
