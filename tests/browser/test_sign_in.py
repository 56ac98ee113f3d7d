"""Signing in by mail and signing out, and that the browser fixtures see what they promise to see."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import newest_link, press, sign_in_by_hand
from tests.conftest import Console, Sandbox


def test_an_address_that_is_none(page: Page, sandbox: Sandbox) -> None:
    page.goto("/login")
    field = page.get_by_label("Work email")
    field.fill("ada")
    press(page, "Email me a sign-in link")
    expect(field).to_have_value("ada")
    expect(field).to_be_focused()
    expect(field).to_have_accessible_description("Error: Enter an email address, such as ada@example.com.")
    assert page.title().startswith("Error: ")
    assert not sandbox.world.inbox


def test_an_address_nobody_knows(page: Page, sandbox: Sandbox) -> None:
    page.goto("/login")
    page.get_by_label("Work email").fill("nobody@nowhere.example")
    press(page, "Email me a sign-in link")
    expect(page.get_by_role("main")).to_contain_text(
        "If nobody@nowhere.example can sign in here, a link is on its way."
    )
    page.goto(newest_link(sandbox, "nobody@nowhere.example"))
    expect(page.get_by_role("heading", level=1)).to_have_text("No organization for this address")


def test_a_link_works_once(page: Page, sandbox: Sandbox) -> None:
    sign_in_by_hand(page, sandbox, "vic@acme.example")
    page.goto(newest_link(sandbox, "vic@acme.example"))
    expect(page.get_by_role("heading", level=1)).to_have_text("This link belongs to another browser")
    page.goto("/connections")
    expect(page.get_by_role("article")).to_be_visible()


def test_a_link_is_of_no_use_in_another_browser(
    page: Page, browser: Browser, console: Console, sandbox: Sandbox, browser_errors: list[str]
) -> None:
    page.goto("/login")
    page.get_by_label("Work email").fill("vic@acme.example")
    press(page, "Email me a sign-in link")
    page.wait_for_url("**/authenticate/link")
    with open_page(browser, console.url, browser_errors) as elsewhere:
        elsewhere.goto(newest_link(sandbox, "vic@acme.example"))
        expect(elsewhere.get_by_role("heading", level=1)).to_have_text("This link belongs to another browser")
    assert sandbox.world.sessions == {}
    page.goto(newest_link(sandbox, "vic@acme.example"))
    expect(page.get_by_role("article")).to_be_visible()


def test_the_page_asked_for_comes_after_sign_in(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    path = "/connections/scim-connection-test-00000000-0000-4000-8000-000000000000"
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    sign_in_by_hand(page, sandbox, "vic@acme.example")
    expect(page).to_have_url(f"{console.url}{path}")


def test_sign_in_never_leads_to_another_site(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.goto("/login?next=//evil.example/connections")
    sign_in_by_hand(page, sandbox, "vic@acme.example")
    expect(page).to_have_url(f"{console.url}/connections")


def test_signing_out_ends_the_session_at_stytch(
    either_page: Page,
    browser: Browser,
    console: Console,
    sandbox: Sandbox,
    browser_errors: list[str],
    javascript: bool,
) -> None:
    page = either_page
    sign_in_by_hand(page, sandbox, "ada@acme.example", "Acme")
    cookies = page.context.cookies()
    assert [(cookie["httpOnly"], cookie["sameSite"]) for cookie in cookies] == [(True, "Lax")]
    press(page, "Sign out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(page.get_by_role("heading", name="Your session has ended")).to_have_count(0)
    assert sandbox.world.sessions == {}
    page.goto("/connections")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    with open_page(browser, console.url, browser_errors, javascript=javascript) as thief:
        for cookie in cookies:
            thief.context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": console.url}])
        thief.goto("/connections")
        expect(thief.get_by_role("heading", name="Your session has ended")).to_be_visible()
        expect(thief.get_by_role("article")).to_have_count(0)


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
