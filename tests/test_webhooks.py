"""`POST /webhooks/stytch`: only what Stytch signed is believed, and each event counts once."""

import base64
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from standardwebhooks import Webhook

from tests.conftest import Console, Sandbox
from tests.web.test_logs import lines
from webapp import metrics
from webapp.history import provisioning, query
from webapp.history.database import Database
from webapp.sandbox.identifiers import PROJECT_ID


def secret_of(letter: str) -> str:
    return f"whsec_{base64.b64encode(letter.encode() * 24).decode()}"


SECRET, NEXT, WRONG = map(secret_of, "abc")
PRIVATE = "kim-the-member@acme.example"


@pytest.fixture
def changes() -> dict[str, Any]:
    """While the secret is being replaced, both are known."""
    return {"stytch_webhook_secret": (SecretStr(SECRET), SecretStr(NEXT))}


def payload(sandbox: Sandbox, **more: Any) -> dict[str, Any]:
    """What Stytch tells when the identity provider has updated a member (`stytch-api.md §7.1`)."""
    connection = sandbox.connection()
    return {
        "project_id": PROJECT_ID,
        "event_id": "webhook-event-test-1",
        "action": "UPDATE",
        "object_type": "member",
        "source": "SCIM",
        "id": "member-test-1",
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "vertical": "B2B",
        "member": {
            "organization_id": connection.organization_id,
            "email_address": PRIVATE,
            "scim_registration": {"connection_id": connection.connection_id, "registration_id": "x"},
        },
        **more,
    }


def signed(
    body: str, delivery_id: str = "msg_1", *secrets: str, ago: timedelta = timedelta(0)
) -> tuple[bytes, dict[str, str]]:
    """A delivery as Svix sends it: its body, and its headers with a signature by each of the secrets."""
    at = datetime.now(UTC) - ago
    signatures = [Webhook(secret).sign(delivery_id, at, body) for secret in secrets or (SECRET,)]
    headers = {
        "svix-id": delivery_id,
        "svix-timestamp": str(int(at.timestamp())),
        "svix-signature": " ".join(signatures),
    }
    return body.encode(), headers


Deliver = Callable[[tuple[bytes, dict[str, str]]], int]


@pytest.fixture
def deliver(console: Console) -> Deliver:
    def run(delivery: tuple[bytes, dict[str, str]]) -> int:
        body, headers = delivery
        answer = httpx.post(f"{console.url}/webhooks/stytch", content=body, headers=headers)
        assert answer.status_code not in (200, 204, 400) or answer.text == ""
        assert "Set-Cookie" not in answer.headers
        return answer.status_code

    return run


def last(history: Database, sandbox: Sandbox) -> provisioning.Last | None:
    connection = sandbox.connection()
    return provisioning.last(history, connection.organization_id, connection.connection_id)


def outcomes(logs: io.StringIO) -> list[str]:
    return [line["outcome"] for line in lines(logs) if line["event"] == "webhook"]


