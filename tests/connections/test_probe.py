"""The probe: what the answer that shows a new token says of it, and that nothing keeps that answer back."""

import io
import time
from threading import Event

import httpx
import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, notice, press_plainly, words
from webapp.connections import probe
from webapp.history.database import Database, events
from webapp.sandbox.rehearsals import REHEARSALS
from webapp.stytch import transport
from webapp.stytch.scim_server import ScimServers

START = "Start rotation"
FAULTS = {each.name: each for group in REHEARSALS.values() for each in group if "try token" in each.calls}


def probes(database: Database) -> list[tuple[str, str]]:
    """Outcome and details of the probes in the history, oldest first."""
    with database.read() as reading:
        rows = reading.execute(
            sa.select(events.c.outcome, events.c.details)
            .where(events.c.type == "token.probe")
            .order_by(events.c.sequence)
        )
        return [(row.outcome, row.details) for row in rows]


def shown(sandbox: Sandbox, answer: httpx.Response, slug: str = "acme") -> str:
    """The new token, which this answer shows: its last four."""
    new = sandbox.connection(slug).next_bearer_token
    assert new
    assert answer.status_code == 200
    assert f">{new}</textarea>" in answer.text
    return new[-4:]


def test_a_new_token_that_works(enter: Enter, sandbox: Sandbox, history: Database, press: Press) -> None:
    visitor, page = enter()
    started = press(visitor, page, START)
    new = shown(sandbox, started)
    assert sandbox.calls() == ["GET connection", "POST start", "GET Users"]
    assert f"Stytch accepts ···· token ending in {new} (tried " in words(started)
    [(outcome, details)] = probes(history)
    assert outcome == "accepted"
    assert f'"last_four":"{new}","length":48' in details.replace(" ", "")
    later = visitor.get("/connections")
    assert f"Stytch accepted ···· token ending in {new} (tried " in words(later)
    assert sandbox.calls()[-1] == "GET connection", "it is told again, not tried again"


