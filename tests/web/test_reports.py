"""Browsers' reports of what a page's policy forbade: one line in the log each, and nothing else, whoever sends them."""

import io
import json
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.signin.steps import Visitor
from tests.web.test_logs import lines

REPORTS = {"Content-Type": "application/reports+json"}
REPORT = {"Content-Type": "application/csp-report"}


def violation(directive: str = "img-src", blocked: str = "https://evil.example:8443/a/b?c=secret-1#d") -> Any:
    """As Chromium sends it."""
    body = {
        "documentURL": "http://127.0.0.1:8000/login/callback?token=secret-2",
        "effectiveDirective": directive,
        "blockedURL": blocked,
        "sample": "secret-3",
        "originalPolicy": "default-src 'none'",
    }
    return {"type": "csp-violation", "age": 1, "url": body["documentURL"], "user_agent": "x", "body": body}


def send(visitor: Visitor, content: Any, headers: dict[str, str]) -> int:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    answer = visitor.http.post("/csp-report", content=raw, headers={"Sec-Fetch-Site": "cross-site", **headers})
    assert "Set-Cookie" not in answer.headers
    return answer.status_code


def logged(logs: io.StringIO) -> list[tuple[str, str]]:
    events = [line for line in lines(logs) if line["event"] == "malicious_csp_violation"]
    for event in events:
        assert set(event) == {"event", "level", "logger", "timestamp", "request_id", "directive", "blocked"}
        assert event["level"] == "warning"
    return [(event["directive"], event["blocked"]) for event in events]


def test_a_violation_is_one_line_without_what_urls_hold(visitor: Visitor, logs: io.StringIO, sandbox: Sandbox) -> None:
    assert send(visitor, [violation(), violation(), {"type": "deprecation", "body": {}}], REPORTS) == 204
    assert logged(logs) == [("img-src", "https://evil.example:8443")]
    assert "secret-" not in logs.getvalue()
    assert list(sandbox.world.requests) == []


def test_browsers_that_know_report_uri_alone(visitor: Visitor, logs: io.StringIO) -> None:
    report = {"csp-report": {"violated-directive": "script-src", "blocked-uri": "inline", "document-uri": "x"}}
    assert send(visitor, report, REPORT) == 204
    assert logged(logs) == [("script-src", "inline")]


@pytest.mark.parametrize(
    ("blocked", "said"),
    [
        ("trusted-types-sink", "trusted-types-sink"),
        ("https://ada:secret-1@evil.example/", "https://evil.example"),
        ("wss://[2001:db8::1]:9/x", "wss://[2001:db8::1]:9"),
        ("https://[", "other"),
        ("data:text/html,secret-1", "other"),
        ('https://evil.example"\n{"event": "forged"}', "other"),
        ("", "other"),
    ],
)
def test_of_what_was_blocked_the_origin_is_told(visitor: Visitor, logs: io.StringIO, blocked: str, said: str) -> None:
    assert send(visitor, [violation("script-src", blocked)], REPORTS) == 204
    assert logged(logs) == [("script-src", said)]


def test_one_request_fills_no_log(visitor: Visitor, logs: io.StringIO) -> None:
    many = [{"type": "csp-violation", "body": {"effectiveDirective": f"a{'b' * n}"}} for n in range(30)]
    assert send(visitor, many, REPORTS) == 204
    assert len(logged(logs)) == 10


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        ([violation()], {"Content-Type": "application/json"}, 415),
        ([violation()], {"Content-Type": "text/plain"}, 415),
        ([violation()], {}, 415),
        (b"{", REPORTS, 400),
        (b"\xff", REPORTS, 400),
        (b"[" * 16_000, REPORTS, 400),
        ([violation(blocked="https://" + "a" * 16_384)], REPORTS, 413),
        (b"null", REPORTS, 204),
        ({"csp-report": 1}, REPORT, 204),
        ([None, {"type": "csp-violation"}, {"type": "csp-violation", "body": []}], REPORTS, 204),
    ],
)
def test_what_is_no_report_is_not_logged(
    visitor: Visitor, logs: io.StringIO, content: Any, headers: dict[str, str], status: int
) -> None:
    assert send(visitor, content, headers) == status
    assert logged(logs) == []
