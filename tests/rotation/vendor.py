"""A model of Stytch's rotation that fails on command, for searching what a sandbox would be too slow for."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from pydantic import SecretStr

from webapp.rotation import Seen
from webapp.stytch import Actor, Stytch, errors
from webapp.stytch.models import Connection, ConnectionAnswer, ConnectionsAnswer, StartAnswer

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


@dataclass(frozen=True)
class Sight:
    """What the vendor had when it was read or answered: its tokens, and the intents that were done by then, by id."""

    current: Token
    next: Token | None
    done: frozenset[str]

    @property
    def seen(self) -> Seen:
        return Seen(self.current.last_four, self.next.last_four if self.next else "")


@dataclass
class Asking:
    """A request of the console, as the vendor meets it.

    `fault` meets its next change, `fails_later` counts the reads after a change that fail, `meant` is the token that
    the admin wants to be the only one. `intents` are the ids of its changes. Of what has been asked there are the last
    answer's `sight`, and the last change: its intent in `sent`, and when.
    """

    fault: Fault = "none"
    fails_later: int = 0
    meant: str = ""
    intents: Mapping[str, str] = field(default_factory=dict)
    reads_fail: int = 0
    sight: Sight | None = None
    acted_outside: int = 0
    sent: str = ""
    sent_at: datetime | None = None


@dataclass(frozen=True)
class Late:
    """A change that is still on its way."""

    at: datetime
    change: str
    meant: str
    intent: str


@dataclass
class Vendor(Stytch):
    """Plays `Stytch` for one connection. `pause` is called while a question, and while an answer, is on its way."""

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    start_replaces: bool = True
    asking: Asking = field(default_factory=Asking)
    """The request that is at work now."""
    pause: Callable[[], None] = lambda: None
    late: list[Late] = field(default_factory=list)
    on_its_way: list[Asking] = field(default_factory=list)
    """Requests whose change has been sent, and has not arrived."""
    completed: list[tuple[str, str]] = field(default_factory=list)
    """Each promotion that the console asked for: the token the admin meant, and the one promoted."""
    done: set[str] = field(default_factory=set)
    """The intents that were carried out."""
    sent: dict[str, int] = field(default_factory=dict)
    """Of each intent that was sent: how often somebody had acted in the dashboard when the console had last read."""
    acted_outside: int = 0
    overlapping: int = 0
    """Changes that were sent while another could still arrive, which nobody in the dashboard had seemed to do."""
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

    def get_scim_connections(self, actor: Actor) -> ConnectionsAnswer:  # noqa: ARG002
        asking = self.asking
        self.pause()
        if asking.reads_fail:
            asking.reads_fail -= 1
            raise errors.OutcomeUnknown(status=503)
        asking.sight, asking.acted_outside = self._sight(), self.acted_outside
        answer = ConnectionsAnswer(connections=[self.connection], request_id="read")
        self.pause()
        return answer

    def start_rotation(self, actor: Actor, connection_id: str) -> StartAnswer:  # noqa: ARG002
        connection, token = self._change("start")
        assert token
        return StartAnswer.model_construct(
            request_id="start", connection=connection, next_bearer_token=SecretStr(token.text)
        )

    def complete_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:  # noqa: ARG002
        return ConnectionAnswer(connection=self._change("complete")[0], request_id="complete")

    def cancel_rotation(self, actor: Actor, connection_id: str) -> ConnectionAnswer:  # noqa: ARG002
        return ConnectionAnswer(connection=self._change("cancel")[0], request_id="cancel")

    def outside(self, change: str) -> None:
        """Somebody acts in the vendor's own dashboard.

        Two things nobody can foresee are left out: a request that is still on its way when the same is done there, as a
        read then shows it done; and what a completion on its way promotes when another token is started there.
        """
        if self._do(change):
            self.acted_outside += 1
            self.late = [late for late in self.late if late.change != change]
            if change == "start" and self.next:
                self.late = [Late(late.at, late.change, self.next.text, late.intent) for late in self.late]

    def advance(self, seconds: float) -> None:
        """Time passes; what arrives late arrives."""
        self.now += timedelta(seconds=seconds)
        arrived = [late for late in self.late if late.at <= self.now]
        self.late = [late for late in self.late if late.at > self.now]
        for late in arrived:
            self._arrive(late.change, late.meant, late.intent)

    def disturbed(self, intent: str) -> bool:
        """Whether somebody has acted in the dashboard since the read before it: then nobody can tell who did what."""
        return self.sent.get(intent, self.acted_outside) != self.acted_outside

    def _sight(self) -> Sight:
        return Sight(self.current, self.next, frozenset(self.done))

    def _change(self, change: str) -> tuple[Connection, Token | None]:
        asking = self.asking
        fault, asking.fault = asking.fault, "none"
        asking.reads_fail, asking.sent_at = asking.fails_later, self.now
        intent = asking.intents.get(change, "")
        coming = [late.intent for late in self.late] + [other.sent for other in self.on_its_way]
        self.overlapping += sum(not self.disturbed(each) for each in coming)
        asking.sent = intent
        self.sent[intent] = asking.acted_outside
        self.on_its_way.append(asking)
        try:
            self.pause()
        finally:
            self.on_its_way.remove(asking)
        raised: dict[Fault, Callable[[], BaseException]] = {
            "not_sent": errors.NotSent,
            "refused": lambda: errors.Forbidden("session_authorization_error", status=403),
            "rate_limited": lambda: errors.RateLimited("too_many_requests", status=429),
            "lost_before": errors.OutcomeUnknown,
            "late": errors.OutcomeUnknown,
            "error_500_before": lambda: errors.OutcomeUnknown("internal_server_error", status=500),
            "killed_before": Killed,
        }
        # Nobody can tell whose token a request meets that was overtaken in the dashboard.
        meant = "" if self.disturbed(intent) else asking.meant
        if fault == "late":
            self.late.append(Late(self.now + timedelta(seconds=50), change, meant, intent))
        if fault in raised:
            error = raised[fault]()
            raise error
        arrived = self._arrive(change, meant, intent)
        answer, token, sight = self.connection, self.next, self._sight()
        self.pause()
        if not arrived:
            raise errors.Refused("scim_connection_not_rotating_token", status=400)
        if fault == "lost_after":
            raise errors.OutcomeUnknown
        if fault == "error_500_after":
            raise errors.OutcomeUnknown("internal_server_error", status=500)
        if fault == "killed_after":
            raise Killed
        asking.sight = sight
        return answer, token

    def _arrive(self, change: str, meant: str, intent: str) -> bool:
        done = self._do(change)
        if done:
            self.done.add(intent)
        if done and change == "complete" and meant:
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
