"""The rotation buttons over HTTP: as plain forms, and as htmx sends them."""

import io

import httpx
import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import (
    Enter,
    Press,
    buttons,
    htmx,
    notice,
    press_by_htmx,
    press_plainly,
    rotation,
    words,
)
from tests.signin.steps import Visitor, form
from webapp.sandbox.variants import CHOICES

START, COMPLETE, CANCEL, RESTART = "Start rotation", "Complete: switch off", "Cancel: switch off", "Cancel and start"


def expect_shape(answer: httpx.Response, press: Press) -> None:
    """A fragment carries its mark and no page around it; nothing is stored."""
    is_fragment = press is press_by_htmx
    assert ("Console-Fragment" in answer.headers) is is_fragment
    assert ("<html" in answer.text) is not is_fragment
    assert answer.headers["Cache-Control"] == "no-store"
    assert "HX-Request-Type" in answer.headers["Vary"]


def test_a_rotation_from_start_to_end(enter: Enter, sandbox: Sandbox, press: Press, logs: io.StringIO) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    old = connection.bearer_token
    answers: list[httpx.Response] = []
    visitor.http.event_hooks["response"] += [httpx.Response.read, answers.append]

    started = press(visitor, page, START)
    assert (started.status_code, started.history, rotation(started)) == (200, [], "started")
    assert sandbox.calls() == ["GET connection", "POST start", "GET Users"]
    expect_shape(started, press)
    new = connection.next_bearer_token
    assert new
    assert new in started.text
    assert notice(started).startswith("Rotation started")
    sandbox.world.requests.clear()

    completed = press(visitor, started, COMPLETE, confirmed="yes")
    assert (completed.status_code, rotation(completed)) == (200, "none")
    assert connection.bearer_token == new
    expect_shape(completed, press)
    assert notice(completed).startswith(f"Rotation completed ····{new[-4:]} is the only token that works")
    assert f"····{old[-4:]} stopped" in notice(completed)
    assert f"token ending in {new[-4:]} Current token the only token that works" in words(completed)
    assert "Stytch request id request-id-test-" in notice(completed)
    if press is press_plainly:
        assert [answer.status_code for answer in completed.history] == [303]
        assert sandbox.calls() == ["GET connection", "POST complete", "GET connection"]
        assert notice(visitor.get(completed.url.path)) == "", "the notice is shown once"
    else:
        assert sandbox.calls() == ["GET connection", "POST complete"]
        assert '<hx-partial id="status">Rotation completed.' in completed.text

    visitor.get("/connections")
    assert [new in answer.text for answer in answers].count(True) == 1
    for answer in answers:
        assert old not in answer.text
        assert new not in str(answer.headers)
    assert new not in logs.getvalue()
    assert old not in logs.getvalue()
    assert '"outcome": "done"' in logs.getvalue()


