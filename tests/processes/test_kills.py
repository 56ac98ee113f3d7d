"""A worker killed at every point of a change: nothing is lost, and a later visit finds out what came of it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.connections.conftest import buttons, notice, press_by_htmx, press_plainly
from tests.processes.house import BUTTONS, PAST_LEASE, PAST_SETTLE, House, expect_the_same_card
from tests.signin.steps import Visitor
from webapp.sandbox.faults import Kind

ADA, OLGA = "ada@acme.example", "olga@acme.example"
DOING = {"start": "starting", "complete": "completing", "cancel": "cancelling"}
DONE = {
    "start": "Rotation started",
    "complete": "Rotation completed",
    "cancel": "Rotation cancelled",
    "restart": "Started again",
}
EACH = pytest.mark.parametrize("step", ["start", "complete", "cancel"])


def press_and_kill(
    house: House, visitor: Visitor, button: str, kind: Kind, path: str, method: str = "POST", **more: Any
) -> httpx.Response:
    """Presses at the first console and kills its worker when the request to Stytch meets the fault; the page before."""
    page = visitor.get("/connections")
    house.sandbox.world.requests.clear()
    house.sandbox.fail(kind, path, method, **more)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press_plainly, visitor, page, BUTTONS[button], confirmed="yes")
        house.wait_for_fault()
        house.consoles[0].kill_worker()
        with pytest.raises(httpx.TransportError):
            pressed.result(timeout=30)
    return page


def expect_no_way_on(house: House, olgas: httpx.Response, button: str, olga: Visitor, title: str) -> None:
    """Whoever looks is told so, and whoever presses an old page's button too; nothing more is sent to Stytch."""
    sent = house.writes()
    looked, pressed = olga.get("/connections"), press_by_htmx(olga, olgas, BUTTONS[button], confirmed="yes")
    assert (looked.status_code, pressed.status_code) == (200, 409)
    for answer in (looked, pressed):
        assert notice(answer).startswith(title)
        assert [words for words in buttons(answer) if words.startswith(tuple(BUTTONS.values()))] == []
        assert "Check again" in answer.text
    assert "Nothing was sent to Stytch." in notice(pressed)
    assert house.writes() == sent


@pytest.mark.parametrize(
    ("button", "step", "done"),
    [
        ("start", "start", ["start"]),
        ("complete", "complete", ["complete"]),
        ("cancel", "cancel", ["cancel"]),
        ("restart", "cancel", ["cancel"]),
        ("restart", "start", ["cancel", "start"]),
    ],
)
def test_after_stytch_has_done_it(
    house: House, admins: dict[str, Visitor], button: str, step: str, done: list[str]
) -> None:
    house.prepare(button)
    olgas = admins[OLGA].get("/connections")
    press_and_kill(house, admins[ADA], button, "timeout_after_commit", f"/{step}$")
    expect_no_way_on(house, olgas, button, admins[OLGA], f"{ADA} is {DOING[step]} this rotation")
    house.let_pass(PAST_LEASE)
    answer = admins[ADA].get("/connections")
    assert notice(answer).startswith(f"{DONE[step]} {ADA} asked for it")
    assert house.done() == [(ADA, each) for each in done]
    assert house.writes() == [f"POST {each}" for each in done]
    expect_the_same_card(house, *admins.values())
    if step == "start":
        assert "If nobody has it, cancel and start again." in notice(answer)
        answer = press_by_htmx(admins[OLGA], admins[OLGA].get("/connections"), BUTTONS["restart"])
        assert notice(answer).startswith("Started again")
        assert (house.sandbox.connection().next_bearer_token or "?") in answer.text
    elif button == "restart":
        answer = press_by_htmx(admins[ADA], answer, BUTTONS["start"])
        assert (house.sandbox.connection().next_bearer_token or "?") in answer.text


@EACH
def test_before_stytch_does_it(house: House, admins: dict[str, Visitor], step: str) -> None:
    """The request outlives the worker, and is carried out after it was read that it was not."""
    house.prepare(step)
    olgas = admins[OLGA].get("/connections")
    press_and_kill(house, admins[ADA], step, "late_commit", f"/{step}$", cut=False)
    expect_no_way_on(house, olgas, step, admins[OLGA], f"{ADA} is {DOING[step]} this rotation")
    house.let_pass(PAST_LEASE)
    expect_no_way_on(house, olgas, step, admins[OLGA], "We do not know yet")
    house.sandbox.world.clock.advance(20)
    assert notice(admins[OLGA].get("/connections")).startswith(f"{DONE[step]} {ADA} asked for it")
    assert house.done() == [(ADA, step)]
    assert house.writes() == [f"POST {step}"]
    expect_the_same_card(house, *admins.values())


@EACH
def test_and_stytch_never_does_it(house: House, admins: dict[str, Visitor], step: str) -> None:
    house.prepare(step)
    olgas = admins[OLGA].get("/connections")
    press_and_kill(house, admins[ADA], step, "timeout_before_commit", f"/{step}$")
    house.let_pass(PAST_LEASE)
    expect_no_way_on(house, olgas, step, admins[OLGA], "We do not know yet")
    house.let_pass(PAST_SETTLE)
    answer = admins[ADA].get("/connections")
    assert "Nothing was changed" in notice(answer)
    assert house.done() == []
    assert notice(press_by_htmx(admins[ADA], answer, BUTTONS[step], confirmed="yes")).startswith(DONE[step])
    assert house.writes() == [f"POST {step}"] * 2
    expect_the_same_card(house, *admins.values())


@pytest.mark.parametrize("step", BUTTONS)
def test_before_stytch_is_told(house: House, admins: dict[str, Visitor], step: str) -> None:
    """Killed while it reads what to act on: the intent is written, nothing sent."""
    house.prepare(step)
    olgas = admins[OLGA].get("/connections")
    press_and_kill(house, admins[ADA], step, "timeout_before_commit", "/connection$", "GET")
    title = f"{ADA} is {DOING['cancel' if step == 'restart' else step]} this rotation"
    expect_no_way_on(house, olgas, step, admins[OLGA], title)
    house.let_pass(PAST_LEASE)
    answer = admins[OLGA].get("/connections")
    assert notice(answer) == ""
    assert house.writes() == []
    assert notice(press_by_htmx(admins[OLGA], answer, BUTTONS[step], confirmed="yes")).startswith(DONE[step])
    expect_the_same_card(house, *admins.values())


def test_the_form_sent_again(house: House, admins: dict[str, Visitor]) -> None:
    """The browser's page says that the connection was lost; reloading it sends the same form."""
    house.prepare("complete")
    page = press_and_kill(house, admins[ADA], "complete", "timeout_after_commit", "/complete$")
    house.let_pass(PAST_LEASE)
    answer = press_plainly(admins[ADA], page, BUTTONS["complete"], confirmed="yes")
    assert notice(answer).startswith("Rotation completed")
    assert house.writes() == ["POST complete"]
    assert house.done() == [(ADA, "complete")]
    assert "1 row checked, all as written." in house.consoles[0].flask("history", "verify")
