"""A second factor for somebody who has none: an authenticator app, or a phone."""

import pytest
from playwright.sync_api import Error, Page, expect

from tests.browser.steps import (
    ask,
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    newest_link,
    other_than,
    press,
    sign_in_by_code,
)
from tests.conftest import Sandbox
from webapp.sandbox.totp import TotpRegistration

UGO = "ugo@umbrella.example"


def come_to_enrolment(page: Page, sandbox: Sandbox) -> None:
    sign_in_by_code(page, sandbox, UGO)
    expect_page(page, "Set up a second factor")
    expect(page.get_by_role("main")).to_contain_text("Umbrella wants one of everybody, and you have none yet.")


def set_app_up(page: Page) -> TotpRegistration:
    """An app into which the key was entered as the page shows it."""
    press(page, "Set up an authenticator app")
    expect_page(page, "Set up an authenticator app")
    return TotpRegistration("", page.locator("#secret").inner_text(), [])


def test_by_an_authenticator_app(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/history")
    come_to_enrolment(page, sandbox)
    app = set_app_up(page)
    picture = page.get_by_role("img", name="QR code of the key that is written out below it")
    expect(picture).to_be_visible()
    box = picture.locator("svg").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(box["height"])
    assert box["width"] >= 120
    expect(page.locator("#secret")).to_have_text(app.secret)

    code = app.code(sandbox.world.clock.now())
    give_code(page, other_than(code), "Check it and sign in")
    field = page.get_by_label("Enter the code that the app shows now")
    expect(field).to_have_accessible_description(
        "Error: This code is not right. Look at the app again, and check that the phone's clock is right."
    )
    expect(page.locator("#secret")).to_have_text(app.secret)
    assert sandbox.world.sessions == {}

    give_code(page, app.code(sandbox.world.clock.now()), "Check it and sign in")
    expect_page(page, "Keep your recovery codes")
    codes = page.locator("#recovery-codes").inner_text().split()
    assert len(codes) == 10
    page.get_by_role("link", name="I kept them, go on").click()
    expect_page(page, "History")
    expect_signed_in(page, UGO, "Umbrella")

    press(page, "Sign out")
    sign_in_by_code(page, sandbox, UGO)
    page.get_by_role("link", name="Use a recovery code").click()
    give_code(page, codes[-1])
    expect_signed_in(page, UGO, "Umbrella")


@pytest.mark.parametrize("again", ["reload", "back"])
def test_recovery_codes_are_shown_once(either_page: Page, sandbox: Sandbox, again: str) -> None:
    page = either_page
    come_to_enrolment(page, sandbox)
    app = set_app_up(page)
    give_code(page, app.code(sandbox.world.clock.now()), "Check it and sign in")
    expect_page(page, "Keep your recovery codes")
    codes = page.locator("#recovery-codes").inner_text().split()

    if again == "reload":
        page.reload()
        expect_page(page, "This page is out of date")
        page.get_by_role("link", name="Go to sign-in").click()
    else:
        page.get_by_role("link", name="I kept them, go on").click()
        expect(page.get_by_role("article")).to_be_visible()
        with pytest.raises(Error, match="ERR_CACHE_MISS"):
            page.go_back()
        page.wait_for_url("chrome-error://chromewebdata/")
        page.goto("/authenticate/second-factor/authenticator")
    expect_signed_in(page, UGO, "Umbrella")
    assert [secret for secret in (app.secret, *codes) if secret in page.content()] == []


def test_by_a_phone(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    come_to_enrolment(page, sandbox)
    field = page.get_by_label("Mobile number")
    field.fill("0202 555")
    press(page, "Text me codes")
    expect(field).to_have_accessible_description(
        "With + and the country's code Error: Enter the number with + and the country's code, such as +1 202 555 0123."
    )
    expect(field).to_have_value("0202 555")
    assert [mail for mail in sandbox.world.inbox if mail.to != UGO] == []

    field.fill("+1 (202) 555-0199")
    press(page, "Text me codes")
    expect(page.get_by_role("main")).to_contain_text("the number that ends in 0199")
    give_code(page, other_than(newest_code(sandbox, "+12025550199")))
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    assert sandbox.world.sessions == {}
    give_code(page, newest_code(sandbox, "+12025550199"))
    expect_signed_in(page, UGO, "Umbrella")

    press(page, "Sign out")
    sign_in_by_code(page, sandbox, UGO)
    give_code(page, newest_code(sandbox, "+12025550199"))
    expect_signed_in(page, UGO, "Umbrella")


def test_a_change_of_mind(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/umbrella")
    ask(page, UGO, "Email me a sign-in link")
    expect_page(page, "Check your inbox")
    page.goto(newest_link(sandbox, UGO))
    set_app_up(page)
    page.get_by_role("link", name="Choose another second factor").click()
    page.get_by_label("Mobile number").fill("+12025550199")
    press(page, "Text me codes")
    give_code(page, newest_code(sandbox, "+12025550199"))
    expect_signed_in(page, UGO, "Umbrella")
