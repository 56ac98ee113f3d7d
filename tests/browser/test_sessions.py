"""Where somebody is signed in, and signing out of there."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import expect_page, expect_signed_in, press, sign_in, sign_in_by_code
from tests.conftest import Console, Sandbox

ADA = "ada@acme.example"


@pytest.fixture
def other_page(browser: Browser, console: Console, browser_errors: list[str], javascript: bool) -> Iterator[Page]:
    """A page in another browser."""
    with open_page(browser, console.url, browser_errors, javascript=javascript) as page:
        yield page


def sign_in_twice(page: Page, other: Page, sandbox: Sandbox) -> None:
    """By mail here; some time later there, with Google."""
    sign_in(page, sandbox, ADA, "Acme")
    sandbox.world.clock.advance(120)
    other.goto("/login/acme")
    other.get_by_role("link", name="Continue with Google").click()
    other.get_by_role("link", name=ADA).click()
    expect_signed_in(other, ADA, "Acme")


def open_sessions(page: Page) -> None:
    page.get_by_role("link", name="where you are signed in").click()
    expect_page(page, "Where you are signed in")


def test_one_browser_ends_the_session_of_another(either_page: Page, other_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_twice(page, other_page, sandbox)
    open_sessions(page)
    sessions = page.get_by_role("main").get_by_role("listitem")
    here = sessions.filter(has=page.get_by_role("heading", name="This browser"))
    there = sessions.filter(has=page.get_by_role("heading", name="Signed in"))
    expect(sessions).to_have_count(2)
    expect(here).to_contain_text("By mail.")
    expect(here.get_by_role("button")).to_have_count(0)
    expect(there).to_contain_text("By Google.")

    there.get_by_role("button").click()
    expect(sessions).to_have_count(1)
    expect(here).to_be_visible()
    assert len(sandbox.world.sessions) == 1

    other_page.reload()
    expect(other_page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.reload()
    expect_page(page, "Where you are signed in")
    sign_in_by_code(other_page, sandbox, ADA)
    other_page.get_by_role("button", name="Acme").click()
    expect_signed_in(other_page, ADA, "Acme")


def test_one_that_is_over_already(either_page: Page, other_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_twice(page, other_page, sandbox)
    open_sessions(page)
    press(other_page, "Sign out")
    expect_page(other_page, "Sign in")
    page.get_by_role("button", name="End it").click()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(1)
    expect(page.get_by_role("heading", name="This browser")).to_be_visible()


def test_sessions_of_other_people_are_not_listed(either_page: Page, other_page: Page, sandbox: Sandbox) -> None:
    sign_in(other_page, sandbox, "vic@acme.example")
    sign_in(either_page, sandbox, ADA, "Acme")
    open_sessions(either_page)
    expect(either_page.get_by_role("main").get_by_role("listitem")).to_have_count(1)


def test_sign_out_everywhere(either_page: Page, other_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_twice(page, other_page, sandbox)
    open_sessions(page)
    press(page, "Sign out everywhere")
    expect_page(page, "Sign in")
    assert sandbox.world.sessions == {}
    other_page.reload()
    expect(other_page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    page.goto("/connections")
    expect_page(page, "Sign in")
