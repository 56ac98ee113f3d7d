"""The webhooks that Stytch sends when an IdP provisions, delivered and signed as Svix does it (stytch-api.md §7.1).

Not played: Svix's own tries again after a failure, and events of any source but SCIM.
"""

import base64
import hashlib
import hmac
import json
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Thread

import httpx

from webapp.sandbox.clock import Clock
from webapp.sandbox.connections import Connection
from webapp.sandbox.directory import Group, Resource, User
from webapp.sandbox.identifiers import PROJECT_ID, WEBHOOK_SECRET
from webapp.sandbox.organizations import Member

WAYS: Mapping[str, str] = {
    "resend": "Signed anew, as Svix tries again",
    "replay": "The very same request once more",
    "stale": "Signed ten minutes ago",
    "forge": "Signed by somebody else",
    "truncate": "The last bytes are missing",
}
"""How a delivery can be sent once more from the dashboard."""
_SECONDS_TO_ANSWER = 5.0


@dataclass(frozen=True)
class Attempt:
    """One request to the webhook's address; no `status`: no answer came."""

    at: datetime
    way: str
    status: int | None


@dataclass
class Delivery:
    """An event on its way: `id` is Svix's, `headers` are those of the first attempt."""

    id: str
    event_type: str
    at: datetime
    body: str = field(repr=False)
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    attempts: list[Attempt] = field(default_factory=list)


class Webhooks:
    """The one webhook endpoint of the project, none while `url` is empty, and what was delivered, newest first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.url = ""
        self.secret = WEBHOOK_SECRET
        self.deliveries: deque[Delivery] = deque(maxlen=100)

    def reset(self) -> None:
        """Forgets the deliveries; the endpoint stays."""
        self.deliveries.clear()

    def tell(self, connection: Connection, resource: Resource, action: str, about: str) -> None:
        """Delivers that the IdP did `action` to a user or group, in a thread: SCIM's answer does not wait for it.

        `about` says what an `idp_group` names: its `connection`, or its `organization` alone.
        """
        if not self.url:
            return
        delivery = self._delivery(connection, resource, action, about)
        self.deliveries.appendleft(delivery)
        Thread(target=self.send, args=(delivery, "first"), daemon=True).start()

    def find(self, delivery_id: str) -> Delivery | None:
        """The delivery of that id."""
        return next((each for each in list(self.deliveries) if each.id == delivery_id), None)

    def send(self, delivery: Delivery, way: str) -> Attempt:
        """One attempt, in one of the WAYS or `first`. Waits for the answer."""
        signed_at = self._clock.real_now() - (timedelta(minutes=10) if way == "stale" else timedelta(0))
        headers = self._headers(delivery, signed_at)
        if way == "first":
            delivery.headers = headers
        if way == "replay":
            headers = delivery.headers
        if way == "forge":
            headers = {**headers, "svix-signature": _signature(b"somebody else", delivery, headers["svix-timestamp"])}
        body = delivery.body[:-10] if way == "truncate" else delivery.body
        try:
            with httpx.Client(timeout=_SECONDS_TO_ANSWER, trust_env=False) as client:
                status: int | None = client.post(self.url, content=body, headers=headers).status_code
        except httpx.HTTPError:
            status = None
        attempt = Attempt(self._clock.now(), way, status)
        delivery.attempts.append(attempt)
        return attempt

    def _headers(self, delivery: Delivery, at: datetime) -> dict[str, str]:
        # By the real time: receivers compare it with theirs.
        seconds = str(int(at.timestamp()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        return {
            "content-type": "application/json",
            "user-agent": "Svix-Webhooks/sandbox",
            "svix-id": delivery.id,
            "svix-timestamp": seconds,
            "svix-signature": _signature(key, delivery, seconds),
        }

    def _delivery(self, connection: Connection, resource: Resource, action: str, about: str) -> Delivery:
        now = self._clock.now()
        object_type = "member" if isinstance(resource, User) else "idp_group"
        payload: dict[str, object] = {
            "project_id": PROJECT_ID,
            "event_id": f"webhook-event-test-{uuid.uuid4()}",
            "action": action.upper(),
            "object_type": object_type,
            "source": "SCIM",
            "id": _member_id(resource) if isinstance(resource, User) else resource.id,
            "timestamp": now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "vertical": "B2B",
        }
        if action != "delete":  # of what is gone there is no object
            payload[object_type] = (
                _member(connection, resource) if isinstance(resource, User) else _group(connection, resource, about)
            )
        return Delivery(f"msg_{uuid.uuid4().hex[:27]}", f"scim.{object_type}.{action}", now, json.dumps(payload))


def group_actions(before: list[str], after: list[str]) -> list[str]:
    """What a change of a group is called, by its members before and after."""
    actions = []
    if set(after) - set(before):
        actions.append("member_add")
    if set(before) - set(after):
        actions.append("member_delete")
    return actions or ["update"]


def _signature(key: bytes, delivery: Delivery, seconds: str) -> str:
    signed = f"{delivery.id}.{seconds}.{delivery.body}".encode()
    return f"v1,{base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()}"


def _member_id(user: User) -> str:
    return user.id.replace("scim-user", "member")


def _member(connection: Connection, user: User) -> dict[str, object]:
    """The Member object of a provisioned person, of whom the sandbox keeps none."""
    name = user.attributes.get("displayName") or user.user_name.partition("@")[0].capitalize()
    status = "active" if user.attributes.get("active", True) else "deleted"
    member = Member(
        _member_id(user), connection.organization_id, user.user_name, str(name), user.created, status=status
    )
    registration = {
        "connection_id": connection.connection_id,
        "registration_id": user.id.replace("scim-user", "scim-registration"),
        "external_id": user.attributes.get("externalId", ""),
        "scim_attributes": {"user_name": user.user_name, "id": user.id, "active": status == "active"},
    }
    return {**member.to_json(), "scim_registration": registration}


def _group(connection: Connection, group: Group | Resource, about: str) -> dict[str, object]:
    named = {"group_id": group.id, "group_name": group.attributes["displayName"]}
    named["organization_id"] = connection.organization_id
    return {**named, "connection_id": connection.connection_id} if about == "connection" else named
