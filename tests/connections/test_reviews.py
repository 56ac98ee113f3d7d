"""The page between wanting to complete or cancel, and doing it."""

import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, buttons, changing, htmx, notice, press_plainly, rotation, words
from webapp.history.database import Database, events


def test_nothing_is_left_to_review(enter: Enter, sandbox: Sandbox) -> None:
    """The rotation was completed elsewhere while its review was about to be opened."""
    connection = sandbox.connection()
    visitor, page = enter()
    one = f"/connections/{connection.connection_id}"
    answer = visitor.get(f"{one}/rotation/complete")
    assert (answer.status_code, rotation(answer)) == (409, "none")
    last_four = connection.bearer_token[-4:]
    assert notice(answer).startswith("No rotation is open It was completed or cancelled meanwhile.")
    assert f"····{last_four} is the only token." in notice(answer)
    assert changing(buttons(answer)) == ["Start rotation"], "the card is the fresh one, and offers no review"
    assert notice(visitor.get(one)) == ""
    answer = visitor.get(f"{one}/rotation/cancel", headers=htmx(page))
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, one)


@pytest.mark.parametrize("step", ["complete", "cancel"])
def test_nothing_is_reviewed_while_an_outcome_is_pending(enter: Enter, sandbox: Sandbox, step: str) -> None:
    one = f"/connections/{sandbox.connection('initech').connection_id}"
    visitor, page = enter("ian@initech.example")
    sandbox.fail("drop_before_commit", "/cancel$")
    assert notice(press_plainly(visitor, page, "Cancel: switch off")).startswith("Not cancelled so far")
    answer = visitor.get(f"{one}/rotation/{step}")
    assert ([each.status_code for each in answer.history], answer.url.path) == ([303], one)
    assert notice(answer).startswith("We do not know yet At ")
    assert changing(buttons(answer)) == []
    assert "Check again" in words(answer)


def test_a_review_that_finds_out_what_was_not_known(enter: Enter, sandbox: Sandbox) -> None:
    """The look before the review settles it; the connection's page tells what came of it."""
    connection = sandbox.connection("initech")
    one = f"/connections/{connection.connection_id}"
    visitor, page = enter("ian@initech.example")
    # Faults meet the calls in their order: the read before the write has none.
    sandbox.fail("drop_after_commit", "/cancel$")
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection$", "GET", times=2)
    assert notice(press_plainly(visitor, page, "Cancel: switch off")).startswith("We do not know yet")
    answer = visitor.get(f"{one}/rotation/complete")
    assert ([each.status_code for each in answer.history], answer.url.path) == ([303], one)
    assert notice(answer).startswith("Rotation cancelled")
    assert connection.next_bearer_token is None


@pytest.mark.parametrize("step", ["complete", "cancel"])
def test_a_review_names_what_stops_and_what_stays(enter: Enter, sandbox: Sandbox, step: str) -> None:
    connection = sandbox.connection("initech")
    visitor, _ = enter("ian@initech.example")
    current, pending = connection.bearer_token[-4:], (connection.next_bearer_token or "")[-4:]
    page = visitor.get(f"/connections/{connection.connection_id}/rotation/{step}")
    stops, stays = (current, pending) if step == "complete" else (pending, current)
    text = words(page)
    assert f"Stops at once, for good ···· token ending in {stops}" in text
    assert f"Stays, as the only one ···· token ending in {stays}" in text
    assert sandbox.calls() == ["GET connection"]
    done = press_plainly(visitor, page, f"{step.capitalize()}: switch off", confirmed="yes")
    assert notice(done).startswith(f"Rotation {step}")
    assert connection.bearer_token[-4:] == stays


@pytest.mark.parametrize("step", ["complete", "cancel"])
def test_a_viewer_has_nothing_to_review(enter: Enter, sandbox: Sandbox, history: Database, step: str) -> None:
    sandbox.connection().start_rotation(None)
    visitor, _ = enter("vic@acme.example")
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/rotation/{step}")
    assert page.status_code == 403
    assert changing(buttons(page)) == []
    with history.read() as connection:
        refused = connection.execute(sa.select(events).where(events.c.type == "access.refused")).mappings().all()
    assert [(row["email"], row["outcome"]) for row in refused] == [("vic@acme.example", "refused")]
    assert f"connections.review_{step}" in refused[0]["details"]
