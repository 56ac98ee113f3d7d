"""The Stytch calls that the console makes: one method for each endpoint."""

import random
import ssl
import time
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, SecretStr, ValidationError

from webapp.stytch import errors, models
from webapp.stytch.transport import DeadlineTransport, deadline, time_left

CONNECT_SECONDS = 2.0
READ_SECONDS = 5.0
TOTAL_SECONDS = 8.0
"""A call never takes longer than this, second try included."""

_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_A = TypeVar("_A", bound=BaseModel)


@dataclass(frozen=True)
class Actor:
    """The member in whose name a call is made, so that Stytch itself enforces roles and revocation."""

    organization_id: str
    session_token: SecretStr


class Stytch:
    """Stytch's B2B API for one project.

    Every method raises a `StytchError`. Reads are tried a second time after a failure, or a 429 that asks for no more
    than two seconds; what changes something is sent once.
    """

    def __init__(self, base_url: str, project_id: str, secret: SecretStr) -> None:
        self.project_id = project_id
        self.base_url = base_url
        self._http = httpx.Client(
            base_url=base_url,
            auth=(project_id, secret.get_secret_value()),
            transport=DeadlineTransport(),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
            follow_redirects=False,
            headers={"User-Agent": "scim-console"},
        )

    def close(self) -> None:
        """Closes the pooled connections."""
        self._http.close()

    # SCIM connections: `stytch-api.md §2.1`

    def get_scim_connection(self, actor: Actor) -> models.ConnectionAnswer:
        """The organization's connection. What Stytch answers without one is not known: null, 400 and 404 give None."""
        try:
            return self._read("GET", _scim(actor), models.ConnectionAnswer, actor=actor)
        except errors.NotFound as error:
            if error.error_type in ("organization_not_found", "member_not_found", "route_not_found"):
                raise
            return models.ConnectionAnswer(connection=None, request_id=error.request_id)

    def start_rotation(self, actor: Actor, connection_id: str) -> models.StartAnswer:
        """Makes a second token. Both work from now on; the new one is in this answer and never again."""
        return self._change("POST", _rotate(actor, connection_id, "start"), models.StartAnswer, actor=actor)

    def complete_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Makes the new token the only one."""
        return self._change("POST", _rotate(actor, connection_id, "complete"), models.ConnectionAnswer, actor=actor)

    def cancel_rotation(self, actor: Actor, connection_id: str) -> models.ConnectionAnswer:
        """Drops the new token; the current one stays."""
        return self._change("POST", _rotate(actor, connection_id, "cancel"), models.ConnectionAnswer, actor=actor)

    # Sign-in: `stytch-api.md §4.2`

    def send_discovery_email(self, email: str, *, redirect_url: str, pkce_code_challenge: str) -> models.SentAnswer:
        """Mails a magic link, of use only with the verifier of the S256 challenge."""
        body = {
            "email_address": email,
            "discovery_redirect_url": redirect_url,
            "pkce_code_challenge": pkce_code_challenge,
        }
        return self._change("POST", "/v1/b2b/magic_links/email/discovery/send", models.SentAnswer, json=body)

    def authenticate_discovery(self, token: str, *, pkce_code_verifier: str) -> models.DiscoveryAnswer:
        """Redeems a magic link, once, for an intermediate session of 10 minutes."""
        body = {"discovery_magic_links_token": token, "pkce_code_verifier": pkce_code_verifier}
        path = "/v1/b2b/magic_links/discovery/authenticate"
        return self._change("POST", path, models.DiscoveryAnswer, json=body)

    def list_discovered_organizations(self, intermediate_session_token: SecretStr) -> models.DiscoveryAnswer:
        """The organizations open to an intermediate session, which this does not use up."""
        body = {"intermediate_session_token": intermediate_session_token.get_secret_value()}
        return self._read("POST", "/v1/b2b/discovery/organizations", models.DiscoveryAnswer, json=body)

    def exchange_intermediate_session(
        self, intermediate_session_token: SecretStr, organization_id: str, *, session_duration_minutes: int
    ) -> models.ExchangeAnswer:
        """Signs in to an organization, joining it where that is allowed."""
        body = {
            "intermediate_session_token": intermediate_session_token.get_secret_value(),
            "organization_id": organization_id,
            "session_duration_minutes": session_duration_minutes,
        }
        path = "/v1/b2b/discovery/intermediate_sessions/exchange"
        return self._change("POST", path, models.ExchangeAnswer, json=body)

    # Sessions and roles: `stytch-api.md §4.8, §6.1`

    def authenticate_session(self, session_token: SecretStr) -> models.SessionAnswer:
        """Asks whether a session goes on; its lifetime stays as it is."""
        body = {"session_token": session_token.get_secret_value()}
        return self._read("POST", "/v1/b2b/sessions/authenticate", models.SessionAnswer, json=body)

    def revoke_session(self, session_token: SecretStr) -> models.SentAnswer:
        """Ends a session for good."""
        body = {"session_token": session_token.get_secret_value()}
        return self._change("POST", "/v1/b2b/sessions/revoke", models.SentAnswer, json=body)

    def get_jwks(self) -> models.JwksAnswer:
        """The project's public keys."""
        return self._read("GET", f"/v1/b2b/sessions/jwks/{_segment(self.project_id)}", models.JwksAnswer)

    def get_policy(self) -> list[models.Role]:
        """The roles of the project."""
        return self._read("GET", "/v1/b2b/rbac/policy", models.PolicyAnswer).policy.roles

    def get_organization_policy(self, organization_id: str) -> list[models.Role]:
        """The organization's own roles. Projects outside Stytch's beta may be refused here: they have none."""
        path = f"/v1/b2b/rbac/organizations/{_segment(organization_id)}"
        try:
            return self._read("GET", path, models.OrganizationPolicyAnswer).org_policy.roles
        except (errors.Forbidden, errors.NotFound):
            return []

    def _change(self, method: str, path: str, answer: type[_A], **request: Any) -> _A:
        with deadline(TOTAL_SECONDS):
            return self._send(method, path, answer, **request)

    def _read(self, method: str, path: str, answer: type[_A], **request: Any) -> _A:
        with deadline(TOTAL_SECONDS):
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

    def _send(self, method: str, path: str, answer: type[_A], *, actor: Actor | None = None, json: Any = None) -> _A:
        headers = {"X-Stytch-Member-Session": actor.session_token.get_secret_value()} if actor else {}
        if actor and method == "POST":
            json = {}
        failure: errors.StytchError
        try:
            response = self._http.request(method, path, json=json, headers=headers)
        except _NEVER_SENT as error:
            failure = errors.NotTrusted() if _is_about_trust(error) else errors.NotSent()
        except httpx.HTTPError:
            failure = errors.OutcomeUnknown()
        else:
            return _answer(response, answer)
        # Raised out here, so that httpx's error, which holds the request with its credentials, stays behind.
        raise failure


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
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _scim(actor: Actor) -> str:
    return f"/v1/b2b/scim/{_segment(actor.organization_id)}/connection"


def _rotate(actor: Actor, connection_id: str, step: str) -> str:
    return f"{_scim(actor)}/{_segment(connection_id)}/rotate/{step}"


def _segment(value: str) -> str:
    """One path segment; quoting alone would let `..` climb out of the organization's path."""
    if value in ("", ".", ".."):
        raise errors.NotFound("invalid_id")
    return quote(value, safe="")
