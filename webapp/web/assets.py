"""Static files, each under a name that changes with its content, so that browsers may keep them for ever."""

import base64
import gzip
import hashlib
import shutil
import time
import weakref
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from wsgiref.headers import Headers

import brotli
from flask import Flask, request
from whitenoise import WhiteNoise

from webapp.settings import Settings
from webapp.web import files, logs
from webapp.web.headers import static_headers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STATIC = files.folder("static")
_BROTLI_QUALITY = 5
"""Of 11: what the last steps save is little, and takes a tenth of a second at each start."""


@dataclass(frozen=True)
class Asset:
    """A static file's path below the console's root, and its digest for `integrity`."""

    path: str
    integrity: str

    def __str__(self) -> str:
        return request.script_root + self.path


class _Files(WhiteNoise):  # type: ignore[misc]  # WhiteNoise has no types
    """Has each file be a request like others: with an id, and a line in the log."""

    @staticmethod
    def serve(static_file: Any, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answers with the file."""
        began, request_id = time.perf_counter(), logs.new_request_id()
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]

        def start(status: str, headers: list[tuple[str, str]]) -> None:
            start_response(status, [*headers, ("X-Request-Id", request_id)])
            logs.static_file(method, path, int(status.split()[0]), began, request_id)

        body: Iterable[bytes] = WhiteNoise.serve(static_file, environ, start)
        return body


def init_app(app: Flask, settings: Settings) -> None:
    """Serves `static/`, and gives templates `asset(name)`. Raises `FileNotFoundError` when htmx is not installed."""

    def secure(headers: Headers, _path: str, _url: str) -> None:
        for name, value in static_headers(settings).items():
            headers[name] = value

    noise = _Files(
        app.wsgi_app,
        allow_all_origins=False,
        immutable_file_test=r"\.[0-9a-f]{12}\.",
        add_headers_function=secure,
    )
    assets: dict[str, Asset] = {}
    copies = Path(mkdtemp(prefix="scim-console-static-"))
    weakref.finalize(app, shutil.rmtree, copies, ignore_errors=True)
    for file in sorted(STATIC.rglob("*")):
        name = file.relative_to(STATIC).as_posix()
        if file.suffix in (".css", ".js", ".svg") and not name.startswith("sandbox/"):
            content = file.read_bytes()
            stem, dot, suffix = name.rpartition(".")
            path = f"/static/{stem}.{hashlib.sha256(content).hexdigest()[:12]}{dot}{suffix}"
            digest = base64.b64encode(hashlib.sha384(content).digest()).decode()
            assets[name] = Asset(path, f"sha384-{digest}")
            noise.add_file_to_dictionary(path, _compressed(file, copies / Path(path).name))
    for needed in ("vendor/htmx-4.0.1.min.js", "vendor/hx-csp-4.0.1.min.js"):
        if needed not in assets:
            raise FileNotFoundError(f"static/{needed} is missing: `make` installs it")
    # Browsers that know no icons in SVG ask for this one, and so do all where no page of ours says which to take.
    noise.add_file_to_dictionary("/favicon.ico", str(STATIC / "favicon.ico"))
    app.wsgi_app = noise  # type: ignore[method-assign]

    @app.template_global()
    def asset(name: str) -> Asset:
        return assets[name]


def _compressed(file: Path, copy: Path) -> str:
    """The path of a copy, beside which is what WhiteNoise sends to browsers that take it smaller."""
    shutil.copy2(file, copy)  # with the file's time, which answers tell
    for suffix, content in _smaller(copy.read_bytes()).items():
        Path(f"{copy}{suffix}").write_bytes(content)
    return str(copy)


@cache  # for a process that makes the application more than once
def _smaller(content: bytes) -> dict[str, bytes]:
    return {".gz": gzip.compress(content), ".br": brotli.compress(content, quality=_BROTLI_QUALITY)}
