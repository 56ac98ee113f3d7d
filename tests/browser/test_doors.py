"""An organization's own sign-in page: the ways that it allows, and straight on where there is SSO alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import (
    ask,
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    newest_link,
    press,
    sign_in_by_code,
)
from tests.conftest import Console, Sandbox

ALL_WAYS = ["Email me a sign-in link", "Email me a code", "Use my password"]
PROVIDERS = ["Google", "Microsoft", "GitHub", "Slack", "HubSpot"]


def ways_to_continue(page: Page) -> list[str]:
    links = page.get_by_role("main").get_by_role("link", name="Continue with")
    return [text.removeprefix("Continue with ") for text in links.all_inner_texts()]


def test_every_way_that_acme_allows(either_page: Page) -> None:
    page = either_page
    page.goto("/login/acme")
    expect_page(page, "Sign in to Acme")
    assert page.title().startswith("Sign in to Acme")
    expect(page.get_by_role("main").locator("form button")).to_have_text(ALL_WAYS)
    assert ways_to_continue(page) == ["Acme Okta", *PROVIDERS]


def test_its_logo_is_shown(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/acme")
    logo = page.locator("img.logo")
    expect(logo).to_have_attribute("src", f"{sandbox.url}/_sandbox/logos/acme.svg")
    expect(logo).to_be_visible()
    expect(logo).to_have_js_property("complete", True)
    expect(logo).not_to_have_js_property("naturalWidth", 0)


def test_in_by_a_link(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/acme?next=/history")
    ask(page, "ada@acme.example", "Email me a sign-in link")
    expect_page(page, "Check your inbox")
    page.goto(newest_link(sandbox, "ada@acme.example"))
    expect_signed_in(page, "ada@acme.example", "Acme")
    expect(page).to_have_url(f"{console.url}/history")


def test_in_by_a_code(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/acme")
    sign_in_by_code(page, sandbox, "ada@acme.example")
    expect_signed_in(page, "ada@acme.example", "Acme")


def test_in_by_a_provider(either_page: Page) -> None:
    page = either_page
    page.goto("/login/acme")
    page.get_by_role("link", name="Continue with Microsoft").click()
    page.get_by_role("link", name="ada@acme.example").click()
    expect_signed_in(page, "ada@acme.example", "Acme")


def test_in_by_a_provider_that_proves_no_address(either_page: Page) -> None:
    page = either_page
    page.goto("/login/acme")
    page.get_by_role("link", name="Continue with GitHub").click()
    page.get_by_role("link", name="vic@acme.example").click()
    expect_page(page, "Acme asks for another way")
    page.get_by_role("link", name="Continue with Acme Okta").click()
    page.get_by_role("link", name="vic@acme.example").click()
    expect_signed_in(page, "vic@acme.example", "Acme")


@pytest.mark.parametrize("denied_first", [False, True])
def test_in_by_sso(either_page: Page, sandbox: Sandbox, denied_first: bool) -> None:
    page = either_page
    page.goto("/login/acme")
    page.get_by_role("link", name="Continue with Acme Okta").click()
    expect_page(page, "Acme Okta (pretend)")
    if denied_first:
        page.get_by_role("link", name="Deny").click()
        expect_page(page, "The sign-in was not approved")
        assert sandbox.world.sessions == {}
        page.get_by_role("link", name="Choose another way").click()
        page.get_by_role("link", name="Continue with Acme Okta").click()
    page.get_by_role("link", name="olga@acme.example").click()
    expect_signed_in(page, "olga@acme.example", "Acme")


def test_a_stranger_gets_the_same_words(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/acme")
    ask(page, "gil@globex.example", "Email me a code")
    expect(page.get_by_role("main")).to_contain_text(
        "If gil@globex.example can sign in here, a code of six digits is on its way."
    )
    assert not sandbox.world.inbox
    page.get_by_role("link", name="Use another address or way").click()
    expect_page(page, "Sign in to Acme")
    sign_in_by_code(page, sandbox, "vic@acme.example")
    expect_signed_in(page, "vic@acme.example", "Acme")


def test_only_what_the_organization_allows(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    wayne = sandbox.world.find_organization("wayne")
    wayne.auth_methods, wayne.allowed_auth_methods = "RESTRICTED", ["password", "github_oauth"]
    page.goto("/login/wayne")
    expect(page.get_by_role("main").locator("form button")).to_have_text(["Use my password"])
    assert ways_to_continue(page) == ["GitHub"]


def test_straight_to_sso_where_there_is_nothing_else(either_page: Page) -> None:
    page = either_page
    page.goto("/login/hooli")
    expect_page(page, "Hooli Okta (pretend)")
    page.get_by_role("link", name="hal@hooli.example").click()
    expect_signed_in(page, "hal@hooli.example", "Hooli")


def test_its_door_after_a_denial(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/login/hooli")
    page.get_by_role("link", name="Deny").click()
    expect_page(page, "The sign-in was not approved")
    assert sandbox.world.sessions == {}
    page.get_by_role("link", name="Choose another way").click()
    expect_page(page, "Sign in to Hooli")
    expect(page.get_by_role("main").locator("form button")).to_have_count(0)
    assert ways_to_continue(page) == ["Hooli Okta", "Hooli Entra"]
    page.get_by_role("link", name="Continue with Hooli Entra").click()
    expect_page(page, "Hooli Entra (pretend)")
    page.get_by_role("link", name="hal@hooli.example").click()
    expect_signed_in(page, "hal@hooli.example", "Hooli")


def test_a_way_that_the_address_does_not_suffice_for(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    page.goto("/history")
    sign_in_by_code(page, sandbox, "hal@hooli.example")
    expect_page(page, "Hooli asks for another way")
    expect(page.get_by_role("main")).to_contain_text("You proved that hal@hooli.example is yours.")
    expect(page.get_by_role("main").locator("form button")).to_have_count(0)
    assert ways_to_continue(page) == ["Hooli Okta", "Hooli Entra"]
    assert sandbox.world.sessions == {}
    page.get_by_role("link", name="Continue with Hooli Okta").click()
    page.get_by_role("link", name="hal@hooli.example").click()
    expect_signed_in(page, "hal@hooli.example", "Hooli")
    expect_page(page, "History")


@pytest.mark.parametrize(("slug", "name", "way"), [("acme", "Acme", "Acme Okta"), (" Hooli", "Hooli", "Hooli Okta")])
def test_the_way_there_from_the_console_s_door(either_page: Page, slug: str, name: str, way: str) -> None:
    """No form of the console leads to another site, which its policy forbids: SSO is another press from there."""
    page = either_page
    page.goto("/login")
    page.get_by_text("Use your organization's own sign-in page").click()
    page.get_by_label("Its name in addresses").fill(slug)
    press(page, "Go there")
    expect_page(page, f"Sign in to {name}")
    page.get_by_role("link", name=f"Continue with {way}").click()
    expect_page(page, f"{way} (pretend)")


def test_a_door_that_is_none(either_page: Page) -> None:
    page = either_page
    answer = page.goto("/login/umbrela")
    assert answer is not None
    assert answer.status == 404
    expect_page(page, "There is no such sign-in page")
    page.get_by_role("link", name="Go to sign-in").click()
    expect_page(page, "Sign in")


def test_a_code_in_another_organization_s_name(either_page: Page, sandbox: Sandbox) -> None:
    """Ada's code of one door opens that organization alone."""
    page = either_page
    page.goto("/login/globex")
    ask(page, "ada@acme.example", "Email me a code")
    code = newest_code(sandbox, "ada@acme.example")
    page.goto("/login/acme")
    ask(page, "ada@acme.example", "Email me a code")
    if code != newest_code(sandbox, "ada@acme.example"):
        give_code(page, code)
        expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    assert sandbox.world.sessions == {}
