"""What came of a saving whose answer was lost, late, or a refusal."""

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, press_plainly, words
from tests.connections.roles.steps import ADA, PUT, diff, events, group_page, pairs, puts, review
from webapp.history.database import Database

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
