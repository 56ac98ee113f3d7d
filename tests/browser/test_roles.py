"""Groups and their roles as people meet them: found, changed through a review, and told what came of it."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import connection_of, notice, press, sign_in
from tests.conftest import Sandbox
from webapp.sandbox.connections import Connection, GroupRoleAssignment

ADA = "ada@acme.example"
WES = "wes@wayne.example"
LONG = "CN=Team-" + "of-very-long-names-" * 12 + ",OU=Groups,DC=acme,DC=example"


def open_groups(page: Page, sandbox: Sandbox, email: str = ADA, organization: str | None = "Acme") -> None:
    """From sign-in to the groups, as people go."""
    sign_in(page, sandbox, email, organization)
    page.get_by_role("link", name="Groups and roles").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Groups and roles")


def row(page: Page, group: str) -> Locator:
    return page.get_by_role("row", name=group)


def title(page: Page, text: str) -> Locator:
    """The heading of the list, once it is there."""
    heading = page.get_by_role("heading", name=text, exact=True)
    expect(heading).to_be_visible()
    return heading


def choose(page: Page, group: str, *roles: str) -> None:
    """Ticks these roles of a group and no others, and asks for the review."""
    page.get_by_role("link", name=f"Change the roles of {group}", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Roles of {group}")
    for box in page.get_by_role("checkbox").all():
        box.set_checked(box.get_attribute("value") in roles)
    press(page, "Review the change")


def held(connection: Connection, group: str) -> list[str]:
    [group_id] = [each.id for each in connection.directory.groups.values() if each.display_name == group]
    return sorted(each.role_id for each in connection.group_role_assignments if each.group_id == group_id)


def test_roles_are_changed_through_a_review(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    open_groups(page, sandbox)
    expect(row(page, "IT operations")).to_contain_text("scim_operator")
    expect(row(page, "IT operations")).to_contain_text("scim_viewer")
    choose(page, "IT operations", "scim_operator", "stytch_admin")
    heading = page.get_by_role("heading", name="Save this change?")
    expect(heading).to_be_visible()
    if javascript:
        expect(heading).to_be_focused()
    article = page.get_by_role("article")
    expect(article.get_by_role("listitem")).to_have_text(
        [re.compile("Added stytch_admin"), re.compile("Removed scim_viewer"), re.compile("Stays scim_operator")]
    )
    expect(article).to_contain_text("makes everybody in IT operations an administrator of Acme")
    expect(article).to_contain_text("2 other assignments stay as they are.")
    assert held(acme, "IT operations") == ["scim_operator", "scim_viewer"]
    press(page, "Save: 1 added, 1 removed")
    expect(notice(page, "Roles saved")).to_contain_text("within five minutes")
    if javascript:
        expect(page.get_by_role("heading", name="Roles saved")).to_be_focused()
        expect(page.get_by_role("status")).to_contain_text("Roles saved. The people in IT operations get stytch_admin")
    assert held(acme, "IT operations") == ["scim_operator", "stytch_admin"]
    assert len(acme.group_role_assignments) == 4
    page.get_by_role("link", name="Back to the groups").click()
    expect(row(page, "IT operations")).to_contain_text("stytch_admin")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name="Change roles")).to_contain_text("IT operations")


def test_somebody_else_was_quicker(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    open_groups(page, sandbox)
    choose(page, "Engineering", "scim_viewer")
    expect(page.get_by_role("button", name="Save: 1 added")).to_be_visible()
    engineering = next(iter(acme.directory.groups))
    acme.group_role_assignments.append(GroupRoleAssignment("scim_operator", engineering))
    press(page, "Save: 1 added")
    told = notice(page, "It has changed since you opened this page")
    expect(told).to_contain_text("Engineering has got scim_operator.")
    if javascript:
        expect(page.get_by_role("alert")).to_contain_text("It has changed since you opened this page")
    assert held(acme, "Engineering") == ["scim_operator"]
    press(page, "Save: 1 added")
    notice(page, "Roles saved")
    assert held(acme, "Engineering") == ["scim_operator", "scim_viewer"]


def test_a_lost_answer_is_found_out(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    open_groups(page, sandbox)
    choose(page, "Engineering", "scim_viewer")
    expect(page.get_by_role("button", name="Save: 1 added")).to_be_visible()
    sandbox.fail("drop_after_commit", "/connection/", "PUT")
    press(page, "Save: 1 added")
    expect(notice(page, "Roles saved")).to_contain_text("Stytch's answer was lost. We read the roles again")
    assert held(acme, "Engineering") == ["scim_viewer"]


def test_searching_and_paging_a_large_directory(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    open_groups(page, sandbox, WES, None)
    title(page, "50 groups, and there are more")
    page.get_by_role("link", name="Next").click()
    heading = title(page, "Page 2: 50 groups, and there are more")
    if javascript:
        expect(heading).to_be_focused()
        expect(page.get_by_role("status")).to_have_text("Page 2: 50 groups, and there are more")
        page.reload()
        title(page, "Page 2: 50 groups, and there are more")
    expect(row(page, "Group 0051")).to_be_visible()
    page.get_by_role("link", name="First page").click()
    expect(row(page, "Group 0001")).to_be_visible()
    page.get_by_label("Part of a group's name").fill("P 240")
    press(page, "Search")
    heading = title(page, "10 groups with “P 240” in their names")
    if javascript:
        expect(heading).to_be_focused()
    expect(page.get_by_label("Part of a group's name")).to_have_value("P 240")
    choose(page, "Group 2404", "wayne_auditor")
    press(page, "Save: 1 added")
    notice(page, "Roles saved")
    assert held(connection_of(sandbox, "wayne"), "Group 2404") == ["wayne_auditor"]


def test_what_is_gone_is_shown_and_taken_away(either_page: Page, sandbox: Sandbox) -> None:
    page, wayne = either_page, connection_of(sandbox, "wayne")
    open_groups(page, sandbox, WES, None)
    page.get_by_role("link", name="With roles (4)").click()
    expect(row(page, "Group 0002")).to_contain_text("This role is not in the project's policy any more")
    page.get_by_role("link", name="Check whether these groups are still in the directory").click()
    gone = page.get_by_role("region", name="Not in the directory any more")
    expect(gone.get_by_role("row")).to_have_count(2)
    press(page, "Review taking away all that is gone")
    press(page, "Save: 2 removed")
    notice(page, "Roles saved")
    assert {each.role_id for each in wayne.group_role_assignments} == {"scim_viewer", "wayne_auditor"}


def test_several_groups_at_once(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    open_groups(page, sandbox)
    expect(page.get_by_role("checkbox")).to_have_count(0)
    page.get_by_text("Change several groups at once").click()
    for group in ("Engineering", "People"):
        page.get_by_role("checkbox", name=group, exact=True).check()
    page.get_by_label("Role", exact=True).select_option("scim_viewer")
    press(page, "Review")
    press(page, "Save: 2 added")
    notice(page, "Roles saved")
    assert held(acme, "Engineering") == held(acme, "People") == ["scim_viewer"]


def test_groups_that_can_t_be_read(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, ADA, "Acme")
    sandbox.fail("status", "/connection/", "GET", status=500, times=2)
    page.get_by_role("link", name="Groups and roles").click()
    expect(notice(page, "The groups could not be read")).to_contain_text("request-id-test-")
    expect(page.get_by_text("No role", exact=True)).to_have_count(0)
    expect(row(page, "Helpdesk")).to_contain_text("scim_viewer")
    page.get_by_role("link", name="Try again").click()
    title(page, "6 groups")


@pytest.mark.parametrize("email", [ADA, "vic@acme.example"])
def test_long_names_fit_a_narrow_screen(page: Page, sandbox: Sandbox, email: str) -> None:
    acme = connection_of(sandbox, "acme")
    group = acme.directory.add_group(LONG)
    acme.group_role_assignments.append(GroupRoleAssignment("r" * 120, group.id))
    page.set_viewport_size({"width": 320, "height": 800})
    open_groups(page, sandbox, email, "Acme" if email == ADA else None)
    expect(page.get_by_text(LONG, exact=True)).to_be_visible()
    fits(page)
    if email == ADA:
        page.get_by_text("Change several groups at once").click()
        fits(page)
        choose(page, LONG, "scim_viewer")
        expect(page.get_by_role("button", name="Save: 1 added, 1 removed")).to_be_visible()
        fits(page)
        press(page, "Save: 1 added, 1 removed")
        notice(page, "Roles saved")
        fits(page)


def fits(page: Page) -> None:
    """Nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
