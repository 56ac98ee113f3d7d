"""PostgreSQL goes away under all machines: each says so, Stytch is asked to change nothing, and it comes back."""

from tests.connections.conftest import notice, press_by_htmx
from tests.machines.site import Site
from tests.processes.house import BUTTONS, expect_the_same_card
from tests.signin.steps import Visitor

SAID = "The history is out of reach"


def test_away_and_back(site: Site, ada: Visitor, olga: Visitor) -> None:
    house = site.house
    house.prepare("start")
    page = ada.get("/connections")
    before = site.served()
    site.cut_postgresql()
    try:
        for _ in site.machines:
            answers = [ada.get(path) for path in ("/connections", page.url.path, "/history")]
            answers.append(press_by_htmx(ada, page, BUTTONS["start"]))
            assert [answer.status_code for answer in answers] == [503] * 4
            assert all(SAID in answer.text for answer in answers)
        assert all(now > then for now, then in zip(site.served(), before, strict=True))
        assert house.writes() == []
        # What needs nothing of it goes on.
        assert "Where you are signed in" in olga.get("/sessions").text
        with site.browser() as vic:
            signed_in = vic.sign_in("vic@acme.example")
            assert (signed_in.status_code, signed_in.url.path) == (503, "/connections")
            assert vic.press(vic.get("/sessions"), "Sign out").status_code == 200
            assert vic.get("/connections").url.path == "/login"
        status, said = site.readiness(site.machines[0])
        assert (status, said["ready"], said["database"], said["redis"]) == (503, False, "unreachable", "ok")
    finally:
        site.postgresql.start()
    # The page that was open all the time still works, and whoever was signed in is.
    started = press_by_htmx(ada, page, BUTTONS["start"])
    assert notice(started).startswith("Rotation started")
    assert (house.sandbox.connection().next_bearer_token or "?") in started.text
    assert house.writes() == ["POST start"]
    assert house.done() == [("ada@acme.example", "start")]
    expect_the_same_card(house, ada, olga)
    assert site.readiness(site.machines[1])[0] == 200
    assert "all as written." in site.machines[0].flask("history", "verify")
