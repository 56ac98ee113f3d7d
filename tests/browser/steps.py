"""Steps that many journeys begin with, done as a person does them."""

import httpx
from playwright.sync_api import Page

from tests.conftest import Sandbox


def sign_in(page: Page, sandbox: Sandbox, email: str, organization: str | None = None) -> None:
    """Asks for a link, takes it from the newest mail, opens it, and enters `organization` where there is a choice.

    Ends on the page first asked for, the console's first page if none was.
    """
    if "/login" not in page.url:
        page.goto("/")
    page.get_by_label("email").fill(email)
    page.get_by_role("main").get_by_role("button").click()
    page.wait_for_url("**/login/sent")
    page.goto(newest_link(sandbox, email))
    if organization is not None:
        page.get_by_role("button", name=organization).click()
    page.wait_for_url("**/connections**")


def newest_link(sandbox: Sandbox, email: str) -> str:
    """The link in the newest mail to this address."""
    mails = httpx.get(f"{sandbox.url}/_sandbox/inbox.json", params={"to": email}).json()
    link: str = mails[0]["link"]
    return link
