"""How a call to Stytch is made: credentials, deadline, second try, and what its answer means."""

import random
import ssl
import time
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import SecretStr, ValidationError

from webapp.stytch import errors
from webapp.stytch.exchanges import exchange
from webapp.stytch.models import Answer
from webapp.stytch.transport import DeadlineTransport, deadline, time_left

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 8.0
"""A call never takes longer than this, second try included."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_A = TypeVar("_A", bound=Answer)


@dataclass(frozen=True)
class Actor:
    """The member in whose name a call is made, so that Stytch itself enforces roles and revocation."""

    organization_id: str
    session_token: SecretStr


@dataclass(frozen=True)
class Proven:
    """What somebody has proven already, which another factor is added to: an intermediate or a member session."""

    intermediate_session_token: SecretStr | None = None
    session_token: SecretStr | None = None

    def body(self) -> dict[str, str]:
        """As the calls that take a factor want it."""
        given = {
            "intermediate_session_token": self.intermediate_session_token,
            "session_token": self.session_token,
        }
        return {name: token.get_secret_value() for name, token in given.items() if token}


NOTHING_PROVEN = Proven()


class Calls:
    """One project at Stytch, and the connections to it.

    Every call raises a `StytchError`. Reads are tried a second time after a failure, or a 429 that asks for no more
    than two seconds; what changes something is sent once.
    """

    def __init__(self, base_url: str, project_id: str, secret: SecretStr) -> None:
        self.project_id = project_id
        self.base_url = base_url
        self._http = httpx.Client(
            base_url=base_url,
            auth=(project_id, secret.get_secret_value()),
            transport=DeadlineTransport(),
            timeout=_timeout(READ_SECONDS),
            follow_redirects=False,
            headers={"User-Agent": "scim-console"},
        )

    def close(self) -> None:
        """Closes the pooled connections."""
        self._http.close()

    def change(self, method: str, path: str, answer: type[_A], **request: Any) -> _A:
        """Sends what changes something: once, whatever happens."""
        with deadline(TOTAL_SECONDS):
            return self._send(method, path, answer, **request)

    def read(self, method: str, path: str, answer: type[_A], *, seconds: float = 0, **request: Any) -> _A:
        """Sends what changes nothing: a second time after a failure that may pass.

        Both together get `seconds`, by default `TOTAL_SECONDS`.
        """
        seconds = seconds or TOTAL_SECONDS
        with deadline(seconds):
            request["read_seconds"] = seconds * READ_SECONDS / TOTAL_SECONDS
            try:
                return self._send(method, path, answer, **request)
            except errors.RateLimited as error:
                if error.retry_after > 2 or error.retry_after >= time_left():
                    raise
                time.sleep(max(error.retry_after, random.uniform(0.1, 0.5)))  # noqa: S311
            except (errors.NotSent, errors.OutcomeUnknown):
                if time_left() <= 1:
                    raise
                time.sleep(random.uniform(0.05, 0.3))  # noqa: S311
            return self._send(method, path, answer, **request)

    def _send(
        self,
        method: str,
        path: str,
        answer: type[_A],
        *,
        actor: Actor | None = None,
        json: Any = None,
        params: dict[str, str] | None = None,
        read_seconds: float = 0,
    ) -> _A:
        headers = {"X-Stytch-Member-Session": actor.session_token.get_secret_value()} if actor else {}
        if actor and method == "POST":
            json = json or {}
        with exchange(method, path) as this:
            failure: errors.StytchError
            try:
                response = self._http.request(
                    method,
                    path,
                    json=json,
                    params=params,
                    headers=headers,
                    timeout=_timeout(read_seconds or READ_SECONDS),
                )
            except _NEVER_SENT as error:
                failure = errors.NotTrusted() if _is_about_trust(error) else errors.NotSent()
            except httpx.HTTPError:
                failure = errors.OutcomeUnknown()
            else:
                this.date = response.headers.get("Date", "")
                read = _answer(response, answer)
                this.request_id = read.request_id
                return read
            # Raised out here, so that httpx's error, which holds the request with its credentials, stays behind.
            raise failure


def _timeout(read_seconds: float) -> httpx.Timeout:
    return httpx.Timeout(read_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS)


def _is_about_trust(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _answer(response: httpx.Response, answer: type[_A]) -> _A:
    body = _json_object(response)
    error = errors.error_from(response.status_code, response.headers, body)
    if error:
        raise error
    try:
        return answer.model_validate(body)
    except (ValidationError, KeyError, TypeError):
        # pydantic's error holds the body, token and all: ours is raised outside of it, so that it goes no further.
        request_id = str((body or {}).get("request_id") or "")
    raise errors.OutcomeUnknown("unreadable_answer", status=response.status_code, request_id=request_id)


def _json_object(response: httpx.Response) -> dict[str, Any] | None:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def lasting(minutes: int | None) -> dict[str, Any]:
    """The field that says how long a session lasts from now, if anything is to be said."""
    return {} if minutes is None else {"session_duration_minutes": minutes}


def segment(value: str) -> str:
    """One path segment; quoting alone would let `..` climb out of the organization's path."""
    if value in ("", ".", ".."):
        raise errors.NotFound("invalid_id")
    return quote(value, safe="")
