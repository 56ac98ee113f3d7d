"""Failures on demand: what a queued fault is, and a change that one holds back. `api/failing.py` plays them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal[
    "latency",
    "status",
    "drop_before_commit",
    "drop_after_commit",
    "rst_before_commit",
    "rst_after_commit",
    "timeout_before_commit",
    "timeout_after_commit",
    "late_commit",
    "malformed_json",
    "truncated_body",
    "slow_drip",
    "wrong_shape",
    "contradicting",
    "redirect",
]


def _usual_seconds(fault: dict[str, Any]) -> float:
    return 20.0 if fault.get("fault") == "late_commit" else 1.0


class Fault(BaseModel):
    """A failure that meets the next `times` requests to the Stytch API, or to a SCIM server.

    They are those with `method` and a path that `path` matches: a regular expression, searched in the path without its
    query. `seconds` is for `latency` (the wait), `slow_drip` (the whole answer) and `late_commit` (from the request to
    the change, by the sandbox's clock). `cut` is for `late_commit`: the connection is closed at once, else it stays
    silent. `status`, `body`, `error_type`, `retry_after` (seconds) and `after_commit` (the call is made, and this is
    its answer) are for `status`.
    """

    model_config = ConfigDict(extra="forbid")

    method: str
    path: str
    fault: Kind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default_factory=_usual_seconds, ge=0)
    cut: bool = True
    status: int = Field(default=500, ge=200, le=599)
    body: Literal["json", "html"] = "json"
    error_type: str = "internal_server_error"
    retry_after: int | None = Field(default=None, ge=0)
    after_commit: bool = False

    @field_validator("path")
    @classmethod
    def _is_regular_expression(cls, path: str) -> str:
        try:
            re.compile(path)
        except re.error as error:
            raise ValueError("not a regular expression") from error
        return path

    def meets(self, method: str, path: str) -> bool:
        """Whether this fault is for such a request."""
        return self.method == method and re.search(self.path, path) is not None


@dataclass(frozen=True)
class LateCommit:
    """A request that its sender has given up and Stytch gets at `due_at`, an aware UTC time of the sandbox's clock.

    `arrive` makes the call; nobody hears the answer.
    """

    method: str
    path: str
    due_at: datetime
    arrive: Callable[[], None]