def test_the_last_event_of_a_connection_is_kept_and_nothing_of_the_member(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    told = payload(sandbox, timestamp="2026-11-24T12:00:00.123456Z")
    assert deliver(signed(json.dumps(told))) == 204
    seen = last(history, sandbox)
    assert seen == provisioning.Last(datetime(2026, 11, 24, 12, 0, 0, 123456, UTC), "member.update", None)
    with history.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert sandbox.connection().connection_id in dump
    for private in (PRIVATE, "member-test-1"):
        assert private not in dump
        assert private not in logs.getvalue()
    assert outcomes(logs) == ["recorded"]


@pytest.mark.parametrize("by", [(SECRET,), (NEXT,), (WRONG, SECRET), (WRONG, NEXT, SECRET)])
def test_any_signature_by_any_of_the_secrets_will_do(
    deliver: Deliver, sandbox: Sandbox, history: Database, by: tuple[str, ...]
) -> None:
    assert deliver(signed(json.dumps(payload(sandbox)), "msg_1", *by)) == 204
    assert last(history, sandbox)


FORGED: dict[str, Callable[[bytes, dict[str, str]], tuple[bytes, dict[str, str]]]] = {
    "another body": lambda body, headers: (body + b" ", headers),
    "cut short": lambda body, headers: (body[:-20], headers),
    "another id": lambda body, headers: (body, headers | {"svix-id": "msg_2"}),
    "another time": lambda body, headers: (body, headers | {"svix-timestamp": str(int(headers["svix-timestamp"]) + 1)}),
    "another version": lambda body, headers: (
        body,
        headers | {"svix-signature": headers["svix-signature"].replace("v1", "v2")},
    ),
    "half a signature": lambda body, headers: (body, headers | {"svix-signature": headers["svix-signature"][:-8]}),
    "no base64": lambda body, headers: (body, headers | {"svix-signature": "v1,!!!"}),
    "no version": lambda body, headers: (body, headers | {"svix-signature": "nothing"}),
    "many commas": lambda body, headers: (body, headers | {"svix-signature": "v1,a,b"}),
    "no time": lambda body, headers: (body, headers | {"svix-timestamp": "nan"}),
    "no text": lambda _body, headers: (b"\xff\xfe", headers),
    "no headers": lambda body, _headers: (body, {}),
    **{
        f"without {missing}": lambda body, headers, missing=missing: (  # type: ignore[misc]
            body,
            {name: value for name, value in headers.items() if name != missing},
        )
        for missing in ("svix-id", "svix-timestamp", "svix-signature")
    },
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_what_stytch_has_not_signed_is_refused(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO, forge: Callable[..., Any]
) -> None:
    assert deliver(forge(*signed(json.dumps(payload(sandbox))))) == 400
    assert last(history, sandbox) is None
    assert outcomes(logs) == ["refused"]


def test_a_signature_by_another_secret_is_refused(deliver: Deliver, sandbox: Sandbox, history: Database) -> None:
    assert deliver(signed(json.dumps(payload(sandbox)), "msg_1", WRONG)) == 400
    assert last(history, sandbox) is None


@pytest.mark.parametrize("minutes", [6, -6])
def test_a_stale_delivery_is_refused_and_one_of_the_future(deliver: Deliver, sandbox: Sandbox, minutes: int) -> None:
    assert deliver(signed(json.dumps(payload(sandbox)), ago=timedelta(minutes=minutes))) == 400
    assert deliver(signed(json.dumps(payload(sandbox)), ago=timedelta(minutes=minutes / 1.5))) == 204


def test_a_replay_is_taken_and_counts_no_second_time(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    delivery = signed(json.dumps(payload(sandbox)))
    assert [deliver(delivery) for _ in range(3)] == [204, 204, 204]
    # Svix tries again with another time, and another body under the same id is none of its.
    again = signed(json.dumps(payload(sandbox, action="CREATE")), ago=timedelta(minutes=1))
    assert deliver(again) == 204
    assert outcomes(logs) == ["recorded", "repeated", "repeated", "repeated"]
    seen = last(history, sandbox)
    assert seen
    assert seen.kind == "member.update"


def test_another_project_s_delivery_is_refused(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    assert deliver(signed(json.dumps(payload(sandbox, project_id="project-test-another")))) == 400
    assert outcomes(logs) == ["other_project"]
    assert last(history, sandbox) is None


@pytest.mark.parametrize(
    "body",
    [
        "{",
        "[]",
        "null",
        "[" * 100_000,
        '{"source": "DIRECT"}',
        '{"source": "DASHBOARD"}',
        '{"source": null}',
        '{"object_type": 1}',
        '{"object_type": "<b>"}',
        '{"action": "DELETE\\n"}',
        '{"timestamp": "yesterday"}',
        '{"timestamp": 1}',
        '{"timestamp": null}',
        '{"timestamp": "0001-01-01T00:00:00+09:00"}',
        '{"timestamp": "9999-12-31T23:59:59-09:00"}',
    ],
)
def test_what_is_signed_and_of_no_use_comes_no_second_time(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO, body: str
) -> None:
    if body.startswith('{"'):
        body = json.dumps(payload(sandbox, **json.loads(body)))
    assert deliver(signed(body)) == 204
    assert outcomes(logs) == ["ignored"]
    assert last(history, sandbox) is None


def test_what_is_too_large_is_refused(deliver: Deliver, sandbox: Sandbox, history: Database) -> None:
    big = payload(sandbox, more="x" * 1024 * 1000)
    assert deliver(signed(json.dumps(big))) == 204
    assert last(history, sandbox)
    assert deliver(signed(json.dumps(big | {"more": "x" * 1024 * 1024}))) == 413


def group(sandbox: Sandbox, **about: Any) -> dict[str, Any]:
    told = payload(sandbox, object_type="idp_group", action="MEMBER_ADD", idp_group=about)
    del told["member"]
    return told


def test_a_group_s_event_names_its_connection(deliver: Deliver, sandbox: Sandbox, history: Database) -> None:
    connection = sandbox.connection()
    about = {"connection_id": connection.connection_id, "organization_id": connection.organization_id}
    assert deliver(signed(json.dumps(group(sandbox, **about)))) == 204
    seen = last(history, sandbox)
    assert seen
    assert seen.kind == "idp_group.member_add"


def test_or_its_organization_which_has_one(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    told = json.dumps(group(sandbox, organization_id=sandbox.connection().organization_id))
    assert deliver(signed(told, "msg_1")) == 204
    assert last(history, sandbox) is None  # nothing has been heard of a connection there
    assert deliver(signed(json.dumps(payload(sandbox)), "msg_2")) == 204
    assert deliver(signed(told, "msg_3")) == 204
    another = payload(sandbox)
    another["member"]["scim_registration"]["connection_id"] = "scim-connection-test-another"
    assert deliver(signed(json.dumps(another), "msg_4")) == 204
    assert deliver(signed(told, "msg_5")) == 204  # which of the two it was can't be told
    assert outcomes(logs) == ["unattributed", "recorded", "recorded", "recorded", "unattributed"]


def test_what_was_deleted_is_nobody_s(deliver: Deliver, sandbox: Sandbox, logs: io.StringIO) -> None:
    """Stytch sends its id alone, and no id of a member is kept here."""
    told = payload(sandbox, action="DELETE")
    del told["member"]
    assert deliver(signed(json.dumps(told))) == 204
    assert outcomes(logs) == ["unattributed"]


def test_a_database_that_is_away_has_it_delivered_again(
    deliver: Deliver, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    delivery = signed(json.dumps(payload(sandbox)))
    with history.write() as connection:
        connection.exec_driver_sql("ALTER TABLE deliveries RENAME TO away")
    assert deliver(delivery) == 503
    with history.write() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO deliveries")
    assert deliver(delivery) == 204
    assert outcomes(logs) == ["recorded"]


def test_it_writes_nothing_into_the_history_by_itself(deliver: Deliver, sandbox: Sandbox, history: Database) -> None:
    assert deliver(signed(json.dumps(payload(sandbox)))) == 204
    assert list(query.every(history, query.Filters(sandbox.connection().organization_id))) == []
    assert list(sandbox.world.requests) == []


def test_what_became_of_deliveries_is_counted(deliver: Deliver, sandbox: Sandbox) -> None:
    def counted(outcome: str) -> float:
        families = text_string_to_metric_families(metrics.exposition().decode())
        samples = [each for family in families for each in family.samples]
        name = "scim_console_webhooks_total"
        return sum(each.value for each in samples if (each.name, each.labels) == (name, {"outcome": outcome}))

    outcomes = ("recorded", "repeated", "refused")
    before = [counted(outcome) for outcome in outcomes]
    delivery = signed(json.dumps(payload(sandbox)))
    for each in (delivery, delivery, signed("{}", "msg_2", WRONG)):
        deliver(each)
    assert [counted(outcome) for outcome in outcomes] == [count + 1 for count in before]


class TestOff:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {}

    def test_without_a_secret_there_is_no_such_page(self, deliver: Deliver, sandbox: Sandbox) -> None:
        assert deliver(signed(json.dumps(payload(sandbox)))) == 404
