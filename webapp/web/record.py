"""Writes into the history, in the name of whoever is signed in to this request."""

from datetime import UTC, datetime
from typing import Any

from flask import current_app, g, request

from webapp.history import log
from webapp.history.database import Database
from webapp.history.events import By, Event


def by() -> By:
    """Who this request comes from. Only where somebody is signed in."""
    member = g.member
    return By(
        organization_id=member.organization_id,
        member_id=member.member_id,
        email=member.email,
        address=request.remote_addr or "",
    )


def record(kind: type[Event], outcome: str, *, request_id: str = "", **fields: Any) -> None:
    """Adds an event of what has just happened; does nothing where nobody is signed in. Never raises."""
    if not g.get("member"):
        return
    database: Database = current_app.extensions["history"]
    event = kind(by=by(), outcome=outcome, request_ids=(request_id,) if request_id else (), **fields)
    log.record(database, event, datetime.now(UTC))
