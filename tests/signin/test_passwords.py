"""A wrong password is told as that, whatever Stytch calls it, and never as a fault of the console."""

import re

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, heading
from webapp.sandbox.faults import Fault
from webapp.sandbox.seeds import WES_PASSWORD

WES = "wes@wayne.example"


@pytest.mark.parametrize("door", ["/login", "/login/wayne"])
@pytest.mark.parametrize("called", ["password_does_not_match", "unauthorized_credentials"])
def test_a_wrong_password_and_then_the_right_one(visitor: Visitor, sandbox: Sandbox, door: str, called: str) -> None:
    sandbox.world.variants["wrong_password"] = called
    asked = visitor.press(visitor.get(door), "Use my password", email=WES)
    wrong = visitor.press(asked, "Sign in", password="not it")
    assert (wrong.status_code, heading(wrong)) == (422, "Enter your password")
    assert "This address and password don&#39;t go together, or there were too many wrong tries." in wrong.text
    assert "not it" not in wrong.text
    entered = visitor.press(wrong, "Sign in", password=WES_PASSWORD)
    assert (entered.status_code, entered.url.path) == (200, "/connections")


def test_credentials_of_the_console_that_are_wrong_are_told_as_that(visitor: Visitor, sandbox: Sandbox) -> None:
    asked = visitor.press(visitor.get("/login"), "Use my password", email=WES)
    refused = {"fault": "status", "status": 401, "error_type": "unauthorized_credentials"}
    for method, path in (("POST", "passwords"), ("GET", "policy")):
        sandbox.world.faults.append(Fault.model_validate({"method": method, "path": path, **refused}))
    answer = visitor.press(asked, "Sign in", password=WES_PASSWORD)
    assert (answer.status_code, heading(answer)) == (502, "This console is not set up right")


def test_a_locked_member_is_told_nothing_that_a_stranger_could_learn_from(visitor: Visitor, sandbox: Sandbox) -> None:
    locked = {"fault": "status", "status": 429, "error_type": "user_lock_limit_reached"}
    sandbox.world.faults.append(Fault.model_validate({"method": "POST", "path": "passwords", **locked}))
    asked = visitor.press(visitor.get("/login/wayne"), "Use my password", email=WES)
    refused = visitor.press(asked, "Sign in", password=WES_PASSWORD)
    assert (refused.status_code, heading(refused)) == (422, "Enter your password")
    wrong = visitor.press(asked, "Sign in", password="not it")
    ids = r"request-id-test-[0-9a-f-]+|csrf_token\" value=\"[^\"]+|nonce=\"[^\"]+"
    assert re.sub(ids, "", refused.text) == re.sub(ids, "", wrong.text)
