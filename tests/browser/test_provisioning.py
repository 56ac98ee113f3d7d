"""What the card says of provisioning in a browser: by itself where there is JavaScript, at the press of a link else."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from pydantic import SecretStr

from tests.browser.steps import complete, connection_of, notice, press, provision, sign_in, start
from tests.conftest import Console, Sandbox
from tests.processes.waiting import wait_for
from webapp.history.provisioning import MARGIN
from webapp.sandbox.identifiers import WEBHOOK_SECRET

POLL = 12_500
"""Milliseconds after which an open page has asked once more."""


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"stytch_webhook_secret": (SecretStr(WEBHOOK_SECRET),)}


@pytest.fixture(autouse=True)
def told(sandbox: Sandbox, console: Console) -> None:
    """Stytch knows where to deliver."""
    sandbox.world.webhooks.url = f"{console.url}/webhooks/stytch"


def line(page: Page) -> Locator:
    return page.get_by_role("region", name="Provisioning")


def idp_provisions(page: Page, sandbox: Sandbox, token: str | None = None) -> None:
    """The tester has the pretend IdP provision, in a tab of its own; Stytch has told the console of it."""
    assert provision(page, sandbox, connection_of(sandbox, "acme"), token) == 200
    wait_for(lambda: sandbox.world.webhooks.deliveries[0].attempts)
    assert sandbox.world.webhooks.deliveries[0].attempts[0].status == 204


def complete_with(page: Page, sandbox: Sandbox) -> str:
    """Rotates; the new token, which the IdP already holds."""
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    token = start(page)
    idp_provisions(page, sandbox, token)
    page.goto("/connections")
    expect(line(page)).to_contain_text("Both tokens work, so that it does not show which one Okta uses.")
    expect(line(page)).not_to_contain_text("came in")
    complete(page)
    notice(page, "Rotation completed")
    expect(line(page)).to_contain_text("No event yet since the change at")
    sandbox.world.clock.advance(MARGIN.total_seconds() + 1)
    return token


def proved(token: str) -> re.Pattern[str]:
    return re.compile(rf"An event came in at .*after the change at .*token ending in {token[-4:]} works")


def test_before_completing_no_proof_and_after_it_the_card_says_so(
    either_page: Page, sandbox: Sandbox, javascript: bool
) -> None:
    page = either_page
    if javascript:
        page.clock.install()
    token = complete_with(page, sandbox)
    idp_provisions(page, sandbox)
    if javascript:
        expect(line(page).get_by_role("link", name="Look again")).to_be_hidden()
        page.clock.run_for(POLL)
    else:
        expect(line(page).get_by_text("This line says so by itself")).to_be_hidden()
        line(page).get_by_role("link", name="Look again").click()
    expect(line(page)).to_contain_text(proved(token))
    if javascript:
        expect(page.locator("#status")).to_have_text(
            f"A provisioning event came in after the change: token ending in {token[-4:]} works."
        )
        expect(page.get_by_role("heading", name="Rotation completed")).to_be_visible()


def test_waiting_disturbs_nobody(page: Page, sandbox: Sandbox) -> None:
    page.clock.install()
    token = complete_with(page, sandbox)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/provisioning?" in request.url else None)
    said = page.locator("#status").inner_text()
    assert "Rotation completed" in said
    button = page.get_by_role("button", name="Start rotation")
    button.focus()
    with page.expect_response("**/provisioning?*") as answered:
        page.clock.run_for(POLL)
    assert answered.value.status == 204
    # A proxy's own page gets nowhere, and it goes on.
    page.route("**/provisioning?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    with page.expect_response("**/provisioning?*"):
        page.clock.run_for(POLL)
    page.unroute("**/provisioning?*")
    with page.expect_response("**/provisioning?*"):
        page.clock.run_for(POLL)
    expect(page.locator("#status")).to_have_text(said)
    expect(page.locator("#alert")).to_be_empty()
    expect(page.locator("main")).not_to_contain_text("Bad gateway")
    expect(page.locator("main")).not_to_contain_text("did not answer")
    # Nobody sees it: nothing is asked.
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    asked.clear()
    page.clock.run_for(4 * POLL)
    assert asked == []
    page.evaluate("delete document.hidden")
    idp_provisions(page, sandbox)
    with page.expect_response("**/provisioning?*"):
        page.clock.run_for(POLL)
    expect(line(page)).to_contain_text(proved(token))
    expect(button).to_be_focused()
    asked.clear()
    page.clock.run_for(4 * POLL)
    assert asked == []


def test_webhooks_are_rehearsed_on_the_sandbox_s_dashboard(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    idp_provisions(page, sandbox)
    page.goto(f"{sandbox.url}/_sandbox/")
    deliveries = page.get_by_role("region", name="Webhooks").get_by_role("listitem")
    expect(deliveries).to_have_count(1)
    ending = f"scim.member.create {sandbox.world.webhooks.deliveries[0].id[-6:]}"
    for way in ("Resend", "Replay", "Stale", "Forge", "Truncate"):
        press(page, f"{way} {ending}")
    expect(deliveries).to_contain_text("first 204, resend 204, replay 204, stale 400, forge 400, truncate 400")
    page.goto("/connections")
    expect(line(page)).to_contain_text("Last provisioning event just now (member created).")
