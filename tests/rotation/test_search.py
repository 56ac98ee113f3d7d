"""A search for a history of two admins, the vendor's dashboard, failures and kills in which the console lies.

`SEARCH_SEED=…` repeats a run; the seed is printed with the examples' count.
"""

import os
import random
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pydantic import SecretStr

from tests.rotation.vendor import FAULTS, Fault, Killed, Vendor
from webapp.history import log
from webapp.history.database import Database, metadata
from webapp.history.events import By
from webapp.rotation import Action, ConnectionGone, Outcome, Pending, Result, Rotations, Seen, View, seen
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.stytch import Actor, errors
from webapp.stytch.models import Connection

SEED = int(os.environ.get("SEARCH_SEED") or random.randrange(2**32))  # noqa: S311
EXAMPLES = 400
STEPS = 25
ACTOR = Actor("organization-1", SecretStr("session"))
ADMINS = ("ada", "olga")


@dataclass(frozen=True)
class Page:
    """A card that an admin looks at: what it shows, the pending token behind it, and its form's id."""

    saw: Seen
    pending_token: str
    form: str


class Console(Protocol):
    """What a browser can ask for: the product, or a test double in its place."""

    def look(self) -> View: ...

    def act(self, action: Action, by: By, saw: Seen, intent_id: str) -> Result: ...


class Product:
    """The product's rotations over the model of Stytch, in a process that can be killed."""

    def __init__(self, vendor: Vendor) -> None:
        self.database = Database("sqlite://")
        metadata.create_all(self.database.engine)
        self._rotations = Rotations(vendor, self.database, lambda: vendor.now, lambda _: vendor.advance(5))

    def look(self) -> View:
        return self._rotations.look(ACTOR)

    def act(self, action: Action, by: By, saw: Seen, intent_id: str) -> Result:
        act = getattr(self._rotations, action)
        result: Result = act(by, ACTOR, "connection-1", saw, intent_id)
        return result


class Naive:
    """Rotation as it is often written: act at once, try again after a failure, believe the last answer."""

    def __init__(self, vendor: Vendor) -> None:
        self._vendor = vendor

    def look(self) -> View:
        return View(self._vendor.get_scim_connection(ACTOR).connection)

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

    def _call(self, action: Action) -> tuple[Connection, SecretStr | None]:
        if action is Action.START:
            started = self._vendor.start_rotation(ACTOR, "connection-1")
            return started.connection, started.next_bearer_token
        complete = action is Action.COMPLETE
        answer = (self._vendor.complete_rotation if complete else self._vendor.cancel_rotation)(ACTOR, "connection-1")
        assert answer.connection
        return answer.connection, None


