"""Changing roles: what would change is shown first, then the whole list is written once, and the truth told."""

import json
import re
import threading
from html import unescape

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, Press, buttons, htmx, notice, press_plainly, words
from tests.signin.steps import Visitor, form, heading
from webapp.history.database import Database
from webapp.sandbox import rbac
from webapp.sandbox.connections import Connection, GroupRoleAssignment

ADA = "ada@acme.example"
WES = "wes@wayne.example"
REVIEW = "Review the change"
PUT = "/connection/[^/]+$"
Pairs = set[tuple[str, str]]


def pairs(connection: Connection) -> Pairs:
    """Which group, by its name, holds which role at Stytch."""
    groups = connection.directory.groups
    return {
        (groups[each.group_id].display_name if each.group_id in groups else each.group_id, each.role_id)
        for each in connection.group_role_assignments
    }


def group_id(connection: Connection, name: str) -> str:
    [found] = [each.id for each in connection.directory.groups.values() if each.display_name == name]
    return found


def group_page(visitor: Visitor, connection: Connection, name: str) -> httpx.Response:
    return visitor.get(f"/connections/{connection.connection_id}/groups/{group_id(connection, name)}")


def ticked(page: httpx.Response) -> list[str]:
    return re.findall(r'<input type="checkbox" name="role" value="([^"]*)" checked>', page.text)


def review(press: Press, visitor: Visitor, page: httpx.Response, *roles: str) -> httpx.Response:
    """What the choice of these roles comes to."""
    return press(visitor, page, REVIEW, role=list(roles))  # httpx sends a list as the browser sends ticks


def diff(page: httpx.Response) -> list[str]:
    """What the review lists: `Added scim_viewer`."""
    found = re.findall(r'<span class="diff__sign">(\w+)</span>\s*<strong class="role__id">(.*?)</strong>', page.text)
    return [f"{sign} {unescape(role)}" for sign, role in found]


def puts(sandbox: Sandbox) -> int:
    return len([each for each in sandbox.calls() if each.startswith("PUT")])


def events(history: Database) -> list[tuple[str, dict[str, object]]]:
    with history.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT outcome, details FROM events WHERE type = 'roles.change' ORDER BY sequence"
        )
        return [(row.outcome, json.loads(row.details)) for row in rows]


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


@pytest.mark.parametrize("when", ["before the review", "before saving"])
def test_a_change_meanwhile_is_told_and_the_choice_kept(
    enter: Enter, sandbox: Sandbox, press: Press, history: Database, when: str
) -> None:
    acme = sandbox.connection()
    engineering, people = group_id(acme, "Engineering"), group_id(acme, "People")
    visitor, _ = enter(ADA, "Acme")
    page = group_page(visitor, acme, "Engineering")
    if when == "before saving":
        page = review(press, visitor, page, "scim_viewer")
    acme.group_role_assignments += [
        GroupRoleAssignment("scim_operator", engineering),
        GroupRoleAssignment("scim_operator", people),
    ]
    pressed = review(press, visitor, page, "scim_viewer") if when == "before the review" else None
    page = pressed or press(visitor, page, "Save: 1 added")
    assert page.status_code == 409
    assert notice(page).startswith(
        "It has changed since you opened this page Nothing was sent to Stytch. Engineering has got scim_operator. "
        "Roles of other groups have changed too. Your own choice is kept"
    )
    assert diff(page) == ["Added scim_viewer", "Stays scim_operator"], "merged, not overwritten"
    assert puts(sandbox) == 0
    before = pairs(acme)
    assert notice(press(visitor, page, "Save: 1 added")).startswith("Roles saved")
    assert pairs(acme) == before | {("Engineering", "scim_viewer")}
    assert [outcome for outcome, _ in events(history)] == (["changed", "done"] if when == "before saving" else ["done"])


