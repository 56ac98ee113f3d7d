"""Sign-out ends the session here and at Stytch, and says so when Stytch did not confirm."""

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form, heading
from webapp.sandbox.faults import Fault


def test_sign_out_ends_the_session_everywhere(vic: Visitor, other_browser: Visitor, sandbox: Sandbox) -> None:
    page = vic.get("/connections")
    copied = vic.cookie
    answer = vic.press(page, "Sign out")
    assert (answer.url.path, heading(answer)) == ("/login", "Sign in")
    assert "Your session has ended" not in answer.text
    assert sandbox.world.sessions == {}
    assert "member" not in vic.session
    assert vic.get("/connections").url.path == "/login"
    other_browser.cookie = copied
    assert other_browser.get("/connections").url.path == "/login"


def test_every_page_offers_it(vic: Visitor, sandbox: Sandbox) -> None:
    acme = sandbox.world.connection_of(sandbox.world.find_organization("acme").organization_id)
    assert acme is not None
    for path in ("/connections", f"/connections/{acme.connection_id}", "/connections/scim-connection-test-1"):
        assert form(vic.get(path), "Sign out").action == "/logout"


def test_signing_out_of_a_session_that_is_over(vic: Visitor, sandbox: Sandbox) -> None:
    page = vic.get("/connections")
    sandbox.world.sessions.clear()
    answer = vic.press(page, "Sign out")
    assert (answer.status_code, answer.url.path) == (200, "/login")


@pytest.mark.parametrize("fault", ["drop_before_commit", "drop_after_commit", "malformed_json", "status"])
def test_without_stytch_s_word_the_browser_lets_go_all_the_same(vic: Visitor, sandbox: Sandbox, fault: str) -> None:
    page = vic.get("/connections")
    vic.requests()
    sandbox.world.faults.append(
        Fault.model_validate({"method": "POST", "path": "revoke", "fault": fault, "status": 503})
    )
    answer = vic.press(page, "Sign out")
    assert (answer.status_code, heading(answer)) == (502, "You are signed out here")
    assert "did not confirm its end" in answer.text
    assert vic.requests() == ["POST sessions/revoke"]
    assert vic.get("/connections").url.path == "/login"


def test_a_link_can_t_sign_anybody_out(vic: Visitor, sandbox: Sandbox) -> None:
    assert vic.get("/logout").status_code == 405
    assert len(sandbox.world.sessions) == 1
