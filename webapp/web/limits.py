"""Limits on what costs somebody something when it is repeated: mail, text messages, guesses."""

import math
import time
from collections.abc import Callable

import structlog
from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded

from webapp.settings import Settings

PER_ADDRESS = "6 per 10 minutes"
"""For one email address or member: mails it is sent, and guesses at its codes and passwords, each by itself."""
PER_NETWORK_ADDRESS = "60 per 10 minutes"
"""The same for whoever asks, for all addresses together."""
LOOKS = "300 per 10 minutes"
"""For whoever looks at organizations' doors; a whole office may come from one network address."""

_FOR = " for"
_log = structlog.get_logger()


def init_app(app: Flask, settings: Settings) -> None:
    """Counts in Redis if there is one; while that is away, and else, in each process's memory."""
    app.extensions["limiter"] = Limiter(
        lambda: request.remote_addr or "",
        app=app,
        storage_uri=settings.redis_url or "memory://",
        # A Redis that hangs must not hold up sign-in: it is taken for one that is away.
        storage_options={"socket_connect_timeout": 1, "socket_timeout": 1} if settings.redis_url else {},
        in_memory_fallback_enabled=bool(settings.redis_url),
        key_prefix="scim-console",
    )


def count(what: str, address: str) -> None:
    """Counts one try at `what` for an email address or member; a 429 page when there were too many."""
    _count(what, PER_NETWORK_ADDRESS)
    _count(what + _FOR, PER_ADDRESS, lambda: address.lower())


def count_look(what: str) -> None:
    """Counts one look at what costs a call to Stytch and anybody may see; a 429 page when there were too many."""
    _count(what, LOOKS)


def _count(what: str, most: str, of: Callable[[], str] | None = None) -> None:
    limiter: Limiter = current_app.extensions["limiter"]
    try:
        with limiter.shared_limit(most, scope=what, key_func=of):
            pass
    except RateLimitExceeded as error:
        _log.warning("excess_rate_limit_exceeded", what=what.removesuffix(_FOR))
        error.retry_after = _seconds_left(limiter)
        raise


def _seconds_left(limiter: Limiter) -> int:
    breached = limiter.current_limit
    if breached is None:
        return 60
    # The end is given in whole seconds, rounded up: "11 minutes" would be more than the limit's ten.
    return max(1, min(breached.limit.get_expiry(), math.ceil(breached.reset_at - time.time())))
