"""The new token while it is on screen: it can be copied, it is not lost by an error, and leaving asks first."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.steps import (
    complete,
    connection_of,
    fail,
    last_four,
    let_it_settle,
    notice,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox

SELECTED = "() => getSelection().toString()"


def test_copied_is_said_when_it_was(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.get_by_role("button", name="Copy new token").click()
    expect(page.get_by_role("button", name="Copied new token")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == new
    page.get_by_text("Connection details").click()
    page.get_by_role("button", name="Copy base URL").click()
    expect(page.get_by_role("button", name="Copied base URL")).to_be_visible()
    acme = connection_of(sandbox, "acme")
    assert page.evaluate("navigator.clipboard.readText()") == acme.base_url(sandbox.url)


def test_copying_refused_selects_instead(page: Page, sandbox: Sandbox) -> None:
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.get_by_role("button", name="Copy new token").click()
    expect(page.get_by_role("button", name="Selected: press Ctrl+C new token")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("does not allow copying")
    assert page.evaluate(SELECTED) == new
    page.get_by_text("Connection details").click()
    page.get_by_role("button", name="Copy base URL").click()
    expect(page.get_by_role("button", name="Selected: press Ctrl+C base URL")).to_be_visible()
    assert page.evaluate(SELECTED) == connection_of(sandbox, "acme").base_url(sandbox.url)
    expect(page.get_by_role("button", name="Copied")).to_have_count(0)


def test_the_field_selects_itself_and_can_t_be_changed(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    token_field(page).focus()
    assert page.evaluate(SELECTED) == new
    page.keyboard.type("x")
    expect(token_field(page)).to_have_value(new)


def test_leaving_asks_first(page: Page, console: Console, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    new = start(page)
    page.get_by_role("link", name="Acme Okta").click()
    expect(token_field(page)).to_have_value(new)
    assert asked == ["beforeunload"]

    complete(page)
    notice(page, "Rotation completed")
    page.on("dialog", stay)
    page.get_by_role("link", name="Acme Okta").click()
    expect(page).to_have_url(f"{console.url}/connections/{connection_of(sandbox, 'acme').connection_id}")
    assert asked == ["beforeunload"]


@pytest.mark.parametrize(
    ("fault", "title"),
    [("status", "The rotation was not completed"), ("drop_before_commit", "Not completed so far")],
)
def test_a_failed_complete_leaves_the_token_on_screen(page: Page, sandbox: Sandbox, fault: str, title: str) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    old, new = connection_of(sandbox, "acme").bearer_token, start(page)
    fail(sandbox, "complete", fault)
    complete(page)
    message = notice(page, title)
    expect(message).to_contain_text(f"{last_four(old)} and {last_four(new)} both work.")
    expect(page.get_by_role("heading", name=title)).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text(title)
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "started")
    expect(token_field(page)).to_be_visible()
    expect(token_field(page)).to_have_value(new)

    if fault == "drop_before_commit":  # it may still arrive
        expect(page.get_by_role("link", name="Complete rotation")).to_have_count(0)
        page.get_by_role("link", name="Check again").click()
        notice(page, "We do not know yet")
        expect(token_field(page)).to_have_value(new)
        let_it_settle(sandbox)
        page.get_by_role("link", name="Check again").click()
        notice(page, "The rotation was not completed")
        expect(token_field(page)).to_be_visible()
        expect(token_field(page)).to_have_value(new)
    complete(page)
    notice(page, "Rotation completed")
    expect(token_field(page)).to_have_count(0)
    assert new not in page.content()
