"""What somebody sees who types `make run` and opens a browser."""

from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.conftest import open_page
from tests.browser.steps import press
from tests.processes.running import run


def test_from_the_sign_in_page_to_the_card(browser: Browser, browser_errors: list[str], tmp_path: Path) -> None:
    with run(tmp_path / "log") as running, open_page(browser, running.console_url, browser_errors) as page:
        page.goto("/")
        page.get_by_label("Work email").fill("vic@acme.example")
        press(page, "Email me a sign-in link")
        page.wait_for_url("**/authenticate/link")
        page.goto(f"{running.sandbox_url}/_sandbox/")
        page.get_by_role("region", name="Inbox").get_by_role("link").click()
        expect(page).to_have_url(f"{running.console_url}/connections")
        expect(page.get_by_role("article")).to_contain_text("Acme Okta")
        expect(page.get_by_role("article")).to_contain_text("You can look at this connection.")
        assert running.press_ctrl_c() == 0
