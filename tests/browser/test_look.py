"""The card as eyes meet it: what stands where, what is open, and in whose time."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import (
    complete,
    connection_of,
    fail,
    last_four,
    lose_contact,
    notice,
    press,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox

WIDTHS = (1280, 320)
TIME = re.compile(r"\d\d:\d\d")


def box(element: Locator) -> dict[str, float]:
    """Where it is, in pixels of the page."""
    found: dict[str, float] = element.evaluate(
        "e => { const { left, right, top, bottom } = e.getBoundingClientRect(); return { left, right, top, bottom }; }"
    )
    return found


def gap(above: Locator, below: Locator) -> float:
    """Pixels between them, negative when they overlap."""
    return box(below)["top"] - box(above)["bottom"]


def test_the_steps_of_a_rotation_stand_above_the_lanes(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    steps, lanes = page.get_by_role("list", name="Rotation").get_by_role("listitem"), page.locator(".lanes")
    expect(steps).to_have_text(
        [
            re.compile(
                re.compile(
                    rf"Start\s+Done just now \(.*\) by ada@acme.example\s+Stytch accepts {last_four(new)} \(tried "
                ),
            ),
            re.compile(r"Update Okta\s+Put this token into Okta"),
            re.compile(rf"Complete\s+When Okta uses {last_four(new)}, switch off ····token ending in ....\s*$"),
        ]
    )
    expect(steps.nth(1)).to_have_attribute("aria-current", "step")
    complete_link = page.get_by_role("link", name="Complete rotation")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert gap(steps.last, lanes) >= 16
        assert gap(lanes, complete_link) >= 16
    page.set_viewport_size({"width": 1280, "height": 800})
    for one_line in (steps.first, steps.last):
        words = one_line.get_by_role("paragraph").first
        assert box(words)["bottom"] - box(words)["top"] < 30
        assert box(words)["left"] > box(one_line.get_by_role("heading"))["right"], "on the heading's line"


def test_the_lanes_say_when_it_was_started(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.locator(".lane__captions")).to_have_count(0)
    start(page)
    lanes = page.locator(".lane")
    started, now = page.get_by_text(re.compile(r"^started \d\d:\d\d$")), page.get_by_text("now", exact=True)
    for width in (*WIDTHS, 901, 900):
        page.set_viewport_size({"width": width, "height": 800})
        assert gap(lanes.last.locator("svg").first, started) >= 0
        assert box(started)["right"] < box(now)["left"]
        assert box(started)["left"] >= box(lanes.last)["left"]
        dot, line = lanes.last.locator("circle"), lanes.last.locator(".lane__now")
        assert box(started)["left"] < box(dot)["left"] < box(started)["right"]
        assert box(now)["left"] < box(line)["left"] < box(now)["right"]


def test_after_a_completion_one_token_is_the_only_one(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    complete(page)
    notice(page, "Rotation completed")
    expect(page.locator(".lane__words")).to_contain_text(["stopped", "the only token that works"])
    page.get_by_role("link", name="Connections", exact=True).click()
    expect(page.locator(".lane__words")).to_contain_text(["works, ends"])


def test_details_open_on_demand(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    base_url = page.get_by_text(connection_of(sandbox, "acme").base_url(sandbox.url))
    expect(base_url).to_be_hidden()
    page.get_by_text("Connection details").click()
    expect(base_url).to_be_visible()
    start(page)
    again = page.get_by_role("button", name="Cancel and start again")
    expect(again).to_be_hidden()
    summary = page.get_by_text("Lost it, or closed the page?")
    assert summary.evaluate("e => getComputedStyle(e).display") == "list-item", "else it has no marker"
    summary.click()
    expect(again).to_be_visible()


def test_what_stands_below_the_lanes_keeps_its_distance(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "vic@acme.example")
    lanes = page.locator(".lanes")
    assert gap(lanes, page.get_by_text("You can look at this connection.")) >= 16
    press(page, "Sign out")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    lose_contact(sandbox, "complete", reads=1)
    complete(page)
    notice(page, "We do not know yet")
    expect(token_field(page)).to_be_visible()
    assert gap(lanes, page.locator("[data-secret]")) >= 16
    assert gap(page.locator("[data-secret]"), page.get_by_role("link", name="Check again").last) >= 16


def test_a_notice_tells_the_reader_s_time(
    browser: Browser, console: Console, sandbox: Sandbox, browser_errors: list[str]
) -> None:
    with open_page(browser, console.url, browser_errors, zone="Asia/Kolkata") as page:
        sign_in(page, sandbox, "ada@acme.example", "Acme")
        start(page)
        fail(sandbox, "complete", "drop_before_commit")
        complete(page)
        notice(page, "Not completed so far")
        page.get_by_role("link", name="Check again").click()
        message = notice(page, "We do not know yet")
        expect(message).to_contain_text("ada@acme.example was completing the rotation")
        for said in (message, page.get_by_role("alert")):
            text = said.inner_text()
            assert len(TIME.findall(text)) >= 2
            assert "UTC" not in text
            assert re.search(r"still arrive until (\d+ \w+ \d+, )?\d\d:\d\d:\d\d GMT\+5:30\.", text)


def test_without_javascript_all_times_are_utc(page_without_javascript: Page, sandbox: Sandbox) -> None:
    page = page_without_javascript
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    fail(sandbox, "complete", "drop_before_commit")
    complete(page)
    text = notice(page, "Not completed so far").inner_text()
    assert re.search(r"still arrive there until (\d+ \w+ \d+, )?\d\d:\d\d:\d\d UTC;", text)


def test_what_is_announced_names_tokens_in_words(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    old, new = connection_of(sandbox, "acme").bearer_token, start(page)
    expect(page.get_by_role("status")).to_contain_text(
        f"Rotation started. token ending in {new[-4:]} works beside token ending in {old[-4:]}."
    )
    expect(page.get_by_role("status")).not_to_contain_text("····")
    message = notice(page, "Rotation started")
    expect(message.locator(".last-four").first).to_have_text(last_four(new))
