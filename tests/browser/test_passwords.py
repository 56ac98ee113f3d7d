"""Passwords: signing in with one, and setting a new one by a mailed link."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import ask, expect_page, expect_signed_in, newest_link, press
from tests.conftest import Sandbox
from webapp.sandbox.seeds import WES_PASSWORD

TOO_EASY = "Too easy to guess. This is similar to a commonly used password."
STOLEN = "This password is in a list of stolen ones. Choose another."
NEW = "plum kettle orbit walrus 41"


def give_password(page: Page, password: str, button: str = "Sign in") -> None:
    page.get_by_role("textbox", name="password").fill(password)
    press(page, button)


@pytest.mark.parametrize("door", ["/login", "/login/wayne"])
def test_a_password_mistyped_then_right(either_page: Page, sandbox: Sandbox, door: str) -> None:
    page = either_page
    page.goto(door)
    ask(page, "wes@wayne.example", "Use my password")
    expect(page.get_by_label("Work email")).to_have_value("wes@wayne.example")
    give_password(page, WES_PASSWORD.upper())
    field = page.get_by_label("Password")
    expect(field).to_have_accessible_description(
        "Error: This address and password don't go together, or there were too many wrong tries."
    )
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    assert sandbox.world.sessions == {}
    give_password(page, WES_PASSWORD)
    expect_signed_in(page, "wes@wayne.example", "Wayne")


def test_an_address_without_a_password_gets_the_same_words(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    for email in ("vic@acme.example", "nobody@nowhere.example"):
        page.goto("/login")
        ask(page, email, "Use my password")
        give_password(page, WES_PASSWORD)
        expect(page.get_by_label("Password")).to_have_accessible_description(
            "Error: This address and password don't go together, or there were too many wrong tries."
        )
    assert sandbox.world.sessions == {}


@pytest.mark.parametrize("door", ["/login", "/login/wayne"])
def test_a_new_password(either_page: Page, sandbox: Sandbox, door: str, javascript: bool) -> None:
    page = either_page
    page.goto(door)
    ask(page, "wes@wayne.example", "Use my password")
    page.get_by_role("link", name="Forgot it, or have none yet?").click()
    press(page, "Email me the link")
    expect_page(page, "Check your inbox")
    page.goto(newest_link(sandbox, "wes@wayne.example"))
    expect_page(page, "Choose a new password")

    field, strength = page.get_by_label("New password"), page.locator("#strength")
    for weak, why in (("password1", TOO_EASY), ("correct horse battery staple", STOLEN)):
        field.fill(weak)
        if javascript:
            field.press("Tab")
            expect(strength).to_contain_text(why)
        press(page, "Set it and sign in")
        expect(field).to_have_accessible_description(re.compile(r"Error: This password is not strong enough\."))
        expect(field).to_be_focused()
        expect(strength).to_contain_text(why)
    assert sandbox.world.sessions == {}

    field.fill(NEW)
    if javascript:
        field.press("Tab")
        expect(strength).to_have_text("Strong enough.")
    press(page, "Set it and sign in")
    expect_signed_in(page, "wes@wayne.example", "Wayne")

    press(page, "Sign out")
    page.goto(door)
    ask(page, "wes@wayne.example", "Use my password")
    give_password(page, WES_PASSWORD)
    expect(page.get_by_label("Password")).to_have_accessible_description(
        "Error: This address and password don't go together, or there were too many wrong tries."
    )
    give_password(page, NEW)
    expect_signed_in(page, "wes@wayne.example", "Wayne")
