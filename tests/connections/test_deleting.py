"""Deleting a connection: what goes with it, the typed confirmation, and what is told where it went otherwise."""

import httpx
import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, buttons, notice, press_by_htmx, words
from tests.signin.steps import Visitor, heading
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox import rotation
from webapp.sandbox.api import scim
from webapp.sandbox.variants import CHOICES

ADA = "ada@acme.example"
BUTTON = "Delete connection"
NAME = "Acme Okta"


@pytest.fixture
def path(sandbox: Sandbox) -> str:
    return f"/connections/{sandbox.connection().connection_id}"


@pytest.fixture
def ada(enter: Enter) -> Visitor:
    return enter(ADA, "Acme")[0]


def delete(visitor: Visitor, press: Press, page: httpx.Response, typed: str = NAME, **fields: str) -> httpx.Response:
    """Types the confirmation and presses the button; where htmx is told to leave for another page, that page."""
    answer = press(visitor, page, BUTTON, confirmation=typed, **fields)
    to = answer.headers.get("HX-Redirect")
    return visitor.get(to) if to else answer


def acme(sandbox: Sandbox) -> int:
    """How many connections Acme has at Stytch."""
    return len(sandbox.world.connections_of(sandbox.world.find_organization("acme").organization_id))


def test_what_goes_with_it(ada: Visitor, path: str, sandbox: Sandbox) -> None:
    page = ada.click(ada.get(path), "Delete")
    connection = sandbox.connection()
    assert "Delete Acme Okta?" in words(page)
    assert f"token ending in {connection.bearer_token[-4:]} the current token" in words(page)
    assert "Groups that go 6 " in words(page)
    assert "Role assignments that go 4 " in words(page)
    assert "Stytch does not say" in words(page)
    connection.start_rotation(None)
    again = words(ada.get(f"{path}/delete"))
    assert f"token ending in {str(connection.next_bearer_token)[-4:]} the new token of the open rotation" in again


