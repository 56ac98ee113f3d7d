"""The page between wanting to complete or cancel, and doing it."""

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, buttons, htmx, notice, press_plainly, words


def test_nothing_is_left_to_review(enter: Enter, sandbox: Sandbox) -> None:
    """The rotation was completed elsewhere while its review was about to be opened."""
    connection = sandbox.connection()
    visitor, page = enter()
    one = f"/connections/{connection.connection_id}"
    answer = visitor.get(f"{one}/rotation/complete")
    assert ([each.status_code for each in answer.history], answer.url.path) == ([303], one)
    assert notice(answer).startswith("No rotation is open It was completed or cancelled meanwhile.")
    assert notice(visitor.get(one)) == ""
    answer = visitor.get(f"{one}/rotation/cancel", headers=htmx(page))
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, one)
    assert notice(visitor.get(one)).startswith("No rotation is open")


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
def test_a_viewer_has_nothing_to_review(enter: Enter, sandbox: Sandbox, step: str) -> None:
    sandbox.connection().start_rotation(None)
    visitor, _ = enter("vic@acme.example")
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/rotation/{step}")
    assert page.status_code == 403
    assert buttons(page) == ["Sign out"]
