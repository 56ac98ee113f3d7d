"""HTTP with a deadline that holds for a whole call.

httpx's timeouts bound each read, so that a server which sends a byte now and then keeps a call open for ever. Here
every wait on the socket gets the time that is left of the call.
"""

import functools
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_deadline: ContextVar[float] = ContextVar("deadline")


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """All requests made inside end, with an httpx timeout, no later than `seconds` from now."""
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def time_left() -> float:
    """Seconds left of the call's deadline; negative when it has passed."""
    return _deadline.get() - time.monotonic()


def _wait(timeout: float | None, passed: type[Exception]) -> float:
    left = time_left()
    if left <= 0:
        raise passed("the call's deadline has passed")
    return left if timeout is None else min(timeout, left)


@functools.cache
def _trust() -> ssl.SSLContext:
    """Who is believed to be Stytch. Reading the system's certificates takes tens of milliseconds: once a process."""
    return ssl.create_default_context()


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _wait(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _wait(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _wait(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Tries the host's addresses one after the other; together they get the time of one connect.

        What looking the name up takes is counted, but the system lets nobody cut it short.
        """
        end = time.monotonic() + _wait(timeout, httpcore.ConnectTimeout)
        addresses = _addresses(host, port)
        while True:
            address = addresses.pop(0)
            left = end - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout("the time for a connect has passed")
            if addresses:  # one that is dead leaves time for the next
                left /= 2
            try:
                return _Stream(super().connect_tcp(address, port, left, local_address, socket_options))
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if not addresses:
                    raise


def _addresses(host: str, port: int) -> list[str]:
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise httpcore.ConnectError(str(error)) from error


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport, with every wait cut at the call's deadline. Requests need a `deadline(…)` around them."""

    def __init__(self, *, max_connections: int = 32) -> None:
        super().__init__(verify=_trust())
        # httpx hands no network backend through; httpcore's pool, which does the work, takes one.
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trust(),
            max_connections=max_connections,
            keepalive_expiry=30,
            network_backend=_Backend(),
        )
