"""Where the console is: at `PUBLIC_URL`, below the path of that address if it has one."""

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from flask import Flask, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp.settings import Settings
from webapp.web import htmx

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Mount:
    """Has `app` see paths as if it were alone, and make them as browsers need them.

    A proxy may pass a path on whole or without the prefix; `DispatcherMiddleware` splits it. Neither they nor a header
    such as X-Forwarded-Prefix say what the prefix is.
    """

    def __init__(self, app: "WSGIApplication", prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answers the request."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = self._prefix, path or "/"
        return self._app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    """Puts the console in its place. Comes after everything else that wraps `app.wsgi_app`."""
    app.config.update(PUBLIC_URL=settings.public_url, ORIGIN=settings.origin)
    app.add_template_global(page)
    # Werkzeug would redirect `//login` to the Host that it was asked by, which a proxy may have made up.
    app.url_map.merge_slashes = False
    app.wsgi_app = Mount(app.wsgi_app, settings.prefix)  # type: ignore[method-assign]
    if settings.trusted_proxies:
        # Only whose request it is: what is public about the console's address, PUBLIC_URL says.
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0, x_host=0
        )


def here() -> str:
    """Path and query of this request, as the browser has them."""
    return request.script_root + request.full_path.removesuffix("?")


def page() -> str | None:
    """Path and query of the page that the person has open: this one, or the one that this request was sent from."""
    if request.method == "GET" and not htmx.is_htmx():
        return here()
    try:
        return htmx.current_path() or referring().partition("?")[0] or None
    except ValueError:  # what htmx says is no URL
        return None


def absolute(path: str) -> str:
    """The whole URL of a path as `url_for` makes it."""
    return str(current_app.config["ORIGIN"]) + path


def within(path: str) -> str | None:
    """What is left of a browser's path below the console's own root, `/` for that; None where it is another's."""
    prefix = request.script_root
    if any(unquote(part) in (".", "..") for part in re.split(r"[/\\]", path)):
        return None
    if path != prefix and not path.startswith(f"{prefix}/"):
        return None
    return path[len(prefix) :] or "/"


def referring() -> str:
    """Path and query of the page of this origin that led here; empty if none did."""
    try:
        parts = urlsplit(request.referrer or "")
    except ValueError:
        return ""
    if f"{parts.scheme}://{parts.netloc}" != current_app.config["ORIGIN"]:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def local(url: str) -> bool:
    """Whether the URL is a path of this console: never a way to another site."""
    if not url.startswith("/") or url.startswith("//") or not url.isascii():
        return False
    if any(ord(c) < 33 or c == "\\" for c in url):
        return False
    parts = urlsplit(url)
    return not parts.scheme and not parts.netloc and within(parts.path) is not None
