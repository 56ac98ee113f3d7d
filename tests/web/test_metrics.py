"""`/metrics`: nobody's but who has its token, and true."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from tests.conftest import Sandbox
from tests.signin.steps import Visitor
from webapp import metrics

TOKEN = "a-bearer-token-of-prometheus-0123456789"
CALLS = "scim_console_stytch_call_duration_seconds_count"
ROTATIONS = "scim_console_rotations_total"
EXPIRES = "scim_console_token_expires_timestamp_seconds"
CONNECTION = "/v1/b2b/scim/{id}/connection"


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"metrics_token": SecretStr(TOKEN)}


Sample = Callable[..., float]


@pytest.fixture
def sample(visitor: Visitor) -> Sample:
    """The value that `/metrics` has of a sample now, 0 when it has none."""

    def read(name: str, **labels: str) -> float:
        answer = visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = text_string_to_metric_families(answer.text)
        samples = [each for family in families for each in family.samples]
        return sum(each.value for each in samples if (each.name, each.labels) == (name, labels))

    return read


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer another", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer \xe9"])
def test_without_its_token_there_is_no_such_page(visitor: Visitor, shown: str) -> None:
    answer = visitor.get("/metrics", headers={"Authorization": shown.encode()} if shown else {})
    assert answer.status_code == 404
    assert "scim_console_" not in answer.text


class TestOff:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {}

    @pytest.mark.parametrize("shown", ["Bearer", f"Bearer {TOKEN}"])
    def test_without_the_setting_there_is_no_such_page(self, visitor: Visitor, shown: str) -> None:
        assert visitor.get("/metrics", headers={"Authorization": shown}).status_code == 404


def test_requests_by_endpoint_and_status(vic: Visitor, sample: Sample) -> None:
    def count(endpoint: str, status: int) -> float:
        labels = {"endpoint": endpoint, "status": str(status)}
        return sample("scim_console_request_duration_seconds_count", **labels)

    before = [count("connections.index", 200), count("none", 404), count("connections.show", 404)]
    vic.get("/connections")
    vic.get("/nowhere")
    vic.get("/connections/another")
    assert [count("connections.index", 200), count("none", 404), count("connections.show", 404)] == [
        each + 1 for each in before
    ]


def test_calls_to_stytch_by_endpoint_and_outcome(vic: Visitor, sample: Sample, sandbox: Sandbox) -> None:
    def count(outcome: str) -> float:
        return sample(CALLS, endpoint=f"GET {CONNECTION}", outcome=outcome)

    before = [count("ok"), count("outcome_unknown")]
    vic.get("/connections")
    sandbox.fail("status", "/connection$", "GET", status=500, times=2)
    vic.get("/connections")
    assert [count("ok"), count("outcome_unknown")] == [before[0] + 1, before[1] + 2]


def test_rotations_by_outcome(visitor: Visitor, sample: Sample, sandbox: Sandbox) -> None:
    def count(action: str, outcome: str) -> float:
        return sample(ROTATIONS, action=action, outcome=outcome)

    steps = [("start", "done"), ("cancel", "done"), ("start", "not_done"), ("start", "lost")]
    before = [count(*step) for step in steps]
    page = visitor.sign_in("ada@acme.example", "Acme")
    visitor.press(page, "Start rotation")
    assert sandbox.connection().next_bearer_token is not None
    review = visitor.get(f"/connections/{sandbox.connection().connection_id}/rotation/cancel")
    visitor.press(review, "Cancel:")
    sandbox.fail("status", "/rotate/start$", status=429, error_type="too_many_requests")
    visitor.press(visitor.get("/connections"), "Start rotation")
    sandbox.fail("drop_after_commit", "/rotate/start$")
    visitor.press(visitor.get("/connections"), "Start rotation")
    assert [count(*step) - earlier for step, earlier in zip(steps, before, strict=True)] == [1, 1, 1, 1]


def test_when_tokens_end_as_last_seen(vic: Visitor, sample: Sample, sandbox: Sandbox) -> None:
    connection = sandbox.connection()

    def seen() -> float:
        return sample(EXPIRES, organization_id=connection.organization_id)

    def ends() -> datetime:
        assert connection.bearer_token_expires_at
        return connection.bearer_token_expires_at.replace(microsecond=0)

    vic.get("/connections")
    assert seen() == ends().timestamp()
    connection.start_rotation(ends() + timedelta(days=90))
    connection.complete_rotation()
    vic.get("/connections")
    assert seen() == ends().timestamp()
    del sandbox.world.connections[connection.connection_id]
    vic.get("/connections")
    assert seen() == 0


def test_a_count_that_fails_costs_no_token(visitor: Visitor, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visitor.sign_in("ada@acme.example", "Acme")

    class Full:
        def labels(self, *_values: str) -> "Full":
            raise OSError(28, "No space left on device")

    for name in ("_requests", "_stytch_calls", "_rotations", "_connections", "_token_expires"):
        monkeypatch.setattr(metrics, name, Full())
    answer = visitor.press(page, "Start rotation")
    assert answer.status_code == 200
    assert str(sandbox.connection().next_bearer_token) in answer.text


def test_no_more_than_ids_of_organizations_is_told(visitor: Visitor, sample: Sample, sandbox: Sandbox) -> None:
    page = visitor.sign_in("ada@acme.example", "Acme")
    visitor.press(page, "Start rotation")
    sample(EXPIRES)
    text = visitor.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    assert sandbox.connection().organization_id in text
    session = visitor.session["member"]
    for told in ("ada@", sandbox.connection().connection_id, session["member_id"], session["session_token"], TOKEN):
        assert told not in text
    assert str(sandbox.connection().next_bearer_token)[-4:] not in text
