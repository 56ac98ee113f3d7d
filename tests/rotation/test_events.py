"""What the history is told of an action: who, what they saw, what holds now, Stytch's request ids; never a token."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Sandbox
from tests.rotation.conftest import Enter, recorded
from tests.rotation.interrupted import Interrupted, replace_tokens, saw
from webapp.history.database import Database
from webapp.history.events import Tokens
from webapp.rotation import Rotations, Seen
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.connections import Connection
from webapp.stytch import errors

FORM = "intent-1"
each_action = pytest.mark.parametrize(
    ("step", "slug"), [("start", "acme"), ("complete", "initech"), ("cancel", "initech")]
)


def holds(connection: Connection) -> Tokens:
    """The tokens as the history keeps them: whole seconds, as Stytch writes them."""
    ends, next_ends = connection.bearer_token_expires_at, connection.next_bearer_token_expires_at
    return Tokens(
        current=connection.bearer_token[-4:],
        current_ends=ends.replace(microsecond=0).isoformat() if ends else None,
        next=(connection.next_bearer_token or "")[-4:],
        next_ends=next_ends.replace(microsecond=0).isoformat() if next_ends else None,
    )


@each_action
def test_done(enter: Enter, history: Database, step: str, slug: str) -> None:
    admin = enter(slug)
    before = holds(admin.connection)
    result = admin.press(step, intent_id=FORM)
    (event,) = recorded(history)
    assert (event.type, event.outcome, event.by) == (f"rotation.{step}", "done", admin.by)
    assert (event.connection_id, event.intent_id) == (admin.connection.connection_id, FORM)
    assert (event.expected, event.found) == (before, holds(admin.connection))
    assert event.request_ids == result.request_ids != ()
    assert not event.settled_later


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"kind": "status", "status": 403, "error_type": "session_authorization_error"}, "refused"),
        ({"kind": "status", "status": 404, "error_type": "session_not_found"}, "refused"),
        ({"kind": "status", "status": 401, "error_type": "unauthorized_credentials"}, "not_done"),
        ({"kind": "status", "status": 429, "error_type": "too_many_requests"}, "not_done"),
        ({"kind": "status", "status": 400, "error_type": "some_new_rule"}, "not_done"),
        ({"kind": "status", "status": 500}, "not_done"),
        ({"kind": "drop_before_commit"}, "not_yet"),
    ],
)
@each_action
def test_nothing_done(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str, fault: dict[str, Any], outcome: str
) -> None:
    admin = enter(slug)
    before = holds(admin.connection)
    sandbox.fail(**fault, path=f"/{step}$")
    with suppress(errors.SessionEnded, errors.BadCredentials):  # those go on to their own pages
        admin.press(step)
    (event,) = recorded(history)
    assert (event.type, event.outcome, event.expected, event.found) == (f"rotation.{step}", outcome, before, before)
    answered = fault["kind"] == "status"
    assert [each.startswith("request-id-test-") for each in event.request_ids] == [True] * answered


@each_action
def test_an_answer_that_was_lost(enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str) -> None:
    admin = enter(slug)
    before = holds(admin.connection)
    sandbox.fail("drop_after_commit", f"/{step}$")
    admin.press(step)
    (event,) = recorded(history)
    assert event.outcome == ("lost" if step == "start" else "done")
    assert (event.expected, event.found, event.request_ids) == (before, holds(admin.connection), ())


@each_action
def test_not_known_and_then_found_out(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """The one who looks finds it out; it stays the deed of the one who asked for it."""
    admin = enter(slug)
    before = holds(admin.connection)
    stytch.before[step] = lambda: sandbox.fail("status", "/connection$", "GET", times=2)
    sandbox.fail("status", f"/{step}$", status=500, after_commit=True)
    result = admin.press(step, intent_id=FORM)
    looking = enter(slug, "olga@acme.example" if slug == "acme" else "ian@initech.example")
    assert looking.look().settled
    unknown, found_out = recorded(history)
    assert (unknown.outcome, unknown.expected, unknown.found) == ("unknown", before, None)
    assert found_out.outcome == ("lost" if step == "start" else "done")
    assert (found_out.expected, found_out.found) == (before, holds(admin.connection))
    assert (unknown.settled_later, found_out.settled_later) == (False, True)
    assert unknown.request_ids == found_out.request_ids == result.request_ids != ()
    assert (unknown.by, found_out.by) == (admin.by, admin.by)
    assert (unknown.intent_id, found_out.intent_id) == (FORM, FORM)


@each_action
def test_changed_before_anything_was_sent(
    enter: Enter, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    """A refusal of the console's own: `expected` is what was on the page, as the form told it."""
    admin, admin_saw = enter(slug), saw(sandbox.connection(slug))
    replace_tokens(admin.connection)
    admin.press(step, admin_saw)
    (event,) = recorded(history)
    assert (event.type, event.outcome, event.request_ids) == (f"rotation.{step}", "changed", ())
    assert event.expected == Tokens(current=admin_saw.current, next=admin_saw.next)
    assert event.found == holds(admin.connection)


