"""The main job: a rotation from start to end, with provisioning going on throughout."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    cancel,
    complete,
    connection_of,
    notice,
    open_review,
    provision,
    rotation_calls,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Sandbox

REQUEST_ID = re.compile(r"request-id-test-[0-9a-f-]{36}")


def test_a_rotation_is_completed_without_a_gap(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    old = acme.bearer_token
    page.goto("/")
    expect(page).to_have_url(re.compile("/login"))
    sign_in(page, sandbox, "ada@acme.example", "Acme")

    card = page.locator(f"#connection-{acme.connection_id}")
    expect(card).to_have_attribute("data-rotation", "none")
    expect(card.get_by_role("heading", name="Acme Okta")).to_be_visible()
    expect(card).to_contain_text("Okta · Active")
    expect(card).to_contain_text(acme.base_url(sandbox.url))
    expect(card.locator(".lane")).to_contain_text(f"token ending in {old[-4:]}")
    expect(card.locator(".lane")).to_contain_text(re.compile(r"works, ends .*, in (399|400) days"))
    expect(page.get_by_role("banner")).to_contain_text("Acme")
    expect(page.get_by_role("banner")).to_contain_text("ada@acme.example")
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    page.evaluate("window.loaded = 'once'")
    assert provision(page, sandbox, acme) == 200

    new = start(page)
    assert new == acme.next_bearer_token
    expect(card).to_have_attribute("data-rotation", "started")
    expect(card.locator(".lane")).to_contain_text([f"{old[-4:]}Current token", f"{new[-4:]}New token"])
    expect(card).to_contain_text("“HTTP Header Authorization: Bearer”")
    assert provision(page, sandbox, acme) == 200
    assert provision(page, sandbox, acme, new) == 200

    review = open_review(page, "Complete")
    expect(review).to_contain_text(re.compile(f"Stops at once, for good ?.*{old[-4:]} the current token", re.DOTALL))
    expect(review).to_contain_text(re.compile(f"Stays, as the only one ?.*{new[-4:]} the new token", re.DOTALL))
    review.get_by_role("checkbox", name="Okta now uses").check()
    review.get_by_role("button", name="Complete: switch off").click()
    expect(notice(page, "Rotation completed")).to_contain_text(REQUEST_ID)
    expect(card).to_have_attribute("data-rotation", "none")
    expect(card.locator(".lane")).to_contain_text([f"{old[-4:]}Previous token", f"{new[-4:]}Current token"])
    expect(card.locator(".lane").first).to_contain_text("stopped")
    expect(token_field(page)).to_have_count(0)
    assert provision(page, sandbox, acme, old) == 401
    assert provision(page, sandbox, acme, new) == 200
    assert rotation_calls(sandbox) == ["start", "complete"]
    assert page.evaluate("window.loaded") == ("once" if javascript else None)


def test_a_rotation_is_cancelled(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    old = acme.bearer_token
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    assert provision(page, sandbox, acme, new) == 200

    cancel(page)
    expect(notice(page, "Rotation cancelled")).to_contain_text(REQUEST_ID)
    expect(page.locator(".lane")).to_contain_text([f"{new[-4:]}Previous token", f"{old[-4:]}Current token"])
    assert provision(page, sandbox, acme) == 401
    assert provision(page, sandbox, acme, old) == 200
    assert rotation_calls(sandbox) == ["start", "cancel"]
    page.get_by_role("link", name="Acme Okta").click()
    expect(page.get_by_role("heading", name="Rotation cancelled")).to_have_count(0)


def test_focus_and_announcement_follow_each_step(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    status = page.get_by_role("status")
    page.evaluate("window.region = document.getElementById('status')")
    for act, title in [(start, "Rotation started"), (cancel, "Rotation cancelled")]:
        act(page)
        expect(page.get_by_role("heading", name=title)).to_be_focused()
        expect(status).to_contain_text(f"{title}. ")
    start(page)
    complete(page)
    expect(page.get_by_role("heading", name="Rotation completed")).to_be_focused()
    expect(status).to_contain_text("Rotation completed. ")
    assert page.evaluate("window.region === document.getElementById('status')")


@pytest.mark.parametrize("action", ["Complete", "Cancel"])
def test_leaving_the_review_does_nothing(page: Page, sandbox: Sandbox, action: str) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    review = open_review(page, action)
    expect(review.get_by_role("heading")).to_be_focused()
    page.keyboard.press("Escape")
    expect(review).to_be_hidden()
    expect(page.get_by_role("link", name=f"{action} rotation")).to_be_focused()
    open_review(page, action).get_by_role("link", name="Back").click()
    expect(review).to_be_hidden()
    expect(page.get_by_role("link", name=f"{action} rotation")).to_be_focused()
    assert rotation_calls(sandbox) == ["start"]
    assert connection_of(sandbox, "acme").next_bearer_token


def test_back_from_the_review_page(page_without_javascript: Page, sandbox: Sandbox) -> None:
    page = page_without_javascript
    sign_in(page, sandbox, "ian@initech.example")
    for action in ("Complete", "Cancel"):
        open_review(page, action).get_by_role("link", name="Back").click()
        expect(page.get_by_role("article")).to_have_attribute("data-rotation", "started")
    assert rotation_calls(sandbox) == []


def test_completing_wants_the_box_ticked(page_without_javascript: Page, sandbox: Sandbox) -> None:
    page = page_without_javascript
    sign_in(page, sandbox, "ian@initech.example")
    review = open_review(page, "Complete")
    review.evaluate("form => { form.noValidate = true }")  # a browser that does not check forms itself
    review.get_by_role("button", name="Complete: switch off").click()
    expect(page.get_by_role("checkbox")).to_have_accessible_description(re.compile("Tick this first"))
    assert page.title().startswith("Error: ")
    assert rotation_calls(sandbox) == []


def test_start_pressed_twice_is_one_start(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    posts: list[str] = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Start rotation").dblclick()
    expect(token_field(page)).to_be_visible()
    notice(page, "Rotation started")
    assert len(posts) == 1
    assert rotation_calls(sandbox) == ["start"]
