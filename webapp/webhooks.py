"""`POST /webhooks/stytch`: what Stytch tells of what identity providers did (`stytch-api.md §7.1`).

Svix delivers it, and signs it as the Standard Webhooks specification has it, under header names of its own.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog
from flask import Flask, abort, current_app, request
from pydantic import SecretStr
from standardwebhooks import Webhook, WebhookVerificationError

from webapp import metrics
from webapp.history import provisioning
from webapp.history.database import Database
from webapp.history.provisioning import ScimEvent
from webapp.settings import Settings
from webapp.web import clock

MOST_BYTES = 1024 * 1024
"""Of a delivery. A member object is some kilobytes with all its metadata, that of a large group more."""
_WORD = re.compile(r"[a-z]{1,20}(_[a-z]{1,20}){0,3}")
_HEADERS = ("id", "timestamp", "signature")
_log = structlog.get_logger()


@dataclass(frozen=True)
class Taken:
    """What became of a delivery, in a word; the status that Svix is answered, and what the log may say of it."""

    outcome: str
    status: int
    kind: str = ""
    connection_id: str = ""


class Webhooks:
    """Takes the deliveries of one Stytch project, signed with any of the secrets."""

    def __init__(self, project_id: str, secrets: tuple[SecretStr, ...], database: Database) -> None:
        self._project_id = project_id
        self._keys = [Webhook(secret.get_secret_value()) for secret in secrets]
        self._database = database

    @property
    def wanted(self) -> bool:
        """Whether there is a secret to tell Stytch's deliveries by."""
        return bool(self._keys)

    def take(self, body: bytes, svix: Mapping[str, str], now: datetime) -> Taken:
        """Keeps what a delivery with these `svix-…` headers tells.

        Raises `sqlalchemy.exc.SQLAlchemyError`, after which Svix delivers it again. Whatever is signed and of no use
        here is taken all the same, as it would only come again.
        """
        if not self._is_signed(body, svix):
            return Taken("refused", 400)
        try:
            payload = json.loads(body)
        except (ValueError, RecursionError):
            return Taken("ignored", 204)
        if not isinstance(payload, dict):
            return Taken("ignored", 204)
        if payload.get("project_id") != self._project_id:
            return Taken("other_project", 400)
        event = _event(payload)
        if event is None:
            return Taken("ignored", 204)
        outcome = "unattributed"
        if event.organization_id:
            outcome = provisioning.record(self._database, svix["id"], event, now)
        return Taken(outcome, 204, event.kind, event.connection_id)

    def _is_signed(self, body: bytes, svix: Mapping[str, str]) -> bool:
        """Whether one of the signatures is right, and at most five minutes old by this machine's clock."""
        given = {f"webhook-{name}": value for name, value in svix.items()}
        for key in self._keys:
            try:
                key.verify(body, given, json_parse=False)
            except (WebhookVerificationError, ValueError):  # what is no text, and what can't be read as a signature
                continue
            return True
        return False


def init_app(app: Flask, settings: Settings, database: Database) -> None:
    """Adds the address. There is none without a secret."""
    app.extensions["webhooks"] = Webhooks(settings.stytch_project_id, settings.stytch_webhook_secret, database)
    app.add_url_rule("/webhooks/stytch", endpoint="webhook", view_func=_stytch, methods=["POST"])
    app.extensions["csrf"].exempt(_stytch)


def _stytch() -> tuple[str, int]:
    webhooks: Webhooks = current_app.extensions["webhooks"]
    if not webhooks.wanted:
        abort(404)
    request.max_content_length = MOST_BYTES
    svix = {name: request.headers.get(f"svix-{name}", "") for name in _HEADERS}
    taken = webhooks.take(request.get_data(), svix, clock.now())
    metrics.webhook(taken.outcome)
    report = _log.warning if taken.status >= 400 else _log.info
    report("webhook", outcome=taken.outcome, kind=taken.kind, connection_id=taken.connection_id)
    return "", taken.status


def _event(payload: dict[str, Any]) -> ScimEvent | None:
    """What an identity provider did, None for anything else. What is deleted comes without the object itself."""
    what, action = (str(payload.get(name, "")).lower() for name in ("object_type", "action"))
    if str(payload.get("source", "")).lower() != "scim" or not _WORD.fullmatch(what) or not _WORD.fullmatch(action):
        return None
    try:
        at = datetime.fromisoformat(str(payload.get("timestamp")))
        at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):  # no time, or one before the first year or after the last
        return None
    given = payload.get(what)
    about: dict[str, Any] = given if isinstance(given, dict) else {}
    registration = about.get("scim_registration")
    connection_id = (registration if isinstance(registration, dict) else about).get("connection_id")
    organization_id = about.get("organization_id") or payload.get("organization_id")
    return ScimEvent(
        organization_id=organization_id if isinstance(organization_id, str) else "",
        connection_id=connection_id if isinstance(connection_id, str) else "",
        kind=f"{what}.{action}",
        at=at,
    )
