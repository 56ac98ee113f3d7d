"""The card's line on provisioning: what an event shows and what it does not, and what an open page hears by itself."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, htmx, press_plainly, words
from tests.processes.waiting import wait_for
from tests.signin.steps import Visitor
from tests.signin.times import held_session, later, minutes_left
from webapp.history import provisioning
from webapp.history.database import Database
from webapp.history.provisioning import MARGIN, ScimEvent
from webapp.sandbox.identifiers import WEBHOOK_SECRET
from webapp.sandbox.provisioning import Idp

AFTER = MARGIN.total_seconds() + 5


@pytest.fixture
def changes() -> dict[str, Any]:
    return {"stytch_webhook_secret": (SecretStr(WEBHOOK_SECRET),)}


@pytest.fixture(autouse=True)
def told(sandbox: Sandbox, console: Console) -> None:
    """Stytch knows where to deliver."""
    sandbox.world.webhooks.url = f"{console.url}/webhooks/stytch"


def provision(sandbox: Sandbox, slug: str = "acme", seconds: float = 0) -> None:
    """The identity provider, which holds the newest token, provisions; the console has been told when this returns."""
    connection = sandbox.connection(slug)
    sandbox.world.clock.advance(seconds + 0.001)
    idp = sandbox.world.idps.setdefault(connection.connection_id, Idp(connection.base_url("")))
    idp.token = connection.next_bearer_token or connection.bearer_token
    assert idp.provision(sandbox.url, f"kim@{slug}.example", sandbox.world.clock.now()).status == 200
    delivery = sandbox.world.webhooks.deliveries[0]
    wait_for(lambda: delivery.attempts)
    assert delivery.attempts[0].status == 204


def line(page: httpx.Response) -> str:
    """The line's text as eyes see it, with JavaScript; empty when there is none."""
    found = re.search(r'<section id="provisioning-.*?</section>', page.text, re.DOTALL)
    return words(httpx.Response(200, text=found[0])).replace("···· token ending in ", "····") if found else ""


def card(visitor: Visitor, sandbox: Sandbox, slug: str = "acme") -> httpx.Response:
    return visitor.get(f"/connections/{sandbox.connection(slug).connection_id}")


