"""Saving roles: after a review the whole list is written once, and the truth told."""

import re

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, Press, htmx, notice, press_plainly, words
from tests.connections.roles.steps import ADA, WES, diff, events, group_id, group_page, pairs, puts, review, ticked
from tests.signin.steps import form, heading
from webapp.history.database import Database


def test_roles_are_added_and_removed_after_a_review(
    enter: Enter, sandbox: Sandbox, press: Press, history: Database
) -> None:
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = group_page(visitor, acme, "IT operations")
    assert heading(page) == "Roles of IT operations"
    assert ticked(page) == ["scim_viewer", "scim_operator"]
    assert "stytch_member" not in re.findall(r'name="role" value="([^"]*)"', page.text)
    before = pairs(acme)
    sandbox.world.requests.clear()
    page = review(press, visitor, page, "scim_operator", "stytch_admin")
    assert sandbox.calls() == ["GET connection"]
    assert pairs(acme) == before
    assert diff(page) == ["Added stytch_admin", "Removed scim_viewer", "Stays scim_operator"]
    text = words(page)
    assert (
        "The people in IT operations get stytch_admin at their next session refresh, within five minutes. "
        "They lose scim_viewer at their next session refresh, within five minutes, unless they hold it in another way"
    ) in text.replace("</p>", "")
    assert "stytch_admin makes everybody in IT operations an administrator of Acme" in text
    assert "2 other assignments stay as they are." in text

    sandbox.world.requests.clear()
    page = press(visitor, page, "Save: 1 added, 1 removed")
    assert sandbox.calls() == ["GET connection", f"PUT {acme.connection_id}"]
    assert page.status_code == 200
    assert notice(page).startswith("Roles saved The people in IT operations get stytch_admin")
    assert "request-id-test-" in notice(page)
    gone, new = ("IT operations", "scim_viewer"), ("IT operations", "stytch_admin")
    assert pairs(acme) == before - {gone} | {new}
    [(outcome, details)] = events(history)
    assert (outcome, details["kept"]) == ("done", 3)
    assert details["changes"] == [
        {
            "group_id": group_id(acme, "IT operations"),
            "group_name": "IT operations",
            "added": ["stytch_admin"],
            "removed": ["scim_viewer"],
        }
    ]


