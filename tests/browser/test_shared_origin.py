"""The console at a path of the portal's origin, in Chromium: nothing leads out of it, the portal loses nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Launch, open_page
from tests.browser.steps import complete, connection_of, expect_page, notice, press, rotation_calls, sign_in, start
from tests.conftest import Console, Sandbox
from tests.shared_origin.origin import WAYS, Shared, share_an_origin


@pytest.fixture(params=[*WAYS, "HTTPS"])
def shared(
    request: pytest.FixtureRequest, console: Console, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Shared]:
    """The portal and the console."""
    with share_an_origin(request.param, console, tmp_path, monkeypatch) as shared:
        yield shared


@pytest.fixture
def visitor(
    shared: Shared, browser: Browser, launch: Launch, browser_errors: list[str], *, javascript: bool
) -> Iterator[Page]:
    """Somebody at the portal, for the first time."""
    with ExitStack() as stack:
        if shared.url.startswith("https:"):
            browser = stack.enter_context(closing(launch("--ignore-certificate-errors")))
        page = stack.enter_context(open_page(browser, shared.url, browser_errors, javascript=javascript))
        page.goto("/")
        expect_page(page, "Visit 1")
        page.evaluate("localStorage.setItem('portal', 'its own')")
        yield page


def test_from_the_portal_through_a_rotation_and_back(visitor: Page, shared: Shared, sandbox: Sandbox) -> None:
    acme = connection_of(sandbox, "acme")
    visitor.get_by_role("link", name="SCIM").click()
    expect(visitor).to_have_url(f"{shared.url}/scim/login?next=/scim/")
    sign_in(visitor, sandbox, "olga@acme.example")
    expect(visitor).to_have_url(f"{shared.url}/scim/connections")
    assert start(visitor) == acme.next_bearer_token
    complete(visitor)
    notice(visitor, "Rotation completed")
    assert rotation_calls(sandbox) == ["start", "complete"]

    press(visitor, "Sign out")
    expect(visitor).to_have_url(f"{shared.url}/scim/login")
    visitor.goto("/")
    expect_page(visitor, "Visit 2")
    assert visitor.evaluate("localStorage.getItem('portal')") == "its own"
    secure = "__Secure-" if shared.url.startswith("https:") else ""
    cookies = {(cookie["name"], cookie["path"], cookie["secure"]) for cookie in visitor.context.cookies()}
    assert cookies == {("session", "/", False), (f"{secure}scim_console", "/scim", bool(secure))}


def test_a_session_that_ended_leads_back_to_the_page(visitor: Page, shared: Shared, sandbox: Sandbox) -> None:
    page = f"{shared.url}/scim/connections/{connection_of(sandbox, 'acme').connection_id}"
    visitor.goto(page)
    sign_in(visitor, sandbox, "olga@acme.example")
    expect(visitor).to_have_url(page)
    sandbox.world.sessions.clear()
    press(visitor, "Start rotation")
    expect(visitor.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert rotation_calls(sandbox) == []
    sandbox.world.clock.advance(1)  # Stytch mails an address one link a second
    sign_in(visitor, sandbox, "olga@acme.example")
    expect(visitor).to_have_url(page)
