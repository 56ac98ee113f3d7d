"""Two consoles told the same at the same moment: Stytch is asked once, and everybody is told the truth."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from tests.connections.conftest import notice, press_by_htmx, press_plainly
from tests.processes.house import BUTTONS, House, expect_the_same_card
from tests.signin.steps import Visitor

WRITES = {
    "start": ["POST start"],
    "complete": ["POST complete"],
    "cancel": ["POST cancel"],
    "restart": ["POST cancel", "POST start"],
}
DONE = {
    "start": "Rotation started",
    "complete": "Rotation completed",
    "cancel": "Rotation cancelled",
    "restart": "Started again",
}
ROUNDS = 3


def at_once(*acts: Callable[[], httpx.Response]) -> list[httpx.Response]:
    """The answers to acts that begin at the same moment."""
    barrier = Barrier(len(acts), timeout=10)

    def act(number: int) -> httpx.Response:
        barrier.wait()
        return acts[number]()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(act, range(len(acts)), timeout=60))


@pytest.mark.parametrize("number", range(ROUNDS))
@pytest.mark.parametrize(
    ("hers", "his"),
    [
        ("start", "start"),
        ("complete", "complete"),
        ("cancel", "cancel"),
        ("restart", "restart"),
        ("complete", "cancel"),
        ("complete", "restart"),
    ],
)
def test_two_admins_at_the_same_moment(
    house: House, admins: dict[str, Visitor], hers: str, his: str, number: int
) -> None:
    house.prepare(hers)
    (ada, olga), steps = admins.values(), dict(zip(admins, (hers, his), strict=True))
    pages = [visitor.get("/connections") for visitor in (ada, olga)]
    if number:  # the other one meets a change that is under way
        house.sandbox.fail("latency", "/rotate/", seconds=0.1 * number)
    answers = at_once(
        lambda: press_by_htmx(ada, pages[0], BUTTONS[hers], confirmed="yes"),
        lambda: press_by_htmx(olga, pages[1], BUTTONS[his], confirmed="yes"),
    )
    told = dict(zip(admins, answers, strict=True))
    (winner,) = [email for email, answer in told.items() if answer.status_code == 200]
    (loser,) = set(told) - {winner}
    assert house.writes() == WRITES[steps[winner]]
    assert notice(told[winner]).startswith(DONE[steps[winner]])
    assert told[loser].status_code == 409
    said = notice(told[loser])
    assert "Nothing was sent to Stytch." in said
    assert winner in said, "the other is named"
    assert {email for email, _ in house.done()} == {winner}
    token = house.sandbox.connection().next_bearer_token
    if token:
        assert token in told[winner].text
        assert token not in told[loser].text
    expect_the_same_card(house, ada, olga)


@pytest.mark.parametrize("press", [press_plainly, press_by_htmx], ids=["plain", "htmx"])
@pytest.mark.parametrize("step", ["start", "complete", "cancel"])
def test_one_form_sent_to_both(
    house: House, admins: dict[str, Visitor], step: str, press: Callable[..., httpx.Response]
) -> None:
    """A double click, spread over two processes: the second answer is the first one's outcome."""
    house.prepare(step)
    ada = admins["ada@acme.example"]
    with house.browser(1, like=ada) as same:
        page = ada.get("/connections")
        house.sandbox.fail("latency", f"/{step}$", seconds=0.2)
        answers = at_once(
            *(lambda each=each: press(each, page, BUTTONS[step], confirmed="yes") for each in (ada, same))
        )
        assert house.writes() == WRITES[step]
        assert [answer.status_code for answer in answers] == [200, 200]
        for answer in answers:
            assert DONE[step] in notice(answer)
        token = house.sandbox.connection().next_bearer_token
        if token:
            assert [token in answer.text for answer in answers].count(True) == 1
        assert house.done() == [("ada@acme.example", step)]
        expect_the_same_card(house, ada, same)
