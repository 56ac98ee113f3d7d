"""Every page and state: no accessibility rule broken, nothing wider than a small phone, all by keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    cancel,
    complete,
    confirm,
    connection_of,
    fail,
    let_it_settle,
    lose_contact,
    newest_link,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async tags => {
  const found = await axe.run(document, { runOnly: tags, resultTypes: ["violations"] });
  return found.violations.map(({ id, nodes }) => [id, ...nodes.map(node => node.html + " " + node.failureSummary)]);
}"""


def look_at(page: Page, widths: tuple[int, ...] = (1280, 320)) -> None:
    """Fails for what is wrong with the page as it is, small and large, light and dark."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    for width in widths:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{page.url} is wider than {width}"
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            violations = page.evaluate(RUN, TAGS)
            assert violations == [], f"{page.url}, {width} px, {scheme}"


def test_sign_in_pages(page: Page, sandbox: Sandbox) -> None:
    page.goto("/login")
    look_at(page)
    press(page, "Email me a sign-in link")
    expect(page.get_by_label("Work email")).to_be_focused()
    look_at(page)
    page.get_by_label("Work email").fill("ada@acme.example")
    press(page, "Email me a sign-in link")
    page.wait_for_url("**/authenticate/link")
    look_at(page)
    link = newest_link(sandbox, "ada@acme.example")
    page.goto(link)
    expect(page.get_by_role("button", name="Globex")).to_be_visible()
    look_at(page)
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("This link belongs to another browser")
    look_at(page)
    page.goto("/login?ended=look")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    look_at(page)


def test_a_rotation(page: Page, sandbox: Sandbox) -> None:
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    look_at(page)
    page.get_by_text("Connection details").click()
    look_at(page)
    start(page)
    look_at(page)
    for action in ("Complete", "Cancel"):
        review = open_review(page, action)
        look_at(page)
        review.get_by_role("link", name="Back").click()
    complete(page)
    notice(page, "Rotation completed")
    look_at(page)
    acme.start_rotation(None)
    press(page, "Start rotation")
    notice(page, "It has changed since you opened this page")
    look_at(page)
    review = open_review(page, "Cancel")
    lose_contact(sandbox, "cancel", reads=2)
    confirm(review)
    notice(page, "We do not know yet")
    look_at(page)
    page.get_by_role("link", name="Check again").click()
    expect(page.get_by_role("heading", name="We still do not know")).to_be_visible()
    look_at(page)
    page.get_by_role("link", name="See what holds now").click()
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    notice(page, "Rotation cancelled")
    look_at(page)
    fail(sandbox, "start", "drop_after_commit")
    press(page, "Start rotation")
    notice(page, "A new token was made, but it could not be shown")
    look_at(page)
    page.route("**/rotation/cancel", lambda route: route.fulfill(status=502, body="Bad gateway"))
    cancel(page)
    notice(page, "The console did not answer")
    look_at(page)


def test_review_pages(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "ian@initech.example")
    look_at(page)
    path = f"/connections/{connection_of(sandbox, 'initech').connection_id}/rotation"
    page.goto(f"{path}/cancel")
    look_at(page)
    page.goto(f"{path}/complete")
    look_at(page)
    page.locator("form.review").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Complete: switch off").click()
    expect(page.get_by_role("checkbox")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("checkbox")).to_be_focused()
    look_at(page)


def test_creating_and_deleting(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "gil@globex.example")
    page.get_by_role("link", name="Create connection").click()
    look_at(page)
    page.get_by_label("Name").fill("x" * 129)
    page.get_by_label("Okta").check()
    press(page, "Create connection")
    expect(page.get_by_label("Name")).to_be_focused()
    look_at(page)
    sandbox.fail("drop_before_commit", "/connection$")
    page.get_by_label("Name").fill("Globex Okta")
    press(page, "Create connection")
    notice(page, "Not created so far")
    look_at(page)
    page.get_by_role("link", name="Check again").click()
    notice(page, "We do not know yet")
    look_at(page)
    let_it_settle(sandbox)
    page.goto("/connections/new")
    notice(page, "The connection was not created")
    look_at(page)
    sandbox.fail("drop_after_commit", "/connection$")
    page.get_by_label("Name").fill("Globex Okta")
    page.get_by_label("Okta").check()
    press(page, "Create connection")
    notice(page, "It was created, but its token could not be shown")
    look_at(page)
    page.goto("/connections/new")
    look_at(page)
    page.goto("/connections")
    page.get_by_role("link", name="Delete").click()
    look_at(page)
    press(page, "Delete connection")
    page.get_by_label("To confirm").fill("Globex")
    press(page, "Delete connection")
    expect(page.get_by_label("To confirm")).to_be_focused()
    look_at(page)
    page.get_by_label("To confirm").fill("Globex Okta")
    press(page, "Delete connection")
    notice(page, "Globex Okta was deleted")
    look_at(page)
    page.get_by_role("link", name="Create connection").click()
    page.get_by_label("Name").fill("Globex Okta")
    page.get_by_label("Okta").check()
    press(page, "Create connection")
    notice(page, "Connection created")
    look_at(page)


@pytest.mark.parametrize(
    ("email", "path", "title"),
    [
        ("vic@acme.example", "/connections", "SCIM connections"),
        ("noel@acme.example", "/connections", "You can't see SCIM connections"),
        ("gil@globex.example", "/connections", "SCIM connections"),
        ("gil@globex.example", "/nowhere", "There is no such page"),
        ("gil@globex.example", "/connections/unknown", "Your organization has no such connection"),
    ],
)
def test_a_page(page: Page, sandbox: Sandbox, email: str, path: str, title: str) -> None:
    sign_in(page, sandbox, email)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    look_at(page)


def test_a_rotation_by_keyboard_alone(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    sign_in(page, sandbox, "ada@acme.example", "Acme")

    def tab_to(name: str) -> None:
        """On to the control of this name, each on the way with its ring in sight."""
        for _ in range(20):
            page.keyboard.press("Tab")
            at = page.evaluate(
                """() => {
                  const { top, bottom, width } = document.activeElement.getBoundingClientRect();
                  const style = getComputedStyle(document.activeElement);
                  return { name: document.activeElement.textContent.trim(), outline: style.outlineStyle,
                    seen: width > 0 && bottom > 0 && top < innerHeight };
                }"""
            )
            assert at["outline"] != "none"
            assert at["seen"]
            if name in at["name"]:
                return
        pytest.fail(f"Tab never came to {name}")

    tab_to("Start rotation")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rotation started")).to_be_focused()
    tab_to("Copy new token")
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Copied new token")).to_be_focused()
    assert page.evaluate("navigator.clipboard.readText()") == token_field(page).input_value()
    tab_to("Complete rotation")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Switch off")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox")).to_be_focused()
    page.keyboard.press("Space")
    tab_to("Complete: switch off")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Rotation completed")).to_be_focused()
    assert rotation_calls(sandbox) == ["start", "complete"]
