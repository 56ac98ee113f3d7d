"""Through the portal: its OpenID Connect sign-in, and the session that it keeps in this browser."""

from playwright.sync_api import Page, expect

from tests.browser.steps import expect_page, expect_signed_in, press
from tests.conftest import Sandbox

PORTAL = "/_sandbox/portal"
THROUGH_IT = "Sign in through the portal"
WITH_ITS_SESSION = "Go on with your session at the portal"


def sign_in_at_portal(page: Page, sandbox: Sandbox, person: str) -> None:
    page.goto(f"{sandbox.url}{PORTAL}")
    press(page, person)
    expect(page.get_by_role("heading", name="Signed in to the portal")).to_be_visible()


def test_approved(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/history")
    page.get_by_role("link", name=THROUGH_IT).click()
    expect_page(page, "SCIM Console asks the pretend portal")
    press(page, "ada@acme.example of Globex")
    press(page, "Allow")
    expect_page(page, "History")
    expect_signed_in(page, "ada@acme.example", "Globex")

    press(page, "Sign out")
    expect_page(page, "Sign in")
    page.goto(f"{sandbox.url}{PORTAL}")
    expect(page.get_by_role("heading", name="Signed in to the portal")).to_be_visible()


def test_with_a_second_factor_that_was_given_there(either_page: Page) -> None:
    page = either_page
    page.goto("/login")
    page.get_by_role("link", name=THROUGH_IT).click()
    press(page, "uma@umbrella.example of Umbrella")
    press(page, "Allow")
    expect_signed_in(page, "uma@umbrella.example", "Umbrella")


def test_denied(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login")
    page.get_by_role("link", name=THROUGH_IT).click()
    press(page, "ada@acme.example of Acme")
    press(page, "Deny")
    expect_page(page, "The sign-in was not approved")
    [of_the_portal] = sandbox.world.sessions
    page.goto("/connections")
    expect_page(page, "Sign in")

    page.get_by_role("link", name=THROUGH_IT).click()
    press(page, "Allow")
    expect_signed_in(page, "ada@acme.example", "Acme")
    assert set(sandbox.world.sessions) > {of_the_portal}


def test_an_answer_that_comes_twice(either_page: Page) -> None:
    page = either_page
    page.goto("/login")
    page.get_by_role("link", name=THROUGH_IT).click()
    press(page, "vic@acme.example of Acme")
    with page.expect_request("**/login/portal/callback?*") as callback:
        press(page, "Allow")
    expect_signed_in(page, "vic@acme.example", "Acme")
    press(page, "Sign out")
    page.goto(callback.value.url)
    expect_page(page, "This sign-in can't be finished")
    page.goto("/connections")
    expect_page(page, "Sign in")


def test_its_session_is_taken_over_by_a_press_alone(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_at_portal(page, sandbox, "ada@acme.example of Globex")
    [session] = sandbox.world.sessions
    page.goto("/history")
    expect_page(page, "Sign in")
    press(page, WITH_ITS_SESSION)
    expect_page(page, "History")
    expect_signed_in(page, "ada@acme.example", "Globex")
    assert list(sandbox.world.sessions) == [session]

    press(page, "Sign out")
    expect_page(page, "Sign in")
    assert sandbox.world.sessions == {}
    page.goto("/connections")
    expect_page(page, "Sign in")
    page.goto(f"{sandbox.url}{PORTAL}")
    expect(page.get_by_role("heading", name="Sign in to the portal")).to_be_visible()


def test_its_session_ends_there_and_here(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_at_portal(page, sandbox, "vic@acme.example of Acme")
    page.goto("/login")
    press(page, WITH_ITS_SESSION)
    expect_signed_in(page, "vic@acme.example", "Acme")
    page.goto(f"{sandbox.url}{PORTAL}")
    press(page, "Sign out of the portal")
    page.goto("/connections")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_role("button", name=WITH_ITS_SESSION)).to_have_count(0)


def test_its_session_is_over(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_at_portal(page, sandbox, "vic@acme.example of Acme")
    page.goto("/login")
    sandbox.world.clock.advance(3600)
    press(page, WITH_ITS_SESSION)
    expect_page(page, "Your session at the portal is over")
    page.goto("/connections")
    expect_page(page, "Sign in")


def test_without_a_session_there_is_nothing_to_go_on_with(either_page: Page) -> None:
    either_page.goto("/login")
    expect(either_page.get_by_role("link", name=THROUGH_IT)).to_be_visible()
    expect(either_page.get_by_role("button", name=WITH_ITS_SESSION)).to_have_count(0)
