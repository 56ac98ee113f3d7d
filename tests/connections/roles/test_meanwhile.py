"""What somebody else changes between the page and the saving: told, and never overwritten."""

import threading

import httpx
import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, press_plainly
from tests.connections.roles.steps import ADA, PUT, diff, events, group_id, group_page, pairs, puts, review
from webapp.history.database import Database
from webapp.sandbox.connections import GroupRoleAssignment


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