class Search(RuleBasedStateMachine):
    """Two admins with a page each. After every step, what they were told is held against the vendor."""

    console_type: type[Product] | type[Naive] = Product

    def __init__(self) -> None:
        super().__init__()
        self.vendor = Vendor()
        self.console: Console = self.console_type(self.vendor)
        self.pages: dict[str, Page | None] = dict.fromkeys(ADMINS)
        self.sent: list[tuple[str, Action, Page]] = []
        self.shown: list[str] = []
        self.had = {self.vendor.current.text}

    @rule(start_replaces=st.booleans())
    def choose_what_stytch_does_not_document(self, start_replaces: bool) -> None:
        self.vendor.start_replaces = start_replaces

    @rule(name=st.sampled_from(ADMINS))
    def load_the_page(self, name: str) -> None:
        with self._may_fail():
            view = self.console.look()
            assert view.connection
            if view.settled:
                self._true(view.settled)
            self._show(name, view.connection, view.pending)

    @rule(
        name=st.sampled_from(ADMINS),
        action=st.sampled_from(list(Action)),
        fault=st.sampled_from(FAULTS),
        reads_fail=st.sampled_from([0, 0, 0, 1, 2]),
    )
    def press(self, name: str, action: Action, fault: Fault, reads_fail: int) -> None:
        page = self.pages[name]
        if page is None or bool(page.saw.next) is (action is Action.START):
            return
        if action is Action.COMPLETE and page.pending_token not in self.had | set(self.shown):
            return  # nobody can have put it into the identity provider, as the form has to confirm
        self.sent.append((name, action, page))
        self.vendor.fault = fault
        self._send(name, action, page, reads_fail)

    @rule(which=st.integers(0, 50))
    def send_a_form_again(self, which: int) -> None:
        if self.sent:
            self._send(*self.sent[which % len(self.sent)], 0)

    @rule(change=st.sampled_from(["start", "complete", "cancel"]))
    def act_in_the_vendors_dashboard(self, change: str) -> None:
        self.vendor.outside(change)
        self.had |= {token.text for token in (self.vendor.current, self.vendor.next) if token}

    @rule(seconds=st.sampled_from([1.0, 20.0, 55.0, 100.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.vendor.advance(seconds)

    @invariant()
    def no_token_is_shown_twice(self) -> None:
        assert len(self.shown) == len(set(self.shown))

    @invariant()
    def what_was_meant_is_what_was_promoted(self) -> None:
        assert all(meant == promoted for meant, promoted in self.vendor.completed)

    @invariant()
    def no_write_begins_while_another_may_still_arrive(self) -> None:
        assert self.vendor.writes_while_late == 0

    @invariant()
    def the_token_that_works_is_one_that_somebody_has(self) -> None:
        assert self.vendor.current.text in self.had | set(self.shown)

    def teardown(self) -> None:
        """In the end every action has an outcome, and the log is whole."""
        self.vendor.fault, self.vendor.reads_fail = "none", 0
        if isinstance(self.console, Product):
            self.vendor.advance((LEASE + SETTLE).total_seconds() * 2)
            self.console.look()
            assert self.console.look().pending is None
            assert not log.verify(self.console.database).broken
            self.console.database.close()

    def _send(self, name: str, action: Action, page: Page, reads_fail: int) -> None:
        by = By(organization_id="organization-1", member_id=name, email=f"{name}@acme.example", address="")
        self.vendor.meant = page.pending_token
        # The first read comes before the change; when the later ones fail, the outcome is unknown.
        with self._may_fail(), _FailLaterReads(self.vendor, reads_fail):
            result = self.console.act(action, by, page.saw, page.form)
            if not result.replayed:
                self._true(result)
            if result.new_token:
                self.shown.append(result.new_token.get_secret_value())
            self._show(name, result.connection, result.pending)

    def _show(self, name: str, connection: Connection, pending: Pending | None) -> None:
        """The admin's page is that of this connection; while something is pending it has no buttons."""
        next_token = self.vendor.next.text if self.vendor.next else ""
        page = Page(seen(connection), next_token, str(uuid.uuid4()))
        self.pages[name] = None if pending else page

    def _true(self, result: Result) -> None:
        """What the admin is told holds at the vendor at that moment."""
        if result.outcome is Outcome.UNKNOWN:
            return
        assert seen(result.connection) == seen(self.vendor.connection)
        if result.outcome is Outcome.DONE and result.action is Action.COMPLETE:
            assert self.vendor.next is None
            assert self.vendor.current.last_four == result.before.next_bearer_token_last_four
            assert self.vendor.current.ends == result.before.next_bearer_token_expires_at
        if result.outcome is Outcome.DONE and result.action is Action.CANCEL:
            assert self.vendor.next is None
            assert self.vendor.current.ends == result.before.bearer_token_expires_at
        if result.new_token:
            assert self.vendor.next
            assert self.vendor.next.text == result.new_token.get_secret_value()

    @contextmanager
    def _may_fail(self) -> Iterator[None]:
        try:
            yield
        except (errors.StytchError, ConnectionGone, Killed):
            # The admin is told that reading failed, or sees a dead server.
            self.vendor.fault = "none"


class _FailLaterReads:
    """Makes reads fail once a change was asked for."""

    def __init__(self, vendor: Vendor, count: int) -> None:
        self._vendor, self._count = vendor, count

    def __enter__(self) -> None:
        original = type(self._vendor)._write

        def then_fail(change: str) -> None:
            self._vendor.reads_fail = self._count
            original(self._vendor, change)

        self._vendor._write = then_fail  # type: ignore[method-assign]

    def __exit__(self, *_: object) -> None:
        del self._vendor._write
        self._vendor.reads_fail = 0


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
