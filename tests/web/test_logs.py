"""Logs: one JSON line for each request, and no secret in any, whatever key or sentence it is in."""

import io
import json
import logging
import re
import string
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import httpx
import pytest
import structlog
from hypothesis import assume, given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OctKey

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.web.apps import app_of
from webapp.web.logs import REDACTED, redact

ALPHANUMERICS = string.ascii_letters + string.digits


def base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


scim_tokens = st.text(ALPHANUMERICS, min_size=48, max_size=48)
# 33 bytes, or 32 with their padding: what the samples of Stytch's session and link tokens look like.
session_tokens = st.binary(min_size=32, max_size=33).map(lambda content: urlsafe_b64encode(content).decode())
jwts = st.tuples(st.dictionaries(st.text(), st.text()), st.binary(min_size=32, max_size=256)).map(
    lambda parts: ".".join(
        (base64url(b'{"alg":"RS256"}'), base64url(json.dumps(parts[0]).encode()), base64url(parts[1]))
    )
)
jwes = st.binary(min_size=1).map(
    lambda content: jwe.encrypt_compact({"alg": "dir", "enc": "A256GCM"}, content, OctKey.import_key(b"k" * 32))
)
basic = st.text(ALPHANUMERICS, min_size=1).map(lambda secret: b64encode(f"project-test-1:{secret}".encode()).decode())


def logged(**event: Any) -> str:
    """What becomes of an event's values in the log."""
    return json.dumps(dict(redact(None, "info", dict(event))))


@given(
    secret=scim_tokens | session_tokens | jwts | jwes,
    before=st.sampled_from(["", "token ", '"', "('", "a=", "/", "x: "]),
)
def test_a_secret_is_known_by_its_shape(secret: str, before: str) -> None:
    # One token in 10^16 is all lower-case words and dashes.
    assume(any(c.isdigit() or c.isupper() for c in secret))
    after = {'"': '"', "('": "')"}.get(before, "")
    sentence = f"Stytch said {before}{secret}{after} just now"
    for event in (
        {"event": sentence},
        {"body": {"connection": {"bearer": sentence}}},
        {"errors": [sentence]},
        {"error": ValueError(sentence)},
        {"raw": sentence.encode()},
    ):
        assert secret.rstrip("=") not in logged(**event)


@given(st.one_of(basic), st.sampled_from(["Basic", "Bearer", "basic", "bearer"]))
def test_an_authorization_header_is_known_by_its_scheme(secret: str, scheme: str) -> None:
    assert secret not in logged(event=f"Authorization: {scheme} {secret}")
    assert secret not in logged(request={"headers": [("Authorization", f"{scheme} {secret}")]})


@given(st.text(ALPHANUMERICS + "-_=%", min_size=10, max_size=60))
def test_a_link_s_token_is_known_by_its_name(token: str) -> None:
    for link in (
        "https://test.stytch.com/v1/magic_links/redirect?stytch_token_type=discovery&token={}",
        "http://127.0.0.1:8000/login/callback?token={}&stytch_token_type=discovery",
    ):
        assert logged(event=link.format(token)) == logged(event=link.format("another"))
        assert "discovery" in logged(event=link.format(token))


@pytest.mark.parametrize(
    "key",
    [
        "token",
        "session_token",
        "intermediate_session",
        "next_bearer_token",
        "stytch_secret",
        "SECRET_KEY",
        "password",
        "Cookie",
        "set_cookie",
        "Authorization",
        "session_jwt",
        "pkce_code_verifier",
        "csrf_token",
    ],
)
def test_a_secret_is_known_by_its_key(key: str) -> None:
    for value in ("hunter2", b"hunter2", ["hunter2"], {"value": "hunter2"}, 123456):
        assert logged(**{key: value}) == json.dumps({key: REDACTED})


