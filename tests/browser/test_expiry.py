"""A token's end as eyes meet it: on the card, in a calendar file, with JavaScript and without."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import cancel, complete, connection_of, notice, press, sign_in, start
from tests.conftest import Console, Sandbox

DAY = timedelta(days=1)


def ends_in(sandbox: Sandbox, days: float, slug: str = "acme") -> None:
    """A little later than that, so that the words stay true for the length of a test."""
    connection_of(sandbox, slug).bearer_token_expires_at = datetime.now(UTC) + days * DAY + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("days", "badge", "title"),
    [
        (89, "Ends in 89 days", "The token ends in 89 days"),
        (29, "Ends in 29 days", "The token ends in 29 days"),
        (13, "Ends in 13 days", "The token ends in 13 days"),
        (6, "Ends in 6 days", "The token ends in 6 days"),
        (0.5, "Ends in 12 hours", "The token ends in 12 hours"),
        (-2.1, "Ended 2 days ago", "The token's time has been over for 2 days"),
    ],
)
def test_every_mark_is_readable(page: Page, sandbox: Sandbox, days: float, badge: str, title: str) -> None:
    ends_in(sandbox, days)
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.locator(".badge")).to_have_text(badge)
    expect(page.get_by_role("region", name=title)).to_be_visible()


def test_put_aside_until_the_next_mark(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    ends_in(sandbox, 29)
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    banner = page.get_by_role("region", name="The token ends in")
    expect(banner).to_be_visible()
    press(page, "Put aside until 14 days before the end")
    expect(banner).to_have_count(0)
    expect(page.locator(".badge")).to_have_text("Ends in 29 days")
    page.get_by_role("link", name="Connections", exact=True).click()
    expect(page.locator(".badge")).to_be_visible()
    expect(banner).to_have_count(0)
    ends_in(sandbox, 6)
    page.reload()
    expect(banner).to_be_visible()


def test_a_rotation_settles_it(either_page: Page, sandbox: Sandbox) -> None:
    """The banner goes with the card: while rotating it names the token that has to be in use by then."""
    page = either_page
    ends_in(sandbox, -1.1)
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.get_by_role("region", name="The token's time has been over for")).to_be_visible()
    new = start(page)
    expect(page.locator(".badge")).to_have_count(0)
    expect(page.get_by_role("region", name="goes on")).to_contain_text("put ····")
    cancel(page)
    notice(page, "Rotation cancelled")
    expect(page.locator(".badge")).to_have_text("Ended 1 day ago")
    new = start(page)
    complete(page)
    notice(page, "Rotation completed")
    expect(page.locator(".badge, .expiry")).to_have_count(0)
    assert connection_of(sandbox, "acme").bearer_token == new


def test_the_calendar_file_is_saved(either_page: Page, sandbox: Sandbox, tmp_path: Path) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    with page.expect_download() as download:
        page.get_by_role("link", name="Calendar file").click()
    assert download.value.suggested_filename == "scim-token-end.ics"
    file = tmp_path / "end.ics"
    download.value.save_as(file)
    (event,) = Calendar.from_ical(file.read_bytes()).events
    ends = connection_of(sandbox, "acme").bearer_token_expires_at
    assert ends
    assert event.start == ends.replace(microsecond=0)
    page.goto(str(event.url))
    expect(page.get_by_role("article", name="Acme Okta")).to_be_visible()


def test_two_tokens_for_more_than_a_week(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    expect(page.get_by_text("Two tokens are live")).to_have_count(0)
    sandbox.world.clock.advance(10 * 60)
    page.reload()
    expect(page.get_by_text("Two tokens are live, for 10 minutes now.")).to_be_visible()
    sandbox.world.clock.advance((8 * DAY).total_seconds())
    page.context.clear_cookies()
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.get_by_role("region", name="Two tokens have been live for 8 days")).to_be_visible()


def test_ends_are_told_in_the_reader_s_time(
    browser: Browser, console: Console, sandbox: Sandbox, browser_errors: list[str]
) -> None:
    ends_in(sandbox, 6)
    with open_page(browser, console.url, browser_errors, zone="Asia/Kolkata") as page:
        sign_in(page, sandbox, "ada@acme.example", "Acme")
        banner = page.get_by_role("region", name="The token ends in")
        expect(banner).to_contain_text("GMT+5:30 on, Stytch may refuse")


def test_the_sandbox_sets_an_end(page: Page, sandbox: Sandbox) -> None:
    page.goto(f"{sandbox.url}/_sandbox/")
    page.locator("#connections li", has_text="Acme Okta").get_by_label("Its current token ends").select_option(
        "2 days ago"
    )
    page.get_by_role("button", name="Set the end of the token of Acme Okta").click()
    expect(page.locator("#connections li", has_text="Acme Okta")).to_contain_text("ended")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.locator(".badge")).to_have_text("Ended 2 days ago")
