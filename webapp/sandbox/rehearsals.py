"""The faults worth rehearsing, in plain words, each on each call that the console makes (trust.md §5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from webapp.sandbox.faults import Fault

# Stytch's name of a call -> its method and path.
CALLS = {
    "get connection": ("GET", "^/v1/b2b/scim/[^/]+/connection$"),
    "get groups": ("GET", "^/v1/b2b/scim/[^/]+/connection/[^/]+$"),
    "start": ("POST", "/rotate/start$"),
    "complete": ("POST", "/rotate/complete$"),
    "cancel": ("POST", "/rotate/cancel$"),
    "create": ("POST", "^/v1/b2b/scim/[^/]+/connection$"),
    "update": ("PUT", "^/v1/b2b/scim/[^/]+/connection/[^/]+$"),
    "delete": ("DELETE", "^/v1/b2b/scim/[^/]+/connection/[^/]+$"),
    "authenticate": ("POST", "^/v1/b2b/sessions/authenticate$"),
    "try token": ("GET", "^/v1/b2b/scim/scim-connection-[^/]+/Users$"),
}


@dataclass(frozen=True)
class Rehearsal:
    """A fault in words: a short `name`, what it means, and Fault's `fields`. It makes sense on `calls`."""

    name: str
    meaning: str
    fields: Mapping[str, object]
    calls: Collection[str] = tuple(CALLS)

    def on(self, call: str, times: int = 1) -> Fault:
        """The fault for the next `times` such calls; pydantic's ValidationError if `times` is less than 1."""
        method, path = CALLS[call]
        return Fault.model_validate({**self.fields, "method": method, "path": path, "times": times})


REHEARSALS: Mapping[str, tuple[Rehearsal, ...]] = {
    "The way there and back": (
        Rehearsal("never arrives", "The connection closes; not done", {"fault": "drop_before_commit"}),
        Rehearsal("reply lost", "The connection closes after Stytch did it", {"fault": "drop_after_commit"}),
        Rehearsal(
            "arrives late",
            "The connection closes; done 20 seconds later",
            {"fault": "late_commit", "seconds": 20},
        ),
        Rehearsal("no answer", "Silence; not done", {"fault": "timeout_before_commit"}),
        Rehearsal("no answer, but done", "Silence after Stytch did it", {"fault": "timeout_after_commit"}),
        Rehearsal(
            "no answer, done late",
            "Silence; done 20 seconds later",
            {"fault": "late_commit", "seconds": 20, "cut": False},
        ),
        Rehearsal("connection reset", "By TCP; not done", {"fault": "rst_before_commit"}),
        Rehearsal("connection reset, but done", "By TCP, after Stytch did it", {"fault": "rst_after_commit"}),
        Rehearsal("slow", "Done after 3 seconds, and answered", {"fault": "latency", "seconds": 3}),
        Rehearsal("answer in drips", "Done; the answer takes 30 seconds", {"fault": "slow_drip", "seconds": 30}),
    ),
    "Stytch or a proxy answers an error": (
        Rehearsal("500", "Not done", {"fault": "status", "status": 500}),
        Rehearsal("500, but done", "Stytch failed after it", {"fault": "status", "status": 500, "after_commit": True}),
        Rehearsal("502 page", "A proxy's HTML; not done", {"fault": "status", "status": 502, "body": "html"}),
        Rehearsal(
            "502 page, but done",
            "A proxy's HTML in place of the answer",
            {"fault": "status", "status": 502, "body": "html", "after_commit": True},
        ),
        Rehearsal(
            "429, wait 30 s",
            "Too many requests; not done",
            {"fault": "status", "status": 429, "error_type": "too_many_requests", "retry_after": 30},
        ),
        Rehearsal(
            "429",
            "The same, without a time to wait",
            {"fault": "status", "status": 429, "error_type": "too_many_requests"},
        ),
        Rehearsal(
            "401",
            "The project's secret is refused",
            {"fault": "status", "status": 401, "error_type": "unauthorized_credentials"},
        ),
        Rehearsal(
            "403",
            "The member may not do it",
            {"fault": "status", "status": 403, "error_type": "session_authorization_error"},
        ),
        Rehearsal(
            "session ended",
            "404, the session is not found",
            {"fault": "status", "status": 404, "error_type": "session_not_found"},
        ),
        Rehearsal(
            "connection gone",
            "404, the connection is not found",
            {"fault": "status", "status": 404, "error_type": "scim_connection_not_found"},
            calls=("get connection", "start", "complete", "cancel", "update", "delete"),
        ),
    ),
    "The answer can't be trusted": (
        Rehearsal("broken JSON", "Done; a 200 that can't be read", {"fault": "malformed_json"}),
        Rehearsal("cut-off answer", "Done; half of a 200", {"fault": "truncated_body"}),
        Rehearsal("wrong shape", "Done; a 200 without its contents", {"fault": "wrong_shape"}),
        Rehearsal(
            "contradicting answer",
            "Done; a 200 with the connection as it was",
            {"fault": "contradicting"},
            calls=("start", "complete", "cancel", "update"),
        ),
        Rehearsal("redirect", "To another host; not done", {"fault": "redirect"}),
    ),
}


def find(title: str) -> tuple[str, Rehearsal]:
    """The call and rehearsal with this title, such as "complete: reply lost"; KeyError if there is none."""
    return _BY_TITLE[title]


def title_of(fault: Fault) -> str | None:
    """The title of the rehearsal that `fault` is, however many times; None for any other fault."""
    once = fault.model_copy(update={"times": 1})
    return next((title for title, (call, rehearsal) in _BY_TITLE.items() if rehearsal.on(call) == once), None)


_BY_TITLE = {
    f"{call}: {rehearsal.name}": (call, rehearsal)
    for group in REHEARSALS.values()
    for rehearsal in group
    for call in rehearsal.calls
}