def completed(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    """A rotation is started and completed; the page that this ends on."""
    page = press_plainly(visitor, page, "Start rotation")
    return press_plainly(visitor, page, "Complete: switch off", confirmed="yes")


def poll(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    """What the page that waits asks by itself."""
    found = re.search(r'data-quiet hx-get="([^"]*)"', page.text)
    assert found, "the page does not look by itself"
    return visitor.get(found[1].replace("&amp;", "&"), headers=htmx(page))


def test_nothing_yet(enter: Enter) -> None:
    _, page = enter()
    assert line(page) == (
        "Provisioning No provisioning event seen yet. "
        "Okta sends something when somebody is changed there, so that quiet is normal."
    )


def test_the_last_event_and_what_is_usual(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    provision(sandbox)
    provision(sandbox)
    sandbox.world.clock.advance(180)
    assert "Last provisioning event 3 minutes ago (member updated)." in line(card(visitor, sandbox))


def test_each_provider_has_its_own_rhythm(enter: Enter) -> None:
    _, page = enter("ian@initech.example")
    assert "both work. Microsoft Entra works about every 40 minutes" in line(page)


def test_what_was_usual_lately(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    visitor, _ = enter()
    connection, now = sandbox.connection(), sandbox.world.clock.now()
    for minutes in (420, 330, 290, 250, 210, 170, 130, 90):
        at = now - timedelta(minutes=minutes + 10)
        event = ScimEvent(connection.organization_id, connection.connection_id, "idp_group.member_add", at)
        provisioning.record(history, f"msg_{minutes}", event, at)
    shown = line(card(visitor, sandbox))
    assert "Last provisioning event 1 hour ago (group member added)." in shown
    assert "Lately events came about 40 minutes apart, at most 90 minutes." in shown
    assert "It has not been quiet for so long lately." in shown


def test_while_both_tokens_work_it_is_no_proof(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    press_plainly(visitor, page, "Start rotation")
    assert "it does not show which token Okta uses: both work" in line(card(visitor, sandbox))
    provision(sandbox, seconds=60)
    shown = line(card(visitor, sandbox))
    assert "(member created). Both tokens work, so that it does not show which one Okta uses." in shown
    assert "····" not in shown


def test_a_new_token_that_was_refused_is_not_said_to_work(enter: Enter, sandbox: Sandbox) -> None:
    sandbox.world.variants["tokens_while_rotating"] = "current_only"
    visitor, page = enter()
    press_plainly(visitor, page, "Start rotation")
    assert "No provisioning event seen yet." in line(card(visitor, sandbox))
    assert "both work" not in line(card(visitor, sandbox))


def test_after_completing_the_first_event_is_the_proof(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    page = completed(visitor, page)
    new = sandbox.connection().bearer_token[-4:]
    assert "No event yet since the change at" in line(page)
    assert poll(visitor, page).status_code == 204
    provision(sandbox, seconds=AFTER)
    answer = poll(visitor, page)
    assert answer.headers["Console-Fragment"] == "true"
    told = rf"An event came in at .{{8}} UTC \(member created\), after the change at .{{8}} UTC : ····{new} works\."
    assert re.search(told, line(answer))
    assert '<hx-partial id="status">A provisioning event came in' in answer.text
    assert "hx-get" not in answer.text, "it asks no more"
    assert "(member created), after the change" in line(card(visitor, sandbox))
    provision(sandbox, seconds=300)
    assert "The last one was just now (member updated)." in line(card(visitor, sandbox))
    sandbox.world.clock.advance(8 * 86400)
    visitor, _ = enter("ada@acme.example", "Acme")
    assert line(card(visitor, sandbox)).startswith("Provisioning Last provisioning event 8 days ago (member updated).")


def test_after_cancelling_too(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    old = sandbox.connection().bearer_token[-4:]
    page = press_plainly(visitor, press_plainly(visitor, page, "Start rotation"), "Cancel: switch off")
    assert "No event yet since the change at" in line(page)
    provision(sandbox, seconds=AFTER)
    assert f"····{old} works." in line(card(visitor, sandbox))


def test_after_creating_a_connection_the_first_event_shows_that_it_is_set_up(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("gil@globex.example")
    page = visitor.click(page, "Create connection")
    press_plainly(visitor, page, "Create connection", display_name="Globex", identity_provider="okta")
    page = card(visitor, sandbox, "globex")
    assert "No event yet since the connection was created at" in line(page)
    assert poll(visitor, page).status_code == 204
    provision(sandbox, "globex", seconds=AFTER)
    answer = poll(visitor, page)
    assert "after the connection was created: token ending in" in answer.text
    assert f"····{sandbox.connection('globex').bearer_token[-4:]} works." in line(answer)


def test_an_event_from_before_proves_nothing_however_late_it_comes(
    enter: Enter, sandbox: Sandbox, history: Database
) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    before = sandbox.world.clock.now()
    sandbox.world.clock.advance(60)
    page = completed(visitor, page)
    connection = sandbox.connection()
    sandbox.world.clock.advance(60)
    event = ScimEvent(connection.organization_id, connection.connection_id, "member.update", before)
    provisioning.record(history, "msg_1", event, sandbox.world.clock.now())
    assert poll(visitor, page).status_code == 204
    assert "The last one before it was 2 minutes ago (member updated)." in line(card(visitor, sandbox))


def test_one_within_seconds_of_the_change_is_told_apart(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    completed(visitor, page)
    provision(sandbox, seconds=2)
    shown = line(card(visitor, sandbox))
    assert "No event yet since the change" in shown
    assert "One came within seconds of it" in shown


def test_after_a_cycle_it_says_what_to_do(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ian@initech.example")
    page = press_plainly(visitor, page, "Complete: switch off", confirmed="yes")
    assert "“Provision on demand” there sends one at once." in line(page)
    later(visitor, sandbox, 41)
    visitor, _ = enter("ian@initech.example")
    shown = line(card(visitor, sandbox, "initech"))
    assert "If somebody was changed there since, something should have come" in shown
    held = sandbox.connection("initech").bearer_token[-4:]
    assert f"whether it holds ····{held} ( check the token , set-up guide )." in shown


def test_an_open_page_is_told_after_a_cycle_and_stops_looking_after_that(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ian@initech.example")
    page = press_plainly(visitor, page, "Complete: switch off", confirmed="yes")
    for minutes in (20, 19):
        later(visitor, sandbox, minutes)
        revive(visitor, sandbox)
        assert poll(visitor, page).status_code == 204
    later(visitor, sandbox, 2)
    page = poll(visitor, page)
    assert "something should have come" in line(page)
    assert "data-quiet" in page.text
    assert poll(visitor, page).status_code == 204
    later(visitor, sandbox, 4)
    page = poll(visitor, page)
    assert page.status_code == 200
    assert "data-quiet" not in page.text
    assert "Look again" in line(page)


def revive(visitor: Visitor, sandbox: Sandbox) -> None:
    """Somebody uses the session in another tab."""
    assert visitor.get("/history").status_code == 200
    assert minutes_left(visitor, sandbox) > 30


def test_another_change_ends_the_waiting(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    page = completed(visitor, page)
    press_plainly(visitor, card(visitor, sandbox), "Start rotation")
    answer = poll(visitor, page)
    assert "Something else was done to this connection" in line(answer)
    assert "data-quiet" not in answer.text


def test_what_was_done_in_stytch_s_dashboard_since_is_nothing_to_wait_for(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    completed(visitor, page)
    sandbox.connection().start_rotation(None)
    sandbox.connection().complete_rotation()
    provision(sandbox, seconds=AFTER)
    shown = line(card(visitor, sandbox))
    assert "Last provisioning event just now (member created)." in shown
    assert "works" not in shown


def test_while_nothing_is_known_it_says_nothing(enter: Enter, sandbox: Sandbox) -> None:
    visitor, page = enter("ada@acme.example", "Acme")
    page = press_plainly(visitor, page, "Start rotation")
    sandbox.fail("drop_before_commit", "/rotate/complete$", times=2)
    sandbox.fail("drop_before_commit", "/connection$", "GET")
    page = press_plainly(visitor, page, "Complete: switch off", confirmed="yes")
    assert "Check again" in words(page)
    assert line(page) == ""


class TestAsking:
    """What an open page asks by itself, every twelve seconds."""

    @pytest.fixture
    def waiting(self, enter: Enter) -> tuple[Visitor, httpx.Response]:
        visitor, page = enter("ada@acme.example", "Acme")
        page = completed(visitor, page)
        visitor.requests()
        return visitor, page

    def test_it_costs_stytch_nothing(self, waiting: tuple[Visitor, httpx.Response]) -> None:
        visitor, page = waiting
        for _ in range(3):
            assert poll(visitor, page).status_code == 204
        assert visitor.requests() == []

    def test_it_is_no_use_of_the_session(self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox) -> None:
        visitor, page = waiting
        ends, cookie = held_session(visitor, sandbox).expires_at, visitor.cookie
        later(visitor, sandbox, 6)
        cookie = visitor.cookie
        for _ in range(5):
            assert poll(visitor, page).status_code == 204
        assert visitor.requests() == ["POST sessions/authenticate"], "once while a JWT lives"
        assert visitor.cookie == cookie
        assert held_session(visitor, sandbox).expires_at == ends
        visitor.get("/history")  # which is one, and is told to Stytch all the same
        assert held_session(visitor, sandbox).expires_at > ends

    def test_a_session_that_has_ended_hears_no_more(
        self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox
    ) -> None:
        visitor, page = waiting
        later(visitor, sandbox, 29)
        assert poll(visitor, page).status_code == 204
        later(visitor, sandbox, 7)
        visitor.requests()
        answer = poll(visitor, page)
        assert (answer.status_code, answer.text, answer.headers.get("HX-Redirect")) == (401, "", None)
        assert visitor.requests() == []

    def test_one_that_was_ended_elsewhere_hears_no_more_after_five_minutes(
        self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox
    ) -> None:
        visitor, page = waiting
        sandbox.world.sessions.clear()
        assert poll(visitor, page).status_code == 204
        later(visitor, sandbox, 6)
        assert [poll(visitor, page).status_code for _ in range(3)] == [401] * 3
        assert visitor.requests() == ["POST sessions/authenticate"]

    def test_when_something_is_away_nothing_is_new(
        self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox, history: Database
    ) -> None:
        visitor, page = waiting
        with history.write() as connection:
            connection.exec_driver_sql("ALTER TABLE provisioning RENAME TO away")
        answer = poll(visitor, page)
        assert (answer.status_code, answer.text) == (204, "")
        with history.write() as connection:
            connection.exec_driver_sql("ALTER TABLE away RENAME TO provisioning")
        later(visitor, sandbox, 6)
        sandbox.fail("status", "/sessions/authenticate$", times=2)
        assert poll(visitor, page).status_code == 204
        assert visitor.get("/history.json").json()[0]["type"] == "rotation.complete", "nobody did anything"

    def test_it_is_for_those_who_may_see_connections(
        self, waiting: tuple[Visitor, httpx.Response], enter: Enter
    ) -> None:
        _, page = waiting
        noel, _ = enter("noel@acme.example")
        assert poll(noel, page).status_code == 403

    def test_another_organization_s_connection_tells_nothing(
        self, waiting: tuple[Visitor, httpx.Response], enter: Enter, sandbox: Sandbox
    ) -> None:
        _, page = waiting
        provision(sandbox, seconds=AFTER)
        ian, _ = enter("ian@initech.example")
        answer = poll(ian, page)
        assert "Something else was done" in line(answer)
        assert "works" not in line(answer)

    def test_by_itself_the_address_leads_to_the_card(
        self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox
    ) -> None:
        visitor, _ = waiting
        connection_id = sandbox.connection().connection_id
        assert visitor.get(f"/connections/{connection_id}/provisioning").url.path == f"/connections/{connection_id}"

    @pytest.mark.parametrize(
        "query",
        ["", "change=x&since=y", "change={change}&since=-5", "change={change}&since=1{zeros}", "change=1{zeros}"],
    )
    def test_odd_questions(self, waiting: tuple[Visitor, httpx.Response], sandbox: Sandbox, query: str) -> None:
        visitor, page = waiting
        found = re.search(r"change=(\d+)", page.text)
        assert found
        query = query.format(change=found[1], zeros="0" * 30)
        address = f"/connections/{sandbox.connection().connection_id}/provisioning?{query}"
        answer = visitor.get(address, headers=htmx(page))
        assert answer.status_code == 200
        assert "data-quiet" not in answer.text


class TestOff:
    @pytest.fixture
    def changes(self) -> dict[str, Any]:
        return {}

    @pytest.fixture
    def told(self) -> None:
        """Nobody is told."""

    def test_without_webhooks_there_is_no_such_line(self, enter: Enter) -> None:
        visitor, page = enter("ada@acme.example", "Acme")
        assert line(page) == ""
        assert line(completed(visitor, page)) == ""
