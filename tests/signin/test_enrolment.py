"""A second factor is set up by whoever has none: it never takes the place of one that there is."""

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, form
from tests.signin.ways import by_code


def test_after_a_first_factor_alone_no_phone_of_somebody_else_is_asked_for(visitor: Visitor, sandbox: Sandbox) -> None:
    asked = by_code(visitor, email="uma@umbrella.example")
    assert asked.url.path == "/authenticate/second-factor"
    visitor.requests()
    assert visitor.get("/authenticate/second-factor/new").url.path == "/login"
    fields = {**form(asked, "Sign in").fields, "factor": "sms_otp", "phone": "+12025550177"}
    answer = visitor.http.post(
        "/authenticate/second-factor/new", data=fields, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert answer.url.path == "/login"
    assert [request for request in visitor.requests() if "sms" in request or "totp" in request] == []
    assert sandbox.world.sessions == {}