def test_b06_a_second_role_of_a_group_is_shown_and_kept(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """Editing one group sends every other group's roles, all of them."""
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    before = pairs(acme)
    page = review(press, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    press(visitor, page, "Save: 1 added")
    assert pairs(acme) == before | {("Engineering", "scim_viewer")}


def test_b07_what_is_not_in_the_list_is_kept(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """A group that is gone, a role that is gone, and 2,499 groups that nobody looked at."""
    wayne = sandbox.connection("wayne")
    visitor, _ = enter(WES)
    before = pairs(wayne)
    page = review(press, visitor, group_page(visitor, wayne, "Group 0001"), "scim_viewer", "scim_operator")
    assert "3 other assignments stay as they are." in words(page)
    assert notice(press(visitor, page, "Save: 1 added")).startswith("Roles saved")
    assert pairs(wayne) == before | {("Group 0001", "scim_operator")}


def test_b11_without_the_permission_there_is_no_way_to_change(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    before = pairs(acme)
    ada, _ = enter(ADA, "Acme")
    saving = review(press_plainly, ada, group_page(ada, acme, "Engineering"), "scim_viewer")
    for email in ("olga@acme.example", "vic@acme.example"):
        visitor, page = enter(email)
        token = form(page, "Sign out").fields["csrf_token"]
        answer = group_page(visitor, acme, "Engineering")
        assert (answer.status_code, heading(answer)) == (403, "You can't change roles")
        assert "update.settings.implicit-roles on stytch.organization" in words(answer)
        for path, fields in (
            ("roles/review", {"group_id": group_id(acme, "Engineering"), "role": "scim_viewer"}),
            ("roles", form(saving, "Save").fields),
        ):
            url = f"/connections/{acme.connection_id}/{path}"
            forged = visitor.http.post(url, data={**fields, "csrf_token": token}, headers=htmx(page))
            assert forged.status_code == 403
            assert "You can't change roles" in words(forged)
    assert pairs(acme) == before
    assert puts(sandbox) == 0


def test_several_groups_at_once(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    acme = sandbox.connection()
    before = pairs(acme)
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(f"/connections/{acme.connection_id}/groups")
    some = [f"{group_id(acme, name)} {name}" for name in ("Engineering", "Helpdesk", "People")]
    page = press(visitor, page, "Review", group=some, role="scim_viewer", what="add")
    assert diff(page) == ["Added scim_viewer"] * 2, "Helpdesk holds it already"
    page = press(visitor, page, "Save: 2 added")
    assert notice(page).startswith("Roles saved The people in Engineering get scim_viewer")
    assert pairs(acme) == before | {("Engineering", "scim_viewer"), ("People", "scim_viewer")}
    [(_, details)] = events(history)
    changes = details["changes"]
    assert isinstance(changes, list)
    assert [each["group_name"] for each in changes] == ["Engineering", "People"]
    page = visitor.get(f"/connections/{acme.connection_id}/groups")
    page = press(visitor, page, "Review", group=some, role="scim_viewer", what="remove")
    press(visitor, page, "Save: 3 removed")
    assert pairs(acme) == {each for each in before if each != ("Helpdesk", "scim_viewer")}


def test_saving_asks_for_a_fresh_proof(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    """And goes on with the very change."""
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    sandbox.world.clock.advance(console.settings.step_up_minutes * 60 + 1)
    page = press_plainly(visitor, page, "Save")
    assert heading(page) == "Confirm it is you"
    assert puts(sandbox) == 0
    page = visitor.press(page, "Email me a code")
    page = visitor.press(page, "Confirm", code=visitor.code())
    assert heading(page) == "It is you. Go on"
    assert notice(press_plainly(visitor, page, "Save: 1 added")).startswith("Roles saved")
    assert ("Engineering", "scim_viewer") in pairs(acme)


def test_a_change_too_large_to_be_kept_meanwhile(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    wayne = sandbox.connection("wayne")
    visitor, _ = enter(WES)
    page = visitor.get(f"/connections/{wayne.connection_id}/groups")
    all_of_them = [f"{each.id} {each.display_name}" for each in list(wayne.directory.groups.values())[:50]]
    page = press_plainly(visitor, page, "Review", group=all_of_them, role="scim_operator", what="add")
    sandbox.world.clock.advance(console.settings.step_up_minutes * 60 + 1)
    answer = press_plainly(visitor, page, "Save: 50 added")
    assert (answer.status_code, heading(answer)) == (409, "Confirm it is you first")
    assert puts(sandbox) == 0
    confirming = visitor.click(answer, "Confirm it is you")
    assert heading(confirming) == "Confirm it is you"
    visitor.press(visitor.press(confirming, "Email me a code"), "Confirm", code=visitor.code())
    page = visitor.get(f"/connections/{wayne.connection_id}/groups")
    page = press_plainly(visitor, page, "Review", group=all_of_them, role="scim_operator", what="add")
    assert notice(press_plainly(visitor, page, "Save: 50 added")).startswith("Roles saved")


def test_the_history_shows_what_changed(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, acme, "Helpdesk"), "scim_operator")
    press_plainly(visitor, page, "Save")
    told = words(visitor.get("/history")).replace("\N{MINUS SIGN}", "-")
    assert "Change roles Helpdesk: + gets scim_operator - loses scim_viewer" in told
    helpdesk = group_id(acme, "Helpdesk")
    assert f"Helpdesk ({helpdesk}): +scim_operator -scim_viewer" in visitor.get("/history.csv").text
    [event] = [each for each in visitor.get("/history.json").json() if each["type"] == "roles.change"]
    assert event["details"]["changes"][0]["added"] == ["scim_operator"]
    assert event["connection_id"] == acme.connection_id
