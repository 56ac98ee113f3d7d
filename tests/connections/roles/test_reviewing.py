"""What a choice of roles comes to, shown before anything is saved."""

import json

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, buttons, press_plainly, words
from tests.connections.roles.steps import ADA, group_id, group_page, review, ticked
from webapp.sandbox import rbac
from webapp.sandbox.connections import GroupRoleAssignment


def test_a_choice_that_changes_nothing(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, sandbox.connection(), "Helpdesk"), "scim_viewer")
    assert "Nothing would change" in words(page)
    assert not [each for each in buttons(page) if each.startswith("Save")]


def test_back_from_the_review_the_choice_is_kept(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = group_page(visitor, sandbox.connection(), "Helpdesk")
    page = visitor.click(review(press_plainly, visitor, page, "stytch_admin"), "Back to the choice")
    assert ticked(page) == ["stytch_admin"]
    page = visitor.click(review(press_plainly, visitor, page), "Back to the choice")
    assert ticked(page) == []


def test_who_would_lose_their_own_role_is_warned(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    acme.group_role_assignments.append(GroupRoleAssignment("stytch_admin", group_id(acme, "Engineering")))
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, acme, "Engineering"))
    assert "You hold stytch_admin yourself. If only through Engineering, you lose it too" in words(page)


def test_a_role_by_which_roles_are_given_is_warned_of(
    enter: Enter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its name: any role may be given that action."""
    monkeypatch.setitem(rbac.ROLES, "helper", ("", {"stytch.organization": ["update.settings.implicit-roles"]}))
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "helper")
    assert "Everybody in Engineering could give any role to themselves and others by helper." in words(page)
    page = review(press_plainly, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_operator")
    assert "Everybody in Engineering" not in words(page)


@pytest.mark.parametrize("chosen", [{"role": "scim_viewer"}, {"group": "scim-group-test-1 Engineering"}, {}])
def test_several_groups_want_a_role_and_groups(
    enter: Enter, sandbox: Sandbox, press: Press, chosen: dict[str, str]
) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/groups")
    answer = press(visitor, page, "Review", what="add", **chosen)
    assert answer.status_code == 422
    assert "Nothing was chosen Nothing was changed." in words(answer)


def test_nobody_is_given_what_everybody_has(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = group_page(visitor, sandbox.connection(), "Engineering")
    assert review(press, visitor, page, "stytch_member").status_code == 422
    chosen = review(press, visitor, page, "scim_viewer")
    forged = [{"group_id": "scim-group-test-1", "add": ["stytch_member"]}]
    assert press(visitor, chosen, "Save", changes=json.dumps(forged)).status_code == 422


@pytest.mark.parametrize("sent", ["", "[]", "{", '[{"group_id": ""}]', '[{"group_id": "g", "more": 1}]', "[null]"])
def test_a_form_that_is_none(enter: Enter, sandbox: Sandbox, sent: str) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    assert press_plainly(visitor, page, "Save", changes=sent).status_code == 422


def test_the_addresses_of_answers_lead_to_the_groups(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter(ADA, "Acme")
    for path in ("roles", "roles/review"):
        answer = visitor.get(f"/connections/{sandbox.connection().connection_id}/{path}")
        assert answer.url.path.endswith("/groups")