@pytest.mark.parametrize(
    "value",
    [
        "request-id-test-b05c992f-ebdc-489d-a754-c7e70ba13141",
        "scim-connection-live-b05c992f-ebdc-489d-a754-c7e70ba13141",
        "member-session-test-b05c992f-ebdc-489d-a754-c7e70ba13141",
        "organization-test-07971b06-ac8b-4cdb-9c15-63b17e653931",
        "/connections/scim-connection-test-b05c992f-ebdc-489d-a754-c7e70ba13141/rotation/start",
        "0d7e2f0a3f0b4d2f8a4e9f1d5c6b7a89",
        "ada@acme.example",
        "a new token was asked for; nothing was said of it",
        "test_a_lost_reply_is_told_truthfully_and_the_card_shows_what_holds",
        "no_match_for_provided_magic_link_url",
        "scim_group_role_assignment_does_not_contain_group_id",
    ],
)
def test_what_helps_is_kept(value: str) -> None:
    assert logged(event=value, stytch_request_id=value) == json.dumps({"event": value, "stytch_request_id": value})


@pytest.mark.parametrize("kind", [list, tuple])
def test_what_is_many_stays_a_list(kind: Callable[[list[Any]], object]) -> None:
    ids, secret = ["request-id-test-b05c992f-ebdc-489d-a754-c7e70ba13141", "a" * 44 + "B1"], ("x", "Bearer abcdefgh.1")
    assert logged(stytch_request_ids=kind([*ids, 3, secret])) == json.dumps(
        {"stytch_request_ids": [ids[0], REDACTED, 3, f"('x', '{REDACTED}')"]}
    )


def test_numbers_and_nothing_are_kept() -> None:
    event = {"status": 200, "milliseconds": 1.5, "member_id": None, "done": True, "member_session_id": "x"}
    assert logged(**event) == json.dumps(event)


def lines(logs: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in logs.getvalue().splitlines()]


def test_one_line_a_request(vic: Visitor, logs: io.StringIO) -> None:
    logs.truncate(logs.seek(0))
    answers = [vic.get("/connections?token=not-for-the-log"), vic.get("/nowhere?a=b"), vic.get("/healthz")]
    first, second = lines(logs)
    assert first["request_id"] == answers[0].headers["X-Request-Id"]
    assert (
        first.items()
        >= {
            "event": "request",
            "level": "info",
            "method": "GET",
            "path": "/connections",
            "status": 200,
            "member_id": vic.session["member"]["member_id"],
        }.items()
    )
    assert first["milliseconds"] > first["stytch_milliseconds"] > 0
    assert first["timestamp"].endswith("Z")
    assert (second["path"], second["status"]) == ("/nowhere", 404)
    assert "not-for-the-log" not in logs.getvalue()


def test_one_line_a_static_file(visitor: Visitor, logs: io.StringIO) -> None:
    path = re.findall(r'<script src="(.+?)"', visitor.get("/login").text)[0]
    logs.truncate(logs.seek(0))
    answers = [visitor.get(path), visitor.get(path, headers={"If-Modified-Since": "Fri, 31 Dec 2100 00:00:00 GMT"})]
    answers.append(visitor.http.post(path))
    found = lines(logs)
    assert [line["status"] for line in found] == [200, 304, 405]
    assert [line["request_id"] for line in found] == [answer.headers["X-Request-Id"] for answer in answers]
    assert len({line["request_id"] for line in found}) == 3
    for line in found:
        assert (line["event"], line["level"], line["endpoint"], line["path"]) == ("request", "info", "static", path)
        assert 0 <= line["milliseconds"] < 1000