def test_what_a_form_claims_to_have_seen_is_kept_to_four_characters(enter: Enter, history: Database) -> None:
    admin = enter("initech")
    token = admin.connection.next_bearer_token or ""
    admin.press("complete", Seen(admin.connection.bearer_token, token))
    (event,) = recorded(history)
    assert event.expected == Tokens(current=admin.connection.bearer_token[:4], next=token[:4])


@each_action
def test_changed_meanwhile(
    enter: Enter, stytch: Interrupted, sandbox: Sandbox, history: Database, step: str, slug: str
) -> None:
    admin = enter(slug)
    before = holds(admin.connection)
    stytch.before[step] = lambda: setattr(admin.connection, "bearer_token", "z" * 48)
    sandbox.fail("status", f"/{step}$", status=500)
    admin.press(step)
    (event,) = recorded(history)
    assert (event.outcome, event.expected, event.found) == ("changed", before, holds(admin.connection))


def test_busy(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    ada, olga = enter(), enter(email="olga@acme.example")
    now = holds(ada.connection)
    sandbox.fail("drop_before_commit", "/start$")
    ada.press("start")
    olga.press("start")
    _, event = recorded(history)
    assert (event.type, event.outcome, event.by) == ("rotation.start", "busy", olga.by)
    assert (event.found, event.request_ids) == (now, ())


def test_starting_again_is_a_cancel_and_a_start(enter: Enter, history: Database) -> None:
    admin = enter("initech")
    before = holds(admin.connection)
    admin.press("restart", intent_id=FORM)
    between = before.model_copy(update={"next": "", "next_ends": None})
    cancel, start = recorded(history)
    assert (cancel.type, cancel.expected, cancel.found) == ("rotation.cancel", before, between)
    assert (start.type, start.expected, start.found) == ("rotation.start", between, holds(admin.connection))
    assert (cancel.outcome, start.outcome) == ("done", "done")
    assert cancel.intent_id == FORM != start.intent_id


def test_who_did_it_is_known_as_long_as_it_holds(enter: Enter, sandbox: Sandbox, rotations: Rotations) -> None:
    ada, olga = enter(), enter(email="olga@acme.example")
    ada.press("start")
    connection = olga.look().connection
    assert connection
    started, changed = rotations.started(connection), rotations.last_change(connection)
    assert started
    assert changed
    assert (started.event.by, changed.event.by) == (ada.by, ada.by)
    sandbox.connection().start_rotation(None)
    elsewhere = olga.look().connection
    assert elsewhere
    assert (rotations.started(elsewhere), rotations.last_change(elsewhere)) == (None, None)


def test_no_token_is_ever_written_down(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    """Over a journey with every kind of outcome, in whatever files the database keeps."""
    ada = enter()
    seen_tokens = [ada.connection.bearer_token]

    def press(action: str) -> None:
        ada.press(action)
        seen_tokens.append(ada.connection.next_bearer_token or ada.connection.bearer_token)

    for fault in ("drop_after_commit", "malformed_json", "drop_before_commit"):
        press("start")
        sandbox.fail(fault, "/cancel$")
        press("cancel")
        sandbox.world.clock.advance(SETTLE.total_seconds())
        ada.look()
    press("restart")
    sandbox.fail("truncated_body", "/complete$")
    press("complete")
    sandbox.fail("drop_after_commit", "/start$")
    press("start")
    assert len(set(seen_tokens)) > 5
    path = Path(str(history.engine.url.database))
    written = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert seen_tokens[0][-4:].encode() in written
    assert not [token for token in seen_tokens if token.encode() in written]
    assert {event.outcome for event in recorded(history)} >= {"done", "not_yet", "not_done", "lost"}
