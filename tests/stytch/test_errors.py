"""From a response to an exception: one pure function, so plain tables."""

import pytest

from webapp.stytch import errors
from webapp.stytch.errors import StytchError, error_from


def body(error_type: str, **more: object) -> dict[str, object]:
    return {"error_type": error_type, "request_id": "request-id-test-1", "error_message": "Vendor words.", **more}


@pytest.mark.parametrize(
    ("status", "answer", "expected"),
    [
        (200, {"status_code": 200}, None),
        (201, {"status_code": 201}, None),
        (200, None, errors.OutcomeUnknown),
        (302, {"status_code": 302}, errors.OutcomeUnknown),
        (401, body("unauthorized_credentials"), errors.BadCredentials),
        (401, body("unable_to_auth_magic_link"), errors.Refused),
        (403, body("session_authorization_error"), errors.Forbidden),
        (403, body("session_authorization_tenancy_error"), errors.Forbidden),
        (404, body("session_not_found"), errors.SessionEnded),
        (401, body("session_not_found"), errors.SessionEnded),
        (400, body("invalid_session_token"), errors.SessionEnded),
        (404, body("organization_not_found"), errors.NotFound),
        (403, body("scim_connection_not_found"), errors.NotFound),
        (400, body("no_active_scim_connection"), errors.NotFound),
        (400, body("scim_connection_not_rotating_token"), errors.Refused),
        (429, body("too_many_requests"), errors.RateLimited),
        (429, None, errors.RateLimited),
        # Something in between answered; whether it had passed the request on is not known.
        (404, None, errors.OutcomeUnknown),
        (400, {"message": "not Stytch"}, errors.OutcomeUnknown),
        (408, body("timeout"), errors.OutcomeUnknown),
        (500, body("internal_server_error"), errors.OutcomeUnknown),
        (502, None, errors.OutcomeUnknown),
        (503, body("server_unavailable"), errors.OutcomeUnknown),
    ],
)
def test_each_answer_becomes_what_the_caller_can_do_about_it(
    status: int, answer: dict[str, object] | None, expected: type[StytchError] | None
) -> None:
    assert type(error_from(status, {}, answer)) is (expected or type(None))


def test_an_error_carries_the_request_id_and_no_vendor_words() -> None:
    error = error_from(500, {}, body("internal_server_error"))
    assert error is not None
    assert (error.request_id, error.error_type, error.status) == ("request-id-test-1", "internal_server_error", 500)
    assert "Vendor words" not in str(error)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("", 0), ("soon", 0), ("-1", 0)])
def test_a_rate_limit_says_how_long_to_wait(header: str, seconds: int) -> None:
    error = error_from(429, {"retry-after": header}, body("too_many_requests"))
    assert isinstance(error, errors.RateLimited)
    assert error.retry_after == seconds
