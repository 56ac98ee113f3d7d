"""What an answer must look like to be believed, and that what it holds stays inside."""

import json
from typing import Any

import pytest
from pydantic import SecretStr
from werkzeug.wrappers import Response

from tests.conftest import Sandbox
from tests.stytch.conftest import Change, Serve, caught, each_change
from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection, ExchangeAnswer, StartAnswer

TOKEN = "CanaryCanaryCanaryCanaryCanaryCanaryCanaryAAaG-w"
ACTOR = Actor("organization-1", SecretStr("session-token-of-a-member"))
CONNECTION = {
    "organization_id": "organization-1",
    "connection_id": "connection-1",
    "status": "active",
    "base_url": "https://test.stytch.com/v1/b2b/scim/connection-1",
    "bearer_token_last_four": "urYB",
}


@pytest.mark.parametrize("absent", [{}, {"next_bearer_token_last_four": None}, {"next_bearer_token_last_four": ""}])
def test_no_rotation_is_open(absent: dict[str, Any]) -> None:
    connection = Connection.model_validate({**CONNECTION, **absent})
    assert (connection.next_bearer_token_last_four, connection.rotating) == ("", False)


def test_a_rotation_is_open() -> None:
    assert Connection.model_validate({**CONNECTION, "next_bearer_token_last_four": "aG-w"}).rotating


def test_names_and_times_may_be_missing() -> None:
    connection = Connection.model_validate({**CONNECTION, "display_name": None, "identity_provider": None})
    assert (connection.display_name, connection.identity_provider) == ("", "")
    assert connection.bearer_token_expires_at is connection.next_bearer_token_expires_at is None


def test_the_new_token_is_in_the_answer_and_in_no_picture_of_it(stytch: Stytch, sandbox: Sandbox) -> None:
    answer = stytch.start_rotation(sandbox.actor(), sandbox.connection().connection_id)
    token = sandbox.connection().next_bearer_token
    assert token
    assert answer.next_bearer_token.get_secret_value() == token
    assert answer.connection.next_bearer_token_last_four == token[-4:]
    for picture in (repr(answer), str(answer), repr(answer.model_dump()), answer.model_dump_json()):
        assert token not in picture


def test_a_session_is_in_no_picture_of_its_answer() -> None:
    person = {"member_id": "member-1", "email_address": "ada@acme.example"}
    organization = {"organization_id": "organization-1", "organization_name": "Acme"}
    answer = ExchangeAnswer.model_validate(
        {
            "member_authenticated": True,
            "session_token": TOKEN,
            "session_jwt": TOKEN,
            "member": person,
            "organization": organization,
        }
    )
    assert TOKEN not in repr(answer)
    assert "session-token" not in repr(ACTOR)


START = {**CONNECTION, "next_bearer_token": TOKEN}
UNREADABLE: dict[str, object] = {
    "nested without end": '{"connection":' * 100_000,
    "not JSON": f"<html>{TOKEN}</html>",
    "cut off": json.dumps({"connection": START})[:-3],
    "no object": [START],
    "text": TOKEN,
    "null": None,
    "nothing in it": {},
    "no connection": {"next_bearer_token": TOKEN},
    "connection a list": {"connection": [TOKEN]},
    "connection a text": {"connection": TOKEN},
    "no current last four": {"connection": {k: v for k, v in START.items() if k != "bearer_token_last_four"}},
    "last four a number": {"connection": {**START, "bearer_token_last_four": 1234}},
    "end not a time": {"connection": {**START, "bearer_token_expires_at": TOKEN}},
    "id an object": {"connection": {**START, "connection_id": {"is": TOKEN}}},
}
UNREADABLE_START: dict[str, object] = {
    "connection null": {"connection": None, "next_bearer_token": TOKEN},
    "token missing": {"connection": CONNECTION, "next_bearer_token": TOKEN},
    "token empty": {"connection": {**START, "next_bearer_token": ""}, "x": TOKEN},
    "token null": {"connection": {**START, "next_bearer_token": None}, "x": TOKEN},
    "token a list": {"connection": {**START, "next_bearer_token": [TOKEN]}},
}


def assert_unreadable(serve: Serve, change: Change, answer: object) -> None:
    body = answer if isinstance(answer, str) and answer.startswith(("<", "{")) else json.dumps(answer)
    server = serve(lambda _request: Response(body, content_type="application/json"))
    stytch = Stytch(server.url, "project-test-1", SecretStr("secret-test-of-the-project"))
    error = caught(lambda: change(stytch, ACTOR, "connection-1"))
    stytch.close()
    assert type(error) is errors.OutcomeUnknown
    assert error.status in (0, 200)
    assert error.__cause__ is error.__context__ is None, "pydantic's error holds the whole body"
    for picture in (str(error), repr(error), repr(error.args), repr(vars(error))):
        assert TOKEN not in picture
        assert "connection-1" not in picture
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", UNREADABLE)
@each_change
def test_an_unreadable_success_is_an_unknown_outcome(serve: Serve, step: str, change: Change, name: str) -> None:
    del step
    assert_unreadable(serve, change, UNREADABLE[name])


@pytest.mark.parametrize("name", UNREADABLE_START)
def test_a_start_without_a_usable_token_is_an_unknown_outcome(serve: Serve, name: str) -> None:
    assert_unreadable(serve, Stytch.start_rotation, UNREADABLE_START[name])


def test_the_request_id_of_an_unreadable_answer_is_kept(serve: Serve) -> None:
    server = serve(lambda _request: Response(json.dumps({"request_id": "request-id-test-1", "connection": TOKEN})))
    stytch = Stytch(server.url, "project-test-1", SecretStr("secret-test-of-the-project"))
    assert caught(lambda: stytch.start_rotation(ACTOR, "connection-1")).request_id == "request-id-test-1"
    stytch.close()


def test_a_start_answer_without_last_four_gets_it_from_the_token() -> None:
    answer = StartAnswer.model_validate({"connection": START, "request_id": "request-id-test-1"})
    assert answer.connection.next_bearer_token_last_four == "aG-w"
    assert "next_bearer_token" not in answer.connection.model_dump()
