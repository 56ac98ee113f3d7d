"""Events and intents as tests need them: Acme's connection, where ada rotates …urYB to …aG-w."""

from datetime import UTC, datetime, timedelta
from typing import Any

from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import By, Event, RotationCancel, RotationComplete, RotationStart, SignIn, Tokens
from webapp.history.intents import Intent

ACME = "organization-test-acme"
GLOBEX = "organization-test-globex"
CONNECTION = "scim-connection-test-1"
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)

OLD = Tokens(current="urYB", current_ends="2027-12-29T09:15:00Z")
BOTH = OLD.model_copy(update={"next": "aG-w", "next_ends": "2031-11-23T14:02:00Z"})
NEW = Tokens(current="aG-w", current_ends="2031-11-23T14:02:00Z")


def by(name: str = "ada", organization_id: str = ACME) -> By:
    return By(
        organization_id=organization_id,
        member_id=f"member-test-{name}",
        email=f"{name}@acme.example",
        address="203.0.113.7",
    )


def sign_in(who: By | None = None, outcome: str = "done") -> SignIn:
    return SignIn(by=who or by(), outcome=outcome)


def start(**more: Any) -> RotationStart:
    return RotationStart(**_rotation("start", {"expected": OLD, "found": BOTH, **more}))


def complete(**more: Any) -> RotationComplete:
    return RotationComplete(**_rotation("complete", {"expected": BOTH, "found": NEW, **more}))


def cancel(**more: Any) -> RotationCancel:
    return RotationCancel(**_rotation("cancel", {"expected": BOTH, "found": OLD, **more}))


def _rotation(action: str, more: dict[str, Any]) -> dict[str, Any]:
    given = {"by": by(), "outcome": "done", "connection_id": CONNECTION, "intent_id": f"{action}-1"}
    return {**given, "request_ids": (f"request-id-test-{action}",), **more}


def intent(id: str = "intent-1", **more: Any) -> Intent:  # noqa: A002
    return Intent(id, **{"by": by(), "connection_id": CONNECTION, "action": "start", "begun_at": NOON, **more})


def record(database: Database, *events: Event, at: datetime = NOON, apart: timedelta = timedelta(0)) -> None:
    """Appends the events in this order, each `apart` from the one before it."""
    for number, event in enumerate(events):
        with database.write() as connection:
            log.append(connection, event, at + number * apart)
