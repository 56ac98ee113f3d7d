"""A portal with the console in a frame, each by HTTPS under a name of its own, as browsers tell sites apart."""

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO
from urllib.parse import urlsplit

from flask import Flask
from playwright.sync_api import Browser, FrameLocator, Page, expect
from werkzeug.wrappers import Response

from tests.browser.conftest import open_page
from tests.browser.steps import press
from tests.conftest import Console, Sandbox
from tests.sandbox.unreachable import self_signed
from tests.web.apps import app_of
from webapp.sandbox.server import Server

NAMES = ("console.acme.example", "portal.acme.example", "portal.example")
"""The console's, and the portal's: of the console's own site, and of another one."""
NAMES_EVERYWHERE = ("127.0.0.1", "127.0.0.1", "localhost")
"""The same for a browser that can't be told where names are."""
FINDS_THEM = "--host-resolver-rules=MAP *.example 127.0.0.1"
"""For a Chromium that is to find them."""
THIRD_PARTY_COOKIES_BLOCKED = "--test-third-party-cookie-phaseout"

_PAGE = """<!doctype html>
<html lang="en"><title>Portal</title><h1>Portal</h1>
<iframe src="{src}" title="SCIM connections" allow="clipboard-write" width="700" height="500"></iframe>
<script>
  window.told = [];
  addEventListener("message", (event) => told.push([event.origin, event.data]));
  const tell = (data, origin) => document.querySelector("iframe").contentWindow.postMessage(data, origin);
</script></html>"""


class Portal:
    """One page, at every path, whose frame shows the console's path of the query `?path=`; `headers` come with it."""

    def __init__(self, console_url: str) -> None:
        self.headers: dict[str, str] = {}
        self.page = _PAGE
        self._console_url = console_url

    def __call__(self, environ, start_response):  # type: ignore[no-untyped-def]
        path = environ.get("QUERY_STRING", "").removeprefix("path=") or "/connections"
        html = self.page.replace("{src}", self._console_url + path)
        page = Response(html, mimetype="text/html", headers=self.headers)
        return page(environ, start_response)


@dataclass
class Embedding:
    """The running console and portal, and a browser that knows their names."""

    console_url: str
    near: str
    far: str
    portal: Portal
    sandbox: Sandbox
    app: Flask
    browser: Browser
    errors: list[str]

    @contextlib.contextmanager
    def open(self, origin: str, path: str = "/connections", *, javascript: bool = True) -> Iterator[Page]:
        """The portal's page in a new browser profile, the console's `path` in its frame."""
        with open_page(self.browser, self.console_url, self.errors, javascript=javascript, trusting=True) as page:
            page.goto(f"{origin}/?path={path}")
            yield page

    def sign_in_window(self, page: Page, words: str = "Sign in in a new window") -> Page:
        """The window that the frame's link opens."""
        with page.expect_popup() as popup:
            frame(page).get_by_role("link", name=words).click()
        return popup.value

    def sign_in_by_code(self, page: Page, email: str) -> None:
        """Signs in on the door that the page shows, with a mailed code."""
        page.get_by_label("Work email").fill(email)
        press(page, "Email me a code")
        page.wait_for_url("**/authenticate/code")
        page.get_by_label("Code").fill(self.sandbox.world.inbox[0].code or "")
        press(page, "Sign in")


def frame(page: Page) -> FrameLocator:
    """The console in the portal's page."""
    return page.frame_locator("iframe")


def consent(window: Page) -> None:
    """Has the portal's page go on with the window's sign-in; the window closes."""
    with window.expect_event("close"):
        press(window, "Use this sign-in")


def expect_connections(page: Page) -> None:
    """The frame shows the connections."""
    expect(frame(page).get_by_role("heading", level=1)).to_have_text("SCIM connections")


@contextlib.contextmanager
def embedding(
    console: Console,
    sandbox: Sandbox,
    browser: Browser,
    errors: list[str],
    *,
    names: tuple[str, str, str] = NAMES,
    logs: TextIO | None = None,
    forget_partitioned: bool = False,
) -> Iterator[Embedding]:
    """Both servers, for a browser with `FINDS_THEM`, or of other names.

    `forget_partitioned` has the browser know nothing of partitioned cookies.
    """
    app: Flask
    own_name, *portal_names = names
    server = Server(lambda environ, start_response: app(environ, start_response), ssl_context=self_signed())
    console_url = f"https://{own_name}:{urlsplit(server.url).port}"
    portal = Portal(console_url)
    portal_server = Server(portal, ssl_context=self_signed())
    near, far = (f"https://{name}:{urlsplit(portal_server.url).port}" for name in portal_names)
    with app_of(console, logs or sys.stderr, public_url=console_url, embed_origins=(near, far)) as app:
        if forget_partitioned:
            _forget_partitioned(app)
        server.start()
        portal_server.start()
        try:
            yield Embedding(console_url, near, far, portal, sandbox, app, browser, errors)
        finally:
            server.stop()
            portal_server.stop()


def _forget_partitioned(app: Flask) -> None:
    inner = app.wsgi_app

    def wsgi_app(environ, start_response):  # type: ignore[no-untyped-def]
        def start(status, headers, *more):  # type: ignore[no-untyped-def]
            return start_response(status, [(k, v.replace("; Partitioned", "")) for k, v in headers], *more)

        return inner(environ, start)

    app.wsgi_app = wsgi_app  # type: ignore[method-assign]
