"""Editing a connection in a browser, with JavaScript and without."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import connection_of, expect_page, notice, press, sign_in
from tests.conftest import Sandbox
from webapp.sandbox.faults import Fault


def open_form(page: Page, sandbox: Sandbox) -> None:
    """Acme's form, by the link on its card."""
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Edit", exact=True).click()
    expect_page(page, "Edit connection")


def lose(sandbox: Sandbox, fault: str) -> None:
    """The next change of a connection meets the fault."""
    sandbox.world.faults.append(Fault.model_validate({"method": "PUT", "path": "/connection/", "fault": fault}))


def test_what_is_wrong_is_where_the_focus_goes(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    open_form(page, sandbox)
    page.get_by_label("Rippling").check()
    page.get_by_role("textbox", name="Name").fill("")
    press(page, "Save")
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_have_accessible_description(
        "For the people of your organization. At most 128 characters. Error: Give it a name."
    )
    expect(name).to_be_focused()
    expect(page.get_by_label("Rippling")).to_be_checked()
    name.fill("x" * 130)
    name.press("Enter")
    expect(page.get_by_text("Make it shorter by 2 characters")).to_be_visible()
    expect(name).to_have_value("x" * 130)
    assert connection_of(sandbox, "acme").identity_provider == "okta"


def test_a_colleague_was_quicker(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    open_form(page, sandbox)
    page.get_by_role("textbox", name="Name").fill("Mine")
    acme.display_name, acme.identity_provider = "Theirs", "onelogin"
    press(page, "Save")
    notice(page, "It has changed since you opened this page")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Mine")
    expect(page.get_by_label("OneLogin")).to_be_checked()
    assert acme.display_name == "Theirs"
    press(page, "Save")
    notice(page, "Saved")
    assert (acme.display_name, acme.identity_provider) == ("Mine", "onelogin")


@pytest.mark.parametrize("fault", ["drop_after_commit", "drop_before_commit"])
def test_a_lost_answer_is_looked_into(either_page: Page, sandbox: Sandbox, fault: str) -> None:
    page = either_page
    open_form(page, sandbox)
    page.get_by_role("textbox", name="Name").fill("Perhaps")
    lose(sandbox, fault)
    press(page, "Save")
    done = fault == "drop_after_commit"
    notice(page, "Saved" if done else "Not saved so far")
    assert connection_of(sandbox, "acme").display_name == ("Perhaps" if done else "Acme Okta")
    if not done:
        expect(page.get_by_role("textbox", name="Name")).to_have_value("Perhaps")
        press(page, "Save")
        notice(page, "Saved")


def test_the_console_does_not_answer(page: Page, sandbox: Sandbox, browser_errors: list[str]) -> None:
    open_form(page, sandbox)
    page.get_by_role("textbox", name="Name").fill("Typed")

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/edit", cut)
    press(page, "Save")
    notice(page, "The console did not answer")
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Typed")
    expect(page.get_by_role("link", name="Look at the connection")).to_be_visible()
    browser_errors.clear()
