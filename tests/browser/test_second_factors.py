"""The second factor: an authenticator app, a recovery code, a texted code."""

from playwright.sync_api import Page, expect

from tests.browser.steps import (
    app_code,
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    other_than,
    press,
    sign_in_by_code,
)
from tests.conftest import Sandbox

UMA = "uma@umbrella.example"
UNA = "una@umbrella.example"
UNAS_PHONE = "+12025550123"
WRONG_TOTP = "Error: This code is not right. Look at the app again, and check that the phone's clock is right."
WRONG_SMS = "Error: This code is not right: it is mistyped, older than two minutes, or a newer one was sent."


def prove_address(page: Page, sandbox: Sandbox, email: str) -> None:
    """The first factor, which is not enough."""
    sign_in_by_code(page, sandbox, email)
    expect_page(page, "One more proof")
    assert sandbox.world.sessions == {}
    page.goto("/connections")
    expect_page(page, "Sign in")
    page.go_back()
    expect_page(page, "One more proof")


def recovery_codes(sandbox: Sandbox, email: str) -> list[str]:
    organization = sandbox.world.find_organization("umbrella")
    member = sandbox.world.find_member(organization.organization_id, email=email)
    return list(sandbox.world.totps[member.member_id].recovery_codes)


def expect_wrong(page: Page, description: str) -> None:
    field = page.get_by_role("textbox")
    expect(field).to_have_accessible_description(description)
    expect(field).to_be_focused()
    assert page.title().startswith("Error: ")


def test_an_authenticator_app(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UMA)
    expect(page.get_by_role("main")).to_contain_text("Enter the code that your authenticator app shows for Umbrella.")
    give_code(page, other_than(app_code(sandbox, UMA)))
    expect_wrong(page, WRONG_TOTP)
    assert sandbox.world.sessions == {}
    give_code(page, app_code(sandbox, UMA))
    expect_signed_in(page, UMA, "Umbrella")


def test_no_code_of_an_app_twice(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UMA)
    code = app_code(sandbox, UMA)
    give_code(page, code)
    expect_signed_in(page, UMA, "Umbrella")
    press(page, "Sign out")
    prove_address(page, sandbox, UMA)
    give_code(page, code)
    expect_wrong(page, "Error: This code was used already. Wait for the next one: it comes within half a minute.")
    assert sandbox.world.sessions == {}
    sandbox.world.clock.advance(60)
    give_code(page, app_code(sandbox, UMA))
    expect_signed_in(page, UMA, "Umbrella")


def test_a_recovery_code_works_once(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    code = recovery_codes(sandbox, UMA)[0]
    prove_address(page, sandbox, UMA)
    page.get_by_role("link", name="Use a recovery code").click()
    give_code(page, "aaaa-bbbb-cccc")
    expect_wrong(page, "Error: This is none of your recovery codes, or it was used before.")
    give_code(page, code.upper())
    expect_signed_in(page, UMA, "Umbrella")

    press(page, "Sign out")
    prove_address(page, sandbox, UMA)
    page.get_by_role("link", name="Use a recovery code").click()
    give_code(page, code)
    expect_wrong(page, "Error: This is none of your recovery codes, or it was used before.")
    page.get_by_role("link", name="Use your authenticator app").click()
    give_code(page, app_code(sandbox, UMA))
    expect_signed_in(page, UMA, "Umbrella")


def test_a_texted_code(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UNA)
    expect(page.get_by_role("main")).to_contain_text("the number that ends in 0123")
    expect(page.get_by_role("main")).not_to_contain_text(UNAS_PHONE)
    expect(page.get_by_role("link", name="Use a recovery code")).to_have_count(0)
    give_code(page, other_than(newest_code(sandbox, UNAS_PHONE)))
    expect_wrong(page, WRONG_SMS)
    give_code(page, newest_code(sandbox, UNAS_PHONE))
    expect_signed_in(page, UNA, "Umbrella")


def test_another_texted_code_in_place_of_the_first(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UNA)
    first = newest_code(sandbox, UNAS_PHONE)
    sandbox.world.clock.advance(60)
    press(page, "Text another code")
    expect_page(page, "One more proof")
    second = newest_code(sandbox, UNAS_PHONE)
    assert [mail.code for mail in sandbox.world.inbox if mail.to == UNAS_PHONE] == [second, first]
    if first != second:
        give_code(page, first)
        expect_wrong(page, WRONG_SMS)
    give_code(page, second)
    expect_signed_in(page, UNA, "Umbrella")


def test_a_texted_code_that_is_too_old(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UNA)
    sandbox.world.clock.advance(121)
    give_code(page, newest_code(sandbox, UNAS_PHONE))
    expect_wrong(page, WRONG_SMS)
    press(page, "Text another code")
    give_code(page, newest_code(sandbox, UNAS_PHONE))
    expect_signed_in(page, UNA, "Umbrella")


def test_too_late_for_a_second_factor(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    prove_address(page, sandbox, UMA)
    sandbox.world.clock.advance(601)
    give_code(page, app_code(sandbox, UMA))
    expect_page(page, "That took too long")
    assert sandbox.world.sessions == {}
    page.get_by_role("link", name="Go to sign-in").click()
    sign_in_by_code(page, sandbox, UMA)
    give_code(page, app_code(sandbox, UMA))
    expect_signed_in(page, UMA, "Umbrella")


def test_after_a_link_at_the_organization_s_door(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/umbrella?next=/history")
    sign_in_by_code(page, sandbox, UMA)
    give_code(page, app_code(sandbox, UMA))
    expect_page(page, "History")
    expect_signed_in(page, UMA, "Umbrella")
