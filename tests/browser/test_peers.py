"""The defects B1 to B20 of the closest peer's portal, each with a test that it is not ours."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.browser.conftest import open_page
from tests.browser.steps import (
    cancel,
    complete,
    confirm,
    connection_of,
    fail,
    last_four,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox
from webapp.sandbox.connections import GroupRoleAssignment

ADA = ("ada@acme.example", "Acme")
STORED = """async () => JSON.stringify([
  { ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys(), history.state,
  document.cookie, name])"""


def create(page: Page, sandbox: Sandbox) -> None:
    """Creates Globex's connection, whose token is on the page then."""
    sign_in(page, sandbox, "gil@globex.example")
    page.get_by_role("link", name="Create connection").click()
    page.get_by_label("Name").fill("Globex Okta")
    page.get_by_label("Okta").check()
    press(page, "Create connection")


def test_b01_closing_and_escape_never_cancel(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    new = start(page)
    page.keyboard.press("Escape")
    page.get_by_role("heading", level=1).click()
    review = open_review(page, "Cancel")
    page.keyboard.press("Escape")
    expect(review).to_be_hidden()
    expect(token_field(page)).to_have_value(new)
    page.close(run_before_unload=False)
    assert connection_of(sandbox, "acme").next_bearer_token == new
    assert rotation_calls(sandbox) == ["start"]


def test_b02_coming_back_from_the_idp_keeps_the_token(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    new = start(page)
    fail(sandbox, "read", "status", times=9)
    tab = page.context.new_page()
    tab.goto(f"{sandbox.url}/_sandbox/idp")
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus')); document.dispatchEvent(new Event('visibilitychange'))")
    page.get_by_role("link", name="Complete rotation").click()
    confirm(page.get_by_role("dialog"))
    expect(page.get_by_role("alert")).not_to_be_empty()
    expect(token_field(page)).to_have_value(new)


def test_b03_the_end_of_the_session_leaves_the_token(page: Page, sandbox: Sandbox) -> None:
    page.clock.install()
    sign_in(page, sandbox, *ADA)
    new = start(page)
    sandbox.world.clock.advance(33 * 60)
    page.clock.fast_forward("33:00")
    expect(page.get_by_role("heading", name="Your session ends in two minutes")).to_be_visible()
    sandbox.world.clock.advance(3 * 60)
    page.clock.fast_forward("03:00")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    press(page, "Go on reading")
    expect(token_field(page)).to_be_visible()
    expect(token_field(page)).to_have_value(new)


@pytest.mark.parametrize("action", ["complete", "cancel"])
def test_b04_a_lost_reply_is_not_misreported(either_page: Page, sandbox: Sandbox, action: str) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    sign_in(page, sandbox, *ADA)
    start(page)
    fail(sandbox, action, "drop_after_commit")
    (complete if action == "complete" else cancel)(page)
    notice(page, "Rotation completed" if action == "complete" else "Rotation cancelled")
    expect(page.locator(".lane").last).to_contain_text(acme.bearer_token[-4:])
    expect(page.get_by_role("link", name="Complete rotation")).to_have_count(0)
    assert rotation_calls(sandbox) == ["start", action]


def test_b04_a_lost_reply_to_start_is_told(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, *ADA)
    fail(sandbox, "start", "drop_after_commit")
    press(page, "Start rotation")
    expect(page.get_by_role("article")).to_contain_text("This console has shown the value of")
    press(page, "Cancel and start again")
    assert token_field(page).input_value() == connection_of(sandbox, "acme").next_bearer_token


def test_b05_a_stale_page_completes_nothing(
    either_page: Page, browser: Browser, console: Console, sandbox: Sandbox, browser_errors: list[str]
) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    old = acme.bearer_token
    sign_in(page, sandbox, *ADA)
    start(page)
    review = open_review(page, "Complete")
    with open_page(browser, console.url, browser_errors) as other:
        sign_in(other, sandbox, "olga@acme.example")
        press(other, "Cancel and start again")
        notice(other, "Started again")
    confirm(review)
    message = notice(page, "It has changed since you opened this page")
    expect(message).to_contain_text("olga@acme.example")
    expect(message).to_contain_text(f"{last_four(old)} and {last_four(acme.next_bearer_token or '')} both work")
    assert acme.bearer_token == old
    assert "complete" not in rotation_calls(sandbox)


def test_b06_a_second_role_of_a_group_is_shown_and_kept(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    before = set(acme.group_role_assignments)
    of_each = Counter(each.group_id for each in before)
    [double] = [group_id for group_id, count in of_each.items() if count == 2]
    other = next(group for group in acme.directory.groups.values() if group.id not in of_each)
    sign_in(page, sandbox, *ADA)
    page.get_by_role("link", name="Groups and roles").click()
    row = page.get_by_role("row").filter(has_text=acme.directory.groups[double].display_name)
    for each in before:
        if each.group_id == double:
            expect(row).to_contain_text(each.role_id)
    page.get_by_role("link", name=f"Change the roles of {other.display_name}").click()
    page.get_by_role("checkbox", name="scim_viewer").check()
    press(page, "Review the change")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="What holds now")).to_be_visible()
    assert set(acme.group_role_assignments) == before | {GroupRoleAssignment("scim_viewer", other.id)}


def test_b07_assignments_of_groups_that_were_not_listed_are_kept(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    unseen = GroupRoleAssignment("scim_viewer", "scim-group-test-00000000-0000-4000-8000-000000000000")
    acme.group_role_assignments.append(unseen)
    sign_in(page, sandbox, *ADA)
    page.get_by_role("link", name="Groups and roles").click()
    page.get_by_role("link", name="Change the roles of").first.click()
    box = page.get_by_role("checkbox", name="scim_operator")
    box.set_checked(not box.is_checked())
    press(page, "Review the change")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="What holds now")).to_be_visible()
    assert unseen in acme.group_role_assignments


def test_b07_groups_that_could_not_be_read_are_not_called_none(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, *ADA)
    sandbox.fail("status", "/connection/[^/]+$", "GET", times=2)
    page.get_by_role("link", name="Groups and roles").click()
    expect(page.get_by_role("main")).to_contain_text("request-id-test-")
    expect(page.get_by_role("main")).to_contain_text("What the connection itself says: these groups hold roles.")
    expect(page.get_by_role("main")).not_to_contain_text("has not sent any group yet")


def test_b08_start_says_what_came_of_it_and_runs_once(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    fail(sandbox, "start", "status")
    press(page, "Start rotation")
    message = notice(page, "The rotation was not started")
    expect(message).to_contain_text("request-id-test-")
    page.get_by_role("button", name="Start rotation").dblclick()
    expect(token_field(page)).to_be_visible()
    assert rotation_calls(sandbox) == ["start", "start"]
    assert token_field(page).input_value() == connection_of(sandbox, "acme").next_bearer_token


def test_b08_create_says_what_came_of_it_and_runs_once(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "gil@globex.example")
    page.get_by_role("link", name="Create connection").click()
    page.get_by_label("Name").fill("Globex Okta")
    page.get_by_label("Okta").check()
    sandbox.fail("status", "/connection$")
    press(page, "Create connection")
    message = notice(page, "The connection was not created")
    expect(message).to_contain_text("request-id-test-")
    expect(page.get_by_label("Name")).to_have_value("Globex Okta")
    sandbox.world.requests.clear()
    page.get_by_role("button", name="Create connection").dblclick()
    expect(page.get_by_role("textbox", name="Token")).to_be_visible()
    assert sandbox.calls().count("POST connection") == 1


@pytest.mark.parametrize(
    "clipboard",
    [
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))",
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })",
    ],
    ids=["refused", "absent"],
)
def test_b09_copied_is_said_only_when_it_was(page: Page, sandbox: Sandbox, clipboard: str) -> None:
    page.add_init_script(clipboard)
    sign_in(page, sandbox, *ADA)
    new = start(page)
    page.get_by_role("button", name="Copy new token").click()
    expect(page.get_by_role("alert")).to_contain_text("The text is selected")
    expect(page.get_by_role("button", name="Copied")).to_have_count(0)
    assert page.evaluate("getSelection().toString()") == new


