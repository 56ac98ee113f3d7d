"""A Stytch that can't be reached: nothing is sent to it."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from tests.conftest import Sandbox
from tests.sandbox.unreachable import refusing_url, self_signed
from webapp.sandbox import create_sandbox
from webapp.sandbox.server import Server


@pytest.fixture
def tls_server(sandbox: Sandbox) -> Iterator[Server]:
    """The sandbox once more, behind a certificate that nobody vouches for."""
    server = Server(create_sandbox(sandbox.world), ssl_context=self_signed())
    server.start()
    yield server
    server.stop()


def test_a_port_that_refuses() -> None:
    with refusing_url() as url, pytest.raises(httpx.ConnectError, match="refused"):
        httpx.get(url)


def test_a_certificate_to_refuse(tls_server: Server, sandbox: Sandbox) -> None:
    assert tls_server.url.startswith("https://127.0.0.1:")
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        httpx.get(f"{tls_server.url}/v1/b2b/rbac/policy")
    assert list(sandbox.world.requests) == []


def test_who_does_not_look_at_the_certificate_is_served(tls_server: Server) -> None:
    answer = httpx.get(f"{tls_server.url}/_sandbox/healthz", verify=False)  # noqa: S501 - the very point
    assert answer.json() == {"status": "ok"}


def test_a_client_that_never_shakes_hands_holds_up_nobody(tls_server: Server) -> None:
    host, port = tls_server.url.removeprefix("https://").split(":")
    with socket.create_connection((host, int(port))):
        assert httpx.get(f"{tls_server.url}/_sandbox/healthz", verify=False).status_code == 200  # noqa: S501 - as above