def test_one_that_was_made_after_another_was_lost(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter("ian@initech.example")
    answer = press(visitor, page, "Cancel and start")
    new = shown(sandbox, answer, "initech")
    assert f"Stytch accepts ···· token ending in {new} (tried " in words(answer)


def test_the_first_token_of_a_connection(enter: Enter, sandbox: Sandbox, history: Database, press: Press) -> None:
    visitor, listed = enter("gil@globex.example")
    form = visitor.click(listed, "Create connection")
    sandbox.world.requests.clear()
    created = press(visitor, form, "Create connection", display_name="Globex Okta", identity_provider="okta")
    token = sandbox.connection("globex").bearer_token
    assert f">{token}</textarea>" in created.text
    assert f"Stytch accepts ···· token ending in {token[-4:]} (tried " in words(created)
    assert sandbox.calls() == ["GET connection", "POST connection", "GET Users"]
    assert [outcome for outcome, _ in probes(history)] == ["accepted"]


@pytest.mark.parametrize("fault", ["never arrives", "401"])
def test_a_first_token_is_shown_whatever_comes_of_trying_it(
    enter: Enter, sandbox: Sandbox, press: Press, fault: str
) -> None:
    visitor, listed = enter("gil@globex.example")
    form = visitor.click(listed, "Create connection")
    sandbox.world.faults.append(FAULTS[fault].on("try token"))
    created = press(visitor, form, "Create connection", display_name="Globex Okta", identity_provider="okta")
    token = sandbox.connection("globex").bearer_token
    assert (created.status_code, f">{token}</textarea>" in created.text) == (200, True)
    said = "Check it again before you rely on it." if fault == "401" else "could not be tried ("
    assert said in words(created)


def test_one_that_does_not_work_yet(enter: Enter, sandbox: Sandbox, history: Database, press: Press) -> None:
    sandbox.world.variants["tokens_while_rotating"] = "current_only"
    visitor, page = enter()
    started = press(visitor, page, START)
    new, old = shown(sandbox, started), sandbox.connection().bearer_token[-4:]
    for answer in (started, visitor.get("/connections")):
        assert f"Stytch did not accept ···· token ending in {new} when it was tried (" in words(answer)
        assert "It is not documented whether it does before you complete." in words(answer)
        assert " now Stytch did not accept it yet , ends " in words(answer)
        assert 'class="lane lane--unknown"' in answer.text
        assert "Two tokens are live" not in words(answer)
    assert notice(started).startswith(f"Rotation started ····{new} is there beside ····{old}. It is shown this once")
    assert [outcome for outcome, _ in probes(history)] == ["refused"]
    sandbox.fail("status", "/complete$", status=400, error_type="bad_request")
    not_done = press(visitor, started, "Complete: switch off", confirmed="yes")
    holds = f"Nothing was changed: ····{old} works. Stytch did not accept ····{new} when it was tried."
    assert notice(not_done).startswith(f"The rotation was not completed Stytch refused it. {holds}")
    completed = press(visitor, visitor.get("/connections"), "Complete: switch off", confirmed="yes")
    assert f"token ending in {new} Current token the only token that works" in words(completed)


def test_a_base_url_elsewhere(enter: Enter, sandbox: Sandbox, history: Database, press: Press) -> None:
    visitor, page = enter()
    sandbox.world.public_url = "http://127.0.0.1:1"
    started = press(visitor, page, START)
    new = shown(sandbox, started)
    assert f"Whether Stytch accepts ···· token ending in {new} was not tried: the base URL is at an" in words(started)
    assert sandbox.calls() == ["GET connection", "POST start"]
    assert [outcome for outcome, _ in probes(history)] == ["elsewhere"]


@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_comes_of_it_the_token_is_shown(
    enter: Enter, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(probe, "SECONDS", 0.4)
    visitor, page = enter()
    sandbox.world.faults.append(FAULTS[fault].on("try token"))
    began = time.monotonic()
    started = press_plainly(visitor, page, START)
    assert time.monotonic() - began < 2.5
    new = shown(sandbox, started)
    assert notice(started).startswith("Rotation started")
    [(outcome, _)] = probes(history)
    if fault == "401":
        assert outcome == "refused"
    else:
        assert outcome == "no_answer"
        assert f"Whether Stytch accepts ···· token ending in {new} could not be tried (" in words(started)
        assert "That says nothing about the token." in words(started)
    assert len([path for path in sandbox.calls() if path == "GET Users"]) <= 1, "tried once, no redirect followed"


def test_a_name_that_is_looked_up_for_ever(
    enter: Enter, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system lets nobody cut that short."""
    monkeypatch.setattr(probe, "SECONDS", 0.2)
    visitor, page = enter()
    visitor.get("/connections")  # the console's connection to Stytch is there
    over = Event()

    def look_up(host: str, _port: int) -> list[str]:
        over.wait(30)
        return [host]

    monkeypatch.setattr(transport, "_addresses", look_up)
    began = time.monotonic()
    started = press_plainly(visitor, page, START)
    assert time.monotonic() - began < 5
    over.set()
    shown(sandbox, started)
    assert [outcome for outcome, _ in probes(history)] == ["no_answer"]


def test_a_mistake_of_the_probe_itself(
    enter: Enter, sandbox: Sandbox, logs: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> bool:
        raise RuntimeError("about " + (sandbox.connection().next_bearer_token or ""))

    monkeypatch.setattr(ScimServers, "accepts", break_down)
    visitor, page = enter()
    started = press_plainly(visitor, page, START)
    shown(sandbox, started)
    assert "step__probe" not in started.text
    assert '"kind": "RuntimeError"' in logs.getvalue()
    assert (sandbox.connection().next_bearer_token or "-") not in logs.getvalue()


def test_a_form_that_is_sent_again_tries_nothing(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    visitor, page = enter()
    press(visitor, page, START)
    again = press(visitor, page, START)
    assert "It could be shown in the first answer alone." in notice(again)
    assert sandbox.calls().count("GET Users") == 1


def test_a_rotation_of_somewhere_else_has_no_probe(enter: Enter) -> None:
    _, page = enter("ian@initech.example")
    assert "step__probe" not in page.text


def test_the_token_is_in_no_log_and_not_in_the_history(
    enter: Enter, sandbox: Sandbox, history: Database, logs: io.StringIO
) -> None:
    visitor, page = enter()
    press_plainly(visitor, page, START)
    new = sandbox.connection().next_bearer_token or ""
    with history.read() as reading:
        kept = repr(list(reading.execute(sa.select(events)).all()))
    assert new[-4:] in kept
    assert new not in kept
    assert new not in logs.getvalue()
    assert "scim-console.invalid" not in logs.getvalue()