def test_b10_the_keyboard_copies(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=console.url)
    sign_in(page, sandbox, *ADA)
    new = start(page)
    token_field(page).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Copy new token")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Copied new token")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == new


def test_b10_each_field_has_a_label_and_what_describes_it_exists(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    start(page)
    pointing = """[...document.querySelectorAll("[aria-describedby], [aria-labelledby]")].flatMap((element) =>
      ["aria-describedby", "aria-labelledby"].flatMap((name) => (element.getAttribute(name) ?? "").split(" "))
    ).filter((id) => id && !document.getElementById(id))"""
    unnamed = """[...document.querySelectorAll("input:not([type=hidden]), textarea, select")].filter((field) =>
      !field.labels?.length && !field.hasAttribute("aria-labelledby")).map((field) => field.outerHTML)"""
    connection_id = connection_of(sandbox, "acme").connection_id
    for path in ("", "/edit", "/delete", "/groups", "/token-check", "/leak", "/guide"):
        if path:
            page.goto(f"/connections/{connection_id}{path}")
        assert page.evaluate(pointing) == [], path
        assert page.evaluate(unnamed) == [], path


def test_b10_the_name_of_a_new_connection_has_a_label(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "gil@globex.example")
    page.get_by_role("link", name="Create connection").click()
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill(" ")
    page.get_by_label("Okta").check()
    press(page, "Create connection")
    expect(name).to_have_accessible_description(re.compile("Acme Okta.*Error: Give it a name."))
    expect(name).not_to_have_attribute("placeholder", re.compile("."))


def test_b11_who_may_not_assign_roles_gets_no_button_for_it(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    sign_in(page, sandbox, "olga@acme.example")
    page.get_by_role("link", name="Groups and roles").click()
    expect(page.get_by_role("table")).to_be_visible()
    expect(page.get_by_role("link", name="Change the roles of")).to_have_count(0)
    page.goto(f"/connections/{acme.connection_id}/groups/{next(iter(acme.directory.groups))}")
    expect(page.get_by_role("main")).to_contain_text("update.settings.implicit-roles")


def test_b12_a_role_that_is_gone_is_shown(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    group = next(iter(acme.directory.groups.values()))
    acme.group_role_assignments.append(GroupRoleAssignment("deleted_role", group.id))
    sign_in(page, sandbox, *ADA)
    page.get_by_role("link", name="Groups and roles").click()
    row = page.get_by_role("row").filter(has_text=group.display_name)
    expect(row).to_contain_text("deleted_role")
    expect(row).to_contain_text("not in the")


def test_b13_a_token_whose_time_is_over_says_so(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sandbox.world.find_organization("hooli").auth_methods = "ALL_ALLOWED"
    sign_in(page, sandbox, "hal@hooli.example")
    card = page.get_by_role("article")
    expect(card).to_contain_text("its time is over")
    expect(card).to_contain_text("2 days ago")
    expect(card.locator(".lane--ended")).to_have_count(1)
    assert re.search(r"ended \d+ \w+ \d{4}, \d\d:\d\d (UTC|GMT)", " ".join(card.inner_text().split()))


@pytest.mark.parametrize("screen", ["rotation", "creation"])
def test_b14_leaving_with_the_token_on_screen_asks_first(page: Page, sandbox: Sandbox, screen: str) -> None:
    if screen == "creation":
        create(page, sandbox)
        field = page.get_by_role("textbox", name="Token")
    else:
        sign_in(page, sandbox, *ADA)
        start(page)
        field = token_field(page)
    shown = field.input_value()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="History").click()
    expect(field).to_have_value(shown)
    assert asked == ["beforeunload"]


def test_b15_nothing_is_ticked_before_it_was_confirmed(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, *ADA)
    start(page)
    review = open_review(page, "Complete")
    review.get_by_role("checkbox").check()
    review.get_by_role("link", name="Back").click()
    cancel(page)
    notice(page, "Rotation cancelled")
    start(page)
    expect(open_review(page, "Complete").get_by_role("checkbox")).not_to_be_checked()


def test_b16_the_token_is_nowhere_once_it_was_put_away(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    new = start(page)
    assert new not in page.evaluate(STORED)
    complete(page)
    notice(page, "Rotation completed")
    assert new not in page.content()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History", level=1)).to_be_visible()
    page.go_back()
    expect(page.get_by_role("article")).to_be_visible()
    assert new not in page.content()
    assert new not in page.evaluate(STORED)


def test_b16_the_first_token_is_nowhere_once_it_was_put_away(page: Page, sandbox: Sandbox) -> None:
    create(page, sandbox)
    token = page.get_by_role("textbox", name="Token").input_value()
    assert token not in page.evaluate(STORED)
    page.get_by_role("link", name="Go to the connection").click()
    expect(page.get_by_role("article")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert token not in page.content()
    assert token not in page.evaluate(STORED)


def test_b17_an_error_stays_with_its_request_id(page: Page, sandbox: Sandbox) -> None:
    page.clock.install()
    sign_in(page, sandbox, *ADA)
    new = start(page)
    fail(sandbox, "cancel", "status")
    cancel(page)
    message = notice(page, "The rotation was not cancelled")
    page.clock.fast_forward("01:00")
    expect(message).to_contain_text("request-id-test-")
    expect(message).to_contain_text("Stytch answered with an error")
    expect(token_field(page)).to_have_value(new)


def test_b18_each_button_says_what_it_does(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, *ADA)
    expect(page.get_by_role("article")).to_contain_text("Replace the token in three steps")
    assert rotation_calls(sandbox) == []
    new = start(page)
    review = open_review(page, "Cancel")
    expect(review.get_by_role("button")).to_have_accessible_name(f"Cancel: switch off token ending in {new[-4:]}")
    expect(review.get_by_role("link")).to_have_accessible_name("Back")


def test_b19_no_error_flashes_after_a_deletion(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, *ADA)
    page.get_by_role("link", name="Delete").click()
    page.get_by_label("To confirm, type").fill("Acme Okta")
    press(page, "Delete connection")
    notice(page, "Acme Okta was deleted")
    expect(page.get_by_role("heading", name="Acme has no SCIM connection yet")).to_be_visible()
    tab = page.context.new_page()
    tab.goto("/history")
    page.bring_to_front()
    page.evaluate("dispatchEvent(new Event('focus')); document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.locator(".notice--problem, .notice--unknown")).to_have_count(0)


def test_b20_name_and_identity_provider_can_be_changed(either_page: Page, sandbox: Sandbox) -> None:
    page, acme = either_page, connection_of(sandbox, "acme")
    token = acme.bearer_token
    sign_in(page, sandbox, *ADA)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_role("textbox", name="Name").fill("Acme Entra")
    page.get_by_role("group", name="Identity provider").get_by_label("Microsoft Entra").check()
    press(page, "Save")
    notice(page, "Saved")
    expect(page.get_by_role("article")).to_contain_text("Its base URL has changed with it")
    expect(page.get_by_role("heading", name="Acme Entra")).to_be_visible()
    assert (acme.display_name, acme.identity_provider, acme.bearer_token) == ("Acme Entra", "microsoft-entra", token)
    page.get_by_text("Connection details", exact=True).click()
    expect(page.get_by_text(acme.base_url(sandbox.url))).to_be_visible()
    page.get_by_role("link", name="Set-up guide").click()
    expect(page.get_by_role("heading", name="Set up Microsoft Entra")).to_be_visible()
