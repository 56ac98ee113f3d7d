"""Every page in a language that nobody speaks (`pseudo.py`): all of it is translated, and there is room for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser import pseudo
from tests.browser.portals import Portal
from tests.browser.steps import connection_of, newest_code, sign_in
from tests.conftest import Console, Sandbox
from webapp.connections.providers import choices
from webapp.sandbox.rbac import ROLES
from webapp.sandbox.server import Server
from webapp.web import languages

LOOK = (Path(__file__).parent / "look.js").read_text()
WIDTHS = (1280, 320)
NAMES = {"SCIM Console", "English", "GitHub", "Google", "HubSpot", "Microsoft", "Slack", "CSV", "JSON", "SHA-256"}
"""The same in every language."""
OKTAS = {
    "Application username format",
    "Authentication Mode",
    "Email",
    "HTTP Header",
    "Supported provisioning actions",
    "Unique identifier field for users",
    "email",
}
"""What is named in its set-up guide as it is there."""
PORTAL = """<!doctype html>
<html lang="en"><title>Portal</title><body style="margin: 0">
<iframe src="{src}" title="SCIM connections" width="100%" height="780" style="border: 0"></iframe></html>"""


@dataclass
class Looker:
    """Looks at pages, and remembers what is wrong with them."""

    page: Page
    sandbox: Sandbox
    known: set[str]
    wrong: dict[str, set[str]] = field(default_factory=dict)

    def look(self, name: str, there: Page | Frame | None = None) -> None:
        """At the page as it is, wide and narrow."""
        for connection in self.sandbox.world.connections.values():
            tokens = (connection.bearer_token, connection.next_bearer_token or "")
            self.known |= {connection.display_name, *(token[-4:] for token in tokens)}
        known = [re.escape(each) for each in sorted(self.known - {""}, key=len, reverse=True)]
        for width in WIDTHS:
            self.page.set_viewport_size({"width": width, "height": 800})
            here = there or self.page
            wide = here.evaluate("document.documentElement.scrollWidth")
            if wide > width:
                self._note(f"wider than {width}", f"{name}: {wide}")
            found: dict[str, list[str]] = here.evaluate(LOOK, known)
            for what, texts in found.items():
                for text in texts:
                    shown = text if what == "untranslated" else f"{name}, {width}: {text}"
                    self._note(what, shown)
        self.page.set_viewport_size({"width": WIDTHS[0], "height": 800})

    def _note(self, what: str, text: str) -> None:
        self.wrong.setdefault(what, set()).add(re.sub(r"\s+", " ", text))


@pytest.fixture(autouse=True)
def spoken(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The console speaks English and the two."""
    folder = tmp_path_factory.mktemp("translations")
    monkeypatch.setattr(languages, "LANGUAGES", {"en": "English", **pseudo.write(folder)})
    monkeypatch.setattr(languages, "FOLDER", folder)


@pytest.fixture
def portal() -> Iterator[Server]:
    """Something with a frame in it; what is in that is set later."""
    portal = Portal("")
    portal.page = PORTAL
    server = Server(portal)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def changes(portal: Server) -> dict[str, Any]:
    return {"embed_origins": (portal.url,)}


@pytest.fixture(params=[pseudo.ACCENTED, pseudo.FROM_RIGHT_TO_LEFT])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def looker(page: Page, sandbox: Sandbox) -> Iterator[Looker]:
    """Knows which texts are data, and are the same in every language."""
    known = {*NAMES, *OKTAS, *(each.organization_name for each in sandbox.world.organizations.values())}
    known |= {group.display_name for group in connection_of(sandbox, "acme").directory.groups.values()}
    for role_id, (description, _permissions) in ROLES.items():
        known |= {role_id, description}
    for provider in choices():
        known |= {provider.own_name, provider.base_url_field, provider.token_field}
    looker = Looker(page, sandbox, known)
    yield looker
    wrong = [f"{what}: {text}" for what, texts in sorted(looker.wrong.items()) for text in sorted(texts)]
    assert not wrong, "\n".join(wrong)


