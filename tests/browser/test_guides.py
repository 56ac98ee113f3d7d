"""The set-up guides in a browser: what their buttons copy, and that they can be read without scripts."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import connection_of, sign_in, start, token_field
from tests.conftest import Console, Sandbox
from webapp.connections.providers import choices

PROVIDERS = [each.value for each in choices()]


@pytest.mark.parametrize("identity_provider", PROVIDERS)
def test_the_base_url_is_really_copied(page: Page, console: Console, sandbox: Sandbox, identity_provider: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    acme = connection_of(sandbox, "acme")
    acme.identity_provider = identity_provider
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Set-up guide").click()
    field = next(each.base_url_field for each in choices() if each.value == identity_provider)
    page.get_by_role("button", name=f"Copy {field}", exact=True).click()
    expect(page.get_by_role("button", name=f"Copied {field}", exact=True)).to_be_visible()
    expect(page.get_by_role("status")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == acme.base_url(sandbox.url)


def test_what_can_t_be_copied_is_selected_and_that_is_said(page: Page, sandbox: Sandbox) -> None:
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Set-up guide").click()
    page.get_by_role("button", name="Copy SCIM connector base URL").click()
    expect(page.get_by_role("button", name="Selected: press Ctrl+C SCIM connector base URL")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("does not allow copying")
    assert page.evaluate("() => getSelection().toString()") == connection_of(sandbox, "acme").base_url(sandbox.url)


def test_it_can_be_read_without_scripts(page_without_javascript: Page, sandbox: Sandbox) -> None:
    page = page_without_javascript
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Set-up guide").click()
    expect(page.get_by_role("heading", name="Set up Okta")).to_be_visible()
    expect(page.get_by_text(connection_of(sandbox, "acme").base_url(sandbox.url))).to_be_visible()
    expect(page.get_by_role("button", name="Copy")).to_have_count(0)
    page.get_by_role("link", name="if nobody has it").click()
    expect(page.get_by_text("To get another, start a rotation")).to_be_in_viewport()


def test_the_way_to_the_guide_never_costs_the_new_token(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.get_by_text("Where that is in Okta").click()
    expect(page.get_by_text("Test Connector Configuration")).to_be_visible()
    with page.expect_popup() as opened:
        page.get_by_role("link", name="The whole set-up guide").click()
    expect(opened.value.get_by_role("heading", name="When the token is replaced")).to_be_in_viewport()
    expect(token_field(page)).to_have_value(new)
