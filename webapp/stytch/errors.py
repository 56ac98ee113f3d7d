"""What can go wrong in a call to Stytch, by what the caller can do about it."""

import re
from collections.abc import Mapping
from typing import Any


class StytchError(Exception):
    """A call to Stytch that gave no usable answer. Its text carries no vendor wording and no body."""

    def __init__(self, error_type: str = "", *, status: int = 0, request_id: str = "") -> None:
        super().__init__(f"{type(self).__name__} {status or ''} {error_type}".strip())
        self.error_type = error_type
        self.status = status
        self.request_id = request_id

    @property
    def kind(self) -> str:
        """Its name as metrics and probes have it: `outcome_unknown`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).lower()


class NotSent(StytchError):
    """The request never reached Stytch (no connection, no valid certificate): nothing was changed."""


class NotTrusted(NotSent):
    """What answers in Stytch's place has no valid certificate."""


class OutcomeUnknown(StytchError):
    """The request left, and no readable answer came back: it may or may not have been carried out."""

    @property
    def answered(self) -> bool:
        """Whether Stytch itself answered, however badly: the request is over then, and can't arrive any more.

        A 502, 503 or 504 comes from something in front of it, whatever its shape.
        """
        return self.status not in (502, 503, 504) and (200 <= self.status < 300 or bool(self.error_type))


class Refused(StytchError):
    """Stytch said no: nothing was changed."""


class BadCredentials(Refused):
    """Stytch does not accept the console's own project id and secret."""


class SessionEnded(Refused):
    """The member session is over: expired, revoked or unknown."""


class Forbidden(Refused):
    """The member's roles do not grant the action."""


class NotFound(Refused):
    """There is no such thing, or not in this organization."""


class RateLimited(Refused):
    """Too many requests. `retry_after` is in seconds, 0 when Stytch did not say."""

    retry_after: int = 0


_SESSION_ENDED = {"session_not_found", "invalid_session_token", "user_unauthenticated"}
# Their status is not known (`stytch-api.md §2.3`); a 403 of them is no lack of permission.
_NOT_FOUND = {"scim_connection_not_found", "no_active_scim_connection"}


def error_from(status: int, headers: Mapping[str, str], body: Any) -> StytchError | None:
    """The exception for a response, or None when it is a usable 2xx.

    `body` is the decoded JSON, or None when the body was no JSON object. Only a 4xx in Stytch's own shape settles a
    request as refused, or a 429 from whoever limits the rate; a 2xx without JSON, every 3xx and 5xx, and a 4xx of
    something in between leave its outcome unknown. Types and statuses: `stytch-api.md §1.5`.
    """
    known = body if isinstance(body, dict) else {}
    error_type = str(known.get("error_type") or "")
    request_id = str(known.get("request_id") or "")
    if 200 <= status < 300 and isinstance(body, dict):
        return None
    if status == 429:
        limited = RateLimited(error_type, status=status, request_id=request_id)
        seconds = headers.get("retry-after", "")
        limited.retry_after = int(seconds) if seconds.isdecimal() else 0
        return limited
    kind: type[StytchError]
    if not 400 <= status < 500 or status == 408 or not error_type:
        kind = OutcomeUnknown
    elif error_type in _SESSION_ENDED:
        kind = SessionEnded
    elif error_type == "unauthorized_credentials":
        kind = BadCredentials
    elif status == 404 or error_type in _NOT_FOUND:
        kind = NotFound
    elif status == 403:
        kind = Forbidden
    else:
        kind = Refused
    return kind(error_type, status=status, request_id=request_id)
