"""Where a member is signed in: every session, the end of one, and of all."""

import re

import httpx
import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from tests.signin.times import held_session, later
from tests.signin.ways import by_code, by_password, by_second_factor
from webapp.sandbox.faults import Fault

HERE = "This browser"
ELSEWHERE = "End it"


@pytest.fixture
def vic_elsewhere(other_browser: Visitor, vic: Visitor) -> Visitor:
    """Vic's other browser; `vic` is signed in too."""
    by_code(other_browser)
    vic.requests()
    return other_browser


def listed(page: httpx.Response) -> list[str]:
    return re.findall(r'<h2 class="session__title">(.*?)</h2>', page.text)


def test_every_session_is_listed_and_this_one_is_said(vic: Visitor, vic_elsewhere: Visitor) -> None:
    page = vic.get("/sessions")
    assert heading(page) == "Where you are signed in"
    assert len(listed(page)) == 2
    assert HERE in listed(page)
    assert page.text.count(ELSEWHERE) == 1
    assert vic.requests() == ["GET sessions"]
    assert len(listed(vic_elsewhere.get("/sessions"))) == 2


def test_how_each_was_begun(visitor: Visitor, other_browser: Visitor) -> None:
    by_password(other_browser)
    by_code(visitor, email="wes@wayne.example")
    text = " ".join(visitor.get("/sessions").text.split())
    assert "By password." in text
    assert "By mail." in text


def test_a_second_factor_is_said_too(visitor: Visitor, sandbox: Sandbox) -> None:
    by_second_factor(visitor, sandbox)
    assert "By mail and authenticator app." in " ".join(visitor.get("/sessions").text.split())


def test_nobody_else_s_and_none_elsewhere(vic: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    other_browser.sign_in("ada@acme.example", "Acme")
    assert len(listed(vic.get("/sessions"))) == 1
    session = held_session(other_browser, sandbox)
    fields = form(vic.get("/sessions"), "Sign out everywhere").fields
    for which in (session.member_session_id, "member-session-test-1", ""):
        headers = {"Sec-Fetch-Site": "same-origin"}
        vic.http.post("/sessions/revoke", data={**fields, "member_session_id": which}, headers=headers)
    assert session.member_session_id in sandbox.world.sessions
    assert other_browser.get("/connections").url.path == "/connections"


def test_ending_one_leaves_this_one(vic: Visitor, vic_elsewhere: Visitor, sandbox: Sandbox) -> None:
    page = vic.press(vic.get("/sessions"), ELSEWHERE)
    assert (page.url.path, listed(page)) == ("/sessions", [HERE])
    later(vic_elsewhere, sandbox, 5)
    assert vic_elsewhere.get("/connections").url.path == "/login"
    assert vic.get("/connections").url.path == "/connections"


def test_one_that_is_over_already(vic: Visitor, vic_elsewhere: Visitor, sandbox: Sandbox) -> None:
    page = vic.get("/sessions")
    del sandbox.world.sessions[held_session(vic_elsewhere, sandbox).member_session_id]
    assert listed(vic.press(page, ELSEWHERE)) == [HERE]


def test_when_this_one_is_over_the_form_leads_to_sign_in(
    vic: Visitor, vic_elsewhere: Visitor, sandbox: Sandbox
) -> None:
    page = vic.get("/sessions")
    del sandbox.world.sessions[held_session(vic, sandbox).member_session_id]
    assert vic.press(page, ELSEWHERE).url.path == "/login"
    assert vic_elsewhere.get("/connections").url.path == "/connections"


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "malformed_json", "status"])
def test_a_lost_answer_says_that_it_is_not_known(
    vic: Visitor, other_browser: Visitor, sandbox: Sandbox, fault: str
) -> None:
    by_code(other_browser)
    page = vic.get("/sessions")
    vic.requests()
    sandbox.world.faults.append(Fault.model_validate({"method": "POST", "path": "revoke", "fault": fault}))
    answer = vic.press(page, ELSEWHERE)
    assert (answer.status_code, heading(answer)) == (502, "Stytch did not answer")
    assert "Whether that session has ended is not known" in answer.text
    assert vic.requests().count("POST sessions/revoke") == 1
    left = listed(vic.click(answer, "Look again"))
    assert len(left) == (1 if fault in ("drop_after_commit", "malformed_json") else 2)


def test_signing_out_everywhere(vic: Visitor, vic_elsewhere: Visitor, sandbox: Sandbox) -> None:
    answer = vic.press(vic.get("/sessions"), "Sign out everywhere")
    assert (answer.url.path, heading(answer)) == ("/login", "Sign in")
    assert answer.history[0].headers["Clear-Site-Data"] == '"cache", "storage"'
    assert sandbox.world.sessions == {}
    assert "member" not in vic.session
    later(vic_elsewhere, sandbox, 5)
    assert vic_elsewhere.get("/connections").url.path == "/login"


def test_signing_out_here_leaves_the_other(vic: Visitor, vic_elsewhere: Visitor) -> None:
    vic.press(vic.get("/sessions"), "Sign out")
    assert vic.get("/connections").url.path == "/login"
    assert vic_elsewhere.get("/connections").url.path == "/connections"


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "malformed_json", "status"])
def test_without_stytch_s_word_the_rest_is_not_said_to_be_over(vic: Visitor, sandbox: Sandbox, fault: str) -> None:
    page = vic.get("/sessions")
    sandbox.world.faults.append(Fault.model_validate({"method": "POST", "path": "revoke", "fault": fault}))
    answer = vic.press(page, "Sign out everywhere")
    assert (answer.status_code, heading(answer)) == (502, "You are signed out here")
    assert "did not confirm the end of your sessions" in answer.text
    assert vic.get("/connections").url.path == "/login"


def test_the_list_when_stytch_is_away(vic: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(Fault(method="GET", path="sessions$", fault="status", status=503, times=2))
    answer = vic.get("/sessions")
    assert (answer.status_code, heading(answer)) == (502, "Stytch did not answer")
    assert form(answer, "Sign out").action == "/logout"
