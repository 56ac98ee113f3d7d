"""PostgreSQL goes away under a running console and comes back: nothing is sent that is not written down first."""

from collections.abc import Mapping
from datetime import datetime

import httpx
import pytest

from tests import postgres
from tests.connections.conftest import Press, notice, press_by_htmx, press_plainly, words
from tests.history.samples import NOON
from tests.processes.house import BUTTONS, PAST_LEASE, House, expect_the_same_card
from tests.signin.steps import Visitor
from webapp.history.database import events, timestamp

ADA = "ada@acme.example"

pytestmark = pytest.mark.parametrize("built", ["postgresql"], indirect=True)


def stop(house: House, server: postgres.Server) -> None:
    """Stops the server, on which then no connection of the test's own was open."""
    house.database.close()
    server.stop()


def expect_unwritten(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    assert "Nothing is done here that is not written down first, so nothing was changed" in words(answer)


@pytest.mark.parametrize("press", [press_plainly, press_by_htmx], ids=["plain", "htmx"])
@pytest.mark.parametrize("step", BUTTONS)
def test_down_and_up_again(
    house: House, admins: dict[str, Visitor], postgresql: postgres.Server, press: Press, step: str
) -> None:
    house.prepare(step)
    ada = admins[ADA]
    page = ada.get("/connections")
    stop(house, postgresql)
    try:
        for path in ("/connections", page.url.path, "/history"):
            expect_unwritten(ada.get(path))
        expect_unwritten(press(ada, page, BUTTONS[step], confirmed="yes"))
        assert ada.get("/healthz").status_code == 200
        assert house.writes() == []
    finally:
        postgresql.start()
    assert press(ada, page, BUTTONS[step], confirmed="yes").status_code == 200
    assert [who for who, _ in house.done()] == [ADA] * len(house.writes())
    expect_the_same_card(house, *admins.values())


def test_down_before_stytch_is_told(
    house: House, admins: dict[str, Visitor], postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The intent is begun, but on which state it was decided can't be written any more."""
    house.prepare("complete")
    ada, connection = admins[ADA], house.sandbox.connection()
    page = ada.get("/connections")
    answered = connection.to_json
    with monkeypatch.context() as patch:

        def stop_and_answer(public_url: str, variants: Mapping[str, str]) -> dict[str, object]:
            patch.undo()
            stop(house, postgresql)
            return answered(public_url, variants)

        patch.setattr(connection, "to_json", stop_and_answer)
        try:
            expect_unwritten(press_by_htmx(ada, page, BUTTONS["complete"], confirmed="yes"))
        finally:
            postgresql.start()
    assert notice(ada.get("/connections")).startswith(f"{ADA} is completing this rotation")
    house.let_pass(PAST_LEASE)
    page = ada.get("/connections")
    assert house.writes() == []
    assert notice(press_by_htmx(ada, page, BUTTONS["complete"], confirmed="yes")).startswith("Rotation completed")
    expect_the_same_card(house, *admins.values())


def test_down_before_the_outcome_is_written(
    house: House, admins: dict[str, Visitor], postgresql: postgres.Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new token is shown all the same: it is its only chance."""
    house.prepare("start")
    ada, connection = admins[ADA], house.sandbox.connection()
    page = ada.get("/connections")
    start = connection.start_rotation
    with monkeypatch.context() as patch:

        def stop_and_start(expires_at: datetime | None) -> None:
            stop(house, postgresql)
            start(expires_at)

        patch.setattr(connection, "start_rotation", stop_and_start)
        try:
            answer = press_by_htmx(ada, page, BUTTONS["start"])
        finally:
            postgresql.start()
    assert answer.status_code == 200
    assert (connection.next_bearer_token or "?") in answer.text
    assert notice(answer).startswith("Rotation started")
    assert notice(ada.get("/connections")).startswith(f"{ADA} is starting this rotation")
    house.let_pass(PAST_LEASE)
    assert notice(ada.get("/connections")).startswith(f"Rotation started {ADA} asked for it")
    assert house.done() == [(ADA, "start")]
    expect_the_same_card(house, *admins.values())


@pytest.mark.parametrize("extension", ["csv", "json"])
def test_down_during_an_export(
    house: House, admins: dict[str, Visitor], postgresql: postgres.Server, extension: str
) -> None:
    """More events than fit into a socket: gunicorn still writes when the server goes, and breaks the connection off."""
    organization_id = house.sandbox.connection().organization_id
    common = {
        "organization_id": organization_id,
        "type": "session.begin",
        "outcome": "done",
        "member_id": "member-test",
    }
    common |= {"email": ADA, "address": "", "details": "{}", "previous_hash": "", "hash": "0" * 64}
    with house.database.write() as connection:
        rows = [{"sequence": number, "at": timestamp(NOON), **common} for number in range(1000, 13_000)]
        connection.execute(events.insert(), rows)
    text: list[str] = []
    try:
        with admins[ADA].http.stream("GET", f"/history.{extension}") as answer:
            parts = answer.iter_text()
            text.append(next(parts))
            stop(house, postgresql)
            with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
                text.extend(parts)
    finally:
        postgresql.start()
    assert answer.status_code == 200
    assert "".join(text).rstrip().splitlines()[-1].startswith("INCOMPLETE: the history could not be read to its end.")
    assert admins[ADA].get("/connections").status_code == 200
