"""The token check as people use it, with JavaScript and without."""

import io

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.steps import (
    complete,
    confirm,
    connection_of,
    last_four,
    notice,
    open_review,
    press,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox
from webapp.sandbox.faults import Fault

PASTED = "textarea[name=pasted]"


@pytest.fixture
def started(either_page: Page, sandbox: Sandbox) -> tuple[Page, str]:
    """A page that shows the new token, and that token; leaving it is confirmed where it is asked."""
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    token = start(page)
    page.on("dialog", lambda dialog: dialog.accept())
    return page, token


def check(page: Page, text: str) -> None:
    """Pastes a text and presses the button."""
    page.locator(PASTED).fill(text)
    press(page, "Check token")


def test_from_the_review_and_back(started: tuple[Page, str], sandbox: Sandbox, javascript: bool) -> None:
    """The page with the token stays where it is: a token that was mistyped has to be copied once more."""
    page, token = started
    old = connection_of(sandbox, "acme").bearer_token
    if javascript:
        review = open_review(page, "Complete")
        with page.context.expect_page() as opened:
            review.get_by_role("link", name="Check what Okta holds (in a new tab)").click()
        expect(token_field(page)).to_have_value(token)
        page = opened.value
    else:
        page.get_by_role("link", name="Complete rotation").click()
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Check what Okta holds (in a new tab)").click()
        page = opened.value
    check(page, token[:-3])
    expect(notice(page, "This is neither the new token nor the current one")).to_contain_text("It has 45 characters")
    check(page, f"Bearer {old}")
    told = notice(page, "This is the current token")
    expect(told).to_contain_text(f"Put {last_four(token)} into Okta first.")
    expect(told).to_contain_text("there is the word Bearer before it")
    check(page, token)
    expect(notice(page, "This is the new token")).to_contain_text(
        f"Stytch accepts it, and it ends in {last_four(token)}."
    )
    page.get_by_role("link", name="Go on: complete rotation").click()
    confirm(page.locator("form", has=page.get_by_role("button", name="Complete: switch off")))
    notice(page, "Rotation completed")


def test_the_verdict_is_heard_and_the_field_is_empty(
    started: tuple[Page, str], sandbox: Sandbox, javascript: bool
) -> None:
    page, token = started
    page.get_by_role("link", name="Check a token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check a token")
    for text, title, region in (
        (token, "This is the new token", "status"),
        ("x" + token, "It ends like the new token, but Stytch does not accept it", "alert"),
        ("••••••••", "Okta masks its field", "alert"),
    ):
        check(page, text)
        notice(page, title)
        expect(page.locator(PASTED)).to_have_value("")
        assert text not in page.content()
        assert page.url.endswith("/token-check")
        expect(page.get_by_role("heading", name=title)).to_be_focused()
        if javascript:
            expect(page.locator(f"#{region}")).to_contain_text(title)
    expect(page.get_by_text("It is too long by 1 character.")).to_have_count(0)
    sandbox.world.faults.append(Fault(method="GET", path="/Users$", fault="drop_before_commit"))
    check(page, token)
    notice(page, "By its last four characters it looks like the new token")
    page.reload()
    expect(page.locator(PASTED)).to_have_value("")


def test_nothing_pasted(started: tuple[Page, str], javascript: bool) -> None:
    page, _ = started
    page.get_by_role("link", name="Check a token").click()
    page.locator("form.review").evaluate("form => { form.noValidate = true }")
    press(page, "Check token")
    field = page.locator(PASTED)
    expect(page.get_by_text("Error: Paste a token first.").first).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    if javascript:
        expect(page.get_by_role("alert")).to_have_text("Error: Paste a token first.")
    else:
        assert page.title().startswith("Error: Check a token of Acme Okta")


def test_after_completing(started: tuple[Page, str]) -> None:
    page, token = started
    complete(page)
    notice(page, "Rotation completed")
    page.get_by_role("link", name="Check a token").click()
    check(page, token)
    expect(notice(page, "This is the current token")).to_contain_text("It is the only one.")
    page.get_by_role("link", name="Back to the connection").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("SCIM connection")


def test_the_pasted_is_nowhere(
    started: tuple[Page, str], console: Console, sandbox: Sandbox, logs: io.StringIO, javascript: bool
) -> None:
    page, _ = started
    urls: list[str] = []
    page.context.on("request", lambda request: urls.append(request.url))
    pasted = "another-systems-secret-0123456789"
    page.get_by_role("link", name="Check a token").click()
    check(page, pasted)
    notice(page, "This is neither the new token nor the current one")
    stored = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie, name])")
    page.goto(f"{console.url}/history")
    expect(page.get_by_role("table")).to_contain_text("Check token")
    for where in (repr(urls), stored, logs.getvalue(), repr(page.context.cookies()), page.content()):
        assert pasted not in where
    if javascript:
        page.go_back()
        expect(page.locator(PASTED)).to_have_value("")
    else:
        with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser would have to post the form again
            page.go_back()
        page.wait_for_url("chrome-error://**")
    assert sandbox.calls().count("GET Users") == 2, "the probe, and the check"


def test_no_answer_of_the_console(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Check a token").click()
    page.route("**/token-check", lambda route: route.fulfill(status=502, body="Bad gateway"))
    check(page, "something-that-was-pasted")
    expect(notice(page, "The console did not answer")).to_contain_text("a check changes nothing")
    expect(page.get_by_role("heading", name="The console did not answer")).to_be_focused()


def test_what_the_browser_keeps_of_a_page(page: Page, sandbox: Sandbox) -> None:
    """Chromium keeps no page that is `no-store`; a browser that did would fire this event."""
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Check a token").click()
    page.locator(PASTED).fill("something-that-was-pasted")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    expect(page.locator(PASTED)).to_have_value("")
