"""What machines ask: does it live, can it serve, what has it counted. Pages for nobody, and nothing secret in them."""

import hmac
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from flask import Flask, Response, abort, jsonify, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError

from webapp import metrics
from webapp.history.database import Database, NotMigrated
from webapp.settings import Settings
from webapp.stytch import Stytch
from webapp.stytch.errors import StytchError

PROBES = {"healthz", "readyz", "metrics"}
"""The endpoints, which are asked every few seconds, by any name of this machine, and by nobody who is signed in."""
CHECK_SECONDS = 10.0
"""How long what was found is told again: whoever asks more often costs Stytch nothing."""
PATIENCE_SECONDS = 3.0
"""How long a check may take. Whoever asks gives up soon after, and would then learn nothing of the others."""


class Readiness:
    """Looks at what the console depends on. Safe to share between threads."""

    def __init__(self, checks: dict[str, Callable[[], str]]) -> None:
        self._checks = checks
        self._threads = ThreadPoolExecutor(max_workers=len(checks))
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._found: dict[str, str] = {}

    def found(self) -> dict[str, str]:
        """One word about each: `ok`, or what is wrong. While somebody looks, others get what was found before."""
        if time.monotonic() - self._at < CHECK_SECONDS or not self._lock.acquire(blocking=not self._found):
            return self._found
        try:
            if time.monotonic() - self._at >= CHECK_SECONDS:
                self._found, self._at = self._look(), time.monotonic()
            return self._found
        finally:
            self._lock.release()

    def _look(self) -> dict[str, str]:
        looks: dict[str, Future[str]] = {name: self._threads.submit(check) for name, check in self._checks.items()}
        done, _ = wait(looks.values(), timeout=PATIENCE_SECONDS)
        return {name: look.result() if look in done else "no_answer" for name, look in looks.items()}


def init_app(app: Flask, settings: Settings, stytch: Stytch, database: Database) -> None:
    """Adds `/healthz`, `/readyz` and `/metrics`."""
    limits = app.extensions["limiter"].storage
    readiness = Readiness(
        {
            "database": lambda: _database(database),
            "redis": lambda: ("ok" if limits.check() else "unreachable") if settings.redis_url else "unused",
            "stytch": lambda: _stytch(stytch),
        }
    )
    token = settings.metrics_token.get_secret_value().encode()

    @app.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", mimetype="text/plain")

    @app.get("/readyz")
    def readyz() -> Response:
        # Without Redis, limits are counted in memory; without Stytch, the console's own pages say what does not work.
        # Another worker could do no better, and taken away from its proxy it could not say anything.
        found = readiness.found()
        ready = found["database"] == "ok"
        answer = jsonify(ready=ready, **found)
        answer.status_code = 200 if ready else 503
        return answer

    @app.get("/metrics", endpoint="metrics")
    def counted() -> Response:
        given = request.authorization
        shown = (given.token or "").encode() if given and given.type == "bearer" else b""
        if not token or not hmac.compare_digest(shown, token):
            abort(404)
        return Response(metrics.exposition(), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _database(database: Database) -> str:
    try:
        database.require_migrated()
    except NotMigrated:
        return "not_migrated"
    except SQLAlchemyError:
        return "unreachable"
    return "ok"


def _stytch(stytch: Stytch) -> str:
    """By a small read that needs the project's credentials."""
    try:
        stytch.get_policy()
    except StytchError as error:
        return error.kind
    return "ok"
