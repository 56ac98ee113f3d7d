"""Ways in that begin without an organization: a mailed code, and the five OAuth providers."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    ask,
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    other_than,
    press,
    sign_in_by_code,
)
from tests.conftest import Sandbox

PROVE_ADDRESS = ["Google", "Microsoft"]
PROVE_NONE = ["GitHub", "Slack", "HubSpot"]


def test_a_code_mistyped_then_right(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    ask(page, "vic@acme.example", "Email me a code")
    code = newest_code(sandbox, "vic@acme.example")
    give_code(page, other_than(code))
    field = page.get_by_label("Code")
    expect(field).to_have_accessible_description(
        "Error: This code is not right: mistyped, too old, replaced by a newer one, or one of too many tries."
    )
    expect(field).to_be_focused()
    assert page.title().startswith("Error: ")
    assert sandbox.world.sessions == {}
    give_code(page, f"{code[:3]} {code[3:]}")
    expect_signed_in(page, "vic@acme.example", "Acme")


def test_a_code_of_which_another_was_sent(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    ask(page, "vic@acme.example", "Email me a code")
    first = newest_code(sandbox, "vic@acme.example")
    sandbox.world.clock.advance(60)
    press(page, "Send another code")
    expect_page(page, "Enter the code")
    second = newest_code(sandbox, "vic@acme.example")
    if first != second:
        give_code(page, first)
        expect(page.get_by_label("Code")).to_have_accessible_description(
            "Error: This code is not right: mistyped, too old, replaced by a newer one, or one of too many tries."
        )
    give_code(page, second)
    expect_signed_in(page, "vic@acme.example", "Acme")


@pytest.mark.parametrize("provider", PROVE_ADDRESS)
def test_a_provider_that_proves_the_address(either_page: Page, provider: str) -> None:
    page = either_page
    page.goto("/login")
    page.get_by_role("link", name=f"Continue with {provider}").click()
    expect_page(page, f"{provider} (pretend)")
    page.get_by_role("link", name="vic@acme.example").click()
    expect_signed_in(page, "vic@acme.example", "Acme")


@pytest.mark.parametrize("provider", PROVE_NONE)
def test_a_provider_that_proves_no_address(either_page: Page, sandbox: Sandbox, provider: str) -> None:
    page = either_page
    page.goto("/login")
    page.get_by_role("link", name=f"Continue with {provider}").click()
    expect_page(page, f"{provider} (pretend)")
    page.get_by_role("link", name="vic@acme.example").click()
    expect_page(page, "Acme asks for another way")
    expect(page.get_by_role("main")).to_contain_text("vic@acme.example")
    assert sandbox.world.sessions == {}

    press(page, "Email me a code")
    give_code(page, newest_code(sandbox, "vic@acme.example"))
    expect_signed_in(page, "vic@acme.example", "Acme")
    [session] = sandbox.world.sessions.values()
    assert [factor.type for factor in session.factors] == ["oauth", "email_otp"]


@pytest.mark.parametrize("provider", PROVE_ADDRESS + PROVE_NONE)
def test_a_denial_that_stytch_tells_of(either_page: Page, sandbox: Sandbox, provider: str) -> None:
    page = either_page
    page.goto("/history")
    page.get_by_role("link", name=f"Continue with {provider}").click()
    page.get_by_role("link", name="Deny").click()
    expect_page(page, "The sign-in was not approved")
    assert sandbox.world.sessions == {}
    page.get_by_role("link", name="Go to sign-in").click()
    sign_in_by_code(page, sandbox, "vic@acme.example")
    expect_page(page, "History")


def test_a_denial_that_ends_at_stytch(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sandbox.world.variants["oauth_denial"] = "stays_at_stytch"
    page.goto("/login")
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("link", name="Deny").click()
    expect(page.locator("body")).to_contain_text("oauth_flow_callback_error")
    assert sandbox.world.sessions == {}
    page.goto("/login")
    sign_in_by_code(page, sandbox, "vic@acme.example")
    expect_signed_in(page, "vic@acme.example", "Acme")
