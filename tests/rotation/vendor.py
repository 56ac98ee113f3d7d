"""A model of Stytch's rotation that fails on command, for searching what a sandbox would be too slow for."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import SecretStr

from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection, ConnectionAnswer, StartAnswer

Fault = Literal[
    "none",
    "not_sent",
    "refused",
    "rate_limited",
    "lost_before",
    "lost_after",
    "late",
    "error_500_before",
    "error_500_after",
    "killed_before",
    "killed_after",
]
FAULTS: tuple[Fault, ...] = Fault.__args__  # type: ignore[attr-defined]


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


@dataclass(frozen=True)
class Token:
    """A SCIM token; no two are the same."""

    text: str
    ends: datetime

    @property
    def last_four(self) -> str:
        return self.text[-4:]


@dataclass
class Vendor(Stytch):
    """Plays `Stytch` for one connection. `fault` meets the next change, `reads_fail` the next reads."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    fault: Fault = "none"
    reads_fail: int = 0
    start_replaces: bool = True
    late: list[tuple[datetime, str, str]] = field(default_factory=list)
    completed: list[tuple[str, str]] = field(default_factory=list)
    """Each promotion that the console asked for: the token the admin meant, and the one promoted."""
    meant: str = ""
    """The token that the admin whose request is at work wants to be the only one."""
    writes_while_late: int = 0
    next: Token | None = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count()
        self.current = self._new_token()

    def _new_token(self) -> Token:
        number = next(self._numbers)
        return Token(f"token-{number:04}", self.now + timedelta(days=365, seconds=number))

    @property
    def connection(self) -> Connection:
        return Connection(
            organization_id="organization-1",
            connection_id="connection-1",
            status="active",
            base_url="https://scim.example/connection-1",
            bearer_token_last_four=self.current.last_four,
            bearer_token_expires_at=self.current.ends,
            next_bearer_token_last_four=self.next.last_four if self.next else "",
            next_bearer_token_expires_at=self.next.ends if self.next else None,
        )

    def get_scim_connection(self, actor: Actor) -> ConnectionAnswer:  # noqa: ARG002
        if self.reads_fail:
            self.reads_fail -= 1
            raise errors.OutcomeUnknown(status=503)
        return ConnectionAnswer(connection=self.connection, request_id="read")

    def start_rotation(self, actor: Actor, connection_id: str) -> StartAnswer:  # noqa: ARG002
        self._write("start")
        assert self.next
        return StartAnswer.model_construct(
            request_id="start", connection=self.connection, next_bearer_token=SecretStr(self.next.text)
        )

    def complete_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:  # noqa: ARG002
        self._write("complete")
        return ConnectionAnswer(connection=self.connection, request_id="complete")

    def cancel_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:  # noqa: ARG002
        self._write("cancel")
        return ConnectionAnswer(connection=self.connection, request_id="cancel")

    def outside(self, change: str) -> None:
        """Somebody acts in the vendor's own dashboard.

        Two things nobody can foresee are left out: a request that is still on its way when the same is done there, as a
        read then shows it done; and what a completion on its way promotes when another token is started there.
        """
        if self._do(change):
            self.late = [late for late in self.late if late[1] != change]
            if change == "start" and self.next:
                meant = self.next.text
                self.late = [(at, late, meant) for at, late, _ in self.late]

    def advance(self, seconds: float) -> None:
        """Time passes; what arrives late arrives."""
        self.now += timedelta(seconds=seconds)
        arrived = [late for late in self.late if late[0] <= self.now]
        self.late = [late for late in self.late if late[0] > self.now]
        for _, change, meant in arrived:
            self._asked(change, meant)

    def _write(self, change: str) -> None:
        fault, self.fault = self.fault, "none"
        self.writes_while_late += len(self.late)
        meant = self.meant
        raised: dict[Fault, Callable[[], BaseException]] = {
            "not_sent": errors.NotSent,
            "refused": lambda: errors.Forbidden("session_authorization_error", status=403),
            "rate_limited": lambda: errors.RateLimited("too_many_requests", status=429),
            "lost_before": errors.OutcomeUnknown,
            "late": errors.OutcomeUnknown,
            "error_500_before": lambda: errors.OutcomeUnknown("internal_server_error", status=500),
            "killed_before": Killed,
        }
        if fault == "late":
            self.late.append((self.now + timedelta(seconds=50), change, meant))
        if fault in raised:
            error = raised[fault]()
            raise error
        if not self._asked(change, meant):
            raise errors.Refused("scim_connection_not_rotating_token", status=400)
        if fault == "lost_after":
            raise errors.OutcomeUnknown
        if fault == "error_500_after":
            raise errors.OutcomeUnknown("internal_server_error", status=500)
        if fault == "killed_after":
            raise Killed

    def _asked(self, change: str, meant: str) -> bool:
        done = self._do(change)
        if done and change == "complete":
            self.completed.append((meant, self.current.text))
        return done

    def _do(self, change: str) -> bool:
        if change == "start":
            if self.next and not self.start_replaces:
                return False
            self.next = self._new_token()
            return True
        if self.next is None:
            return False
        if change == "complete":
            self.current = self.next
        self.next = None
        return True
