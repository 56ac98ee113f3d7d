"""A search for a history of two admins, the vendor's dashboard, failures and kills in which the console lies.

`SEARCH_SEED=…` repeats a run; the seed is printed with the examples' count.
"""

import os
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import SecretStr
from sqlalchemy.pool import StaticPool

from tests.rotation.requests import Request
from tests.rotation.vendor import FAULTS, Asking, Fault, Killed, Sight, Vendor
from webapp import rotation
from webapp.connections import notices
from webapp.connections.card import shown
from webapp.history import log
from webapp.history.database import Database, intents, metadata
from webapp.history.events import By
from webapp.rotation import (
    Action,
    ConnectionGone,
    Outcome,
    Pending,
    Result,
    Rotations,
    Seen,
    Unread,
    seen,
)
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch import Actor, errors
from webapp.stytch.models import Connection

SEED = int(os.environ.get("SEARCH_SEED") or random.randrange(2**32))  # noqa: S311
EXAMPLES = 400
STEPS = 25
ACTOR = Actor("organization-1", SecretStr("session"))
ADMINS = ("ada", "olga")
TO_THE_END = 99
PAUSES = st.sampled_from([TO_THE_END] * 6 + [1, 2, 2, 3, 4])
"""How far a request goes before others come in between: most go to their end."""
AT_WORK = timedelta(seconds=20)
"""How long after asking for its change a request is at work at most, by the deadlines of its calls."""
MOSTLY = st.sampled_from(["none"] * 8 + ["late"] * 4 + list(FAULTS))
"""What meets a press: nothing, what is hardest to find out about, or any other fault."""


@dataclass(frozen=True)
class Page:
    """A card that an admin looks at: what it shows, the pending token behind it, and its form's id."""

    saw: Seen
    pending_token: str
    form: str


class Console(Protocol):
    """What a browser can ask for: the product, or a test double in its place."""

    def look(self) -> rotation.Sight: ...

    def act(self, action: Action, by: By, saw: Seen, intent_id: str) -> Result: ...

    def shown(self, connection: Connection) -> str: ...


class Product:
    """The product's rotations over the model of Stytch, in processes that can be killed."""

    def __init__(self, vendor: Vendor, sleep: Callable[[float], None]) -> None:
        self.database = Database("sqlite://")
        # One connection for all threads, of which one runs at a time.
        self.database.engine = sa.create_engine(
            "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
        )
        metadata.create_all(self.database.engine)
        self._rotations = Rotations(vendor, self.database, lambda: vendor.now, sleep)

    def look(self) -> rotation.Sight:
        sight = self._rotations.look(ACTOR).of("connection-1")
        assert sight
        return sight

    def act(self, action: Action, by: By, saw: Seen, intent_id: str) -> Result:
        act = getattr(self._rotations, action)
        result: Result = act(by, ACTOR, "connection-1", saw, intent_id)
        return result

    def settled(self) -> set[str]:
        """The intents that have an outcome."""
        with self.database.read() as connection:
            return set(connection.execute(sa.select(intents.c.id).where(intents.c.settled_at.is_not(None))).scalars())

    def shown(self, connection: Connection) -> str:
        return shown(self._rotations.started(connection))


class Naive:
    """Rotation as it is often written: act at once, try again after a failure, believe the last answer."""

    def __init__(self, vendor: Vendor, _sleep: Callable[[float], None]) -> None:
        self._vendor = vendor

    def look(self) -> rotation.Sight:
        return rotation.Sight(self._vendor.get_scim_connections(ACTOR).connections[0])

    def act(self, action: Action, by: By, saw: Seen, intent_id: str) -> Result:  # noqa: ARG002
        vendor, before = self._vendor, self._vendor.connection
        for last_try in (False, True):
            try:
                connection, token = self._call(action)
            except errors.OutcomeUnknown:
                if last_try:
                    raise
            else:
                return Result(action, Outcome.DONE, before, connection, vendor.now, by, new_token=token)
        raise AssertionError("not reached")

    def shown(self, connection: Connection) -> str:  # noqa: ARG002
        return "perhaps"

    def _call(self, action: Action) -> tuple[Connection, SecretStr | None]:
        if action is Action.START:
            started = self._vendor.start_rotation(ACTOR, "connection-1")
            return started.connection, started.next_bearer_token
        complete = action is Action.COMPLETE
        answer = (self._vendor.complete_rotation if complete else self._vendor.cancel_rotation)(ACTOR, "connection-1")
        assert answer.connection
        return answer.connection, None


