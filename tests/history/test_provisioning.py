"""The last event of each connection: the newest one, however late it is told, and proof only of what came after."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.history.samples import ACME, CONNECTION, GLOBEX, NEW, NOON, cancel, complete, record, start
from webapp.history import evidence, log, provisioning, query
from webapp.history.database import Database
from webapp.history.events import IDENTITY_PROVIDER, ProvisioningSeen
from webapp.history.provisioning import KEPT, Last, Rhythm, ScimEvent

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


def tell(
    database: Database,
    at: timedelta,
    kind: str = "member.update",
    *,
    arrived: timedelta | None = None,
    connection_id: str = CONNECTION,
    delivery_id: str = "",
) -> str:
    """An event that was so long after noon, and told at once unless it says when."""
    event = ScimEvent(ACME, connection_id, kind, NOON + at)
    arrived_at = NOON + (at if arrived is None else arrived)
    return provisioning.record(database, delivery_id or f"{at} {kind} {connection_id}", event, arrived_at)


def last(database: Database) -> Last:
    found = provisioning.last(database, ACME, CONNECTION)
    assert found
    return found


def proof(database: Database) -> ProvisioningSeen | None:
    change = provisioning.last_change(database, ACME, CONNECTION)
    assert change
    entry = provisioning.proof(database, ACME, CONNECTION, change.sequence)
    assert entry is None or isinstance(entry.event, ProvisioningSeen)
    return entry.event if entry else None  # type: ignore[return-value]


def test_the_newest_counts_in_whichever_order_they_come(database: Database) -> None:
    for minutes, kind in ((5, "member.create"), (9, "idp_group.update"), (2, "member.update")):
        assert tell(database, minutes * MINUTE, kind, arrived=HOUR) == "recorded"
    assert (last(database).at, last(database).kind) == (NOON + 9 * MINUTE, "idp_group.update")


def test_each_connection_by_itself_and_each_organization(database: Database) -> None:
    tell(database, MINUTE)
    tell(database, HOUR, connection_id="scim-connection-test-2")
    assert last(database).at == NOON + MINUTE
    assert provisioning.last(database, GLOBEX, CONNECTION) is None
    assert provisioning.newest(database) == NOON + HOUR


def test_none_is_newer_than_when_it_was_told(database: Database) -> None:
    tell(database, HOUR, arrived=MINUTE)
    assert last(database).at == NOON + MINUTE


def test_a_delivery_counts_once_until_svix_gives_up(database: Database) -> None:
    assert tell(database, MINUTE, delivery_id="msg_1") == "recorded"
    assert tell(database, MINUTE, arrived=KEPT, delivery_id="msg_1") == "repeated"
    assert tell(database, MINUTE, arrived=KEPT + 2 * MINUTE, delivery_id="msg_2") == "recorded"
    assert tell(database, MINUTE, arrived=KEPT + 2 * MINUTE, delivery_id="msg_1") == "recorded"


def test_deliveries_at_once_are_each_counted_once(database: Database) -> None:
    def deliver(number: int) -> str:
        return tell(database, number // 2 * MINUTE, arrived=HOUR, delivery_id=f"msg_{number // 2}")

    record(database, start(), complete(), at=NOON - HOUR)
    with ThreadPoolExecutor(8) as threads:
        assert sorted(threads.map(deliver, range(16))) == ["recorded"] * 8 + ["repeated"] * 8
    assert last(database).at == NOON + 7 * MINUTE
    assert len(list(query.every(database, query.Filters(ACME, type=ProvisioningSeen.type)))) == 1


def test_a_rhythm_of_runs_not_of_events(database: Database) -> None:
    for cycle in range(5):
        for event in range(3):
            tell(database, cycle * 40 * MINUTE + event * SECOND)
    assert last(database).rhythm is None  # too few to tell
    tell(database, 200 * MINUTE + HOUR)
    assert last(database).rhythm == Rhythm(usual=40 * MINUTE, longest=100 * MINUTE)


def test_a_run_that_takes_long_is_one(database: Database) -> None:
    for cycle in range(6):
        for minutes in range(20):
            tell(database, cycle * HOUR + minutes * MINUTE)
    assert last(database).rhythm == Rhythm(usual=HOUR, longest=HOUR)


def test_a_rhythm_of_late(database: Database) -> None:
    for cycle in range(100):
        tell(database, cycle * HOUR)
    for cycle in range(20):
        tell(database, 100 * HOUR + cycle * 10 * MINUTE)
    assert last(database).rhythm == Rhythm(usual=10 * MINUTE, longest=10 * MINUTE)


@pytest.mark.parametrize("change", [complete, cancel])
def test_the_first_event_after_one_token_was_left_is_written_down(database: Database, change: object) -> None:
    record(database, start(), at=NOON - HOUR)
    record(database, change(), at=NOON)  # type: ignore[operator]
    tell(database, -MINUTE, arrived=MINUTE)
    tell(database, 10 * SECOND)
    assert proof(database) is None
    tell(database, 2 * MINUTE, "member.create")
    tell(database, 3 * MINUTE)
    seen = proof(database)
    assert seen
    assert (seen.kind, seen.by.email, seen.change) == ("member.create", IDENTITY_PROVIDER, 2)
    assert seen.happened_at == "2026-11-24T12:02:00.000000Z"
    assert len(list(query.every(database, query.Filters(ACME, type=ProvisioningSeen.type)))) == 1
    assert log.verify(database).broken == ()


def test_while_both_tokens_work_nothing_is_proof(database: Database) -> None:
    record(database, complete(), at=NOON - HOUR)
    record(database, start(), at=NOON)
    tell(database, HOUR)
    assert provisioning.last_change(database, ACME, CONNECTION) is None
    assert not list(query.every(database, query.Filters(ACME, type=ProvisioningSeen.type)))


def test_what_was_not_done_left_no_token_alone(database: Database) -> None:
    record(database, start(), complete(outcome="not_done"), complete(outcome="unknown"), at=NOON)
    assert provisioning.last_change(database, ACME, CONNECTION) is None


def test_a_clock_that_is_behind_makes_no_proof_of_what_came_before(database: Database) -> None:
    """The change was at noon by Stytch's clock, and at one minute to by this machine's."""
    record(database, start(), at=NOON - HOUR)
    record(database, complete(), at=NOON - MINUTE)
    tell(database, -SECOND, arrived=-MINUTE)
    assert proof(database) is None


def test_each_change_has_its_own_proof(database: Database) -> None:
    record(database, start(), complete(), at=NOON)
    tell(database, HOUR)
    record(database, start(), complete(), at=NOON + 2 * HOUR)
    assert proof(database) is None
    tell(database, HOUR + MINUTE, arrived=3 * HOUR)
    assert proof(database) is None
    tell(database, 4 * HOUR)
    assert proof(database)


def test_the_evidence_sheet_names_the_first_event_after_its_rotation(database: Database) -> None:
    record(database, start(), complete(), at=NOON)
    without = evidence.find(database, ACME, 1)
    assert without
    assert without.provisioned is None
    tell(database, HOUR, "member.create")
    tell(database, 2 * HOUR)
    both = NEW.model_copy(update={"next": "XXXX"})
    record(database, start(expected=NEW, found=both, intent_id="start-2"), at=NOON + 3 * HOUR)
    for sequence in (1, 2):
        found = evidence.find(database, ACME, sequence)
        assert found
        assert found.provisioned
        assert isinstance(found.provisioned.event, ProvisioningSeen)
        assert (found.provisioned.event.kind, found.provisioned.event.at) == ("member.create", NOON + HOUR)
        assert [entry.sequence for entry in found.entries] == [1, 2, 3]
    later = evidence.find(database, ACME, 4)
    assert later
    assert later.provisioned is None
