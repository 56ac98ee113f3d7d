"""A machine dies while Stytch is asked: the others know what it was doing, and it settles."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import httpx
import pytest
from flask import request

from tests.connections.conftest import notice, press_by_htmx, press_plainly
from tests.machines.proxies import PROXIES
from tests.machines.site import Site
from tests.processes.house import BUTTONS, PAST_LEASE, expect_the_same_card
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor

ADA = "ada@acme.example"


def answered(proxy: str, press: Callable[[], httpx.Response]) -> httpx.Response:
    """The console's answer. nginx hands a form on that a dead machine can't take; Caddy does so only since 2.11.2."""
    for _ in range(50 if proxy == "Caddy" else 1):
        answer = press()
        if answer.status_code != 502:
            break
    return answer


@pytest.mark.parametrize("proxy", PROXIES, indirect=True)
def test_one_dies_mid_rotation(
    site: Site, proxy: str, ada: Visitor, olga: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, connection = site.house, site.house.sandbox.connection()
    house.prepare("start")
    page, olgas = ada.get("/connections"), olga.get("/connections")
    start = connection.start_rotation
    asked, dead = threading.Event(), threading.Event()
    ports: list[str] = []

    def start_slowly(expires_at: datetime | None) -> None:
        ports.append(request.environ["SERVER_PORT"])
        asked.set()
        dead.wait(timeout=5)
        start(expires_at)

    monkeypatch.setattr(connection, "start_rotation", start_slowly)
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press_plainly, ada, page, BUTTONS["start"])
        assert asked.wait(timeout=10)
        site.has_asked(ports[0]).kill()
        dead.set()
        cut_off = pressed.result(timeout=30)
    assert cut_off.status_code == 502
    assert "may have been done, or not: open the console again" in cut_off.text
    wait_for(lambda: connection.next_bearer_token)

    for _ in site.machines:
        looked = olga.get("/connections")
        assert looked.status_code == 200
        assert notice(looked).startswith(f"{ADA} is starting this rotation")
        refused = answered(proxy, lambda: press_by_htmx(olga, olgas, BUTTONS["start"]))
        assert refused.status_code == 409
        assert "Nothing was sent to Stytch." in notice(refused)
    assert house.writes() == ["POST start"]

    house.let_pass(PAST_LEASE)
    # Reloading the page that was cut off sends its form again, to another machine.
    told = answered(proxy, lambda: press_plainly(ada, page, BUTTONS["start"]))
    assert notice(told).startswith("Rotation started")
    assert house.writes() == ["POST start"]
    assert house.done() == [(ADA, "start")]
    expect_the_same_card(house, ada, olga)
    now = olga.get("/connections")
    answer = answered(proxy, lambda: press_by_htmx(olga, now, BUTTONS["restart"]))
    assert (connection.next_bearer_token or "?") in answer.text
    expect_the_same_card(house, ada, olga)
