"""Logs: one JSON line for each request and event, on standard error, without secrets."""

import logging
import re
import sys
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import structlog
from flask import Flask, Response, g, request

from webapp import metrics
from webapp.settings import Settings
from webapp.stytch import exchanges
from webapp.web.probes import PROBES

_SECRET_KEYS = re.compile(r"token|secret|password|cookie|authorization|session(?!_id)|jwt|verifier|csrf", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"eyJ[\w-]+(?:\.[\w-]*)+"  # JWT and JWE
    r"|\b(?i:Bearer|Basic)\s+[\w.~+/=-]{8,}"
    r"|(?<=token=)[^&\s\"']+"
    r"|\b(?:secret|public-token)-(?:test|live)-[\w-]+"
    # Stytch's tokens: 44 to 48 characters; its ids, as long with their uuid, have -test- or -live- in them
    r"|(?<![\w-])(?![\w-]*-(?:test|live)-)"
    r"(?!_*[a-z]+(?:[_-]+[a-z]+)+(?![\w-]))"  # words joined, such as a function's name
    r"[\w-]{40,}={0,2}(?![\w-])"
)
REDACTED = "[redacted]"


def init_app(app: Flask, settings: Settings, *, mounted: bool = False) -> None:
    """Logs and times each request, by path alone: queries hold tokens.

    The process's logging is set up too, unless it is another's.
    """
    configure(settings.log_level, of="webapp" if mounted else None)
    log = structlog.get_logger("webapp")

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()
        g.request_id = new_request_id()
        g.exchanges = exchanges.begin()
        # Everything that is logged on the way carries it.
        structlog.contextvars.bind_contextvars(request_id=g.request_id)

    @app.after_request
    def end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.request_id
        seconds = time.perf_counter() - g.began
        metrics.request(request.endpoint or "none", response.status_code, seconds)
        (log.debug if request.endpoint in PROBES else log.info)(
            "request",
            method=request.method,
            path=request.path,
            endpoint=request.endpoint,
            status=response.status_code,
            milliseconds=_milliseconds(seconds),
            member_id=g.member.member_id if g.get("member") else None,
            connection_id=(request.view_args or {}).get("connection_id"),
            stytch_calls=len(g.exchanges),
            stytch_milliseconds=_milliseconds(sum(each.seconds for each in g.exchanges)),
            stytch_request_ids=[each.request_id for each in g.exchanges if each.request_id],
        )
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        structlog.contextvars.unbind_contextvars("request_id")


def new_request_id() -> str:
    """What an answer's `X-Request-Id` and the lines of its request have in common."""
    return uuid.uuid4().hex


def static_file(method: str, path: str, status: int, began: float, request_id: str) -> None:
    """Logs a request that never came to Flask. It is not counted in the metrics: pages are what may be slow."""
    structlog.get_logger("webapp").info(
        "request",
        request_id=request_id,
        method=method,
        path=path,
        endpoint="static",
        status=status,
        milliseconds=_milliseconds(time.perf_counter() - began),
    )


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def configure(level: str, *, of: str | None = None) -> None:
    """Sends structlog's and the standard library's lines through the same JSON and redaction.

    Of the standard library's loggers that is the one named `of`, with those below it; all of them without.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logger = logging.getLogger(of)
    logger.handlers = [handler]
    logger.setLevel(level.upper())
    logger.propagate = of is None
    if of:
        return
    for noisy in ("httpx", "httpcore", "werkzeug", "flask_wtf.csrf", "flask-limiter", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that takes out what looks like a secret, by its key or by its shape."""
    for key, value in event.items():
        if value is None or isinstance(value, bool) or key.startswith("_"):
            continue
        if _SECRET_KEYS.search(key):
            event[key] = REDACTED
        else:
            event[key] = (
                [_without_secrets(each) for each in value]
                if isinstance(value, list | tuple)
                else _without_secrets(value)
            )
    return event


def _without_secrets(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    return _SECRET_TEXT.sub(REDACTED, value if isinstance(value, str) else repr(value))
