"""The server: connections are kept, bodies are read to their end, and stopping really stops."""

import http.client
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from flask import Flask, Response

from webapp.sandbox.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


@pytest.fixture
def server() -> Iterator[Server]:
    app = Flask(__name__)

    @app.post("/ignores-its-body")
    def ignores_its_body() -> str:
        return "fine"

    @app.get("/without-length")
    def without_length() -> Response:
        return Response(iter(["a", "b"]))

    @app.get("/nothing")
    def nothing() -> tuple[str, int]:
        return "", 204

    server = Server(app)
    server.start()
    yield server
    server.stop()


def test_connection_is_kept_although_the_app_ignores_bodies(server: Server) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=5)
    for method, path, status in (
        ("POST", "/ignores-its-body", 200),
        ("GET", "/nothing", 204),
        ("HEAD", "/nothing", 204),
        ("POST", "/ignores-its-body", 200),
    ):
        connection.request(method, path, body=b"GET /smuggled HTTP/1.1\r\n\r\n" if method == "POST" else None)
        sock = connection.sock
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
        assert connection.sock is sock, "the connection was closed"
    connection.close()


def test_answer_of_unknown_length_ends_with_its_connection(server: Server) -> None:
    answer = httpx.get(f"{server.url}/without-length")
    assert (answer.text, answer.headers["Connection"]) == ("ab", "close")


def test_stopped_server_answers_no_kept_connection(server: Server) -> None:
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/nothing").status_code == 204
        server.stop()
        with pytest.raises(httpx.ConnectError):
            client.get("/nothing")


def test_defect_of_the_app_closes_its_connection(capfd: pytest.CaptureFixture[str]) -> None:
    def broken(_environ: "WSGIEnvironment", _start_response: "StartResponse") -> list[bytes]:
        raise LookupError("a defect")

    server = Server(broken)
    server.start()
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(server.url)
    server.stop()
    assert "a defect" in capfd.readouterr().err
