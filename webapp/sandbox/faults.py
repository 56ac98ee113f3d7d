"""Failures on demand: what a queued fault is. `api/failing.py` plays it."""

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Kind = Literal[
    "latency",
    "status",
    "drop_before_commit",
    "drop_after_commit",
    "malformed_json",
    "truncated_body",
    "slow_drip",
]


class Fault(BaseModel):
    """A failure that meets the next `times` requests to the Stytch API with `method` and a path that `path` matches.

    `path` is a regular expression, searched in the path without its query. `seconds` is for `latency` (the wait) and
    `slow_drip` (the whole answer); `status`, `body`, `error_type` and `retry_after` (seconds) are for `status`.
    """

    model_config = ConfigDict(extra="forbid")

    method: str
    path: str
    fault: Kind
    times: int = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    status: int = Field(default=500, ge=200, le=599)
    body: Literal["json", "html"] = "json"
    error_type: str = "internal_server_error"
    retry_after: int | None = Field(default=None, ge=0)

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
