"""Somebody else was quicker: nothing is sent, and the fresh card says what holds."""

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import (
    cancel,
    confirm,
    connection_of,
    last_four,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox

CHANGED = "It has changed since you opened this page"


def test_a_change_in_the_dashboard(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    old = acme.bearer_token[-4:]
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    card, lanes = page.get_by_role("article"), page.locator(".lane")

    acme.start_rotation(None)
    with page.expect_response("**/rotation/start") as answer:
        press(page, "Start rotation")
    assert answer.value.status == 409
    expect(notice(page, CHANGED)).to_contain_text("Nothing was sent to Stytch.")
    expect(notice(page, CHANGED)).to_contain_text(f"You were looking at {last_four(old)} alone.")
    expect(card).to_have_attribute("data-rotation", "started")
    expect(lanes).to_contain_text([old, str(acme.next_bearer_token)[-4:]])

    for action in ("Complete", "Cancel"):
        review = open_review(page, action)
        acme.start_rotation(None)
        new = str(acme.next_bearer_token)[-4:]
        with page.expect_response(f"**/rotation/{action.lower()}") as answer:
            confirm(review)
        assert answer.value.status == 409
        expect(notice(page, CHANGED)).to_contain_text(f"Now: {last_four(old)} and {last_four(new)} both work.")
        expect(lanes).to_contain_text([old, new])

    review = open_review(page, "Cancel")
    acme.complete_rotation()
    confirm(review)
    expect(notice(page, CHANGED)).to_contain_text(f"Now: {last_four(acme.bearer_token)} is the only token.")
    expect(card).to_have_attribute("data-rotation", "none")
    expect(lanes).to_contain_text([acme.bearer_token[-4:]])
    assert rotation_calls(sandbox) == []


def test_another_admin_cancels_while_one_reviews(
    either_page: Page,
    browser: Browser,
    console: Console,
    sandbox: Sandbox,
    browser_errors: list[str],
    javascript: bool,
) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    review = open_review(page, "Complete")
    with open_page(browser, console.url, browser_errors, javascript=javascript) as olgas:
        sign_in(olgas, sandbox, "olga@acme.example")
        cancel(olgas)
        notice(olgas, "Rotation cancelled")

    confirm(review)
    expect(notice(page, CHANGED)).to_contain_text(f"Now: {last_four(acme.bearer_token)} is the only token.")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    expect(token_field(page)).to_have_count(0)
    assert rotation_calls(sandbox) == ["start", "cancel"]


def test_a_review_of_a_rotation_that_is_over(page_without_javascript: Page, sandbox: Sandbox) -> None:
    page = page_without_javascript
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, "ian@initech.example")
    initech.cancel_rotation()
    page.get_by_role("link", name="Complete rotation").click()
    expect(notice(page, "No rotation is open")).to_contain_text(f"{last_four(initech.bearer_token)} is the only token.")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
