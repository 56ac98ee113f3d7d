"""A new worker takes over while people work: every request is answered, and a start's token arrives."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime

import httpx
import pytest

from tests.connections.conftest import notice, press_plainly
from tests.processes.gunicorn import Gunicorn
from tests.processes.house import BUTTONS, House, expect_the_same_card
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor

ADA, OLGA = "ada@acme.example", "olga@acme.example"


@contextmanager
def passers_by(console: Gunicorn, *, keep: bool) -> Iterator[list[int]]:
    """Somebody who looks at the sign-in page again and again; yields what was answered so far, 0 for no answer.

    Browsers behind a proxy have their connections kept; others come with a new one each time.
    """
    answers: list[int] = []
    enough = threading.Event()
    headers = {} if keep else {"Connection": "close"}

    def look() -> None:
        way = httpx.HTTPTransport(uds=str(console.socket))
        with httpx.Client(transport=way, base_url="http://127.0.0.1:1", headers=headers, timeout=30) as http:
            while not enough.is_set():
                answers.append(0)
                with suppress(httpx.TransportError):
                    answers[-1] = http.get("/login").status_code

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield answers
    finally:
        enough.set()
        thread.join()


def test_nothing_is_lost(house: House, admins: dict[str, Visitor], monkeypatch: pytest.MonkeyPatch) -> None:
    house.prepare("start")
    ada, olga, console, connection = admins[ADA], admins[OLGA], house.consoles[0], house.sandbox.connection()
    (before,) = console.workers()
    start = connection.start_rotation
    asked, go_on = threading.Event(), threading.Event()

    def start_slowly(expires_at: datetime | None) -> None:
        asked.set()
        go_on.wait(timeout=4)
        start(expires_at)

    monkeypatch.setattr(connection, "start_rotation", start_slowly)
    page = ada.get("/connections")
    with (
        house.browser(0, like=olga) as olga_here,
        ThreadPoolExecutor() as pool,
        passers_by(console, keep=True) as keeping,
        passers_by(console, keep=False) as coming,
    ):
        pressed: Future[httpx.Response] = pool.submit(press_plainly, ada, page, BUTTONS["start"])
        assert asked.wait(timeout=10)
        looked: Future[httpx.Response] = pool.submit(olga_here.get, "/connections")
        console.reload()
        wait_for(lambda: len(console.workers()) == 2)
        go_on.set()
        wait_for(lambda: console.workers() and before not in console.workers())
        answer = pressed.result(timeout=30)
        assert looked.result(timeout=30).status_code == 200
        seen = len(keeping), len(coming)
        wait_for(lambda: len(keeping) > seen[0] + 1 and len(coming) > seen[1] + 1)
    assert notice(answer).startswith("Rotation started")
    assert (connection.next_bearer_token or "?") in answer.text
    assert set(keeping) == set(coming) == {200}
    assert house.writes() == ["POST start"]
    expect_the_same_card(house, *admins.values())
