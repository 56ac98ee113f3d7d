"""Each request to Stytch, what came of it and how long it took: for the log, metrics and traces. Holds no token."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from webapp import metrics, tracing
from webapp.stytch.errors import StytchError

_noted: ContextVar[list["Exchange"] | None] = ContextVar("noted", default=None)

# What ids stand below.
_ID = re.compile(r"/(scim|connection|jwks|organizations|public)/[^/]+")


@dataclass
class Exchange:
    """A request to Stytch. `endpoint` has `{id}` for ids; `outcome` is `ok`, or the kind of a `StytchError`.

    `request_id` is Stytch's, `date` its answer's header of that name; empty when it gave none.
    """

    endpoint: str
    outcome: str = "ok"
    seconds: float = 0
    request_id: str = ""
    date: str = ""


def begin() -> list[Exchange]:
    """Notes what follows in this context, in a list that grows."""
    noted: list[Exchange] = []
    _noted.set(noted)
    return noted


@contextmanager
def exchange(method: str, path: str) -> Iterator[Exchange]:
    """Around one request: times it, counts it, and notes it. Whoever reads the answer sets `request_id` and `date`."""
    this = Exchange(f"{method} {_template(path)}")
    began = time.perf_counter()
    with tracing.call(this.endpoint) as span:
        try:
            yield this
        except StytchError as error:
            this.outcome, this.request_id = error.kind, error.request_id
            raise
        except BaseException:
            this.outcome = "failed"
            raise
        finally:
            this.seconds = time.perf_counter() - began
            metrics.stytch_call(this.endpoint, this.outcome, this.seconds)
            told: dict[str, str | int] = {"stytch.outcome": this.outcome, "stytch.request_id": this.request_id}
            tracing.end(span, told, failed=this.outcome != "ok")
            noted = _noted.get()
            if noted is not None:
                noted.append(this)


def _template(path: str) -> str:
    return _ID.sub(r"/\1/{id}", path)
