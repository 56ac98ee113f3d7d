"""What the pretend IdP does: provision one person through SCIM, over HTTP, with the base URL and token it holds."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from webapp.sandbox.scim_patch import PATCH_OP
from webapp.sandbox.scim_schema import USER

_SECONDS_TO_ANSWER = 5.0
# As Microsoft Entra writes it.
_ACTIVATE = {"schemas": [PATCH_OP], "Operations": [{"op": "Replace", "path": "active", "value": "True"}]}


@dataclass(frozen=True)
class Run:
    """One provisioning run: the requests made, and the status of the last (None: no readable answer)."""

    at: datetime
    what: str
    status: int | None
    token_last_four: str


@dataclass
class Idp:
    """What one pretend IdP was told, and its runs, newest first. `automatic`: its page runs it every few seconds.

    Of the base URL it keeps what follows the sandbox's own origin: the sandbox sends requests to nothing but itself.
    """

    base_path: str = ""
    token: str = field(default="", repr=False)
    automatic: bool = False
    runs: deque[Run] = field(default_factory=lambda: deque(maxlen=50))

    def save(self, base_url: str, token: str, public_url: str) -> None:
        """Takes what the tester pasted; an empty token keeps the old one.

        Raises ValueError, with a sentence for the tester, for a base URL that is not of SCIM at `public_url`.
        """
        base_url, token = base_url.strip(), token.strip()
        if not base_url.startswith(f"{public_url}/v1/b2b/scim/"):
            raise ValueError(f"The base URL begins with {public_url}/v1/b2b/scim/: this IdP reaches nothing else.")
        if not token.isascii() or not token.isprintable() or " " in token:
            raise ValueError("A token has no spaces, line breaks or special characters.")
        self.base_path = base_url.removeprefix(public_url)
        self.token = token or self.token

    def provision(self, public_url: str, user_name: str, now: datetime) -> Run:
        """One run: look the user up, create or update them, read the groups. It ends at the first refusal."""
        what: list[str] = []
        status: int | None = None
        path_to_scim, _, query = self.base_path.partition("?")

        def call(name: str, method: str, path: str, body: object = None, **params: str) -> Any:
            nonlocal status
            what.append(name)
            status = None
            merged = httpx.QueryParams(query).merge(params)
            response = client.request(method, f"{public_url}{path_to_scim}{path}", params=merged, json=body)
            status = response.raise_for_status().status_code
            return response.json()

        with httpx.Client(
            headers={"Authorization": f"Bearer {self.token}", "Accept": "application/scim+json"},
            timeout=_SECONDS_TO_ANSWER,
            trust_env=False,
        ) as client:
            try:
                found = call(f"look up {user_name}", "GET", "/Users", filter=f'userName eq "{user_name}"')["Resources"]
                if found:
                    call("update", "PATCH", f"/Users/{found[0]['id']}", _ACTIVATE)
                else:
                    call("create", "POST", "/Users", {"schemas": [USER], "userName": user_name, "active": True})
                call("read groups", "GET", "/Groups", count="1")
            except httpx.HTTPStatusError as error:
                status = error.response.status_code
            except (httpx.HTTPError, ValueError, LookupError, TypeError):
                status = None
        run = Run(now, ", ".join(what), status, self.token[-4:])
        self.runs.appendleft(run)
        return run
