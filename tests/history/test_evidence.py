"""The evidence sheet: which events make one rotation, and what they prove."""

from datetime import timedelta

from tests.history.samples import (
    ACME,
    BOTH,
    CONNECTION,
    GLOBEX,
    NEW,
    NOON,
    OLD,
    by,
    cancel,
    complete,
    record,
    sign_in,
    start,
)
from webapp.history import evidence
from webapp.history.database import Database
from webapp.history.events import TokenLeak, Tokens
from webapp.history.evidence import Rotation, Token

MINUTES = timedelta(minutes=29)


def sheet(database: Database, sequence: int) -> Rotation:
    found = evidence.find(database, ACME, sequence)
    assert found
    return found


def rows(rotation: Rotation) -> list[int]:
    return [entry.sequence for entry in rotation.entries]


def test_a_rotation_started_and_completed_here(database: Database) -> None:
    record(database, start(), complete(by=by("olga")), sign_in(), apart=MINUTES)
    found = sheet(database, 2)
    assert found == sheet(database, 1)
    assert (found.old, found.new) == (Token("urYB", OLD.current_ends), Token("aG-w", BOTH.next_ends))
    assert found.started
    assert found.ended
    assert (found.started.event.by.email, found.ended.event.by.email) == ("ada@acme.example", "olga@acme.example")
    assert found.completed
    assert found.together == MINUTES
    assert not found.approximate
    assert found.request_ids == ("request-id-test-start", "request-id-test-complete")
    assert rows(found) == [1, 2]


def test_a_rotation_that_was_cancelled(database: Database) -> None:
    record(database, start(), cancel(), apart=MINUTES)
    found = sheet(database, 1)
    assert found.ended
    assert not found.completed
    assert found.together == MINUTES


def test_a_rotation_started_elsewhere(database: Database) -> None:
    record(database, complete())
    found = sheet(database, 1)
    assert found.started is None
    assert found.completed
    assert found.together is None


def test_a_rotation_still_open_here(database: Database) -> None:
    record(database, start())
    found = sheet(database, 1)
    assert found.ended is None
    assert found.together is None


def test_one_rotation_after_another(database: Database) -> None:
    third = Tokens(current="aG-w", current_ends=NEW.current_ends, next="k1Zz", next_ends="2031-12-01T00:00:00Z")
    record(
        database,
        start(),
        complete(),
        start(intent_id="start-2", expected=NEW, found=third),
        cancel(intent_id="cancel-2", expected=third, found=NEW),
    )
    assert rows(sheet(database, 2)) == [1, 2]
    assert rows(sheet(database, 3)) == [3, 4]
    assert sheet(database, 4).old.last_four == "aG-w"


def test_equal_last_fours_with_other_ends_are_other_tokens(database: Database) -> None:
    earlier = BOTH.model_copy(update={"next_ends": "2031-01-01T00:00:00Z"})
    record(database, start(intent_id="start-0", found=earlier), cancel(intent_id="c", expected=earlier))
    record(database, start(), complete())
    assert rows(sheet(database, 4)) == [3, 4]
    assert rows(sheet(database, 1)) == [1, 2]


def test_an_outcome_learnt_later_belongs_to_its_rotation(database: Database) -> None:
    doubt = start(outcome="unknown", found=None)
    record(database, doubt, start(outcome="lost", settled_later=True), cancel(), apart=MINUTES)
    for sequence in (1, 2, 3):
        assert rows(sheet(database, sequence)) == [1, 2, 3]
    found = sheet(database, 1)
    assert found.started
    assert found.started.sequence == 2
    assert found.approximate


def test_refusals_on_the_way_are_on_the_sheet_but_end_nothing(database: Database) -> None:
    record(database, start(), complete(outcome="changed", found=BOTH), complete(outcome="not_done"), complete())
    found = sheet(database, 1)
    assert rows(found) == [1, 2, 3, 4]
    assert found.ended
    assert found.ended.sequence == 4