class Search(RuleBasedStateMachine):
    """Two admins with a page each. Whatever they are told is held against what the vendor had when it was asked."""

    console_type: type[Product] | type[Naive] = Product

    def __init__(self) -> None:
        super().__init__()
        self.vendor = Vendor()
        self.console: Console = self.console_type(self.vendor, lambda _: self._pass(5))
        self.pages: dict[str, Page | None] = dict.fromkeys(ADMINS)
        self.sent: list[tuple[str, Action, Page]] = []
        self.at_work: list[tuple[Request, str, Page | None]] = []
        self.shown: list[str] = []
        self.had = {self.vendor.current.text}
        self.told_not_done: set[str] = set()

    @rule(start_replaces=st.booleans())
    def choose_what_stytch_does_not_document(self, start_replaces: bool) -> None:
        self.vendor.start_replaces = start_replaces

    @rule(name=st.sampled_from(ADMINS), pauses=PAUSES)
    def load_the_page(self, name: str, pauses: int) -> None:
        self._ask(name, None, Request(self.vendor, Asking(), self.console.look), pauses)

    @rule(
        name=st.sampled_from(ADMINS),
        otherwise=st.sampled_from([Action.COMPLETE, Action.CANCEL, Action.RESTART]),
        fault=MOSTLY,
        reads_fail=st.sampled_from([0, 0, 0, 1, 2]),
        pauses=PAUSES,
        looks_first=st.booleans(),
    )
    def press(
        self, name: str, otherwise: Action, fault: Fault, reads_fail: int, pauses: int, looks_first: bool
    ) -> None:
        """Starts a rotation, or does something about the one that is open."""
        if looks_first or not self.pages[name]:
            self.load_the_page(name, TO_THE_END)
        page = self.pages[name]
        if page is None:
            return
        action = otherwise if page.saw.next else Action.START
        if action is Action.COMPLETE and page.pending_token not in self.had | set(self.shown):
            return  # nobody can have put it into the identity provider, as the form has to confirm
        self.sent.append((name, action, page))
        self._send(name, action, page, fault, reads_fail, pauses)

    @rule(which=st.integers(0, 50), pauses=PAUSES, reads_fail=st.sampled_from([0, 0, 0, 1]))
    def send_a_form_again(self, which: int, pauses: int, reads_fail: int) -> None:
        if self.sent:
            self._send(*self.sent[which % len(self.sent)], "none", 0, pauses, reads_fail)

    @rule(which=st.integers(0, 5), pauses=PAUSES)
    def let_a_request_go_on(self, which: int, pauses: int) -> None:
        if self.at_work:
            self._go_on(self.at_work[which % len(self.at_work)], pauses)

    @rule(change=st.sampled_from(["start", "complete", "cancel"]))
    def act_in_the_vendors_dashboard(self, change: str) -> None:
        self.vendor.outside(change)
        self.had |= {token.text for token in (self.vendor.current, self.vendor.next) if token}

    @rule(seconds=st.sampled_from([1.0, 7.0, 15.0, 28.0, 45.0, 55.0, 100.0]))
    def let_time_pass(self, seconds: float) -> None:
        self._pass(seconds)

    @invariant()
    def no_token_is_shown_twice(self) -> None:
        assert len(self.shown) == len(set(self.shown))

    @invariant()
    def what_was_meant_is_what_was_promoted(self) -> None:
        assert all(meant == promoted for meant, promoted in self.vendor.completed)

    @invariant()
    def no_write_begins_while_another_may_still_arrive(self) -> None:
        assert self.vendor.overlapping == 0

    @invariant()
    def what_may_still_arrive_is_not_settled(self) -> None:
        if isinstance(self.console, Product):
            coming = {late.intent for late in self.vendor.late} | {asking.sent for asking in self.vendor.on_its_way}
            settled = coming & self.console.settled()
            assert [intent for intent in settled if not self.vendor.disturbed(intent)] == []

    @invariant()
    def the_token_that_works_is_one_that_somebody_has(self) -> None:
        assert self.vendor.current.text in self.had | set(self.shown)

    @invariant()
    def what_was_said_not_to_be_done_never_is(self) -> None:
        assert not self.told_not_done & self.vendor.done

    def teardown(self) -> None:
        """In the end every action has an outcome, and the log is whole."""
        for request, _, _ in self.at_work:
            request.kill()
        if isinstance(self.console, Product):
            self.vendor.advance((LEASE + SETTLE).total_seconds() * 2)
            self.console.look()
            assert self.console.look().pending is None
            assert not self.told_not_done & self.vendor.done
            assert not log.verify(self.console.database).broken
            self.console.database.close()

    def _send(
        self,
        name: str,
        action: Action,
        page: Page,
        fault: Fault,
        fails_later: int,
        pauses: int,
        reads_fail: int = 0,
    ) -> None:
        by = By(organization_id="organization-1", member_id=name, email=f"{name}@acme.example", address="")
        second = str(uuid.uuid5(uuid.NAMESPACE_OID, page.form)) if action is Action.RESTART else page.form
        ids = {"start": second, "complete": page.form, "cancel": page.form}
        asking = Asking(fault, fails_later, page.pending_token, ids, reads_fail)
        request = Request(self.vendor, asking, lambda: self.console.act(action, by, page.saw, page.form))
        self._ask(name, page, request, pauses)

    def _pass(self, seconds: float) -> None:
        """Time passes; who would be at work for longer than can be is answered before."""
        for at_work in self.at_work.copy():
            sent_at = at_work[0].asking.sent_at
            overdue = sent_at and sent_at + AT_WORK < self.vendor.now + timedelta(seconds=seconds)
            if overdue and at_work[0].asking is not self.vendor.asking:
                self._go_on(at_work, TO_THE_END)
        self.vendor.advance(seconds)

    def _ask(self, name: str, page: Page | None, request: Request, pauses: int) -> None:
        """`page` is the one whose form was sent, if any."""
        self.at_work.append((request, name, page))
        self._go_on(self.at_work[-1], pauses)

    def _go_on(self, at_work: tuple[Request, str, Page | None], pauses: int) -> None:
        request, name, page = at_work
        request.go_on(pauses)
        if not request.ended:
            return
        self.at_work.remove(at_work)
        match request.error:
            case None:
                self._told(name, page, request.result, request.asking)
            case Unread():
                text = notices.of_sent_before(request.error.firsts, self.vendor.now).text
                assert "Nothing was changed" not in text
                for first in request.error.firsts:
                    self._is_so(Outcome(first.outcome or Outcome.UNKNOWN), first.id, frozenset(self.vendor.done))
            case errors.StytchError() | ConnectionGone() | Killed():
                pass  # the admin is told that reading failed, or sees a dead server
            case error:
                raise error

    def _told(self, name: str, page: Page | None, told: Any, asking: Asking) -> None:
        assert asking.sight
        if isinstance(told, rotation.Sight):
            if told.settled:
                self._true(told.settled, Seen("????"), asking.sight)
            if told.pending:
                self._pending(told.pending, asking.sight)
        else:
            assert page
            if told.new_token:
                self.shown.append(told.new_token.get_secret_value())
            self._true(told, page.saw, asking.sight, page.form)
        self._show(name, told.connection, told.pending, asking.sight)

    def _show(self, name: str, connection: Connection, pending: Pending | None, sight: Sight) -> None:
        """The admin's page is that of this connection; while something is pending it has no buttons."""
        self.pages[name] = None
        if pending:
            return
        if sight.next and connection.rotating:
            match self.console.shown(connection):
                case "yes":
                    assert sight.next.text in self.shown
                case "no":
                    assert sight.next.text not in self.shown
        self.pages[name] = Page(seen(connection), sight.next.text if sight.next else "", str(uuid.uuid4()))

    def _true(self, result: Result, saw: Seen, sight: Sight, form: str = "") -> None:
        """What the admin is told held at the vendor when it was asked."""
        notice = notices.notice(result, saw, "Okta")
        intent = result.intent_id or form
        if result.pending:
            self._pending(result.pending, sight)
        if result.outcome is Outcome.UNKNOWN:
            return
        assert seen(result.connection) == sight.seen
        self._words(notice.text, sight)
        if "Nothing was changed" in notice.text or result.outcome is Outcome.NOT_YET:
            assert result.action is not Action.RESTART
            assert intent not in sight.done or self.vendor.disturbed(intent)
        if result.action is Action.RESTART:
            intent = str(uuid.uuid5(uuid.NAMESPACE_OID, form)) if not result.intent_id else intent
        self._is_so(result.outcome, intent, sight.done)
        if result.outcome is Outcome.DONE and result.action is Action.COMPLETE and not result.since_changed:
            assert sight.current.last_four == result.before.next_bearer_token_last_four
            assert sight.current.ends == result.before.next_bearer_token_expires_at
        if result.outcome is Outcome.DONE and result.action is Action.CANCEL and not result.since_changed:
            assert sight.next is None
            assert sight.current.ends == result.before.bearer_token_expires_at
        if result.outcome is Outcome.LOST and not result.since_changed:
            assert sight.next
            assert sight.next.text not in self.shown
        if result.new_token:
            assert sight.next
            assert sight.next.text == result.new_token.get_secret_value()

    def _is_so(self, outcome: Outcome, intent: str, done: frozenset[str]) -> None:
        """It was carried out or not, as is told; but where somebody in the dashboard may have done or undone it."""
        if self.vendor.disturbed(intent):
            return
        if outcome in (Outcome.DONE, Outcome.LOST):
            assert intent in done
        if outcome is Outcome.NOT_DONE and intent in self.vendor.sent:
            self.told_not_done.add(intent)

    def _pending(self, pending: Pending, sight: Sight) -> None:
        text = notices.of_pending(pending, self.vendor.now).text
        if "not happened so far" in text:
            assert pending.intent_id not in sight.done or self.vendor.disturbed(pending.intent_id)

    def _words(self, text: str, sight: Sight) -> None:
        """What a sentence says of the tokens now."""
        for current, pending in re.findall(r"····(\w{4}) and ····(\w{4}) both work", text):
            assert Seen(current, pending) == sight.seen
        for current in re.findall(r"····(\w{4}) is the only token", text):
            assert Seen(current) == sight.seen


class NaiveSearch(Search):
    """The same search in the naive console."""

    console_type = Naive


BUDGET = settings(
    max_examples=EXAMPLES,
    stateful_step_count=STEPS,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
    print_blob=False,
    report_multiple_bugs=False,
)


def test_no_history_is_found_in_which_the_console_lies(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\nsearching {EXAMPLES} histories of {STEPS} steps, SEARCH_SEED={SEED}")  # noqa: T201
    run_state_machine_as_test(seed(SEED)(Search), settings=BUDGET)


def test_the_search_finds_what_is_wrong_with_naive_rotation() -> None:
    with pytest.raises(AssertionError):
        run_state_machine_as_test(seed(SEED)(NaiveSearch), settings=BUDGET)
