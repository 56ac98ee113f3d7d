"""Signing in by mail, and that the browser fixtures see what they promise to see."""

from playwright.sync_api import Page, expect

from tests.browser.steps import sign_in
from tests.conftest import Sandbox


def test_one_organization_is_entered_at_once(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "vic@acme.example")
    expect(page.get_by_role("banner")).to_contain_text("vic@acme.example")
    expect(page.get_by_role("banner")).to_contain_text("Acme")


def test_of_several_organizations_one_is_chosen(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Initech")
    expect(page.get_by_role("banner")).to_contain_text("Initech")


def test_without_javascript(page_without_javascript: Page, sandbox: Sandbox) -> None:
    sign_in(page_without_javascript, sandbox, "ada@acme.example", "Acme")
    expect(page_without_javascript.get_by_role("banner")).to_contain_text("Acme")


def test_errors_in_the_page_are_seen(page: Page, browser_errors: list[str]) -> None:
    page.goto("/login")
    with page.expect_console_message(lambda message: "Content Security Policy" in message.text):
        page.evaluate("document.body.setAttribute('style', 'color: red')")
    with page.context.expect_event("weberror"):
        page.evaluate("() => { setTimeout(() => { throw new Error('thrown') }) }")
    style, thrown = browser_errors
    assert "inline style" in style
    assert thrown == "thrown"
    browser_errors.clear()
