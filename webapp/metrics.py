"""What is counted and timed, in Prometheus' format. Names and labels are promised to `ops/` and `docs/operate.md`."""

import functools
import os
from collections.abc import Callable
from datetime import datetime
from typing import ParamSpec

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

_P = ParamSpec("_P")
_log = structlog.get_logger()
_registry = CollectorRegistry()  # not the process's own: the console may be mounted beside somebody else's metrics

_requests = Histogram(
    "scim_console_request_duration_seconds",
    "Requests that the console answered, by endpoint and status.",
    ["endpoint", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
    registry=_registry,
)
_stytch_calls = Histogram(
    "scim_console_stytch_call_duration_seconds",
    "Calls to Stytch, second tries by themselves, by endpoint and outcome.",
    ["endpoint", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 8),
    registry=_registry,
)
_rotations = Counter(
    "scim_console_rotations_total",
    "Steps of rotations, by action and outcome; one that is settled later is counted again, as what it was.",
    ["action", "outcome"],
    registry=_registry,
)
_connections = Counter(
    "scim_console_connection_changes_total",
    "Connections that were created, deleted or otherwise changed, by action and outcome, counted as rotations are.",
    ["action", "outcome"],
    registry=_registry,
)
_token_expires = Gauge(
    "scim_console_token_expires_timestamp_seconds",
    "When an organization's current SCIM token ends, as last seen; 0: no connection, or no end known.",
    ["organization_id"],
    registry=_registry,
    multiprocess_mode="mostrecent",
)
_webhooks = Counter(
    "scim_console_webhooks_total",
    "Deliveries at /webhooks/stytch, by what became of them.",
    ["outcome"],
    registry=_registry,
)


def _never_raises(count: Callable[_P, None]) -> Callable[_P, None]:
    """Workers share their counts in files, and a disk may be full: what Stytch has just answered matters more."""

    @functools.wraps(count)
    def counted(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except (OSError, ValueError) as error:
            _log.error("metrics_not_kept", kind=type(error).__name__)

    return counted


@_never_raises
def request(endpoint: str, status: int, seconds: float) -> None:
    """A request that the console answered."""
    _requests.labels(endpoint, status).observe(seconds)


@_never_raises
def stytch_call(endpoint: str, outcome: str, seconds: float) -> None:
    """A request to Stytch (`stytch/exchanges.py` has the words)."""
    _stytch_calls.labels(endpoint, outcome).observe(seconds)


@_never_raises
def rotation(action: str, outcome: str) -> None:
    """A step of a rotation, in the history's words."""
    _rotations.labels(action, outcome).inc()


@_never_raises
def connection(action: str, outcome: str) -> None:
    """A change of a connection itself, in the history's words."""
    _connections.labels(action, outcome).inc()


@_never_raises
def token(organization_id: str, expires_at: datetime | None) -> None:
    """The nearest end of an organization's current tokens, as last read; None where there is none."""
    _token_expires.labels(organization_id).set(expires_at.timestamp() if expires_at else 0)


@_never_raises
def webhook(outcome: str) -> None:
    """A delivery of Stytch's (`webhooks.py` has the words)."""
    _webhooks.labels(outcome).inc()


def exposition() -> bytes:
    """All of it as text, from every worker that shares `PROMETHEUS_MULTIPROC_DIR` (gunicorn.conf.py sets it)."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(_registry)
    every = CollectorRegistry()
    MultiProcessCollector(every)  # type: ignore[no-untyped-call]
    return generate_latest(every)
