"""The choice among organizations: what somebody is, is invited to and may join, told apart; and changing later."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import (
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    press,
    rotation_calls,
    sign_in,
    sign_in_by_code,
)
from tests.conftest import Sandbox

INVITED = "You are invited"
MEMBER = "You are a member"
MAY_JOIN = "You may join"


def organizations_of(sandbox: Sandbox, email: str, status: str = "active") -> list[str]:
    """The names of the organizations in which somebody with this address is a member of this status."""
    world = sandbox.world
    return sorted(
        world.organizations[member.organization_id].organization_name
        for member in world.members.values()
        if (member.email_address, member.status) == (email, status)
    )


def choices(page: Page, title: str) -> Locator:
    """The organizations listed below this heading."""
    return page.get_by_role("heading", name=title, exact=True).locator("+ ul").get_by_role("button")


def test_invited_may_join_and_member(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_by_code(page, sandbox, "ivy@globex.example")
    expect_page(page, "Choose an organization")
    expect(page.get_by_role("heading", level=2)).to_have_text([INVITED, MAY_JOIN])
    expect(choices(page, INVITED)).to_have_text([r"Acme Accept and enter"])
    expect(choices(page, MAY_JOIN)).to_have_text(["Globex Join and enter"])
    assert organizations_of(sandbox, "ivy@globex.example", "invited") == ["Acme"]
    assert organizations_of(sandbox, "ivy@globex.example") == []

    choices(page, INVITED).click()
    expect_signed_in(page, "ivy@globex.example", "Acme")
    assert organizations_of(sandbox, "ivy@globex.example") == ["Acme"]

    press(page, "Sign out")
    sign_in_by_code(page, sandbox, "ivy@globex.example")
    expect(page.get_by_role("heading", level=2)).to_have_text([MEMBER, MAY_JOIN])
    expect(choices(page, MEMBER)).to_have_text(["Acme"])
    choices(page, MAY_JOIN).click()
    expect_signed_in(page, "ivy@globex.example", "Globex")
    assert organizations_of(sandbox, "ivy@globex.example") == ["Acme", "Globex"]


@pytest.mark.parametrize("way", ["code", "Google"])
def test_nobody_joins_by_domain_without_a_press(either_page: Page, sandbox: Sandbox, way: str) -> None:
    """Also where there is one organization alone, which a member would enter at once."""
    page = either_page
    page.goto("/login")
    if way == "code":
        sign_in_by_code(page, sandbox, "iris@globex.example")
    else:
        page.get_by_role("link", name=f"Continue with {way}").click()
        page.get_by_label("Another email address").fill("iris@globex.example")
        press(page, "Continue")
    expect_page(page, "Choose an organization")
    expect(page.get_by_role("heading", level=2)).to_have_text([MAY_JOIN])
    page.reload()
    expect(choices(page, MAY_JOIN)).to_have_text(["Globex Join and enter"])
    assert sandbox.world.sessions == {}
    assert organizations_of(sandbox, "iris@globex.example") == []

    choices(page, MAY_JOIN).click()
    expect_signed_in(page, "iris@globex.example", "Globex")
    assert organizations_of(sandbox, "iris@globex.example") == ["Globex"]


def change_organization(page: Page, to: str) -> None:
    page.get_by_role("link", name="change organization").click()
    expect_page(page, "Change organization")
    page.get_by_role("button", name=to).click()


@pytest.mark.parametrize("session_after_exchange", ["kept", "revoked"])
def test_changing_to_another_one(either_page: Page, sandbox: Sandbox, session_after_exchange: str) -> None:
    page = either_page
    sandbox.world.variants["session_after_exchange"] = session_after_exchange
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="change organization").click()
    expect(page.get_by_role("main")).to_contain_text("Your session there ends when you enter another one.")
    expect(page.get_by_role("button", name="Acme")).to_contain_text("You are here")
    page.get_by_role("button", name="Globex").click()
    expect_signed_in(page, "ada@acme.example", "Globex")
    [session] = sandbox.world.sessions.values()
    assert sandbox.world.organizations[session.organization_id].organization_slug == "globex"
    assert rotation_calls(sandbox) == []


def test_staying_where_one_is(either_page: Page, sandbox: Sandbox) -> None:
    sign_in(either_page, sandbox, "ada@acme.example", "Acme")
    [before] = sandbox.world.sessions
    change_organization(either_page, "Acme")
    expect_signed_in(either_page, "ada@acme.example", "Acme")
    assert list(sandbox.world.sessions) == [before]


def test_changing_to_one_that_wants_a_second_factor(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sandbox.world.find_organization("globex").mfa_policy = "REQUIRED_FOR_ALL"
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="change organization").click()
    expect(page.get_by_role("button", name="Globex")).to_contain_text("Asks for a second factor")
    page.get_by_role("button", name="Globex").click()
    expect_page(page, "Set up a second factor")
    [session] = sandbox.world.sessions.values()
    assert sandbox.world.organizations[session.organization_id].organization_slug == "acme"

    page.get_by_label("Mobile number").fill("+1 202 555 0147")
    press(page, "Text me codes")
    give_code(page, newest_code(sandbox, "+12025550147"))
    expect_signed_in(page, "ada@acme.example", "Globex")
    [session] = sandbox.world.sessions.values()
    assert sandbox.world.organizations[session.organization_id].organization_slug == "globex"


def test_changing_to_one_that_wants_another_way(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    globex = sandbox.world.find_organization("globex")
    globex.auth_methods, globex.allowed_auth_methods = "RESTRICTED", ["google_oauth"]
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="change organization").click()
    expect(page.get_by_role("button", name="Globex")).to_contain_text("Asks for another way")
    page.get_by_role("button", name="Globex").click()
    expect_page(page, "Globex asks for another way")
    expect(page.get_by_role("button", name="Email me")).to_have_count(0)
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("link", name="ada@acme.example").click()
    expect_signed_in(page, "ada@acme.example", "Globex")
