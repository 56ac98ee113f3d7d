"""A leaked token in the browser: reported on its page, and led to its end on the card, under a running clock."""

import re

from playwright.sync_api import Page, expect

from tests.browser.steps import complete, connection_of, notice, press, rotation_calls, sign_in, token_field
from tests.conftest import Sandbox


def test_from_the_report_to_the_tokens_end(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    old = acme.bearer_token[-4:]
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Token leaked?").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A token leaked")
    press(page, "Report it and begin")
    leak = page.get_by_role("region", name="leaked, and works still")
    expect(leak).to_contain_text("Next: start the rotation.")

    press(page, "Start rotation")
    expect(leak).to_contain_text("Next: update Okta, then complete.")
    new = token_field(page).input_value()
    complete(page)
    notice(page, "Rotation completed")
    expect(leak).to_have_count(0)
    expect(page.get_by_role("article")).to_contain_text(
        re.compile(f"{old} was reported as leaked .* and worked for .* more")
    )
    assert acme.bearer_token == new
    assert rotation_calls(sandbox) == ["start", "complete"]


def test_the_clock_runs(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Token leaked?").click()
    page.clock.install()
    press(page, "Report it and begin")
    clock = page.get_by_role("region", name="leaked, and works still").locator("time[data-since]")
    expect(clock).to_be_visible()
    page.clock.fast_forward("01:02:05")
    expect(clock).to_have_text(re.compile(r"^1 hour 2 minutes$"))


def test_it_did_not_leak_after_all(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Token leaked?").click()
    press(page, "Report it and begin")
    press(page, "It did not leak after all")
    expect(page.get_by_role("region", name="leaked, and works still")).to_have_count(0)
    assert rotation_calls(sandbox) == []
