"""The sandbox's own pages, pressed with and without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Sandbox
from webapp.sandbox import idp
from webapp.sandbox.connections import Connection
from webapp.sandbox.world import Mail


@pytest.fixture
def page(browser: Browser, sandbox: Sandbox, browser_errors: list[str], javascript: bool) -> Iterator[Page]:
    """A page of the sandbox."""
    context = browser.new_context(base_url=f"{sandbox.url}/_sandbox/", java_script_enabled=javascript)
    context.set_default_timeout(10_000)
    context.on("console", lambda message: browser_errors.append(message.text) if message.type == "error" else None)
    yield context.new_page()
    context.close()


@pytest.fixture
def acme(sandbox: Sandbox) -> Connection:
    return next(each for each in sandbox.world.connections.values() if each.display_name == "Acme Okta")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_a_rotation_seen_from_the_idp(page: Page, sandbox: Sandbox, acme: Connection) -> None:
    page.goto("idp")
    page.get_by_role("link", name="Okta (pretend) of Acme").click()
    section = page.locator(f'[data-idp="{acme.connection_id}"]')
    token = page.get_by_label("HTTP Header Authorization: Bearer")
    expect(section.get_by_text("No provisioning run yet.")).to_be_visible()
    expect(page.get_by_label("SCIM Connector base URL")).to_have_value(acme.base_url(sandbox.url))

    press(page, "Provision now")
    expect(section.locator('[data-status="200"]')).to_have_count(1)

    acme.start_rotation(None)
    new = acme.next_bearer_token
    assert new
    token.fill(new)
    press(page, "Save token")
    expect(token).to_have_value("")
    expect(token).to_have_attribute("placeholder", f"····{new[-4:]}")
    press(page, "Provision now")
    expect(section.locator('[data-status="200"]')).to_have_count(2)

    acme.cancel_rotation()
    press(page, "Provision now")
    expect(section.locator('[data-status="401"]')).to_have_count(1)
    expect(section.locator("tbody tr").first).to_contain_text(f"401 ····{new[-4:]}", use_inner_text=False)


def test_provisioning_by_itself_while_the_page_is_open(
    page: Page, acme: Connection, javascript: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idp, "EVERY_SECONDS", 2)
    token = page.get_by_label("HTTP Header Authorization: Bearer")
    page.goto(f"idp/{acme.connection_id}")
    press(page, "Provision every 2 seconds")
    expect(page.locator('[data-status="200"]')).to_have_count(1)
    token.fill("half a tok")
    expect(page.locator('[data-status="200"]')).to_have_count(2)
    if javascript:
        expect(token).to_have_value("half a tok")
    press(page, "Stop provisioning by itself")
    expect(page.get_by_role("button", name="Provision every 2 seconds")).to_be_visible()


def test_what_can_t_be_saved_is_said(page: Page, acme: Connection, browser_errors: list[str]) -> None:
    page.goto(f"idp/{acme.connection_id}")
    page.get_by_label("SCIM Connector base URL").fill("http://idp.example/")
    press(page, "Save token")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved.")
    browser_errors.clear()  # Chromium reports the 422


def test_faults_variants_clock_and_reset(page: Page, sandbox: Sandbox) -> None:
    page.goto("./")
    press(page, "Complete: reply lost")
    page.get_by_label("Call").select_option("cancel")
    page.get_by_label("Fault", exact=True).select_option("status")
    page.get_by_label("Status for status").fill("503")
    press(page, "Add fault")
    waiting = page.locator("#faults li")
    expect(waiting).to_have_count(2)
    expect(waiting.nth(1)).to_contain_text("503")
    waiting.nth(0).get_by_role("button").click()
    expect(waiting).to_have_count(1)
    assert [fault.fault for fault in sandbox.world.faults] == ["status"]

    page.get_by_label("start_twice").select_option("refused")
    press(page, "Save variants")
    expect(page.get_by_label("start_twice")).to_have_value("refused")

    before = page.locator("#clock time").get_attribute("datetime")
    press(page, "Advance 1 day")
    expect(page.locator("#clock time")).not_to_have_attribute("datetime", before or "")

    press(page, "Reset the sandbox")
    expect(page.get_by_text("No fault is waiting.")).to_be_visible()
    expect(page.get_by_label("start_twice")).to_have_value("replaces")


def test_inbox_connections_and_requests(page: Page, sandbox: Sandbox, acme: Connection) -> None:
    now = sandbox.world.clock.now()
    for number in (1, 2):
        link = f"{sandbox.url}/_sandbox/idp?mail={number}"
        sandbox.world.inbox.appendleft(Mail("ada@acme.example", f"Mail {number}", "x", link, None, now))
    page.goto("./")
    expect(page.locator("#inbox li").first).to_contain_text("Mail 2")
    expect(page.locator("#connections li").first).to_contain_text(f"current ····{acme.bearer_token[-4:]}")
    page.get_by_role("link", name="Pretend IdP of Acme Okta").click()
    press(page, "Provision now")
    page.get_by_role("link", name="Dashboard").click()
    expect(page.locator("#requests tbody tr").first).to_contain_text(f"GET {acme.base_path}/Groups")
    page.get_by_role("link", name="Mail 2").click()
    expect(page).to_have_url(f"{sandbox.url}/_sandbox/idp?mail=2")


@pytest.mark.parametrize("width", [320, 900, 1280])
@pytest.mark.parametrize("path", ["./", "idp"])
def test_nothing_is_wider_than_the_window(page: Page, path: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") == width
