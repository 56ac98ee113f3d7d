"""The network at its worst: servers that drip, redirect, lie about who they are, or are not there."""

import socket
import ssl
from collections.abc import Callable, Iterator
from threading import Event, Thread
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Request, Response

from tests.sandbox.unreachable import refusing_url, self_signed
from tests.stytch.conftest import Change, Serve, caught, each_change
from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.transport import DeadlineTransport, deadline

ACTOR = Actor("organization-1", SecretStr("session-token-of-a-member"))
SECRET = SecretStr("secret-test-of-the-project")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Dripping:
    """A server on a socket of its own that answers `head` at once, then one more byte at a time until stopped."""

    def __init__(self, head: bytes, tls: ssl.SSLContext | None = None) -> None:
        self.received = b""
        self._head, self._tls, self._stopped = head, tls, Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{self._listening.getsockname()[1]}"
        self._thread = Thread(target=self._serve)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        with socket.socket() as last:  # wakes `accept` up
            last.connect_ex(self._listening.getsockname())
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        while not self._stopped.is_set():
            connection, _ = self._listening.accept()
            connection.settimeout(5)
            with connection:
                try:
                    self._answer(connection)
                except OSError:  # the client has had enough
                    continue

    def _answer(self, connection: socket.socket) -> None:
        if self._tls:
            connection = self._tls.wrap_socket(connection, server_side=True)
        with connection:
            self.received += connection.recv(65536)
            connection.sendall(self._head)
            while not self._stopped.wait(0.05):
                connection.sendall(b"x")


@pytest.fixture
def drip() -> Iterator[Callable[..., Dripping]]:
    """Starts a dripping server."""
    servers: list[Dripping] = []

    def start(head: bytes, tls: ssl.SSLContext | None = None) -> Dripping:
        servers.append(Dripping(head, tls))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def client() -> Iterator[Callable[[str], Stytch]]:
    """A client for the Stytch at a URL."""
    clients: list[Stytch] = []

    def make(url: str) -> Stytch:
        clients.append(Stytch(url, "project-test-1", SECRET))
        return clients[-1]

    yield make
    for each in clients:
        each.close()


@pytest.mark.parametrize(
    "head",
    [b"HTTP/1.1 200 ", HEAD + b"X-Filler: ", HEAD + b"Content-Length: 90000\r\n\r\n"],
    ids=["first line", "headers", "body"],
)
@pytest.mark.parametrize("change", [True, False], ids=["change", "read"])
def test_a_slow_drip_beats_no_deadline(
    drip: Callable[..., Dripping],
    client: Callable[[str], Stytch],
    monkeypatch: pytest.MonkeyPatch,
    head: bytes,
    change: bool,
) -> None:
    """Each byte comes within the read timeout: without the deadline these calls would not return."""
    monkeypatch.setattr("webapp.stytch.calls.TOTAL_SECONDS", 0.6)
    server = drip(head)
    stytch = client(server.url)
    error = caught(
        lambda: stytch.start_rotation(ACTOR, "connection-1") if change else stytch.get_scim_connections(ACTOR)
    )
    assert type(error) is errors.OutcomeUnknown
    assert server.received.count(b" HTTP/1.1\r\n") == 1


def test_a_certificate_that_nobody_vouches_for(drip: Callable[..., Dripping], client: Callable[[str], Stytch]) -> None:
    server = drip(HEAD, self_signed())
    stytch = client(server.url)
    assert type(caught(stytch.get_policy)) is errors.NotTrusted
    assert type(caught(lambda: stytch.start_rotation(ACTOR, "connection-1"))) is errors.NotTrusted
    assert server.received == b""


def test_a_connection_refused(client: Callable[[str], Stytch]) -> None:
    with refusing_url() as url:
        stytch = client(url)
        error = caught(lambda: stytch.start_rotation(ACTOR, "connection-1"))
        assert type(error) is errors.NotSent
        assert type(caught(stytch.get_policy)) is errors.NotSent
    assert error.__cause__ is error.__context__ is None, "httpx's error holds the request with its credentials"


