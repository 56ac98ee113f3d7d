"""Every journey by the keyboard alone: the focus is in sight, goes where the answer is, and what came of it is said."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from werkzeug.wrappers import Response

from tests.browser.steps import View, connection_of, newest_code, newest_link, rotation_calls, sign_in, token_field
from tests.conftest import Console, Sandbox
from tests.history import samples
from tests.history.consoles import of
from webapp.history.database import Database
from webapp.sandbox.seeds import WES_PASSWORD
from webapp.sandbox.server import Server

ADA = "ada@acme.example"
PORTAL = """<!doctype html>
<html lang="en"><title>Portal</title><a href="#">before</a>
<iframe title="SCIM connections" width="900" height="600"></iframe>
<a href="#">after</a></html>"""
# In sight is what has a ring, is on the screen, and is not behind anything else (WCAG 2.4.7, 2.4.11).
AT = """() => {
  const at = document.activeElement;
  const { outlineStyle, outlineWidth } = getComputedStyle(at);
  const { left, right, top, bottom } = at.getClientRects()[0] ?? at.getBoundingClientRect();
  const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const named = at.getAttribute("aria-label") ?? at.labels?.[0]?.textContent ?? at.textContent;
  return {
    name: named.trim().replace(/\\s+/g, " "),
    nowhere: at === document.body,
    ring: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    seen: hit !== null && (at.contains(hit) || hit.contains(at)),
  };
}"""


@dataclass
class Keys:
    """Hands on the keyboard of a page; `view` is the page, or the frame in it that is worked in."""

    page: Page
    view: View

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def tab_to(self, name: str, *, back: bool = False) -> None:
        """On with Tab to what is called so, with all that is passed in sight."""
        passed = []
        for _ in range(60):
            self.press("Shift+Tab" if back else "Tab")
            at = self.view.evaluate(AT)
            if at["nowhere"]:
                continue
            passed.append(at["name"])
            assert at["ring"], f"{at['name']} has no ring"
            assert at["seen"], f"{at['name']} is out of sight"
            if name in at["name"]:
                return
        pytest.fail(f"Tab never came to {name}, but to {passed}")

    def go(self, name: str, key: str = "Enter") -> None:
        """On to what is called so, and presses it."""
        self.tab_to(name)
        self.press(key)

    def told(self, heading: str, *, said: str = "", role: str = "status") -> None:
        """The heading of an answer has the focus, and a screen reader was told `said`, else the same."""
        expect(self.view.locator(":is(h1, h2, h3):focus")).to_contain_text(heading)
        expect(self.view.locator(f"#{role}")).to_contain_text(said or heading)

    def told_by_a_page(self, heading: str) -> None:
        """The same of a page that was loaded: what has the focus is read out, and so nothing is said besides."""
        expect(self.view.locator(":is(h1, h2, h3):focus")).to_contain_text(heading)


@pytest.fixture(scope="module")
def portal() -> Iterator[Server]:
    """A portal's page with a frame between two links."""
    server = Server(Response(PORTAL, mimetype="text/html"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def changes(portal: Server) -> dict[str, Any]:
    return {"embed_origins": (portal.url,)}


@pytest.fixture
def keys(page: Page) -> Keys:
    return Keys(page, page.main_frame)


def expect_title(keys: Keys, title: str) -> None:
    expect(keys.view.get_by_role("heading", level=1)).to_have_text(title)


def test_signing_in(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    page.goto("/login")
    keys.go("Skip to content")
    expect(page.get_by_role("main")).to_be_focused()
    keys.tab_to("Work email")
    keys.press("Enter")
    expect(page.get_by_label("Work email")).to_be_focused()
    expect(page.get_by_label("Work email")).to_have_accessible_description(
        "Error: Enter an email address, such as ada@example.com."
    )
    keys.type(ADA)
    keys.press("Enter")
    expect_title(keys, "Check your inbox")
    page.goto(newest_link(sandbox, ADA))
    keys.go("Acme")
    expect_title(keys, "SCIM connections")
    keys.go("change organization")
    expect_title(keys, "Change organization")
    keys.go("Globex")
    expect(page.get_by_role("heading", name="Globex has no SCIM connection yet")).to_be_visible()
    keys.go("Sign out")
    expect_title(keys, "Sign in")
    keys.tab_to("Work email")
    keys.type("vic@acme.example")
    keys.go("Email me a code")
    expect(page.get_by_label("Code")).to_be_focused()
    keys.type(newest_code(sandbox, "vic@acme.example"))
    keys.press("Enter")
    expect_title(keys, "SCIM connections")


def test_a_rotation(keys: Keys, console: Console, sandbox: Sandbox) -> None:
    page = keys.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    sign_in(page, sandbox, ADA, "Acme")
    keys.go("Start rotation")
    keys.told("Rotation started")
    keys.go("Copy new token", "Space")
    expect(page.get_by_role("button", name="Copied new token")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == token_field(page).input_value()
    review_and_complete(keys)
    assert rotation_calls(sandbox) == ["start", "complete"]


def review_and_complete(keys: Keys) -> None:
    """A review is left by Escape or by its last link, and the focus is back where it was; then it is confirmed."""
    view = keys.view
    keys.go("Cancel rotation")
    expect(view.get_by_role("heading", name="Give up")).to_be_focused()
    keys.press("Escape")
    expect(view.get_by_role("dialog")).to_have_count(0)
    expect(view.get_by_role("link", name="Cancel rotation")).to_be_focused()
    keys.tab_to("Complete rotation", back=True)
    keys.press("Enter")
    expect(view.get_by_role("heading", name="Switch off")).to_be_focused()
    keys.go("Back")
    expect(view.get_by_role("link", name="Complete rotation")).to_be_focused()
    keys.press("Enter")
    keys.go("Okta now uses", "Space")
    keys.go("Complete: switch off")
    keys.told("Rotation completed")


def test_a_rotation_given_up(keys: Keys, sandbox: Sandbox) -> None:
    sign_in(keys.page, sandbox, ADA, "Acme")
    keys.go("Start rotation")
    keys.told("Rotation started")
    keys.go("Lost it, or closed the page?")
    keys.go("Cancel and start again", "Space")
    keys.told("Started again")
    keys.go("Cancel rotation")
    expect(keys.page.get_by_role("heading", name="Give up")).to_be_focused()
    keys.go("Cancel: switch off")
    keys.told("Rotation cancelled")
    assert rotation_calls(sandbox) == ["start", "cancel", "start", "cancel"]


def test_what_went_wrong_is_said_at_once(keys: Keys, sandbox: Sandbox) -> None:
    sign_in(keys.page, sandbox, ADA, "Acme")
    sandbox.fail("status", "/rotate/start$", status=500)
    keys.go("Start rotation")
    keys.told("The rotation was not started", role="alert")
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    keys.go("Start rotation")
    keys.told("Stytch did not answer", role="alert")


def test_a_connection_from_its_beginning_to_its_end(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    sign_in(page, sandbox, "gil@globex.example")
    keys.go("Create connection")
    expect_title(keys, "Create a connection")
    keys.tab_to("Name")
    keys.type("Globex Okta")
    keys.press("Tab", "Space")
    keys.go("Create connection")
    keys.told("Connection created")
    page.once("dialog", lambda dialog: dialog.accept())
    keys.go("Go to the connection")
    expect_title(keys, "SCIM connection")
    keys.go("Edit")
    expect_title(keys, "Edit connection")
    keys.tab_to("Name")
    keys.press("Control+a", "Delete", "Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_accessible_description(re.compile("Error: Give it a name."))
    keys.type("Globex")
    keys.press("Enter")
    keys.told_by_a_page("Saved")
    expect_title(keys, "SCIM connection")
    keys.go("Delete")
    expect_title(keys, "Delete Globex?")
    keys.tab_to("To confirm")
    keys.type("Globe")
    keys.press("Enter")
    expect(page.get_by_label("To confirm")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("Type Globex here")
    keys.press("Control+a")
    keys.type("Globex")
    keys.go("Delete connection")
    keys.told_by_a_page("Globex was deleted")


def test_roles(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    sign_in(page, sandbox, ADA, "Acme")
    keys.go("Groups and roles")
    expect_title(keys, "Groups and roles")
    keys.tab_to("Part of a group's name")
    keys.type("Eng")
    keys.press("Enter")
    keys.told("1 group")
    keys.go("Change the roles of Engineering")
    expect_title(keys, "Roles of Engineering")
    keys.go("scim_viewer", "Space")
    keys.go("Review the change")
    keys.told("Save this change?", said="What would change")
    keys.go("Save: 1 added")
    keys.told("Roles saved")


def test_a_token_check(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    sign_in(page, sandbox, ADA, "Acme")
    keys.go("Check a token")
    expect_title(keys, "Check a token")
    keys.tab_to("What Okta has as")
    keys.type(connection_of(sandbox, "acme").bearer_token)
    keys.go("Check token")
    keys.told("This is the current token")
    keys.tab_to("What Okta has as")
    keys.type("••••••••")
    keys.go("Check token")
    keys.told("Okta masks its field", role="alert")


def test_a_leak(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    sign_in(page, sandbox, ADA, "Acme")
    keys.go("Token leaked?")
    expect_title(keys, "A token leaked")
    keys.tab_to("the current token")
    expect(page.get_by_role("checkbox")).to_be_checked()
    keys.go("Report it and begin")
    expect(page.get_by_role("heading", name="leaked, and works still")).to_be_visible()
    keys.go("It did not leak after all")
    expect(page.get_by_role("heading", name="leaked, and works still")).to_have_count(0)


def test_the_history(keys: Keys, sandbox: Sandbox, history: Database) -> None:
    page = keys.page
    sign_in(page, sandbox, "vic@acme.example")
    samples.record(history, *[samples.sign_in(of(sandbox, "acme", "ada"))] * 59, apart=timedelta(seconds=1))
    keys.go("History")
    expect_title(keys, "History")
    keys.tab_to("Person")
    keys.type("ada")
    keys.press("a")
    keys.go("Filter")
    expect(page.get_by_role("button", name="Filter")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("50 events, and there are older ones")
    expect(page.get_by_label("Person")).to_have_value(ADA)
    keys.go("Older")
    keys.told("9 older events")


def test_sessions(keys: Keys, sandbox: Sandbox) -> None:
    page = keys.page
    sandbox.actor()
    sandbox.world.clock.advance(60)
    sign_in(page, sandbox, ADA, "Acme")
    keys.go("where you are signed in")
    expect_title(keys, "Where you are signed in")
    keys.go("End it")
    expect(page.get_by_role("button", name="End it")).to_have_count(0)
    keys.go("Sign out everywhere")
    expect_title(keys, "Sign in")
    assert sandbox.world.sessions == {}


def test_the_language(keys: Keys) -> None:
    keys.page.goto("/login")
    keys.go("Deutsch")
    expect(keys.page.locator("html")).to_have_attribute("lang", "de")


def test_a_rotation_in_a_frame(page: Page, console: Console, sandbox: Sandbox, portal: Server) -> None:
    """Between two links of a portal's page: in, through, and out again."""
    sign_in(page, sandbox, ADA, "Acme")
    page.goto(portal.url)
    frame = page.frames[1]
    frame.goto(f"{console.url}/connections")
    keys = Keys(page, frame)
    page.get_by_role("link", name="before").focus()
    keys.go("Start rotation")
    keys.told("Rotation started")
    review_and_complete(keys)
    for _ in range(60):
        keys.press("Tab")
        if page.evaluate("document.activeElement.textContent") == "after":
            break
    expect(page.get_by_role("link", name="after")).to_be_focused()
    assert rotation_calls(sandbox) == ["start", "complete"]


def test_what_is_copied_can_be_pasted_everywhere(keys: Keys, console: Console, sandbox: Sandbox) -> None:
    """Passwords, codes and tokens too: nobody has to type them again (WCAG 3.3.8)."""
    page = keys.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    page.goto("/login/wayne")
    paste(keys, "Work email", "wes@wayne.example")
    keys.go("Use my password")
    expect_title(keys, "Enter your password")
    paste(keys, "Password", WES_PASSWORD)
    page.goto("/login/wayne")
    paste(keys, "Work email", "wes@wayne.example")
    keys.go("Email me a code")
    expect_title(keys, "Enter the code")
    paste(keys, "Code", newest_code(sandbox, "wes@wayne.example"))
    keys.press("Enter")
    expect_title(keys, "SCIM connections")
    keys.go("Check a token")
    expect_title(keys, "Check a token")
    paste(keys, "What your identity provider has as", "a-token-that-was-copied")


def paste(keys: Keys, label: str, text: str) -> None:
    """Pastes a text into the field of this label."""
    field = keys.page.get_by_label(label)
    keys.page.evaluate("text => navigator.clipboard.writeText(text)", text)
    field.focus()
    keys.press("Control+v")
    expect(field).to_have_value(text)
