"""Two minutes before a session ends its page says so; one key makes it last longer, and the page itself stays."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import expect_page, open_review, sign_in, sign_in_by_code, start, token_field
from tests.conftest import Console, Sandbox

SOON = "Your session ends in two minutes"
OVER = "Your session has ended"
ADA = "ada@acme.example"


@pytest.fixture
def page(page: Page) -> Page:
    """With a clock that a test can turn forward."""
    page.clock.install()
    return page


def let_pass(page: Page, sandbox: Sandbox, minutes: float) -> None:
    """So much time passes, in the browser and at Stytch."""
    sandbox.world.clock.advance(minutes * 60)
    page.clock.fast_forward(round(minutes * 60_000))


def dialog(page: Page, title: str) -> Locator:
    return page.get_by_role("dialog").filter(has=page.get_by_role("heading", name=title))


def session_end(sandbox: Sandbox) -> float:
    """In how many minutes the one session ends."""
    [session] = sandbox.world.sessions.values()
    return (session.expires_at - sandbox.world.clock.now()).total_seconds() / 60


def test_one_key_makes_it_last_longer(page: Page, console: Console, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, ADA, "Acme")
    new = start(page)
    let_pass(page, sandbox, 32)
    expect(page.get_by_role("dialog")).to_have_count(0)
    let_pass(page, sandbox, 1)
    expect(dialog(page, SOON)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text(SOON)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    assert session_end(sandbox) < 2

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert session_end(sandbox) > 30
    expect(token_field(page)).to_have_value(new)
    expect(page).to_have_url(f"{console.url}/connections")
    let_pass(page, sandbox, 32)
    expect(page.get_by_role("dialog")).to_have_count(0)
    let_pass(page, sandbox, 1)
    expect(dialog(page, SOON)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert session_end(sandbox) > 30


def test_a_review_that_is_open_stays_open(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, ADA, "Acme")
    start(page)
    review = open_review(page, "Complete")
    review.get_by_role("checkbox").check()
    let_pass(page, sandbox, 33)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog(page, SOON)).to_have_count(0)
    expect(review).to_be_visible()
    expect(review.get_by_role("checkbox")).to_be_checked()


def test_what_is_on_the_page_outlives_the_session(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    sign_in(page, sandbox, ADA, "Acme")
    new = start(page)
    let_pass(page, sandbox, 33)
    expect(dialog(page, SOON)).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert session_end(sandbox) < 2
    let_pass(page, sandbox, 1)
    expect(page.get_by_role("dialog")).to_have_count(0)

    let_pass(page, sandbox, 1)
    expect(dialog(page, OVER)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text(OVER)
    expect(page.get_by_role("button", name="Go on reading")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(f"{console.url}/connections")
    expect(token_field(page)).to_be_visible()
    expect(token_field(page)).to_have_value(new)
    page.get_by_role("button", name="Copy new token").click()
    expect(page.get_by_role("button", name="Copied new token")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == new


def test_from_the_warning_to_the_end(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, ADA, "Acme")
    page.get_by_role("link", name="History").click()
    expect_page(page, "History")
    let_pass(page, sandbox, 33)
    expect(dialog(page, SOON)).to_be_visible()
    let_pass(page, sandbox, 2)
    expect(dialog(page, OVER)).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    expect_page(page, "Sign in again")
    sign_in_by_code(page, sandbox, "vic@acme.example")
    expect_page(page, "History")


@pytest.mark.parametrize(
    ("changes", "warned_after"),
    [({"session_minutes": 30}, 28), ({"session_minutes": 38}, 33)],
    ids=["to the limit", "so close to the limit that Stytch extends it no more"],
)
def test_as_long_as_a_session_may_last(page: Page, sandbox: Sandbox, warned_after: int) -> None:
    sign_in(page, sandbox, ADA, "Acme")
    new = start(page)
    let_pass(page, sandbox, warned_after)
    expect(dialog(page, SOON)).to_contain_text("It lasted as long as a session may.")
    expect(page.get_by_role("button", name="Stay signed in")).to_have_count(0)
    expect(page.get_by_role("button", name="Go on reading")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert session_end(sandbox) < 2
    let_pass(page, sandbox, 2)
    expect(dialog(page, OVER)).to_be_visible()
    expect(token_field(page)).to_have_value(new)


@pytest.mark.parametrize("changes", [{"session_minutes": 50}])
def test_no_longer_than_the_limit(page: Page, sandbox: Sandbox) -> None:
    """Extended once, as far as there is time left."""
    sign_in(page, sandbox, ADA, "Acme")
    let_pass(page, sandbox, 33)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert 15 < session_end(sandbox) < 17
    let_pass(page, sandbox, 14)
    expect(dialog(page, SOON)).to_contain_text("It lasted as long as a session may.")


@pytest.mark.parametrize("fault", ["stytch", "console"])
def test_a_try_that_fails_says_so_and_can_be_repeated(
    page: Page, sandbox: Sandbox, browser_errors: list[str], fault: str
) -> None:
    sign_in(page, sandbox, ADA, "Acme")
    let_pass(page, sandbox, 33)
    if fault == "stytch":
        sandbox.fail("drop_before_commit", "sessions/authenticate$", times=2)
    else:
        page.route("**/session/extend", lambda route: route.abort(), times=1)
    page.keyboard.press("Enter")
    expect(dialog(page, SOON)).to_contain_text("That did not work: no answer came.")
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert session_end(sandbox) > 30
    browser_errors[:] = [each for each in browser_errors if "ERR_FAILED" not in each and "Failed to fetch" not in each]
