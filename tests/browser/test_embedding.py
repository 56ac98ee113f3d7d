"""The pretend portal's page with the console in frames, as `make run` has it: by HTTP, on this machine's two names."""

from pathlib import Path

import httpx
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import open_page
from tests.processes.running import Run, run
from tests.processes.waiting import wait_for
from tools.run import PATH_OF_PORTAL


def test_the_portal_s_page_with_the_console_in_frames(
    browser: Browser, browser_errors: list[str], tmp_path: Path
) -> None:
    with run(tmp_path / "log") as running, open_page(browser, running.sandbox_url, browser_errors) as page:
        wait_for(lambda: httpx.get(f"{running.sandbox_url}{PATH_OF_PORTAL}/healthz").status_code == 200)
        page.goto("/_sandbox/")
        page.get_by_role("link", name="Console in the portal").click()
        same = page.frame_locator("iframe[title='SCIM connections']")
        other = page.frame_locator("iframe[title='A page of another site']").frame_locator("iframe")

        expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
        with page.expect_popup() as popup:
            other.get_by_role("link", name="Sign in in a new window").click()
        window = popup.value
        sign_in(page, window, running)
        with window.expect_event("close"):
            window.get_by_role("button", name="Use this sign-in").click()
        expect(other.get_by_role("article")).to_contain_text("Acme Okta")

        # The frame of the same site is another matter: it is as signed in as tabs are. The one below the path is begun
        # after it now, when browsers have that console's cookie for it, too.
        page.context.clear_cookies(path=PATH_OF_PORTAL)
        page.reload()
        expect(other.get_by_role("article")).to_contain_text("Acme Okta")
        sign_in_inside(page, same, "gil@globex.example", running)
        expect(same.get_by_role("contentinfo")).to_contain_text("gil@globex.example")
        expect(other.get_by_role("contentinfo")).to_contain_text("vic@acme.example")

        paint(page, same)

        below_path = page.frame_locator("iframe[title='SCIM connections below a path']")
        expect(below_path.get_by_role("heading", level=1)).to_have_text("Sign in")
        sign_in_inside(page, below_path, "vic@acme.example", running)
        expect(below_path.get_by_role("article")).to_contain_text("Acme Okta")
        with page.context.expect_page() as opened:
            page.get_by_role("link", name="Open it as a page of the portal").click(modifiers=["ControlOrMeta"])
        expect(opened.value).to_have_url(f"{running.sandbox_url}/_sandbox/scim/connections")
        expect(opened.value.get_by_role("banner")).to_contain_text("vic@acme.example")
        page.reload()
        expect(below_path.get_by_role("article")).to_contain_text("Acme Okta")
        expect(same.get_by_role("contentinfo")).to_contain_text("gil@globex.example")


def sign_in(page: Page, window: Page, running: Run) -> None:
    """Signs Vic in on the door that the window shows, with a mailed code."""
    window.get_by_label("Work email").fill("vic@acme.example")
    window.get_by_role("button", name="Email me a code").click()
    window.wait_for_url("**/authenticate/code")
    window.get_by_label("Code").fill(newest_code(page, running))
    window.get_by_role("button", name="Sign in").click()


def sign_in_inside(page: Page, console: FrameLocator, email: str, running: Run) -> None:
    """The same in a frame itself."""
    console.get_by_label("Work email").fill(email)
    console.get_by_role("button", name="Email me a code").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("Enter the code")
    console.get_by_label("Code").fill(newest_code(page, running))
    console.get_by_role("button", name="Sign in").click()


def newest_code(page: Page, running: Run) -> str:
    """The code in the newest mail."""
    mails = page.request.get(f"{running.sandbox_url}/_sandbox/inbox.json").json()
    return str(mails[0]["code"])


def paint(page: Page, console: FrameLocator) -> None:
    """The portal's colours reach the console, in each of its pages; the frame is as high as its page."""
    page.get_by_label("Theme").first.select_option("portal")
    expect(console.locator("body")).to_have_css("background-color", "rgb(251, 250, 246)")
    console.get_by_role("link", name="History").click()
    expect(console.get_by_role("heading", level=1)).to_have_text("History")
    expect(console.locator("body")).to_have_css("background-color", "rgb(251, 250, 246)")
    assert console.locator("html").evaluate(
        """root => new Promise((done) => {
          const fits = () => root.scrollHeight <= innerHeight;
          addEventListener("resize", () => { if (fits()) done(true); });
          setTimeout(() => done(fits()), fits() ? 0 : 5000);
        })"""
    )
