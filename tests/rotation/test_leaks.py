"""What was reported as leaked, and whether it works still, beside the tokens that hold now."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from tests.rotation.conftest import Admin, Enter
from webapp.history.database import Database, events
from webapp.history.events import TokenLeak
from webapp.rotation import leaks
from webapp.rotation.leaks import Leak
from webapp.stytch.models import Connection

NOW = datetime(2027, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def connection(current: str = "urYB", pending: str = "", its_id: str = "connection-1") -> Connection:
    return Connection(
        organization_id="organization-1",
        connection_id=its_id,
        status="active",
        base_url=f"https://test.stytch.com/v1/b2b/scim/{its_id}",
        bearer_token_last_four=current,
        next_bearer_token_last_four=pending,
    )


@pytest.fixture
def ada(enter: Enter) -> Admin:
    return enter()


def report(history: Database, admin: Admin, of: Connection, *tokens: str, at: datetime = NOW) -> None:
    """Reports these tokens of the organization's connection."""
    leaks.report(history, admin.by, mine(admin, of), set(tokens), at)


def look(history: Database, admin: Admin, of: Connection, at: datetime = LATER) -> Leak | None:
    """What is told of them beside the connection as it is now."""
    return leaks.of(history, mine(admin, of), at)


def mine(admin: Admin, of: Connection) -> Connection:
    return of.model_copy(update={"organization_id": admin.by.organization_id})


def test_nothing_was_reported(ada: Admin, history: Database) -> None:
    assert look(history, ada, connection()) is None


def test_who_reported_it_when(ada: Admin, history: Database) -> None:
    report(history, ada, connection(), "urYB")
    leak = look(history, ada, connection())
    assert leak
    assert (leak.works, leak.current, leak.next) == (True, True, False)
    assert leak.last == leak.reported == leak.since["urYB"]
    event = leak.reported.event
    assert isinstance(event, TokenLeak)
    assert (event.by, event.outcome, event.connection_id) == (ada.by, "reported", "connection-1")
    assert leak.reported.at == NOW


@pytest.mark.parametrize("of", [connection(its_id="connection-2"), connection("9f3c")], ids=["another", "rotated"])
def test_what_does_not_concern_the_connection_s_tokens(ada: Admin, history: Database, of: Connection) -> None:
    report(history, ada, connection(), "urYB")
    leak = look(history, ada, of)
    assert leak is None or not leak.works


def test_the_report_of_another_organization_tells_nothing(enter: Enter, history: Database) -> None:
    report(history, enter("initech", "ian@initech.example"), connection(), "urYB")
    assert look(history, enter(), connection()) is None


def test_the_new_token_leaked(ada: Admin, history: Database) -> None:
    rotating = connection("urYB", "aG-w")
    report(history, ada, rotating, "aG-w")
    leak = look(history, ada, rotating)
    assert leak
    assert (leak.works, leak.current, leak.next) == (True, False, True)
    completed = look(history, ada, connection("aG-w"))
    assert completed
    assert (completed.works, completed.current, completed.next) == (True, True, False)


@pytest.mark.parametrize(("moment", "works"), [(LATER - timedelta(seconds=1), True), (LATER, False)])
@pytest.mark.parametrize("which", ["current", "next"])
def test_a_leaked_token_works_until_its_end(
    ada: Admin, history: Database, which: str, moment: datetime, works: bool
) -> None:
    end = {"current": "bearer_token_expires_at", "next": "next_bearer_token_expires_at"}[which]
    ending = connection("urYB", "aG-w").model_copy(update={end: LATER})
    report(history, ada, ending, {"current": "urYB", "next": "aG-w"}[which])
    leak = look(history, ada, ending, moment)
    assert leak
    assert (leak.works, getattr(leak, which)) == (works, works)


def test_reported_again_it_is_known_since_the_first_time(ada: Admin, history: Database) -> None:
    rotating = connection("urYB", "aG-w")
    report(history, ada, rotating, "urYB")
    report(history, ada, rotating, "aG-w", at=LATER)
    leak = look(history, ada, rotating)
    assert leak
    assert {token: entry.at for token, entry in leak.since.items()} == {"urYB": NOW, "aG-w": LATER}
    assert (leak.reported.at, leak.last.at) == (NOW, LATER)
    assert (leak.current, leak.next) == (True, True)


def test_since_when_one_is_known_that_works(ada: Admin, history: Database) -> None:
    """The first that was reported is off by now: the time that counts is the other's."""
    rotating = connection("urYB", "aG-w")
    report(history, ada, rotating, "urYB")
    report(history, ada, rotating, "aG-w", at=LATER)
    completed = look(history, ada, connection("aG-w"))
    assert completed
    assert completed.reported.at == LATER
    both_off = look(history, ada, connection("9f3c"))
    assert both_off
    assert (both_off.works, both_off.reported.at) == (False, NOW)


def test_what_is_off_is_not_reported_along(ada: Admin, history: Database) -> None:
    report(history, ada, connection(), "urYB")
    report(history, ada, connection("9f3c"), "9f3c", at=LATER)
    leak = look(history, ada, connection("9f3c"))
    assert leak
    assert list(leak.since) == ["9f3c"]


def test_taken_back(ada: Admin, history: Database) -> None:
    rotating = connection("urYB", "aG-w")
    report(history, ada, rotating, "urYB", "aG-w")
    leak = look(history, ada, rotating)
    assert leak
    leaks.withdraw(history, ada.by, mine(ada, rotating), leak, LATER)
    assert look(history, ada, rotating) is None
    with history.read() as transaction:
        rows = transaction.execute(sa.select(events.c.outcome, events.c.connection_id).order_by(events.c.sequence))
        assert [tuple(row) for row in rows] == [("reported", "connection-1"), ("withdrawn", "connection-1")]


def test_reported_once_more_after_it_was_taken_back(ada: Admin, history: Database) -> None:
    """What was withdrawn was no leak: the clock begins anew, and nothing of it comes along."""
    rotating = connection("urYB", "aG-w")
    report(history, ada, rotating, "urYB", "aG-w")
    leak = look(history, ada, rotating)
    assert leak
    leaks.withdraw(history, ada.by, mine(ada, rotating), leak, NOW + timedelta(minutes=1))
    report(history, ada, rotating, "urYB", at=LATER)
    again = look(history, ada, rotating)
    assert again
    assert {token: entry.at for token, entry in again.since.items()} == {"urYB": LATER}


def test_without_the_history_nothing_is_told(ada: Admin, tmp_path: Path) -> None:
    away = Database(f"sqlite:///{tmp_path / 'away' / 'history.sqlite3'}")
    with capture_logs() as logs:
        assert look(away, ada, connection()) is None
    assert [(line["event"], line["kind"]) for line in logs] == [("history_not_read", "OperationalError")]
    away.close()