def test_many_groups_are_not_counted_one_by_one(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter("wes@wayne.example")
    sandbox.world.requests.clear()
    page = visitor.get(f"/connections/{sandbox.connection('wayne').connection_id}/delete")
    assert "Groups that go more than 1,000" in words(page)
    assert len([call for call in sandbox.calls() if call.startswith("GET")]) == 2


def test_groups_that_can_t_be_counted(ada: Visitor, path: str, sandbox: Sandbox) -> None:
    sandbox.fail("status", f"{path.removeprefix('/connections')}$", "GET", times=2)
    page = ada.get(f"{path}/delete")
    assert "Groups that go could not be counted just now" in words(page)
    assert BUTTON in buttons(page)


def test_deleted(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    listed = delete(ada, press, ada.get(f"{path}/delete"))
    assert acme(sandbox) == 0
    assert notice(listed).startswith("Acme Okta was deleted Provisioning through it has stopped")
    assert "Acme has no SCIM connection yet" in words(listed)
    assert notice(ada.get("/connections")) == "", "it is said once"
    assert sandbox.calls().count(f"DELETE {path.rpartition('/')[2]}") == 1
    gone = ada.get(path)
    assert gone.status_code == 404
    assert f"{ADA} deleted it at" in words(gone)


def test_who_may_not(enter: Enter, path: str) -> None:
    visitor, page = enter("olga@acme.example")
    assert "Delete" not in words(page)
    refused = visitor.get(f"{path}/delete")
    assert (refused.status_code, heading(refused)) == (403, "You can't delete connections")


@pytest.mark.parametrize("typed", ["", "Acme", "delete", "Acme Oktaa"])
def test_the_name_has_to_be_typed(ada: Visitor, path: str, sandbox: Sandbox, press: Press, typed: str) -> None:
    answer = delete(ada, press, ada.get(f"{path}/delete"), typed)
    assert answer.status_code == 422
    assert "Type Acme Okta here to delete it. Nothing was deleted." in words(answer)
    assert acme(sandbox) == 1


@pytest.mark.parametrize("typed", ["Acme Okta", "  acme   OKTA "])
def test_how_it_is_typed_does_not_matter(ada: Visitor, path: str, sandbox: Sandbox, press: Press, typed: str) -> None:
    delete(ada, press, ada.get(f"{path}/delete"), typed)
    assert acme(sandbox) == 0


def test_a_connection_without_a_name(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    sandbox.connection().display_name = ""
    page = ada.get(f"{path}/delete")
    assert "To confirm, type delete" in words(page)
    assert "The connection was deleted" in notice(delete(ada, press, page, "delete"))
    assert acme(sandbox) == 0


@pytest.mark.parametrize("name", ["   ", "\u200b\u2060"])
def test_a_name_that_can_t_be_seen_is_none(ada: Visitor, path: str, sandbox: Sandbox, press: Press, name: str) -> None:
    sandbox.connection().display_name = name
    page = ada.get(f"{path}/delete")
    assert "SCIM connection" in words(ada.get(path))
    assert "Type delete here" in words(delete(ada, press, page, ""))
    assert acme(sandbox) == 1
    delete(ada, press, page, "delete")
    assert acme(sandbox) == 0


def test_what_can_t_be_seen_of_a_name_need_not_be_typed(
    ada: Visitor, path: str, sandbox: Sandbox, press: Press
) -> None:
    sandbox.connection().display_name = "\u200fאקמה\u200e Okta"
    delete(ada, press, ada.get(f"{path}/delete"), "אקמה okta")
    assert acme(sandbox) == 0


@pytest.mark.parametrize("change", ["rotation", "name", "token"])
def test_changed_since_the_page_was_opened(
    ada: Visitor, path: str, sandbox: Sandbox, press: Press, change: str
) -> None:
    page = ada.get(f"{path}/delete")
    connection = sandbox.connection()
    if change == "name":
        connection.display_name = "Acme Entra"
    else:
        connection.start_rotation(None)
    if change == "token":
        connection.complete_rotation()
    answer = delete(ada, press, page)
    assert answer.status_code == 409
    assert notice(answer).startswith("It has changed since you opened this page Nothing was deleted.")
    assert (acme(sandbox), BUTTON in buttons(answer)) == (1, True)
    assert "DELETE" not in " ".join(sandbox.calls())
    delete(ada, press, answer, connection.display_name)
    assert acme(sandbox) == 0, "who has looked again can go on from there"


@pytest.mark.parametrize("moment", ["before it is sent", "just before Stytch has it"])
@pytest.mark.parametrize("error", CHOICES["wrong_connection_id"])
def test_somebody_else_has_deleted_it(
    ada: Visitor,
    path: str,
    sandbox: Sandbox,
    press: Press,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
    error: str,
) -> None:
    sandbox.world.variants["wrong_connection_id"] = error
    page = ada.get(f"{path}/delete")
    if moment == "before it is sent":
        rotation.delete(sandbox.world, sandbox.connection())
    else:
        find = scim._find

        def just_gone(organization_id: str, connection_id: str) -> object:
            monkeypatch.undo()
            rotation.delete(sandbox.world, sandbox.connection())
            return find(organization_id, connection_id)

        monkeypatch.setattr(scim, "_find", just_gone)
    answer = delete(ada, press, page)
    assert answer.status_code == 409
    assert notice(answer).startswith("Acme Okta is not there any more")
    assert "by somebody else" in notice(answer)


@pytest.mark.parametrize("fault", ["drop_after_commit", "malformed_json", "wrong_shape", "timeout_after_commit"])
def test_its_answer_is_lost(ada: Visitor, path: str, sandbox: Sandbox, press: Press, fault: str) -> None:
    page = ada.get(f"{path}/delete")
    sandbox.fail(fault, "/connection/", "DELETE")  # type: ignore[arg-type]
    assert notice(delete(ada, press, page)).startswith("Acme Okta was deleted")
    assert acme(sandbox) == 0


def test_no_answer_and_not_deleted_so_far(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    page = ada.get(f"{path}/delete")
    sandbox.fail("drop_before_commit", "/connection/", "DELETE")
    answer = delete(ada, press, page)
    assert notice(answer).startswith("Not deleted so far")
    assert f"{ADA} was deleting the connection" in words(ada.get(path))
    assert "Start rotation" not in buttons(ada.get(path))
    busy = delete(ada, press, page, intent="")
    assert busy.status_code == 409
    assert [call.split()[0] for call in sandbox.calls()].count("DELETE") == 1
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())
    assert notice(ada.get(path)).startswith("The connection was not deleted")
    delete(ada, press, ada.get(f"{path}/delete"))
    assert acme(sandbox) == 0


def test_no_answer_and_deleted_late(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    page = ada.get(f"{path}/delete")
    sandbox.fail("late_commit", "/connection/", "DELETE", seconds=20)
    assert notice(delete(ada, press, page)).startswith("Not deleted so far")
    sandbox.world.clock.advance(25)
    found = ada.get(path)
    assert found.url.path == "/connections"
    assert notice(found).startswith("Acme Okta was deleted")


def test_reading_fails_too(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    page = ada.get(f"{path}/delete")
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection$", "GET", times=2)
    sandbox.fail("drop_after_commit", "/connection/", "DELETE")
    answer = delete(ada, press, page)
    assert notice(answer).startswith("We do not know yet")
    assert answer.text.count("lane--unknown") == 1
    assert notice(ada.get("/connections")).startswith("Acme Okta was deleted")


@pytest.mark.parametrize("status", [403, 429, 500])
def test_stytch_does_not_do_it(ada: Visitor, path: str, sandbox: Sandbox, press: Press, status: int) -> None:
    page = ada.get(f"{path}/delete")
    error_type = {403: "session_authorization_error", 429: "too_many_requests", 500: "internal_server_error"}[status]
    sandbox.fail("status", "/connection/", "DELETE", status=status, error_type=error_type)
    answer = delete(ada, press, page)
    assert "Nothing was changed. Acme Okta is there as before" in notice(answer)
    assert BUTTON in buttons(answer)
    delete(ada, press, answer)
    assert acme(sandbox) == 0


def test_sent_twice(ada: Visitor, path: str, sandbox: Sandbox, press: Press) -> None:
    page = ada.get(f"{path}/delete")
    for _ in range(2):
        assert notice(delete(ada, press, page)).startswith("Acme Okta was deleted")
    assert [call.split()[0] for call in sandbox.calls()].count("DELETE") == 1


def test_deleted_in_another_tab(ada: Visitor, path: str, press: Press) -> None:
    """Nobody else is blamed for it."""
    page, other = ada.get(f"{path}/delete"), ada.get(f"{path}/delete")
    delete(ada, press, other)
    answer = delete(ada, press, page)
    assert answer.status_code == 404
    assert f"{ADA} deleted it at" in words(answer)
    assert "somebody else" not in words(answer)


def test_a_rotation_s_button_meets_a_connection_that_is_gone(ada: Visitor, path: str, press: Press) -> None:
    card = ada.get(path)
    delete(ada, press, ada.get(f"{path}/delete"))
    answer = press_by_htmx(ada, card, "Start rotation")
    assert answer.status_code == 404
    assert f"{ADA} deleted it at" in words(answer)


def test_a_rotation_s_step_on_its_way_to_what_is_gone(ada: Visitor, path: str, sandbox: Sandbox) -> None:
    """It is no deletion: the page says that the connection is gone, and the list that there is none."""
    sandbox.fail("drop_before_commit", "/start$")
    ada.press(ada.get(path), "Start rotation")
    sandbox.world.connections.clear()
    assert ada.get(path).status_code == 404
    assert "was starting" not in words(ada.get("/connections"))