def switch(page: Page, language: str) -> None:
    page.get_by_role("link", name=languages.LANGUAGES[language], exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", language)


def send(page: Page, action: str) -> None:
    """Presses the button of the form that goes there."""
    page.locator(
        f"main form[action$='{action}'] button:visible, dialog[open] form[action$='{action}'] button"
    ).last.click()


def tick_all(form: Locator) -> None:
    for box in form.locator("input[type=checkbox]").all():
        box.check()


def test_who_is_not_signed_in(looker: Looker, sandbox: Sandbox, language: str) -> None:
    page = looker.page
    page.goto("/login")
    switch(page, language)
    expect(page.locator("html")).to_have_attribute("dir", "rtl" if language == pseudo.FROM_RIGHT_TO_LEFT else "ltr")
    looker.look("sign-in")
    page.goto("/login/acme")
    looker.look("door")
    page.goto("/login?ended=look")
    looker.look("session ended")
    page.goto("/login/callback?token=x&stytch_token_type=discovery")
    looker.look("another browser's link")
    page.goto("/nowhere")
    looker.look("no such page")
    page.goto("/authenticate/password/reset")
    looker.look("password reset")
    page.goto("/login")
    page.locator("input[name=email]").fill("ada@acme.example")
    page.locator("button[value=email_otp]").click()
    page.wait_for_url("**/authenticate/code")
    looker.look("code")
    page.locator("input[name=code]").fill("000000")
    page.locator("input[name=code]").press("Enter")
    expect(page.locator(".field__problem")).to_be_visible()
    looker.look("wrong code")
    page.locator("input[name=code]").fill(newest_code(sandbox, "ada@acme.example"))
    page.locator("input[name=code]").press("Enter")
    page.wait_for_url("**/organizations")
    looker.look("organizations")


def test_who_is_signed_in(looker: Looker, sandbox: Sandbox, console: Console, portal: Server, language: str) -> None:
    page, acme = looker.page, connection_of(sandbox, "acme")
    there = f"/connections/{acme.connection_id}"
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    switch(page, language)
    looker.look("connections")
    page.locator("details").first.evaluate(
        "() => document.querySelectorAll('details').forEach(each => { each.open = true; })"
    )
    looker.look("connections, all open")
    for path in ("edit", "delete", "guide", "leak", "groups", "token-check", "rotation/complete"):
        page.goto(f"{there}/{path}")
        looker.look(path)
    page.goto(f"{there}/groups/{acme.group_role_assignments[0].group_id}")
    looker.look("a group's roles")
    for path in ("/sessions", "/organizations", "/connections/nowhere", "/connections/new"):
        page.goto(path)
        looker.look(path)
    page.goto(there)
    rotate(looker, there)
    history(looker)
    in_a_frame(looker, console, portal)


def rotate(looker: Looker, there: str) -> None:
    page = looker.page
    send(page, "/rotation/start")
    expect(page.locator("[data-secret] textarea")).to_be_visible()
    looker.look("token shown")
    page.locator("a[href*='/rotation/complete']").last.click()
    expect(page.locator("dialog[open] form")).to_be_visible()
    looker.look("review of the completion")
    page.goto(f"{there}/rotation/complete")
    looker.look("page of the completion's review")
    page.goto(f"{there}/rotation/cancel")
    looker.look("page of the cancellation's review")
    page.goto(f"{there}/token-check")
    page.locator("textarea[name]").fill("x" * 30)
    send(page, "/token-check")
    expect(page.locator("main .notice, dialog[open] .notice").first).to_be_visible()
    looker.look("token checked")
    page.goto(f"{there}/rotation/complete")
    tick_all(page.locator("main form[action$='/rotation/complete']"))
    send(page, "/rotation/complete")
    expect(page.locator("article[data-rotation=none]")).to_be_visible()
    looker.look("completed")


def history(looker: Looker) -> None:
    page = looker.page
    page.goto("/history")
    looker.look("history")
    page.locator("a[href*='/history/rotations/']").first.click()
    expect(page.locator(".evidence")).to_be_visible()
    looker.look("evidence")


def in_a_frame(looker: Looker, console: Console, portal: Server) -> None:
    page = looker.page
    page.goto(f"{portal.url}/?path={console.url}/connections")
    there = page.frames[1]
    there.locator(".foot").wait_for()
    looker.look("in a frame", there)


def test_who_may_not_or_has_none(looker: Looker, sandbox: Sandbox, language: str) -> None:
    page = looker.page
    sign_in(page, sandbox, "noel@acme.example")
    switch(page, language)
    looker.look("not allowed")
    page.goto("/history")
    looker.look("history, not allowed")


def test_creating(looker: Looker, sandbox: Sandbox, language: str) -> None:
    page = looker.page
    sign_in(page, sandbox, "gil@globex.example")
    switch(page, language)
    looker.look("none yet")
    page.goto("/connections/new")
    page.locator("input[name=display_name]").fill("Globex Okta")
    page.locator("input[value=okta]").check()
    send(page, "/connections")
    expect(page.locator("textarea").first).to_be_visible()
    looker.look("created")
