"""Roles and groups that are gone: named, taken away, and whatever Stytch does about them told."""

import re

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, words
from tests.connections.roles.steps import ADA, WES, diff, group_id, group_page, pairs, puts, review, ticked
from webapp.sandbox.connections import Connection


def test_b12_a_role_that_is_gone_is_named_and_can_be_taken_away(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    wayne = sandbox.connection("wayne")
    visitor, _ = enter(WES)
    page = group_page(visitor, wayne, "Group 0002")
    assert ticked(page) == ["billing_reader"]
    assert "billing_reader This role is not in the project's policy any more" in words(page)
    assert "wayne_auditor" in words(page), "the organization's own roles can be given, too"
    page = review(press, visitor, page)
    assert diff(page) == ["Removed billing_reader"]
    assert notice(press(visitor, page, "Save: 1 removed")).startswith("Roles saved")
    assert ("Group 0002", "billing_reader") not in pairs(wayne)


def test_a_group_that_is_gone_can_only_lose_roles(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    acme = sandbox.connection()
    gone = group_id(acme, "Security")
    del acme.directory.groups[gone]
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(f"/connections/{acme.connection_id}/groups/{gone}")
    assert notice(page).startswith("This group is not in the directory any more")
    assert re.findall(r'name="role" value="([^"]*)"', page.text) == ["scim_viewer"]
    page = press(visitor, review(press, visitor, page), "Save: 1 removed")
    assert notice(page).startswith("Roles saved")
    assert gone not in {group for group, _ in pairs(acme)}


def test_stytch_may_refuse_what_is_gone(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """Then the whole list is refused, until all of it is taken away: which can be done in one change."""
    wayne = sandbox.connection("wayne")
    sandbox.world.variants["stale_role_assignments"] = "refused"
    gone = wayne.group_role_assignments[-1].group_id
    visitor, _ = enter(WES)
    page = review(press, visitor, group_page(visitor, wayne, "Group 0001"), "scim_operator")
    page = press(visitor, page, "Save: 1 added, 1 removed")
    assert notice(page).startswith("Stytch refused a role that is gone Nothing was changed.")
    assert "It is billing_reader: take it away from its groups first." in notice(page)
    page = review(press, visitor, group_page(visitor, wayne, "Group 0002"))
    page = press(visitor, page, "Save: 1 removed")
    assert notice(page).startswith("Stytch refused a group that is gone Nothing was changed.")
    assert f"It may be {gone}." in notice(page)
    wayne.group_role_assignments = [each for each in wayne.group_role_assignments if each.role_id != "billing_reader"]
    page = visitor.get(f"/connections/{wayne.connection_id}/groups/{gone}")
    page = press(visitor, review(press, visitor, page), "Save: 1 removed")
    assert notice(page).startswith("Roles saved")


def test_all_that_is_gone_is_taken_away_in_one_change(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    wayne = sandbox.connection("wayne")
    sandbox.world.variants["stale_role_assignments"] = "refused"
    gone = wayne.group_role_assignments[-1].group_id
    visitor, _ = enter(WES)
    page = visitor.get(f"/connections/{wayne.connection_id}/groups", params={"with-roles": "yes", "check": "yes"})
    page = press(visitor, page, "Review taking away all that is gone")
    assert diff(page) == ["Removed billing_reader", "Removed scim_viewer"]
    assert notice(press(visitor, page, "Save: 2 removed")).startswith("Roles saved")
    assert {role for _, role in pairs(wayne)} == {"scim_viewer", "wayne_auditor"}
    assert gone not in {group for group, _ in pairs(wayne)}


def test_stytch_may_drop_what_is_gone(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    wayne = sandbox.connection("wayne")
    sandbox.world.variants["stale_role_assignments"] = "dropped"
    gone = wayne.group_role_assignments.pop().group_id
    visitor, _ = enter(WES)
    assert gone not in visitor.get(f"/connections/{wayne.connection_id}/groups?with-roles=yes").text
    wayne.group_role_assignments = [each for each in wayne.group_role_assignments if each.role_id != "billing_reader"]
    page = review(press, visitor, group_page(visitor, wayne, "Group 0001"), "scim_operator")
    assert notice(press(visitor, page, "Save: 1 added, 1 removed")).startswith("Roles saved")


def test_what_stytch_leaves_out_by_itself_is_told(
    enter: Enter, sandbox: Sandbox, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    whole = Connection.to_json

    def shortened(self: Connection, *given: object) -> dict[str, object]:
        answer = whole(self, *given)  # type: ignore[arg-type]
        held = answer["scim_group_implicit_role_assignments"]
        assert isinstance(held, list)
        if puts(sandbox) or len(held) == 5:
            answer["scim_group_implicit_role_assignments"] = [each for each in held if each["group_name"] != "Security"]
        return answer

    monkeypatch.setattr(Connection, "to_json", shortened)
    page = press(visitor, page, "Save: 1 added")
    assert "But what was to stay is not in Stytch's list any more: scim_viewer of Security." in notice(page)
