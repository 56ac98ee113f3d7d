"""Proxies that put the console at a path of the portal's origin: a plain one, and nginx as docs/embed.md has it."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from werkzeug.wrappers import Request, Response

from tests.processes.waiting import wait_for
from tests.shared_origin.papers import block

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}


class Proxy:
    """Sends what is asked below `/scim` to the console, with or without that prefix, and all else to the portal.

    Like most proxies it asks by names of its own, and adds whom it was asked by to `X-Forwarded-For`.
    """

    def __init__(self, portal_url: str, console_url: str, *, cut: bool = False) -> None:
        self._portal_url = portal_url
        self._console_url = console_url
        self._cut = cut
        self._http = httpx.Client(timeout=30)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        request = Request(environ)
        path = request.full_path.removesuffix("?")
        to = self._portal_url
        if path.startswith("/scim/") or path == "/scim":
            to = self._console_url
            path = path.removeprefix("/scim") if self._cut else path
        headers = [(name, value) for name, value in request.headers if name.lower() not in {"host", *HOP_BY_HOP}]
        headers.append(("X-Forwarded-For", request.remote_addr or ""))
        asked = self._http.build_request(request.method, to + path, headers=headers, content=request.get_data())
        got = self._http.send(asked, stream=True)
        body = b"".join(got.iter_raw())  # as it came: compressed, perhaps
        got.close()
        kept = [(name, value) for name, value in got.headers.multi_items() if name not in HOP_BY_HOP]
        return Response(body, got.status_code, kept)(environ, start_response)

    def close(self) -> None:
        """Ends its connections."""
        self._http.close()


NGINX = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
PORTAL = """
server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass {portal_url}; proxy_set_header Host $http_host; }}
    {documented}
}}
"""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port: int = bound.getsockname()[1]
        return port


@contextmanager
def nginx(port: int, portal_url: str, console_url: str, folder: Path) -> Iterator[None]:
    """nginx, with the block of docs/embed.md, sent to where this console listens."""
    documented = block("nginx").replace("http://127.0.0.1:8000", console_url)
    with serve_nginx(port, PORTAL.format(port=port, portal_url=portal_url, documented=documented), folder):
        yield


@contextmanager
def serve_nginx(port: int, servers: str, folder: Path) -> Iterator[None]:
    """nginx with what belongs into its http block; it listens on the port then."""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, servers=servers))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    with running([program, "-p", str(folder), "-c", str(file)], port, folder / "nginx.log"):
        yield


@contextmanager
def running(command: list[str], port: int, log_file: Path) -> Iterator[None]:
    """A server that listens on the port, until it is terminated."""
    with log_file.open("w") as log, subprocess.Popen(command, cwd=log_file.parent, stderr=log) as server:
        try:
            wait_for(lambda: _listens(port) or server.poll() is not None)
            assert server.poll() is None, log_file.read_text()
            yield
        finally:
            server.terminate()


def has_nginx() -> bool:
    """Whether it is installed; Debian puts it where only root's PATH looks."""
    return shutil.which("nginx") is not None or Path("/usr/sbin/nginx").exists()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
