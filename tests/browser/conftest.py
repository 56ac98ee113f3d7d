"""A real Chromium. Whatever its console calls an error, a broken Content-Security-Policy included, fails the test."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from tests.conftest import Console
from tools import chromium

# Chromium reports each 4xx and 5xx answer as an error; what the page makes of it is what a test looks at.
ANSWERED = "Failed to load resource: the server responded with a status of "
# In a frame of another origin Chromium leaves it to scripts, and calls that an error.
NO_AUTOFOCUS = "Blocked autofocusing on a "


Launch = Callable[..., Browser]


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The Chromium to start; empty for Playwright's own."""
    path = chromium.find()
    assert path is not None, "no Chromium: `make test` gets one"
    return path


@pytest.fixture(scope="session")
def playwright(chromium_path: str) -> Iterator[Playwright]:
    """What drives the browsers; there is one at a time, and the search for a Chromium may have needed one."""
    with sync_playwright() as playwright:
        assert chromium_path or Path(playwright.chromium.executable_path).exists()
        yield playwright


@pytest.fixture(scope="session")
def launch(playwright: Playwright, chromium_path: str) -> Launch:
    """Starts a Chromium, with more options than all have if need be."""
    return partial(chromium.launch, playwright, chromium_path)


@pytest.fixture(scope="session")
def browser(launch: Launch) -> Iterator[Browser]:
    """The Chromium that nearly all tests share."""
    browser = launch()
    yield browser
    browser.close()


@pytest.fixture
def browser_errors() -> Iterator[list[str]]:
    """What the pages' consoles called errors so far; a test that provokes one takes it out."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def page(browser: Browser, console: Console, browser_errors: list[str]) -> Iterator[Page]:
    """A page of a new browser profile; `page.goto("/")` is the console."""
    with open_page(browser, console.url, browser_errors) as page:
        yield page


@pytest.fixture
def page_without_javascript(browser: Browser, console: Console, browser_errors: list[str]) -> Iterator[Page]:
    """The same with JavaScript switched off."""
    with open_page(browser, console.url, browser_errors, javascript=False) as page:
        yield page


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def javascript(request: pytest.FixtureRequest) -> bool:
    """On, then off."""
    return bool(request.param)


@pytest.fixture
def either_page(browser: Browser, console: Console, browser_errors: list[str], javascript: bool) -> Iterator[Page]:
    """A page with JavaScript, then one without: for what works the same."""
    with open_page(browser, console.url, browser_errors, javascript=javascript) as page:
        yield page


@contextmanager
def open_page(
    browser: Browser,
    url: str,
    errors: list[str],
    *,
    javascript: bool = True,
    zone: str | None = None,
    trusting: bool = False,
) -> Iterator[Page]:
    """A page of a new browser profile at a console, for a test that needs a second person, or another time zone.

    A `trusting` one takes any certificate.
    """
    context = browser.new_context(
        base_url=url, java_script_enabled=javascript, timezone_id=zone, ignore_https_errors=trusting
    )
    context.set_default_timeout(10_000)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on(
        "console",
        lambda message: (
            errors.append(message.text)
            if message.type == "error"
            and not message.text.startswith(NO_AUTOFOCUS)
            and (not message.text.startswith(ANSWERED) or "/static/" in message.location["url"])
            else None
        ),
    )
    yield context.new_page()
    context.close()
