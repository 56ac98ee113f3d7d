"""Serves a WSGI app over HTTP/1.1 with connections kept alive, as Stytch's servers do."""

import io
import ssl
import struct
import traceback
import weakref
from contextlib import suppress
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET, socket
from threading import Thread
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response
from werkzeug.wsgi import get_input_stream

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Server:
    """`app` on `host`, and on a free port if `port` is 0. The port is bound at once; `url` is its origin.

    One thread a connection, all daemons. An app that raises ConnectionError has its connection closed as it stands,
    and reset (TCP RST) for ConnectionResetError. With an `ssl_context` it speaks TLS alone.
    """

    def __init__(
        self,
        app: "WSGIApplication",
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        open_connections: weakref.WeakSet[socket] = weakref.WeakSet()

        class Handler(_KeepAliveHandler):
            def setup(self) -> None:
                super().setup()
                open_connections.add(self.connection)

        self._open_connections = open_connections
        self._server = make_server(host, port, app, threaded=True, request_handler=Handler)
        if ssl_context is not None:
            # Shaking hands is left to the connection's own thread: a client that stops halfway holds up nobody else.
            self._server.socket = ssl_context.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
            self._server.ssl_context = ssl_context
        self.url = f"{'https' if ssl_context else 'http'}://{host}:{self._server.server_port}"

    def serve_forever(self) -> None:
        """Answer requests in this thread, until Ctrl-C."""
        self._server.serve_forever()

    def start(self) -> None:
        """Answer requests in a thread, until `stop`."""
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Give up the port and close every connection, idle ones too."""
        self._server.shutdown()
        self._thread.join()
        for connection in list(self._open_connections):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)


class _KeepAliveHandler(WSGIRequestHandler):
    """Werkzeug's handler closes the connection after each answer; this one keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def run_wsgi(self) -> None:
        """Answer one request. The body is read first, as the next request begins where it ends."""
        environ = self.make_environ()
        try:
            environ["wsgi.input"] = io.BytesIO(get_input_stream(environ).read())
            environ["wsgi.input_terminated"] = True
            with Response.from_app(self.server.app, environ) as response:
                self._send(response, has_body=environ["REQUEST_METHOD"] != "HEAD")
        except ConnectionError as error:
            self.close_connection = True
            if isinstance(error, ConnectionResetError):
                self._reset()
        except Exception:  # noqa: BLE001 - a defect of the app: shown, and this connection given up
            traceback.print_exc()
            self.close_connection = True

    def _send(self, response: Response, *, has_body: bool) -> None:
        self.send_response_only(response.status_code)
        response.headers.setdefault("Date", self.date_time_string())  # the sandbox has a time of its own
        for name, value in response.headers:
            self.send_header(name, value)
        has_length = "Content-Length" in response.headers or response.status_code in (204, 304)
        if not has_length:
            self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            for part in response.iter_encoded():
                self.wfile.write(part)

    def _reset(self) -> None:
        """Close the socket so that the other end gets a RST. Left to the server, a FIN would go before it."""
        self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        socket(fileno=self.connection.detach()).close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep quiet: the sandbox has its own log of requests, without queries."""