def test_a_request_s_line_leads_to_what_stytch_did(visitor: Visitor, logs: io.StringIO, sandbox: Sandbox) -> None:
    page = visitor.sign_in("ada@acme.example", "Acme")
    connection_id = sandbox.connection().connection_id
    sandbox.world.requests.clear()
    logs.truncate(logs.seek(0))
    answer = visitor.press(page, "Start rotation")
    (rotation, line) = lines(logs)
    assert line["connection_id"] == connection_id
    assert line["member_id"] == visitor.session["member"]["member_id"]
    assert sandbox.calls() == ["GET connection", "POST start", "GET Users"]
    assert line["stytch_calls"] == 3
    read, started = line["stytch_request_ids"]
    assert rotation["stytch_request_ids"] == [started] != [read]
    visitor.press(answer, "Sign out")
    assert not {read, started} & set(lines(logs)[-1]["stytch_request_ids"])


def test_a_call_that_failed_is_in_its_line_too(vic: Visitor, logs: io.StringIO, sandbox: Sandbox) -> None:
    sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    logs.truncate(logs.seek(0))
    vic.get("/connections")
    line = lines(logs)[-1]
    assert (line["event"], line["stytch_calls"], len(line["stytch_request_ids"])) == ("request", 2, 2)


def test_all_lines_of_a_request_carry_its_id(visitor: Visitor, logs: io.StringIO) -> None:
    visitor.ask_for_link("vic@acme.example")
    logs.truncate(logs.seek(0))
    answer = visitor.get(visitor.link())
    ids = [line["request_id"] for line in lines(logs)]
    assert "authn_login_success" in {line["event"] for line in lines(logs)}
    assert len(ids) > 2
    assert set(ids) == {
        each.headers["X-Request-Id"] for each in [*answer.history, answer] if "X-Request-Id" in each.headers
    }


def test_who_signed_in_and_out_is_written_down(vic: Visitor, logs: io.StringIO) -> None:
    member_id = vic.session["member"]["member_id"]
    vic.press(vic.get("/connections"), "Sign out")
    events = {line["event"]: line for line in lines(logs)}
    assert events["authn_login_success"]["member_id"] == events["session_logout"]["member_id"] == member_id


def test_what_another_site_tried_is_written_down(vic: Visitor, logs: io.StringIO) -> None:
    vic.http.post("/logout", headers={"Origin": "https://evil.example"})
    (tried,) = [line for line in lines(logs) if line["event"] == "malicious_csrf"]
    assert (tried["origin"], tried["level"]) == ("https://evil.example", "warning")


def test_a_line_break_begins_no_line(visitor: Visitor, logs: io.StringIO) -> None:
    logs.truncate(logs.seek(0))
    visitor.get("/a%0d%0a%7B%22event%22:%22forged%22%7D%E2%80%A8x")
    (line,) = lines(logs)
    assert line["path"] == '/a\r\n{"event":"forged"}\u2028x'


def test_libraries_go_the_same_way(console: Console) -> None:
    logs = io.StringIO()
    with app_of(console, logs, log_level="warning"):
        logging.getLogger("some.library").warning("sent\n%s", "Bearer abc.def~1", extra={"cookie": "hunter2"})
        logging.getLogger("some.library").info("not at this level")
        structlog.get_logger().info("nor this")
    (line,) = lines(logs)
    assert line["event"] == f"sent\n{REDACTED}"
    assert (line["logger"], line["level"], line["cookie"]) == ("some.library", "warning", REDACTED)


def test_no_secret_of_a_whole_visit_is_in_the_log(visitor: Visitor, logs: io.StringIO, console: Console) -> None:
    page = visitor.sign_in("ada@acme.example", "Acme")
    session = visitor.session["member"]
    secrets = [session["session_token"], session["session_jwt"], visitor.cookie, visitor.session["csrf_token"]]
    secrets += [httpx.URL(visitor.link()).params["token"], console.settings.secret_key.get_secret_value()]
    answer = visitor.press(page, "Start rotation")
    assert answer.status_code == 200
    visitor.press(answer, "Sign out")
    assert len(lines(logs)) > 8
    assert "ada@acme.example" not in logs.getvalue()
    for secret in secrets:
        assert secret not in logs.getvalue()