def test_what_changed_is_told_exactly(enter: Enter, sandbox: Sandbox) -> None:
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, acme, "IT operations"), "scim_viewer", "stytch_admin")
    acme.group_role_assignments = [
        each for each in acme.group_role_assignments if each.group_id != group_id(acme, "IT operations")
    ]
    page = press_plainly(visitor, page, "Save")
    assert "IT operations has lost scim_operator and scim_viewer. Your own choice" in notice(page).replace(
        "scim_viewer and scim_operator", "scim_operator and scim_viewer"
    )
    assert diff(page) == ["Added stytch_admin"], (
        "what is gone already is not removed again, nor what is kept given anew"
    )

    page = review(press_plainly, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    acme.group_role_assignments.clear()
    assert "Roles of other groups have changed. Your" in notice(press_plainly(visitor, page, "Save"))


def test_sent_twice_it_is_done_once(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    sandbox.world.requests.clear()
    press(visitor, page, "Save: 1 added")
    again = press(visitor, page, "Save: 1 added")
    assert notice(again).startswith("It is so already Nothing was sent to Stytch")
    assert puts(sandbox) == 1
    assert len(events(history)) == 1


def test_two_at_once_are_written_one_after_the_other(enter: Enter, sandbox: Sandbox) -> None:
    """The one that comes second is told of the first, and overwrites nothing."""
    acme = sandbox.connection()
    before = pairs(acme)
    forms = []
    for group in ("Engineering", "Finance"):
        visitor, _ = enter(ADA, "Acme")
        forms.append((visitor, review(press_plainly, visitor, group_page(visitor, acme, group), "scim_viewer")))
    sandbox.fail("latency", PUT, "PUT", seconds=0.5)
    answers: list[httpx.Response] = []
    threads = [
        threading.Thread(target=lambda v=visitor, p=page: answers.append(press_plainly(v, p, "Save")))
        for visitor, page in forms
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.status_code for each in answers) == [200, 409]
    assert len(pairs(acme) - before) == 1


LOST = ["drop_after_commit", "rst_after_commit", "malformed_json", "truncated_body", "wrong_shape"]


@pytest.mark.parametrize("kind", LOST)
def test_an_answer_that_is_lost_is_found_out(
    enter: Enter, sandbox: Sandbox, press: Press, history: Database, kind: str
) -> None:
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    sandbox.world.requests.clear()
    sandbox.fail(kind, PUT, "PUT")  # type: ignore[arg-type]
    page = press(visitor, page, "Save: 1 added")
    assert page.status_code == 200
    assert notice(page).startswith("Roles saved Stytch's answer was lost. We read the roles again")
    assert puts(sandbox) == 1
    assert [outcome for outcome, _ in events(history)] == ["done"]
    assert ("Engineering", "scim_viewer") in pairs(acme)


def test_an_answer_that_contradicts_is_not_believed(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    sandbox.fail("contradicting", PUT, "PUT")
    assert notice(press(visitor, page, "Save: 1 added")).startswith("Roles saved Stytch's answer was lost.")


def test_what_may_still_arrive_is_waited_for(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    """A list that is late would undo what is saved meanwhile: nothing is."""
    acme = sandbox.connection()
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    sandbox.fail("late_commit", PUT, "PUT", seconds=20)
    page = press(visitor, page, "Save: 1 added")
    assert page.status_code == 502
    assert notice(page).startswith("Not saved so far Stytch did not answer. We read the roles again")
    other = review(press, visitor, group_page(visitor, acme, "Finance"), "scim_operator")
    other = press(visitor, other, "Save: 1 added")
    assert other.status_code == 409
    assert "An earlier change of these roles may still arrive there until" in notice(other)
    sandbox.world.clock.advance(61)
    page = press(visitor, page, "Check again")
    assert "Nothing would change" in words(page), "it has arrived"
    answer = press(visitor, other, "Save: 1 added")
    assert answer.status_code == 409
    assert notice(press(visitor, answer, "Save: 1 added")).startswith("Roles saved")
    assert pairs(acme) >= {("Engineering", "scim_viewer"), ("Finance", "scim_operator")}
    assert [outcome for outcome, _ in events(history)] == ["not_yet", "busy", "done", "changed", "done"]


def test_what_can_t_be_found_out_is_said(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    sandbox.fail("drop_after_commit", PUT, "PUT")
    page = press(visitor, page, "Save: 1 added")
    assert page.status_code == 502
    assert notice(page).startswith("We do not know yet Stytch did not answer, and reading the roles failed too")
    assert "What was asked for" in words(page)
    assert "Nothing would change" in words(press(visitor, page, "Check again"))
    assert [outcome for outcome, _ in events(history)] == ["unknown", "done"], "what the next look told"


@pytest.mark.parametrize(
    ("fault", "status", "title", "outcome"),
    [
        ({"status": 500}, 502, "The roles were not saved", "not_done"),
        ({"status": 403, "error_type": "session_authorization_error"}, 403, "Your roles do not allow that", "refused"),
        ({"status": 429, "error_type": "too_many_requests", "retry_after": 30}, 503, "Stytch is busy", "not_done"),
        ({"status": 401, "error_type": "unauthorized_credentials"}, 502, "This console is not set up", "not_done"),
        ({"status": 400, "error_type": "something_new"}, 409, "Stytch refused that", "not_done"),
    ],
)
def test_a_refusal_is_told_and_the_choice_kept(
    enter: Enter,
    sandbox: Sandbox,
    press: Press,
    history: Database,
    fault: dict[str, object],
    status: int,
    title: str,
    outcome: str,
) -> None:
    acme = sandbox.connection()
    before = pairs(acme)
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, acme, "Engineering"), "scim_viewer")
    sandbox.world.requests.clear()
    sandbox.fail("status", PUT, "PUT", **fault)
    page = press(visitor, page, "Save: 1 added")
    assert page.status_code == status
    assert notice(page).startswith(title)
    assert diff(page) == ["Added scim_viewer"]
    assert pairs(acme) == before
    assert puts(sandbox) == 1
    assert [each for each, _ in events(history)] == [outcome]
    assert notice(press(visitor, page, "Save: 1 added")).startswith("Roles saved")


def test_a_session_that_ends_meanwhile_leads_to_sign_in(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press_plainly, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    sandbox.fail("status", PUT, "PUT", status=404, error_type="session_not_found")
    assert press_plainly(visitor, page, "Save").url.path.startswith("/login")
    assert [outcome for outcome, _ in events(history)] == ["refused"]


def test_a_connection_that_is_gone_meanwhile(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, _ = enter(ADA, "Acme")
    page = review(press, visitor, group_page(visitor, sandbox.connection(), "Engineering"), "scim_viewer")
    sandbox.world.connections.pop(sandbox.connection().connection_id)
    answer = press(visitor, page, "Save: 1 added")
    assert answer.status_code == 404
    assert "Your organization has no such connection" in words(answer)


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
