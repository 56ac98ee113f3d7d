"""Intents: one change at a time for each connection, and none is forgotten, whatever becomes of its process."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.history.samples import ACME, BOTH, CONNECTION, GLOBEX, NEW, NOON, OLD, by, complete, intent, start
from tests.history.writers import process, run_two, say
from webapp.history import log
from webapp.history.database import Database, events
from webapp.history.intents import AlreadyBegun, Busy, Intents

LATER = NOON + timedelta(seconds=8)


def recorded(database: Database) -> list[log.Entry]:
    with database.read() as connection:
        return [log.entry(row) for row in connection.execute(sa.select(events)).mappings()]


def test_from_begin_to_settled(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    assert intents.unsettled(ACME) == [intent()]
    intents.sending("intent-1", OLD, NOON)
    assert intents.unsettled(ACME) == [intent(before=OLD)]
    assert intents.settle("intent-1", start(), "done", BOTH, LATER)
    assert intents.unsettled(ACME) == []
    settled = intents.get("intent-1")
    assert settled
    assert (settled.outcome, settled.found, settled.settled_at) == ("done", BOTH, LATER)
    assert settled.request_ids == ("request-id-test-start",)
    assert [entry.event for entry in recorded(database)] == [start()]


def test_the_same_intent_begun_twice_is_told_what_became_of_the_first(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    intents.settle("intent-1", start(), "done", BOTH, LATER)
    with pytest.raises(AlreadyBegun) as again:
        intents.begin(intent())
    assert again.value.intent.outcome == "done"


def test_the_id_of_another_organization_s_intent_tells_nothing(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    with pytest.raises(Busy):
        intents.begin(intent(by=by("gil", GLOBEX), connection_id="scim-connection-test-2"))


def test_one_at_a_time_for_each_connection(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent("intent-1"))
    with pytest.raises(Busy):
        intents.begin(intent("intent-2", action="cancel"))
    intents.begin(intent("intent-3", connection_id="scim-connection-test-2"))
    intents.settle("intent-1", None, "not_done", None, LATER)
    intents.begin(intent("intent-2"))
    assert {each.id for each in intents.unsettled(ACME)} == {"intent-2", "intent-3"}


def test_an_outcome_not_known_keeps_the_connection_locked(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent(action="complete"))
    intents.sending("intent-1", BOTH, NOON)
    doubt = complete(outcome="unknown", found=None)
    intents.unknown("intent-1", doubt, LATER, may_still_arrive=True)
    (open_intent,) = intents.unsettled(ACME)
    assert (open_intent.answered_at, open_intent.may_still_arrive) == (LATER, True)
    with pytest.raises(Busy):
        intents.begin(intent("intent-2"))
    assert intents.settle("intent-1", complete(settled_later=True), "done", NEW, LATER)
    assert [entry.event.outcome for entry in recorded(database)] == ["unknown", "done"]
    intents.begin(intent("intent-2"))


def test_settled_once(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    intents.sending("intent-1", OLD, NOON)
    assert intents.settle("intent-1", start(), "done", BOTH, LATER)
    assert not intents.settle("intent-1", start(outcome="not_done"), "not_done", OLD, LATER)
    intents.unknown("intent-1", start(outcome="done"), LATER, may_still_arrive=True)
    settled = intents.get("intent-1")
    assert settled
    assert (settled.outcome, settled.answered_at) == ("done", None)


def test_withdrawn_until_stytch_may_have_been_told(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    intents.withdraw(intent())
    assert intents.unsettled(ACME) == []
    intents.begin(intent())
    intents.sending("intent-1", OLD, NOON)
    intents.withdraw(intent())
    assert [each.id for each in intents.unsettled(ACME)] == ["intent-1"]


def test_another_organization_s_intent_is_not_withdrawn(database: Database) -> None:
    """The id comes from a form, and may be anybody's."""
    intents = Intents(database)
    intents.begin(intent())
    intents.withdraw(intent(by=by("gil", GLOBEX), connection_id="scim-connection-test-2"))
    assert intents.unsettled(ACME) == [intent()]


@pytest.mark.parametrize("gone_on", ["sent", "answered"])
def test_what_has_gone_on_is_not_settled_as_it_was_judged(database: Database, gone_on: str) -> None:
    intents = Intents(database)
    intents.begin(intent(action="complete"))
    if gone_on == "answered":
        intents.sending("intent-1", BOTH, NOON)
    (judged,) = intents.unsettled(ACME)
    if gone_on == "sent":
        intents.sending("intent-1", BOTH, NOON)
    else:
        intents.unknown("intent-1", complete(outcome="unknown", found=None), LATER, may_still_arrive=True)
    assert not intents.settle("intent-1", None, "not_done", None, LATER, judged=judged)
    (anew,) = intents.unsettled(ACME)
    assert intents.settle("intent-1", complete(), "done", NEW, LATER, judged=anew)
    assert intents.unsettled(ACME) == []


def test_what_was_settled_meanwhile_is_not_sent(database: Database) -> None:
    """A request that took longer than its lease: somebody's look has settled it as never sent."""
    intents = Intents(database)
    intents.begin(intent())
    intents.settle("intent-1", None, "not_done", None, LATER)
    assert not intents.sending("intent-1", OLD, LATER)
    settled = intents.get("intent-1")
    assert settled
    assert (settled.before, settled.begun_at) == (None, NOON)


def test_the_lease_counts_from_the_sending(database: Database) -> None:
    intents = Intents(database)
    intents.begin(intent())
    assert intents.sending("intent-1", OLD, LATER)
    assert intents.unsettled(ACME) == [intent(before=OLD, begun_at=LATER)]


def test_of_two_processes_one_begins(database: Database, database_url: str) -> None:
    assert run_two("begin", database_url) == ["begun", "busy"]
    assert len(Intents(database).unsettled(ACME)) == 1


def test_a_double_click_that_reaches_two_processes(database: Database, database_url: str) -> None:
    assert run_two("begin_same", database_url) == ["already begun", "begun"]
    assert len(Intents(database).unsettled(ACME)) == 1


def test_what_a_killed_process_was_about_to_do_is_known(database: Database, database_url: str) -> None:
    with process("hold", database_url) as killed:
        say(killed)
        assert killed.stdout
        assert killed.stdout.readline() == "sent\n"
        killed.kill()
        assert killed.wait(10) == -9
    intents = Intents(database)
    assert intents.unsettled(ACME) == [intent(action="complete", before=BOTH)]
    with pytest.raises(Busy):
        intents.begin(intent("intent-2", connection_id=CONNECTION))
    assert intents.settle("intent-1", complete(settled_later=True), "done", NEW, LATER)
    intents.begin(intent("intent-2"))
