"""Saving roles by two consoles on one database, and by one that is killed in the midst of it."""

import json
import threading
from collections.abc import Callable

import pytest

from tests.conftest import Sandbox
from tests.history.samples import by
from webapp.connections.roles.assignments import Assignments, Change
from webapp.connections.roles.changes import RoleChanges, Saved
from webapp.history.database import Database
from webapp.history.role_saves import RoleSaves
from webapp.rotation import Outcome
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox.connections import Connection
from webapp.stytch import Stytch

PUT = "/connection/[^/]+$"
Save = Callable[..., Saved]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture
def acme(sandbox: Sandbox) -> Connection:
    return sandbox.connection()


@pytest.fixture
def mark(stytch: Stytch, sandbox: Sandbox) -> str:
    """The state that everybody saw."""
    return assignments(stytch, sandbox).mark


@pytest.fixture
def save(stytch: Stytch, sandbox: Sandbox, history: Database, acme: Connection, mark: str) -> Save:
    """Adds a role to the group of that name, each time by a console of its own."""
    actor = sandbox.actor()

    def run(group: str, role: str = "scim_viewer", seen: str = mark) -> Saved:
        [group_id] = [each.id for each in acme.directory.groups.values() if each.display_name == group]
        change = Change(group_id=group_id, group_name=group, add=(role,))
        console = RoleChanges(stytch, history, sandbox.world.clock.now)
        return console.save(by(organization_id=actor.organization_id), actor, acme.connection_id, seen, [change])

    return run


def assignments(stytch: Stytch, sandbox: Sandbox) -> Assignments:
    [connection] = stytch.get_scim_connections(sandbox.actor()).connections
    return Assignments(connection.scim_group_implicit_role_assignments)


def look(stytch: Stytch, sandbox: Sandbox, history: Database) -> None:
    """Somebody opens the groups."""
    now_is, acme = assignments(stytch, sandbox), sandbox.connection()
    console = RoleChanges(stytch, history, sandbox.world.clock.now)
    console.settle(acme.organization_id, acme.connection_id, now_is)


def told(history: Database) -> list[tuple[str, bool]]:
    """Outcomes in the history, and whether a later look found them."""
    with history.read() as connection:
        rows = connection.exec_driver_sql("SELECT outcome, details FROM events ORDER BY sequence")
        return [(row.outcome, json.loads(row.details)["settled_later"]) for row in rows]


def test_two_consoles_write_one_after_the_other(save: Save, sandbox: Sandbox, acme: Connection) -> None:
    before = len(acme.group_role_assignments)
    sandbox.fail("latency", PUT, "PUT", seconds=0.5)
    outcomes: list[Outcome] = []
    threads = [
        threading.Thread(target=lambda name=group: outcomes.append(save(name).outcome))
        for group in ("Engineering", "Finance", "People")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [Outcome.CHANGED, Outcome.CHANGED, Outcome.DONE]
    assert len(acme.group_role_assignments) == before + 1


def test_what_may_still_arrive_holds_up_every_console(
    save: Save, sandbox: Sandbox, stytch: Stytch, history: Database
) -> None:
    sandbox.fail("drop_before_commit", PUT, "PUT")
    assert save("Engineering").outcome is Outcome.NOT_YET
    busy = save("Finance")
    assert busy.outcome is Outcome.BUSY
    assert busy.until is not None
    sandbox.world.clock.advance(SETTLE.total_seconds() + 1)
    look(stytch, sandbox, history)
    assert save("Finance").outcome is Outcome.DONE
    assert told(history) == [("not_yet", False), ("busy", False), ("not_done", True), ("done", False)]


@pytest.mark.parametrize("after_commit", [True, False])
def test_a_console_that_is_killed_while_saving(
    save: Save,
    sandbox: Sandbox,
    stytch: Stytch,
    history: Database,
    monkeypatch: pytest.MonkeyPatch,
    after_commit: bool,
) -> None:
    assign = Stytch.assign_roles

    def killed(self: Stytch, *given: object) -> None:
        if after_commit:
            assign(self, *given)  # type: ignore[arg-type]
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Stytch, "assign_roles", killed)
        with pytest.raises(Killed):
            save("Engineering")
    assert told(history) == []
    sandbox.world.clock.advance(LEASE.total_seconds() + 1)
    look(stytch, sandbox, history)
    assert told(history) == ([("done", True)] if after_commit else [])
    sandbox.world.clock.advance(SETTLE.total_seconds())
    look(stytch, sandbox, history)
    assert told(history) == [("done" if after_commit else "not_done", True)]
    now = assignments(stytch, sandbox).mark
    assert save("Finance", seen=now).outcome is Outcome.DONE


def test_the_next_saving_finds_out_too(
    save: Save, sandbox: Sandbox, stytch: Stytch, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Stytch, "assign_roles", killed)
        with pytest.raises(Killed):
            save("Engineering")
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds() + 1)
    assert save("Finance").outcome is Outcome.DONE
    assert told(history) == [("not_done", True), ("done", False)]
    assert ("scim_viewer",) not in {held.roles for held in assignments(stytch, sandbox).held if held.name == "People"}


def test_a_console_that_is_killed_before_it_sent_anything(
    save: Save, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds up the others for its lease, and is no event."""
    with monkeypatch.context() as patch:
        patch.setattr(RoleSaves, "withdraw", lambda *_: None)
        patch.setattr(RoleChanges, "_read", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            save("Engineering")
    sandbox.world.clock.advance(LEASE.total_seconds() + 1)
    assert save("Finance").outcome is Outcome.DONE
    assert told(history) == [("done", False)]


def test_a_read_that_fails_holds_up_nobody(save: Save, sandbox: Sandbox, history: Database) -> None:
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    with pytest.raises(Exception, match="OutcomeUnknown"):
        save("Engineering")
    assert save("Finance").outcome is Outcome.DONE
    assert told(history) == [("done", False)]
