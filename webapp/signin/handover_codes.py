"""One-time codes that a sign-in is taken over with. They are in the database, as any worker may be asked for them.

Only the code's hash is there, and the session under a key that the code is a part of: who reads the table has neither.
"""

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from itsdangerous import BadSignature

from webapp.history.database import Database, handovers, moment, timestamp
from webapp.signin.blueprint import settings
from webapp.web import clock
from webapp.web.cookies import Encryption

LIFETIME = timedelta(seconds=60)


def digest(secret: str) -> str:
    """What may be shown of a frame's nonce, or kept of a code: its SHA-256, 43 characters of URL-safe base64."""
    return urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).rstrip(b"=").decode()


def make(content: dict[str, Any], frame: str) -> str:
    """A code for the session in `content`, good for a minute, once, and in the frame with that digest alone."""
    code, now = secrets.token_urlsafe(32), clock.now()
    with _database().write() as connection:
        connection.execute(sa.delete(handovers).where(handovers.c.ends_at <= timestamp(now)))
        row = {
            "code_hash": digest(code),
            "frame": frame,
            "sealed": _encryption(code).dumps(content),
            "ends_at": timestamp(now + LIFETIME),
        }
        connection.execute(sa.insert(handovers).values(row))
    return code


def take(code: str, frame: str) -> dict[str, Any] | None:
    """The session that the code is for; None if there is none for this frame, or no longer. No code works twice."""
    same = handovers.c.code_hash == digest(code)
    with _database().write() as connection:
        row = connection.execute(sa.select(handovers).where(same)).one_or_none()
        # Of two that ask at once, one deletes it.
        if row is None or connection.execute(sa.delete(handovers).where(same)).rowcount != 1:
            return None
    if not hmac.compare_digest(row.frame, frame) or clock.now() >= moment(row.ends_at):
        return None
    try:
        content: dict[str, Any] = _encryption(code).loads(row.sealed)
    except BadSignature:
        return None
    return content


def _encryption(code: str) -> Encryption:
    config = settings()
    return Encryption([config.secret_key, *config.secret_key_fallbacks], f"hand-over {code}")


def _database() -> Database:
    database: Database = current_app.extensions["history"]
    return database