def test_a_rotation_cancelled(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    old = connection.bearer_token
    started = press(visitor, page, START)
    dropped = (connection.next_bearer_token or "")[-4:]
    cancelled = press(visitor, started, CANCEL)
    assert (cancelled.status_code, rotation(cancelled)) == (200, "none")
    assert notice(cancelled).startswith(f"Rotation cancelled ····{dropped} stopped working.")
    assert (connection.bearer_token, connection.next_bearer_token) == (old, None)
    expect_shape(cancelled, press)


def test_a_lost_token_is_replaced_by_one_button(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    lost = connection.next_bearer_token
    again = press(visitor, page, RESTART)
    assert (again.status_code, rotation(again)) == (200, "started")
    assert connection.next_bearer_token not in (None, lost)
    assert connection.next_bearer_token in again.text
    assert notice(again).startswith("Started again The lost token was cancelled.")
    assert sandbox.calls() == ["GET connection", "POST cancel", "GET connection", "POST start", "GET Users"]
    expect_shape(again, press)


def test_what_changed_meanwhile_is_shown_and_nothing_sent(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    stale, current = (connection.next_bearer_token or "")[-4:], connection.bearer_token
    connection.start_rotation(None)
    fresh = (connection.next_bearer_token or "")[-4:]
    for button, fields in ((COMPLETE, {"confirmed": "yes"}), (CANCEL, {}), (RESTART, {})):
        answer = press(visitor, page, button, **fields)
        assert (answer.status_code, rotation(answer)) == (409, "started")
        assert notice(answer).startswith("It has changed since you opened this page Nothing was sent to Stytch.")
        assert f"····{stale}" in notice(answer)
        assert f"····{current[-4:]} and ····{fresh} both work." in notice(answer)
        assert form(answer, COMPLETE).fields["next_last_four"] == fresh, "the card is the fresh one"
        expect_shape(answer, press)
    assert sandbox.calls() == ["GET connection"] * 3
    assert connection.bearer_token == current


def test_completing_needs_the_tick(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    answer = press(visitor, page, COMPLETE)
    assert answer.status_code == 422
    assert "Error: Tick this first" in words(answer)
    expect_shape(answer, press)
    if press is press_by_htmx:
        assert answer.headers["HX-Retarget"] == f"#review-complete-{connection.connection_id}"
        assert answer.headers["HX-Reswap"] == "outerHTML"
        assert answer.text.strip().startswith(f'<form id="review-complete-{connection.connection_id}"')
    else:
        assert "<title>Error: Complete rotation of Initech Entra" in answer.text
    assert sandbox.calls() == ["GET connection"]
    done = press(visitor, answer, COMPLETE, confirmed="yes")
    assert notice(done).startswith("Rotation completed")


def test_a_role_taken_away_since_the_page_was_opened(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter()
    member = next(each for each in sandbox.world.members.values() if each.email_address == "olga@acme.example")
    member.roles = ["scim_viewer"]
    answer = press(visitor, page, START)
    assert (answer.status_code, rotation(answer)) == (403, "none")
    assert notice(answer).startswith("Your roles do not allow that")
    assert "Nothing was changed" in notice(answer)
    expect_shape(answer, press)
    assert sandbox.connection().next_bearer_token is None


@pytest.mark.parametrize("step", ["start", "complete", "cancel", "restart"])
def test_a_viewer_who_sends_the_form_all_the_same(enter: Enter, sandbox: Sandbox, press: Press, step: str) -> None:
    connection = sandbox.connection()
    if step != "start":
        connection.start_rotation(None)
    before = (connection.bearer_token, connection.next_bearer_token)
    visitor, page = enter("vic@acme.example")
    path = f"/connections/{connection.connection_id}/rotation/{step}"
    fields = {
        "csrf_token": form(page, "Sign out").fields["csrf_token"],
        "current_last_four": before[0][-4:],
        "next_last_four": (before[1] or "")[-4:],
        "confirmed": "yes",
    }
    headers = htmx(page) if press is press_by_htmx else {"Sec-Fetch-Site": "same-origin"}
    answer = visitor.http.post(path, data=fields, headers=headers)
    assert answer.status_code == 403
    assert notice(answer).startswith("Your roles do not allow that")
    assert START not in buttons(answer)
    assert (connection.bearer_token, connection.next_bearer_token) == before


@pytest.mark.parametrize("step", ["start", "complete", "cancel", "restart"])
def test_another_organizations_connection(enter: Enter, sandbox: Sandbox, press: Press, step: str) -> None:
    foreign = sandbox.connection("initech")
    before = (foreign.bearer_token, foreign.next_bearer_token)
    visitor, page = enter()
    headers = htmx(page) if press is press_by_htmx else {"Sec-Fetch-Site": "same-origin"}
    for connection_id in (foreign.connection_id, "scim-connection-test-unknown"):
        fields = {
            "csrf_token": form(page, "Sign out").fields["csrf_token"],
            "current_last_four": before[0][-4:],
            "next_last_four": (before[1] or "")[-4:],
            "confirmed": "yes",
        }
        answer = visitor.http.post(f"/connections/{connection_id}/rotation/{step}", data=fields, headers=headers)
        assert answer.status_code == 404
        assert "Your organization has no such connection" in words(answer)
        assert "Initech" not in answer.text
        expect_shape(answer, press)
    assert set(sandbox.calls()) == {"GET connection"}
    assert (foreign.bearer_token, foreign.next_bearer_token) == before


def test_stytch_takes_no_more_requests(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter()
    sandbox.fail("status", "/start$", status=429, error_type="too_many_requests", retry_after=7)
    answer = press(visitor, page, START)
    assert (answer.status_code, rotation(answer)) == (503, "none")
    assert notice(answer).startswith("Stytch is busy It takes no more requests right now. Nothing was changed")
    assert "Try again in 7 seconds." in notice(answer)
    assert sandbox.calls().count("POST start") == 1


def test_a_start_whose_answer_was_lost(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    sandbox.fail("drop_after_commit", "/start$")
    answer = press(visitor, page, START)
    lost = connection.next_bearer_token
    assert lost
    assert (answer.status_code, rotation(answer)) == (502, "started")
    assert notice(answer).startswith("A new token was made, but it could not be shown")
    assert f"····{lost[-4:]}" in notice(answer)
    assert lost not in answer.text
    expect_shape(answer, press)
    again = press(visitor, answer, RESTART)
    assert again.status_code == 200
    assert connection.next_bearer_token != lost
    assert (connection.next_bearer_token or "?") in again.text


def test_a_completion_whose_answer_was_lost(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    sandbox.fail("drop_after_commit", "/complete$")
    answer = press(visitor, page, COMPLETE, confirmed="yes")
    assert (answer.status_code, rotation(answer)) == (200, "none")
    assert "Stytch's answer was lost, so we read the connection again: it is done." in notice(answer)
    assert connection.next_bearer_token is None
    assert sandbox.calls().count("POST complete") == 1


def test_a_completion_that_was_not_carried_out(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    sandbox.fail("status", "/complete$", status=502, body="html")
    answer = press(visitor, page, COMPLETE, confirmed="yes")
    assert (answer.status_code, rotation(answer)) == (502, "started")
    assert notice(answer).startswith("Not completed so far")
    assert "Bad Gateway" not in answer.text
    assert connection.next_bearer_token
    assert sandbox.calls() == ["GET connection", "POST complete", "GET connection"]


def test_nobody_knows(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """The write's answer is lost, and so are both reads after it: no button is offered but to look again."""
    connection = sandbox.connection("initech")
    visitor, page = enter("ian@initech.example")
    sandbox.fail("truncated_body", "/complete$")
    # Faults meet the calls in their order: the read before the write has none.
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    answer = press(visitor, page, COMPLETE, confirmed="yes")
    assert (answer.status_code, rotation(answer)) == (502, "started")
    assert notice(answer).startswith("We do not know yet")
    assert "we do not know yet" in words(answer)
    assert [each for each in buttons(answer) if each != "Sign out"] == []
    assert "Check again" in words(answer)
    checked = visitor.get(f"/connections/{connection.connection_id}")
    assert rotation(checked) == "none"
    assert sandbox.calls().count("POST complete") == 1


@pytest.mark.parametrize("variant", CHOICES["dead_session_in_header"])
def test_a_session_that_ended_leads_to_sign_in_and_back(
    enter: Enter, sandbox: Sandbox, press: Press, variant: str
) -> None:
    sandbox.world.variants["dead_session_in_header"] = variant
    connection = sandbox.connection()
    visitor, _ = enter()
    page = visitor.get(f"/connections/{connection.connection_id}")
    sandbox.world.sessions.clear()
    answer = press(visitor, page, START)
    expect_sign_in(visitor, answer, press, f"/connections/{connection.connection_id}")
    assert connection.next_bearer_token is None


def expect_sign_in(visitor: Visitor, answer: httpx.Response, press: Press, back: str) -> None:
    if press is press_by_htmx:
        assert (answer.status_code, answer.text) == (401, "")
        answer = visitor.get(answer.headers["HX-Redirect"])
    else:
        assert [each.status_code for each in answer.history] == [303]
    assert "Your session has ended" in words(answer)
    assert form(answer, "Email me").fields["next"] == back


@pytest.mark.parametrize("step", ["start", "restart"])
def test_a_link_changes_nothing(enter: Enter, sandbox: Sandbox, step: str) -> None:
    """The address of a page that showed a token, opened again."""
    one = f"/connections/{sandbox.connection('initech').connection_id}"
    visitor, _ = enter("ian@initech.example")
    answer = visitor.get(f"{one}/rotation/{step}")
    assert ([each.status_code for each in answer.history], answer.url.path) == ([303], one)
    assert notice(answer) == ""
    assert sandbox.calls() == ["GET connection"]
