"""Stytch's API as a backend calls it: HTTP Basic over a socket."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.conftest import Sandbox
from webapp.sandbox.identifiers import PROJECT_ID, PROJECT_SECRET
from webapp.sandbox.world import World

REDIRECT_URL = "http://127.0.0.1:8000/login/callback"


@dataclass(frozen=True)
class Api:
    """The sandbox's API with the project's credentials, and its world."""

    http: httpx.Client
    world: World

    def post(self, path: str, acting: str | None = None, **body: Any) -> httpx.Response:
        """POST a JSON body, as the member whose session token is `acting`."""
        return self.http.post(f"/v1/b2b/{path}", json=body, headers=_acting(acting))

    def get(self, path: str, acting: str | None = None, **query: str) -> httpx.Response:
        """GET, as the member whose session token is `acting`."""
        return self.http.get(f"/v1/b2b/{path}", params=query, headers=_acting(acting))

    def mailed_token(self, email: str, **body: Any) -> str:
        """The token in a discovery link freshly mailed to `email`."""
        self.world.clock.advance(1)
        sent = self.post(
            "magic_links/email/discovery/send", email_address=email, discovery_redirect_url=REDIRECT_URL, **body
        )
        assert sent.status_code == 200
        mail = self.http.get("/_sandbox/inbox.json", params={"to": email}).json()[0]
        token: str = parse_qs(urlsplit(mail["link"]).query)["token"][0]
        return token

    def prove(self, email: str) -> str:
        """An intermediate session token for someone who followed a link mailed to `email`."""
        answer = self.post("magic_links/discovery/authenticate", discovery_magic_links_token=self.mailed_token(email))
        token: str = answer.json()["intermediate_session_token"]
        return token

    def exchange(self, email: str, slug: str) -> dict[str, Any]:
        """The answer to signing `email` in to the organization, MFA or not."""
        answer = self.post(
            "discovery/intermediate_sessions/exchange",
            intermediate_session_token=self.prove(email),
            organization_id=slug,
        )
        assert answer.status_code == 200
        result: dict[str, Any] = answer.json()
        return result

    def sign_in(self, email: str, slug: str) -> str:
        """The session token of `email`, signed in to the organization."""
        token: str = self.exchange(email, slug)["session_token"]
        return token

    def connection_path(self, slug: str) -> str:
        """The path of the organization's connection, by id."""
        organization_id = self.world.find_organization(slug).organization_id
        connection = self.world.connection_of(organization_id)
        assert connection is not None
        return f"scim/{organization_id}/connection/{connection.connection_id}"


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    """The API of a sandbox in its first minute."""
    with httpx.Client(base_url=sandbox.url, auth=(PROJECT_ID, PROJECT_SECRET), timeout=5) as http:
        yield Api(http, sandbox.world)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """The status and error_type of an answer that must be a refusal in Stytch's shape."""
    body = answer.json()
    assert body["status_code"] == answer.status_code >= 400
    assert body["request_id"].startswith("request-id-test-")
    assert body["error_url"].endswith(f"{answer.status_code}#{body['error_type']}")
    assert body["error_message"]
    return answer.status_code, body["error_type"]


def rotate(api: Api, call: str, **options: Any) -> httpx.Response:
    """Start, complete or cancel a rotation of Acme; `options` are httpx's."""
    return api.http.post(f"/v1/b2b/{api.connection_path('acme')}/rotate/{call}", json={}, **options)


def start(api: Api, **options: Any) -> httpx.Response:
    """Start a rotation of Acme; `options` are httpx's."""
    return rotate(api, "start", **options)


def is_rotating(api: Api) -> bool:
    """Whether Acme has a next token, as Stytch tells it."""
    return bool(api.get("scim/acme/connection").json()["connection"]["next_bearer_token_last_four"])


def queue(api: Api, fault: str, **more: Any) -> None:
    """Queue a fault, for the next start of a rotation if `more` names no other path."""
    body = {"method": "POST", "path": "/rotate/start$", "fault": fault, **more}
    assert api.http.post("/_sandbox/faults", json=body).status_code == 201


def wait_until(condition: Callable[[], bool]) -> None:
    """Return once `condition` holds, and fail after five seconds."""
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"


def _acting(session_token: str | None) -> dict[str, str]:
    return {} if session_token is None else {"X-Stytch-Member-Session": session_token}
