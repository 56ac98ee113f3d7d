"""Changing to another organization: a session there, none left here, and nothing lost when it does not come to that."""

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from tests.signin.times import held_session, later, minutes_left
from tests.signin.ways import at_the_portal
from webapp.sandbox.faults import Fault

BOTH = pytest.mark.parametrize("old_session", ["kept", "revoked"])


@pytest.fixture
def ada(visitor: Visitor) -> Visitor:
    """Ada, in Acme; also a member of Globex and Initech."""
    visitor.sign_in("ada@acme.example", "Acme")
    visitor.requests()
    return visitor


@BOTH
def test_the_old_session_is_over_whatever_stytch_makes_of_it(
    ada: Visitor, other_browser: Visitor, sandbox: Sandbox, old_session: str
) -> None:
    sandbox.world.variants["session_after_exchange"] = old_session
    before = ada.cookie
    old = held_session(ada, sandbox)
    page = ada.press(ada.get("/organizations"), "Initech")
    assert (page.status_code, page.url.path) == (200, "/connections")
    assert "<strong>Initech</strong>" in page.text
    assert list(sandbox.world.sessions.values()) == [held_session(ada, sandbox)]
    assert old.member_session_id not in sandbox.world.sessions
    assert 34 < minutes_left(ada, sandbox) <= 35
    assert ada.session.keys() == {"member", "csrf_token"}
    other_browser.cookie = before
    later(other_browser, sandbox, 5)
    assert other_browser.get("/connections").url.path == "/login"


def test_the_one_that_one_is_in_changes_nothing(ada: Visitor, sandbox: Sandbox) -> None:
    held = held_session(ada, sandbox)
    page = ada.get("/organizations")
    assert "You are here" in page.text
    assert ada.press(page, "Acme").url.path == "/connections"
    assert held_session(ada, sandbox) is held
    assert "POST sessions/exchange" not in ada.requests()


@BOTH
def test_one_that_asks_for_more_leaves_the_session_as_it_was_until_then(
    ada: Visitor, sandbox: Sandbox, old_session: str
) -> None:
    sandbox.world.variants["session_after_exchange"] = old_session
    initech = sandbox.world.find_organization("initech")
    initech.mfa_policy = "REQUIRED_FOR_ALL"
    page = ada.press(ada.get("/organizations"), "Initech")
    assert heading(page) == "Set up a second factor"
    assert "<strong>Acme</strong>" in ada.get("/connections").text
    page = ada.press(page, "Text me codes", phone="+12025550177")
    page = ada.press(page, "Sign in", code=ada.code())
    assert "<strong>Initech</strong>" in page.text
    assert list(sandbox.world.sessions.values()) == [held_session(ada, sandbox)]


def test_one_that_allows_only_another_way_says_which(ada: Visitor, sandbox: Sandbox) -> None:
    initech = sandbox.world.find_organization("initech")
    initech.auth_methods, initech.allowed_auth_methods = "RESTRICTED", ["google_oauth"]
    page = ada.press(ada.get("/organizations"), "Initech")
    assert (page.url.path, heading(page)) == ("/login/initech", "Initech asks for another way")
    assert "is yours. Initech also asks for one of these." in page.text
    assert "<strong>Acme</strong>" in ada.get("/connections").text
    page = ada.click(ada.click(page, "Continue with Google"), "ada@acme.example")
    assert "<strong>Initech</strong>" in page.text
    assert list(sandbox.world.sessions.values()) == [held_session(ada, sandbox)]


def test_one_that_is_none_of_theirs_is_refused(ada: Visitor, sandbox: Sandbox) -> None:
    held = held_session(ada, sandbox)
    for organization in (sandbox.world.find_organization("wayne").organization_id, "organization-test-1", ""):
        page = ada.press(ada.get("/organizations"), "Initech", organization_id=organization)
        assert (page.status_code, heading(page)) == (403, "That organization does not let you in")
        assert "You are still signed in to Acme" in page.text
    assert held_session(ada, sandbox) is held
    assert ada.get("/connections").url.path == "/connections"


def test_a_session_that_is_over_leads_to_sign_in(ada: Visitor, sandbox: Sandbox) -> None:
    page = ada.get("/organizations")
    sandbox.world.sessions.clear()
    answer = ada.press(page, "Initech")
    assert (answer.url.path, "Your session has ended" in answer.text) == ("/login", True)


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "malformed_json"])
@BOTH
def test_a_lost_answer_leaves_nobody_between_two_organizations(
    ada: Visitor, sandbox: Sandbox, fault: str, old_session: str
) -> None:
    sandbox.world.variants["session_after_exchange"] = old_session
    page = ada.get("/organizations")
    sandbox.world.faults.append(Fault.model_validate({"method": "POST", "path": "sessions/exchange", "fault": fault}))
    answer = ada.press(page, "Initech")
    assert (answer.status_code, heading(answer)) == (502, "Stytch did not answer")
    assert "Nothing was changed" not in answer.text, "that is not known"
    later(ada, sandbox, 5)
    again = ada.click(answer, "Choose an organization")
    if old_session == "revoked" and fault != "drop_before_commit":
        assert (again.url.path, "Your session has ended" in again.text) == ("/login", True)
        again = ada.press(ada.press(again, "Email me a code", email="ada@acme.example"), "Sign in", code=ada.code())
    assert "<strong>Initech</strong>" in ada.press(again, "Initech").text


def test_the_portal_s_session_stays_the_portal_s(visitor: Visitor, sandbox: Sandbox) -> None:
    at_the_portal(visitor, sandbox, "ada@acme.example of Acme")
    visitor.press(visitor.get("/login"), "Go on with your session")
    portal = held_session(visitor, sandbox)
    assert "<strong>Globex</strong>" in visitor.press(visitor.get("/organizations"), "Globex").text
    assert portal.member_session_id in sandbox.world.sessions


def test_a_form_of_the_choice_needs_its_token(ada: Visitor, sandbox: Sandbox) -> None:
    fields = form(ada.get("/organizations"), "Initech").fields
    held = held_session(ada, sandbox)
    fields["csrf_token"] = "x"
    answer = ada.http.post("/organizations", data=fields, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 400
    assert held_session(ada, sandbox) is held
