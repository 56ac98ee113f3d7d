"""Three machines are one console: whatever one of them was told, all of them know."""

import re

import httpx
import pytest

from tests.machines.conftest import PORTAL
from tests.machines.proxies import PROXIES
from tests.machines.site import PLACE, Site
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor

LOADED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{PORTAL}/"}
INSIDE = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
IN_WINDOW = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.mark.parametrize("proxy", PROXIES, indirect=True)
def test_signed_in_at_one_is_signed_in_at_all(site: Site, ada: Visitor) -> None:
    before = site.served()

    def looked_at_all() -> bool:
        answer = ada.get("/connections", headers={"X-Forwarded-For": "203.0.113.9"})
        assert (answer.status_code, answer.history) == (200, [])
        return all(now > then for now, then in zip(site.served(), before, strict=True))

    wait_for(looked_at_all)
    history = ada.get("/history").text
    assert PLACE in history
    assert "203.0.113.9" not in history
    for path in ("/healthz", "/readyz", "/metrics"):
        assert ada.get(path).status_code == 404


@pytest.mark.parametrize("proxy", PROXIES, indirect=True)
def test_the_console_s_own_words_come_through(site: Site, ada: Visitor) -> None:
    site.house.sandbox.fail("drop_before_commit", "/connection$", "GET", times=9)
    answer = ada.get("/connections")
    assert answer.status_code == 502
    assert "Stytch did not answer" in answer.text


def ask(visitor: Visitor, email: str, times: int) -> list[int]:
    """Has codes mailed: 303 for each sent, 429 for each refused. As each takes two requests, machines take turns."""
    visitor.http.follow_redirects = False
    return [visitor.press(visitor.get("/login"), "Email me a code", email=email).status_code for _ in range(times)]


@pytest.mark.usefixtures("proxy")
def test_tries_are_counted_together(site: Site) -> None:
    before = site.served("POST")
    with site.browser() as somebody:
        answers = ask(somebody, "wes@wayne.example", 9)
    assert answers == [303] * 6 + [429] * 3
    assert [now - then for now, then in zip(site.served("POST"), before, strict=True)] == [3] * len(site.machines)


@pytest.mark.usefixtures("proxy")
def test_without_redis_each_counts_by_itself(site: Site, olga: Visitor) -> None:
    site.redis.stop()
    try:
        with site.browser() as somebody:
            answers = ask(somebody, "wes@wayne.example", 19)
        assert answers == [303] * 18 + [429]
        assert olga.get("/connections").status_code == 200
        with site.browser() as vic:
            assert vic.sign_in("vic@acme.example").url.path == "/connections"
        status, said = site.readiness(site.machines[2])
        assert (status, said) == (200, {"ready": True, "database": "ok", "redis": "unreachable", "stytch": "ok"})
    finally:
        site.redis.start()
    with site.browser() as somebody:
        wait_for(lambda: ask(somebody, "una@umbrella.example", 1) and site.redis.counts())


def test_a_hand_over_s_code_is_made_at_one_and_used_once_at_another(site: Site, ada: Visitor) -> None:
    with site.browser() as frame:
        door = frame.get("/login?next=/history", headers=LOADED)
        (link,) = re.findall(r'href="(/handover\?.+?)"', door.text)
        consent = ada.get(link.replace("&amp;", "&"), headers=IN_WINDOW)
        told = ada.http.post(consent.url, data=_token(consent), headers=IN_WINDOW)
        (code,) = re.findall(r'data-handover="(.+?)"', told.text)
        redeem = {**_token(door), "code": code, "next": "/history"}
        answer = frame.http.post("/handover/redeem", data=redeem, headers=INSIDE)
        assert (answer.status_code, answer.url.path) == (200, "/history")
        assert "Move sign-in to a portal" in answer.text
        for _ in site.machines:
            with site.browser() as another:
                another.http.cookies.update(frame.http.cookies)
                again = another.http.post("/handover/redeem", data=redeem, headers=INSIDE)
            assert again.status_code == 400


def _token(page: httpx.Response) -> dict[str, str]:
    return {"csrf_token": re.findall(r'name="csrf_token" value="(.+?)"', page.text)[0]}
