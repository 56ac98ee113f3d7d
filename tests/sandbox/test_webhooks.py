"""The sandbox's webhooks, taken as whoever follows Stytch's documentation takes them: with a library of its own."""

import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.wrappers import Request, Response

from tests.conftest import Sandbox
from tests.processes.waiting import wait_for
from tests.sandbox.test_idp import KIM, NOW
from webapp.sandbox.identifiers import PROJECT_ID, WEBHOOK_SECRET
from webapp.sandbox.server import Server

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Receiver:
    """Takes deliveries: those that were signed right, and how many were not."""

    def __init__(self) -> None:
        self.taken: list[dict[str, Any]] = []
        self.ids: list[str] = []
        self.refused = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        headers = {name.lower().replace("svix-", "webhook-"): value for name, value in request.headers.items()}
        try:
            self.taken.append(Webhook(WEBHOOK_SECRET).verify(request.get_data(), headers))
            self.ids.append(headers["webhook-id"])
            status = 204
        except WebhookVerificationError:
            self.refused += 1
            status = 400
        return Response(status=status)(environ, start_response)

    @property
    def types(self) -> list[str]:
        return sorted(f"{each['source']}.{each['object_type']}.{each['action']}".lower() for each in self.taken)


@pytest.fixture
def receiver(sandbox: Sandbox) -> Iterator[Receiver]:
    receiver = Receiver()
    server = Server(receiver)
    server.start()
    sandbox.world.webhooks.url = f"{server.url}/hook"
    yield receiver
    server.stop()


def scim(sandbox: Sandbox, method: str, path: str, body: Any = None) -> dict[str, Any]:
    connection = sandbox.connection()
    answer = httpx.request(
        method,
        f"{connection.base_url(sandbox.url)}{path}",
        json=body,
        headers={"Authorization": f"Bearer {connection.bearer_token}"},
    )
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json() if answer.content else {}
    return found


def test_what_the_idp_does_to_a_person(sandbox: Sandbox, receiver: Receiver) -> None:
    idp = sandbox.world.idps[sandbox.connection().connection_id]
    idp.provision(sandbox.url, KIM, NOW)
    wait_for(lambda: receiver.types == ["scim.member.create"])
    idp.provision(sandbox.url, KIM, NOW)
    (user,) = scim(sandbox, "GET", "/Users")["Resources"]
    scim(sandbox, "DELETE", f"/Users/{user['id']}")
    wait_for(lambda: receiver.types == ["scim.member.create", "scim.member.delete", "scim.member.update"])
    created = next(each for each in receiver.taken if each["action"] == "CREATE")
    member = created["member"]
    assert (created["project_id"], created["vertical"]) == (PROJECT_ID, "B2B")
    assert (member["email_address"], member["organization_id"]) == (KIM, sandbox.connection().organization_id)
    assert member["scim_registration"]["connection_id"] == sandbox.connection().connection_id
    assert member["member_id"] == created["id"]
    deleted = next(each for each in receiver.taken if each["action"] == "DELETE")
    assert deleted["id"] == created["id"]
    assert "member" not in deleted


@pytest.mark.parametrize("names", ["connection", "organization"])
def test_what_it_does_to_a_group(sandbox: Sandbox, receiver: Receiver, names: str) -> None:
    sandbox.world.variants["idp_group_names"] = names
    group = scim(sandbox, "POST", "/Groups", {"displayName": "New"})["id"]
    scim(sandbox, "PUT", f"/Groups/{group}", {"displayName": "Newer"})
    scim(sandbox, "PUT", f"/Groups/{group}", {"displayName": "Newer", "members": [{"value": "someone"}]})
    scim(sandbox, "PUT", f"/Groups/{group}", {"displayName": "Newer", "members": []})
    scim(sandbox, "DELETE", f"/Groups/{group}")
    actions = ["create", "delete", "member_add", "member_delete", "update"]
    wait_for(lambda: receiver.types == [f"scim.idp_group.{action}" for action in actions])
    created = next(each for each in receiver.taken if each["action"] == "CREATE")["idp_group"]
    assert ("connection_id" in created) is (names == "connection")
    assert created["organization_id"] == sandbox.connection().organization_id


def test_reads_and_refusals_are_not_told(sandbox: Sandbox, receiver: Receiver) -> None:
    idp = sandbox.world.idps[sandbox.connection().connection_id]
    idp.token = "wrong"
    assert idp.provision(sandbox.url, KIM, NOW).status == 401
    scim(sandbox, "GET", "/Groups")
    assert not sandbox.world.webhooks.deliveries
    assert receiver.taken == []


def test_a_sandbox_without_an_address_delivers_nothing(sandbox: Sandbox) -> None:
    sandbox.world.idps[sandbox.connection().connection_id].provision(sandbox.url, KIM, NOW)
    assert not sandbox.world.webhooks.deliveries
    assert "This sandbox delivers none" in httpx.get(f"{sandbox.url}/_sandbox/").text


def test_an_address_that_does_not_answer(sandbox: Sandbox) -> None:
    sandbox.world.webhooks.url = "http://127.0.0.1:9/hook"
    idp = sandbox.world.idps[sandbox.connection().connection_id]
    assert idp.provision(sandbox.url, KIM, NOW).status == 200
    (delivery,) = sandbox.world.webhooks.deliveries
    wait_for(lambda: [each.status for each in delivery.attempts] == [None])


def test_rehearsals_with_a_delivery(sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.world.clock.advance(3 * 86400)  # its signature has the real time all the same
    sandbox.world.idps[sandbox.connection().connection_id].provision(sandbox.url, KIM, NOW)
    (delivery,) = sandbox.world.webhooks.deliveries
    wait_for(lambda: delivery.attempts)

    def press(way: str) -> int:
        answer = httpx.post(f"{sandbox.url}/_sandbox/webhooks/{delivery.id}/{way}", follow_redirects=True)
        return answer.status_code

    assert [press(way) for way in ("resend", "replay")] == [200, 200]
    assert receiver.ids == [delivery.id] * 3
    assert receiver.refused == 0
    assert [press(way) for way in ("stale", "forge", "truncate")] == [200, 200, 200]
    assert (receiver.refused, len(receiver.taken)) == (3, 3)
    assert press("hijack") == 404
    told = httpx.get(f"{sandbox.url}/_sandbox/webhooks.json")
    assert [each["status"] for each in told.json()[0]["attempts"]] == [204, 204, 204, 400, 400, 400]
    for text in (told.text, httpx.get(f"{sandbox.url}/_sandbox/").text):
        assert json.loads(delivery.body)["event_id"] not in text
    sandbox.world.reset()
    assert httpx.get(f"{sandbox.url}/_sandbox/webhooks.json").json() == []
