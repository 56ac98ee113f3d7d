"""Trying a token: one read at the SCIM server behind a connection's base URL (`stytch-api.md §7.2`).

A token goes to the origins that the settings name, and nowhere else. A base URL only says at which of them its
connection is: the address that is asked is made anew, and nothing of the base URL gets into it.
"""

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import httpx
from pydantic import SecretStr

from webapp.settings import in_the_clear
from webapp.stytch import errors
from webapp.stytch.calls import CONNECT_SECONDS
from webapp.stytch.exchanges import exchange
from webapp.stytch.models import Connection
from webapp.stytch.transport import DeadlineTransport, deadline

MOST_BYTES = 64 * 1024
"""Of an answer: what is asked for has a few hundred."""

_HARMLESS = urlencode({"filter": 'userName eq "nobody@scim-console.invalid"', "count": "1"})
"""Discovery may demand no token, so it is a search for users (RFC 7644 §3.4.2): by an address that nobody can have
(RFC 2606), and which every server can look up, as Entra begins with that. `count` is for one that would pass over the
filter; not 0, as some take that for none given. The answer is thrown away all the same."""
_ENTRA = "aadOptscim062020"
"""The flag in the query of an Entra connection's base URL (`stytch-api.md §2.2`)."""
_CONNECTION_ID = re.compile(r"[A-Za-z0-9_-]+")
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]{8,1000}={0,2}")


class Elsewhere(Exception):
    """The connection's base URL is not at one of the origins where tokens may be tried: nothing was sent."""


class ScimServers:
    """The SCIM servers of a project's connections, at these origins, but those where it would go in the clear.

    Safe to share between threads.
    """

    def __init__(self, origins: Iterable[str]) -> None:
        self._origins = tuple(each for each in origins if not in_the_clear(each))

    def accepts(self, connection: Connection, token: SecretStr, seconds: float) -> bool:
        """Whether Stytch accepts the token for this connection now. Asks once, for at most so many seconds.

        Raises `Elsewhere`, and a `StytchError` when there is no answer, or none that says it.
        """
        url = self._users(connection)
        if not can_be_sent(token.get_secret_value()):
            raise errors.NotSent("no_bearer_token")
        headers = {
            "Authorization": f"Bearer {token.get_secret_value()}",
            "Accept": "application/scim+json, application/json",
            "Accept-Encoding": "identity",  # nothing small unfolds into something large
            "User-Agent": "scim-console",
        }
        with exchange("GET", httpx.URL(url).path) as this, deadline(seconds):
            try:
                # A client of its own: no cookie or connection of one token's read is there for the next.
                with (
                    httpx.Client(
                        transport=DeadlineTransport(max_connections=1),
                        timeout=httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds)),
                        follow_redirects=False,
                        trust_env=False,
                    ) as http,
                    http.stream("GET", url, headers=headers) as response,
                ):
                    status, answered = response.status_code, response.headers
                    body = None if status == 401 else _read(response)
            except httpx.HTTPError:
                status, answered, body = 0, httpx.Headers(), None
            # Out here httpx's error, which holds the request with its token, is left behind.
            this.date = answered.get("Date", "")
            if status == 401:
                return False
            error = errors.error_from(status, answered, body)
            if error is None and (body is None or "totalResults" not in body):  # no ListResponse (RFC 7644 §3.4.2)
                error = errors.OutcomeUnknown("unreadable_answer", status=status)
            if error:
                raise error
            return True

    def _users(self, connection: Connection) -> str:
        """The address to ask. Compared whole, not taken apart: there is nothing to read in two ways."""
        for origin in self._origins if _CONNECTION_ID.fullmatch(connection.connection_id) else ():
            server = f"{origin}/v1/b2b/scim/{connection.connection_id}"
            if connection.base_url == server:
                return f"{server}/Users?{_HARMLESS}"
            if connection.base_url == f"{server}?{_ENTRA}":
                return f"{server}/Users?{_ENTRA}&{_HARMLESS}"
        raise Elsewhere


def can_be_sent(token: str) -> bool:
    """Whether it has the characters of a bearer token (RFC 6750 §2.1), eight at the least and a thousand at most."""
    return _TOKEN.fullmatch(token) is not None


def _read(response: httpx.Response) -> dict[str, Any] | None:
    """The JSON object of a body that is not too long."""
    read = b""
    for chunk in response.iter_raw():
        read += chunk
        if len(read) > MOST_BYTES:
            return None
    try:
        body = json.loads(read)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None