class DeadAddresses:
    """A name with addresses from which nothing comes back: each lets the time pass that it is given, by this clock."""

    def __init__(self, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried: list[str] = []
        self._now = 0.0
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{i}", 80)) for i in range(number)]
        monkeypatch.setattr("webapp.stytch.transport.time", self)
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr(socket, "create_connection", self._connect)

    def monotonic(self) -> float:
        """The time so far, in seconds."""
        return self._now

    def _connect(self, address: tuple[str, int], timeout: float, **_: object) -> socket.socket:
        self.tried.append(address[0])
        self._now += timeout
        raise TimeoutError


@pytest.mark.parametrize(("total", "limit"), [(8, 2), (0.5, 0.5)], ids=["connect timeout", "deadline"])
@pytest.mark.parametrize("number", [1, 6])
def test_many_dead_addresses_take_no_longer_than_one(
    monkeypatch: pytest.MonkeyPatch, number: int, total: float, limit: float
) -> None:
    dead = DeadAddresses(number, monkeypatch)
    with (
        httpx.Client(transport=DeadlineTransport(), timeout=httpx.Timeout(5, connect=2)) as http,
        deadline(total),
        pytest.raises(httpx.ConnectTimeout),
    ):
        http.get("http://stytch.test")
    assert len(dead.tried) == number
    assert dead.monotonic() <= limit


def test_the_next_address_is_tried(
    client: Callable[[str], Stytch], serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(lambda _request: Response(status=500))
    port = int(server.url.rpartition(":")[2])
    known = socket.getaddrinfo

    def find(host: str, *more: Any, **options: Any) -> list[Any]:
        hosts = ["::1", "127.0.0.1"] if host == "stytch.test" else [host]
        return [found for each in hosts for found in known(each, *more, **options)]

    monkeypatch.setattr(socket, "getaddrinfo", find)
    assert type(caught(client(f"http://stytch.test:{port}").get_policy)) is errors.OutcomeUnknown
    assert server.requests


def test_a_name_that_is_not_known(client: Callable[[str], Stytch], monkeypatch: pytest.MonkeyPatch) -> None:
    def find(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", find)
    assert type(caught(client("http://stytch.test").get_policy)) is errors.NotSent


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(client: Callable[[str], Stytch], serve: Serve, status: int) -> None:
    elsewhere = serve(lambda _request: Response("{}"))
    stytch_host = serve(lambda _request: Response("{}", status, {"Location": f"{elsewhere.url}/elsewhere"}))
    stytch = client(stytch_host.url)
    assert type(caught(lambda: stytch.start_rotation(ACTOR, "connection-1"))) is errors.OutcomeUnknown
    assert type(caught(lambda: stytch.get_scim_connections(ACTOR))) is errors.OutcomeUnknown
    assert len(stytch_host.requests) == 3
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    ("given", "segment"),
    [("a/b", "a%2Fb"), ("a?b#c", "a%3Fb%23c"), ("../x", "..%2Fx"), ("a%2Fb", "a%252Fb"), ("ä;=&", "%C3%A4%3B%3D%26")],
)
@each_change
def test_an_id_stays_in_its_segment(
    client: Callable[[str], Stytch], serve: Serve, step: str, change: Change, given: str, segment: str
) -> None:
    server = serve(lambda _request: Response(status=500))
    stytch = client(server.url)
    caught(lambda: change(stytch, ACTOR, given))
    caught(lambda: change(stytch, Actor(given, ACTOR.session_token), "connection-1"))
    assert [raw_path(request) for request in server.requests] == [
        f"/v1/b2b/scim/organization-1/connection/{segment}/rotate/{step}",
        f"/v1/b2b/scim/{segment}/connection/connection-1/rotate/{step}",
    ]


@pytest.mark.parametrize("given", ["", ".", ".."])
@each_change
def test_an_id_that_would_leave_its_segment_is_never_sent(
    client: Callable[[str], Stytch], serve: Serve, step: str, change: Change, given: str
) -> None:
    del step
    server = serve(lambda _request: Response(status=500))
    stytch = client(server.url)
    for actor, connection_id in ((ACTOR, given), (Actor(given, ACTOR.session_token), "connection-1")):
        assert type(caught(lambda: change(stytch, actor, connection_id))) is errors.NotFound  # noqa: B023
    assert server.requests == []


def raw_path(request: Request) -> str:
    """The path as it came over the wire."""
    return str(request.environ["RAW_URI"])