def test_a_start_that_made_no_token(database: Database) -> None:
    record(database, start(outcome="not_done", found=OLD), start(intent_id="start-2"))
    found = sheet(database, 1)
    assert (found.new, found.started, rows(found)) == (None, None, [1])


def test_cancel_and_start_again_are_two_rotations_of_one_intent(database: Database) -> None:
    again = BOTH.model_copy(update={"next": "k1Zz"})
    record(database, start(), cancel(intent_id="again"), start(intent_id="again", found=again))
    assert rows(sheet(database, 2)) == [1, 2]
    assert rows(sheet(database, 3)) == [3]


def test_what_is_no_rotation_of_the_organization_has_no_sheet(database: Database) -> None:
    record(database, sign_in(), start(by=by("gil", GLOBEX)), at=NOON)
    assert evidence.find(database, ACME, 1) is None
    assert evidence.find(database, ACME, 2) is None
    assert evidence.find(database, GLOBEX, 1)


def test_another_connection_s_rotation_is_another(database: Database) -> None:
    record(database, start(connection_id="scim-connection-test-2"), complete())
    assert rows(sheet(database, 2)) == [2]


def test_however_many_presses_were_refused_in_between(database: Database) -> None:
    refused = start(by=by("vic"), outcome="refused", intent_id="vic", found=None)
    busy = complete(by=by("olga"), outcome="busy", found=BOTH)
    record(database, start(), *[refused] * 510, busy)
    record(database, complete(by=by("olga")), at=NOON + timedelta(days=1))
    for sequence in (1, 512, 513):
        found = sheet(database, sequence)
        assert found.started
        assert found.ended
        assert (found.started.sequence, found.ended.sequence) == (1, 513)
        assert rows(found) == [1, 512, 513]
        assert found.together == timedelta(days=1)


def test_the_outcome_learnt_later_is_found_behind_any_number_of_presses(database: Database) -> None:
    busy = start(by=by("olga"), outcome="busy", intent_id="busy", found=OLD)
    record(database, start(outcome="not_yet", found=OLD), *[busy] * 510, start(outcome="lost", settled_later=True))
    for sequence in (1, 512):
        assert rows(sheet(database, sequence)) == [1, 512]
    record(database, *[busy] * 510, complete())
    assert rows(sheet(database, 1)) == [1, 512, 1023]


def test_a_press_on_a_page_that_was_out_of_date(database: Database) -> None:
    """It belongs to the rotation that its page showed, though that is long over and was started elsewhere."""
    third = NEW.model_copy(update={"next": "k1Zz", "next_ends": "2031-12-01T00:00:00Z"})
    stale = complete(outcome="changed", intent_id="stale", expected=Tokens(current="urYB", next="aG-w"), found=third)
    record(database, complete(), start(intent_id="start-2", expected=NEW, found=third), stale)
    found = sheet(database, 3)
    assert (found.started, found.ended and found.ended.sequence, rows(found)) == (None, 1, [1, 3])
    assert rows(sheet(database, 2)) == [2]


def test_a_rotation_that_was_ended_elsewhere(database: Database) -> None:
    """The next one's end is none of it."""
    again = OLD.model_copy(update={"next": "k1Zz", "next_ends": "2031-12-01T00:00:00Z"})
    record(database, start(), start(intent_id="start-2", found=again), cancel(expected=again))
    assert (sheet(database, 1).ended, rows(sheet(database, 1))) == (None, [1])
    assert rows(sheet(database, 3)) == [2, 3]


def test_a_leaked_token_worked_no_longer_than_its_time(database: Database) -> None:
    leak = TokenLeak(by=by(), outcome="reported", connection_id=CONNECTION, tokens=("urYB",))
    ends = (NOON + timedelta(minutes=40)).isoformat()
    old, both = (each.model_copy(update={"current_ends": ends}) for each in (OLD, BOTH))
    record(database, leak, start(expected=old, found=both), complete(expected=both), apart=MINUTES)
    assert sheet(database, 2).leaked_for == timedelta(minutes=40)
