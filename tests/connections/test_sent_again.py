"""Forms that are sent again while the connection can't be read: what came of them is never denied."""

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, press_plainly, words
from webapp.history.database import Database

COMPLETE, RESTART, START = "Complete: switch off", "Cancel and start", "Start rotation"
READ_FAILS = {
    "no answer": {"kind": "drop_before_commit"},
    "busy": {"kind": "status", "status": 429, "error_type": "too_many_requests", "retry_after": 30},
    "not allowed": {"kind": "status", "status": 403, "error_type": "session_authorization_error"},
    "not set up right": {"kind": "status", "status": 401, "error_type": "unauthorized_credentials"},
    "session ended": {"kind": "status", "status": 404, "error_type": "session_not_found"},
    "gone": {"kind": "status", "status": 404, "error_type": "scim_connection_not_found"},
}


@pytest.mark.parametrize("fault", READ_FAILS)
def test_a_completion_is_not_denied(enter: Enter, sandbox: Sandbox, press: Press, fault: str) -> None:
    sandbox.connection().start_rotation(None)
    visitor, page = enter()
    assert notice(press(visitor, page, COMPLETE, confirmed="yes")).startswith("Rotation completed")
    sandbox.fail(path="/connection$", method="GET", times=2, **READ_FAILS[fault])  # type: ignore[arg-type]
    again = press(visitor, page, COMPLETE, confirmed="yes")
    assert again.status_code == (404 if fault == "gone" else 502)
    text = words(again)
    assert "The rotation was completed Nothing was done again. The rotation was completed at " in text
    assert "What holds now could not be read" in text
    assert "Nothing was changed" not in text
    assert again.headers.get("Retry-After") == ("30" if fault == "busy" else None)
    assert sandbox.calls().count("POST complete") == 1


def test_what_a_redirect_leads_to_does_not_deny_it_either(enter: Enter, sandbox: Sandbox) -> None:
    """The plain form's answer is a page of its own, and reads for itself."""
    sandbox.connection().start_rotation(None)
    visitor, page = enter()
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    answer = press_plainly(visitor, page, COMPLETE, confirmed="yes")
    assert [each.status_code for each in answer.history] == [303]
    assert answer.status_code == 502
    assert "The rotation was completed at " in words(answer)
    assert "Nothing was changed" not in words(answer)
    assert notice(visitor.get(str(answer.url))).startswith("Rotation completed")


def test_another_organizations_form_tells_nothing(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    olga, page = enter()
    press_plainly(olga, page, START)
    (form,) = _intents(history)
    ian, _ = enter("ian@initech.example")
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    one = f"/connections/{sandbox.connection('initech').connection_id}"
    assert "was started" not in words(ian.get(f"{one}?outcome={form}"))


def _intents(history: Database) -> list[str]:
    with history.read() as connection:
        return list(connection.exec_driver_sql("SELECT id FROM intents").scalars())


def test_starting_again_is_not_denied(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter("ian@initech.example")
    assert notice(press(visitor, page, RESTART)).startswith("Started again")
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    text = words(press(visitor, page, RESTART))
    assert "Nothing was done again. The rotation was cancelled at " in text
    assert "The rotation was started at " in text
    assert "Nothing was changed" not in text


def test_a_connection_that_goes_between_cancelling_and_starting_again(
    enter: Enter, sandbox: Sandbox, press: Press, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = sandbox.connection("initech")
    cancel = connection.cancel_rotation

    def then_gone() -> None:
        cancel()
        sandbox.fail("status", "/connection$", "GET", status=404, error_type="scim_connection_not_found")

    monkeypatch.setattr(connection, "cancel_rotation", then_gone)
    visitor, page = enter("ian@initech.example")
    answer = press(visitor, page, RESTART)
    assert answer.status_code == 404
    assert "Your organization has no such connection The open rotation was cancelled." in words(answer)


def test_a_token_that_may_be_somebody_else_s(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """Ada's start never arrives; a colleague starts one in Stytch's dashboard. Nobody is told that it is lost."""
    connection = sandbox.connection()
    ada, page = enter("ada@acme.example", "Acme")
    sandbox.fail("drop_before_commit", "/start$")
    press(ada, page, START)
    connection.start_rotation(None)
    new = (connection.next_bearer_token or "")[-4:]
    olga, page = enter()
    assert notice(page).startswith("A new token was made, but it could not be shown ada@acme.example asked for it")
    assert "unless somebody started this in Stytch's dashboard and has it" in notice(page)
    assert f"This console has shown the value of ···· token ending in {new} to nobody" in words(page)
    assert "nobody has" not in words(page).lower()
    review = olga.get(f"/connections/{connection.connection_id}/rotation/complete")
    assert f"This console has shown ···· token ending in {new} to nobody." in words(review)
    completed = press(olga, review if press is press_plainly else page, COMPLETE, confirmed="yes")
    assert notice(completed).startswith("Rotation completed")


def test_a_start_that_was_cut_off_is_not_said_to_have_been_shown(
    enter: Enter, sandbox: Sandbox, history: Database
) -> None:
    """Only the process that was killed knows whether its answer got through."""
    olga, page = enter()
    press_plainly(olga, page, START)
    with history.write() as connection:
        connection.exec_driver_sql("UPDATE intents SET settled_at = NULL, outcome = NULL")
        connection.exec_driver_sql("DELETE FROM events")
        connection.exec_driver_sql("DELETE FROM heads")
    sandbox.world.clock.advance(31)
    looked = olga.get("/connections")
    assert notice(looked).startswith("Rotation started olga@acme.example asked for it")
    assert "Stytch shows a new token once, when its rotation is started." in words(olga.get("/connections"))
    assert "was shown once" not in words(olga.get("/connections"))
