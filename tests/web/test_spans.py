"""Traces: a span for each request, and one for each of its calls to Stytch. No secret in any."""

import io
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from tests.collector import Collector, attributes, collecting
from tests.conftest import Sandbox
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor
from tests.test_wsgi import environment
from tests.web.test_logs import lines
from webapp import tracing

START = "POST /connections/<connection_id>/rotation/start"
CONNECTION = "/v1/b2b/scim/{id}/connection"


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    monkeypatch.setattr(tracing, "_tracer", None)
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "20")  # milliseconds
    with collecting() as collector:
        yield collector


@pytest.fixture
def changes(collector: Collector) -> dict[str, Any]:
    return {"otel_exporter_otlp_endpoint": collector.url}


def test_a_request_and_its_calls_to_stytch(visitor: Visitor, collector: Collector, logs: io.StringIO) -> None:
    answer = visitor.press(visitor.sign_in("ada@acme.example", "Acme"), "Start rotation")
    wait_for(lambda: collector.named(START))
    (request,) = collector.named(START)
    assert request.kind == Span.SPAN_KIND_SERVER
    assert attributes(request) == {
        "http.request.method": "POST",
        "http.route": "/connections/<connection_id>/rotation/start",
        "http.response.status_code": 200,
        "scim_console.request_id": answer.headers["X-Request-Id"],
    }
    calls = [span for span in collector.spans() if span.parent_span_id == request.span_id]
    probe = "GET /v1/b2b/scim/{id}/Users"
    assert [span.name for span in calls] == [f"GET {CONNECTION}", f"POST {CONNECTION}/{{id}}/rotate/start", probe]
    assert {span.kind for span in calls} == {Span.SPAN_KIND_CLIENT}
    line = lines(logs)[-1]
    assert [attributes(span) for span in calls[:2]] == [
        {"stytch.outcome": "ok", "stytch.request_id": each} for each in line["stytch_request_ids"]
    ]
    assert attributes(calls[2])["stytch.outcome"] == "ok"
    assert line["trace_id"] == request.trace_id.hex()
    assert collector.services() == {"scim-console"}


def test_what_failed_says_so(visitor: Visitor, collector: Collector, sandbox: Sandbox) -> None:
    visitor.sign_in("vic@acme.example")
    sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    visitor.get("/connections")
    wait_for(lambda: len(collector.named("GET /connections")) == 2)
    assert [span.status.code for span in collector.named("GET /connections")] == [
        Status.STATUS_CODE_UNSET,
        Status.STATUS_CODE_ERROR,
    ]
    failed = [attributes(span)["stytch.outcome"] for span in collector.named(f"GET {CONNECTION}")]
    assert failed == ["ok", "outcome_unknown", "outcome_unknown"]


def test_a_proxy_s_trace_goes_on(visitor: Visitor, collector: Collector) -> None:
    trace, parent = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    visitor.get("/login", headers={"traceparent": f"00-{trace}-{parent}-01"})
    visitor.get("/login", headers={"traceparent": "what is this"})
    wait_for(lambda: len(collector.named("GET /login")) == 2)
    first, second = collector.named("GET /login")
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (trace, parent)
    assert second.trace_id != first.trace_id
    assert second.parent_span_id == b""


def test_health_checks_leave_no_trace(visitor: Visitor, collector: Collector) -> None:
    visitor.get("/healthz")
    visitor.get("/readyz")
    visitor.get("/nowhere")
    wait_for(lambda: collector.named("GET"))
    assert {span.name for span in collector.spans()} <= {"GET", "GET /v1/b2b/rbac/policy"}


def test_no_secret_of_a_whole_visit_is_in_a_span(visitor: Visitor, collector: Collector, sandbox: Sandbox) -> None:
    page = visitor.sign_in("ada@acme.example", "Acme")
    session = visitor.session["member"]
    secrets = [session["session_token"], session["session_jwt"], visitor.cookie, visitor.session["csrf_token"]]
    secrets += [httpx.URL(visitor.link()).params["token"], "ada@acme.example", "ada%40acme.example"]
    answer = visitor.press(page, "Start rotation")
    secrets.append(str(sandbox.connection().next_bearer_token))
    secrets.append("another-systems-secret-0123456789")
    check = visitor.get(f"/connections/{sandbox.connection().connection_id}/token-check")
    visitor.press(check, "Check token", pasted=secrets[-1])
    visitor.press(answer, "Sign out")
    wait_for(lambda: collector.named("POST /logout"))
    assert collector.named("POST /connections/<connection_id>/token-check")
    everything = b"".join(collector.bodies)
    for secret in secrets:
        assert secret.encode() not in everything


def test_without_the_setting_nothing_is_imported() -> None:
    program = "import sys, wsgi; sys.exit(any(name.startswith('opentelemetry') for name in sys.modules))"
    subprocess.run([sys.executable, "-c", program], env=environment(), timeout=60, check=True)


def test_a_missing_extra_is_named() -> None:
    program = "import sys; sys.modules['opentelemetry'] = None; import wsgi"
    env = environment(OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:4318")
    ended = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "OTEL_EXPORTER_OTLP_ENDPOINT: " in ended.stderr
    assert "the extra `tracing`" in ended.stderr
