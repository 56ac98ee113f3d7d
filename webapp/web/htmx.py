"""The one place that knows htmx's request and response headers.

htmx 4 sends no trigger headers, and htmx-flask 0.1.0 mangles some that it writes: use these helpers, not
`request.htmx.trigger`, `.target` or `reswap=`.
"""

from typing import cast
from urllib.parse import urlsplit

from flask import Flask, Response, redirect, request
from htmx_flask import Htmx, make_response
from htmx_flask import request as htmx_request
from werkzeug.wrappers import Response as WerkzeugResponse


def init_app(app: Flask) -> None:
    """Teaches the app's requests about htmx, and caches that a page and a fragment differ."""
    Htmx(app)

    @app.after_request
    def vary(response: Response) -> Response:
        if response.mimetype == "text/html":
            response.vary.update(["HX-Request-Type"])
        return response


def wants_fragment() -> bool:
    """Whether htmx will swap a part of its page; everything else, history included, wants a page."""
    return request.headers.get("HX-Request-Type") == "partial"


def is_htmx() -> bool:
    """Whether a script, not the browser itself, will read the answer."""
    return bool(htmx_request.htmx) or htmx_request.htmx.history_restore_request


def current_path() -> str | None:
    """Path and query of the page that htmx sent the request from."""
    parts = urlsplit(request.headers.get("HX-Current-URL", ""))
    return parts.path + (f"?{parts.query}" if parts.query else "") or None


def fragment(html: str, status: int = 200) -> Response:
    """A part of a page. app.js swaps nothing that does not carry this mark: not a proxy's error page, say."""
    response = Response(html, status, mimetype="text/html")
    response.headers["Console-Fragment"] = "true"
    return response


def go(url: str) -> WerkzeugResponse:
    """Leaves for another page, by the browser or by htmx."""
    return cast("Response", make_response("", 204, redirect=url)) if is_htmx() else redirect(url, 303)


def sign_in_at(url: str) -> WerkzeugResponse:
    """Sends somebody who is not signed in to the sign-in page; htmx would swap a redirect's page into a card."""
    return cast("Response", make_response("", 401, redirect=url)) if is_htmx() else redirect(url, 303)
