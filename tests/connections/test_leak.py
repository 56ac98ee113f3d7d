"""A token that leaked: reported, led to its end, taken back, and written down."""

import re
from datetime import UTC, datetime

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, Press, buttons, notice, rotation, words
from tests.signin.steps import Visitor
from webapp.history import evidence, log, query
from webapp.history.database import Database
from webapp.history.events import TokenLeak

REPORT, BACK = "Report it and begin", "It did not leak after all"


def report(visitor: Visitor, sandbox: Sandbox, *tokens: str) -> httpx.Response:
    """Reports these last fours on the connection's page for that; without any, what is ticked there."""
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/leak")
    return visitor.press(page, REPORT, **({"token": list(tokens)} if tokens else {}))


def leaks(console: Console) -> list[tuple[str, tuple[str, ...]]]:
    """What the history has of leaks, oldest first."""
    history = Database(console.settings.database_url)
    [organization_id] = query.organizations(history)
    found = [log.entry(row).event for row in query.every(history, query.Filters(organization_id))]
    return [(event.outcome, event.tokens) for event in reversed(found) if isinstance(event, TokenLeak)]


def test_what_it_means_is_said_before_anything_is_written(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    visitor, page = enter()
    connection = sandbox.connection()
    link = f'href="/connections/{connection.connection_id}/leak"'
    assert link in page.text
    answer = visitor.get(f"/connections/{connection.connection_id}/leak")
    assert "A rotation keeps the old token working until then, a leaked one too" in words(answer)
    assert f"token ending in {connection.bearer_token[-4:]} , the current token" in words(answer)
    assert sandbox.calls() == ["GET connection"]
    assert leaks(console) == []


def test_from_the_report_to_the_tokens_end(enter: Enter, sandbox: Sandbox, console: Console, press: Press) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    old = connection.bearer_token[-4:]
    page = report(visitor, sandbox)
    assert page.url.path == f"/connections/{connection.connection_id}"
    assert f"token ending in {old} leaked, and works still Known for" in words(page)
    assert "Reported" in words(page)
    assert "by olga@acme.example" in words(page)
    assert "Next: start the rotation." in words(page)

    started = press(visitor, page, "Start rotation")
    assert "Next: update Okta, then complete." in words(started)
    assert "or can go without provisioning until it does" in words(started)
    completed = press(visitor, started, "Complete: switch off", confirmed="yes")
    assert "leaked, and works still" not in words(completed)
    assert f"token ending in {old} was reported as leaked" in words(completed)
    assert leaks(console) == [("reported", (old,))]

    later = visitor.get("/connections")
    assert "reported as leaked" not in words(later)
    sheet = visitor.get(f"/history/rotations/{newest_rotation(console)}")
    assert "Reported as leaked" in words(sheet)
    assert "the old token worked for" in words(sheet)
    assert "Report a leaked token" in words(visitor.get("/history"))


def newest_rotation(console: Console) -> int:
    """The sequence number of the newest completion."""
    history = Database(console.settings.database_url)
    [organization_id] = query.organizations(history)
    rows = query.every(history, query.Filters(organization_id, type="rotation.complete"))
    sequence = next(iter(rows))["sequence"]
    found = evidence.find(history, organization_id, sequence)
    assert found
    assert found.leak
    assert found.leaked_for is not None
    assert [entry.sequence for entry in found.entries] == sorted(entry.sequence for entry in found.entries)
    return int(sequence)


def test_the_new_token_leaked(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    connection.start_rotation(datetime(2031, 1, 1, tzinfo=UTC))
    visitor, _ = enter()
    new = (connection.next_bearer_token or "")[-4:]
    page = report(visitor, sandbox, new)
    assert f"token ending in {new} leaked, and works still" in words(page)
    assert "Next: cancel and start again." in words(page)
    assert "reported as leaked: this would make it the only token" in words(page)
    again = visitor.press(page, "Cancel and start again")
    assert "leaked, and works still" not in words(again)
    assert rotation(again) == "started"


def test_both_leaked_and_a_leaked_one_becomes_the_only_one(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    connection = sandbox.connection()
    connection.start_rotation(datetime(2031, 1, 1, tzinfo=UTC))
    current, new = connection.bearer_token[-4:], (connection.next_bearer_token or "")[-4:]
    visitor, _ = enter()
    report(visitor, sandbox, current)
    page = report(visitor, sandbox, new)
    assert f"token ending in {current} and ···· token ending in {new} leaked, and work still" in words(page)
    assert leaks(console)[-1] == ("reported", tuple(sorted((current, new))))
    connection.complete_rotation()
    assert f"token ending in {new} leaked, and works still" in words(visitor.get("/connections"))


def test_taken_back(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    visitor, _ = enter()
    page = visitor.press(report(visitor, sandbox), BACK)
    assert "leaked, and works still" not in words(page)
    assert [outcome for outcome, _ in leaks(console)] == ["reported", "withdrawn"]


def test_reported_again_it_is_known_since_the_first_time(
    enter: Enter, sandbox: Sandbox, console: Console, press: Press
) -> None:
    connection = sandbox.connection()
    connection.start_rotation(datetime(2031, 1, 1, tzinfo=UTC))
    old, new = connection.bearer_token[-4:], (connection.next_bearer_token or "")[-4:]
    olga, _ = enter()
    first = clock_of(report(olga, sandbox, old))
    ada, _ = enter("ada@acme.example", "Acme")
    page = report(ada, sandbox, old, new)
    assert clock_of(page) == first
    assert "by olga@acme.example" in words(page)
    press(ada, ada.get(f"{page.url.path}/rotation/complete"), "Complete: switch off", confirmed="yes")
    sheet = words(ada.get(f"/history/rotations/{newest_rotation(console)}"))
    assert re.search("Reported as leaked [^;]* by olga@acme.example", sheet)
    assert clock_of(ada.get("/connections")) > first, "the other was reported later"


def clock_of(page: httpx.Response) -> str:
    """Since when the card's clock runs."""
    [since] = re.findall(r'data-since="([^"]*)"', page.text.partition("leak__clock")[2].partition("</p>")[0])
    return str(since)


def test_what_somebody_reported_meanwhile_is_not_taken_back(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    connection = sandbox.connection()
    connection.start_rotation(datetime(2031, 1, 1, tzinfo=UTC))
    olga, _ = enter()
    page = report(olga, sandbox, connection.bearer_token[-4:])
    ada, _ = enter("ada@acme.example", "Acme")
    report(ada, sandbox, (connection.next_bearer_token or "")[-4:])
    stale = olga.press(page, BACK)
    assert stale.status_code == 409
    assert notice(stale).startswith("It was reported again since you opened this page Nothing was taken back")
    assert "ada@acme.example" in notice(stale)
    assert [outcome for outcome, _ in leaks(console)] == ["reported", "reported"]
    assert "leaked, and works still" not in words(olga.press(stale, BACK))
    assert leaks(console)[-1][0] == "withdrawn"


def test_whether_a_leaked_token_works_is_not_known_while_completing_it_is_not(
    enter: Enter, sandbox: Sandbox, press: Press
) -> None:
    visitor, _ = enter()
    started = visitor.press(report(visitor, sandbox), "Start rotation")
    review = visitor.get(f"{str(started.url.path).removesuffix('/start')}/complete")
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection$", "GET", times=2)
    sandbox.fail("drop_after_commit", "/complete$")
    unknown = press(visitor, review, "Complete: switch off", confirmed="yes")
    assert notice(unknown).startswith("We do not know yet")
    assert "leaked, and may work still" in words(unknown)
    assert "leaked, and works still" not in words(unknown)


def test_a_leaked_token_whose_time_is_over_is_not_said_to_work(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    report(visitor, sandbox)
    sandbox.connection().bearer_token_expires_at = datetime(2026, 1, 1, tzinfo=UTC)
    page = visitor.get("/connections")
    assert "its time is over" in words(page)
    assert "works still" not in words(page)


def test_nothing_ticked(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    visitor, _ = enter()
    page = visitor.get(f"/connections/{sandbox.connection().connection_id}/leak")
    answer = visitor.press(page, REPORT, token="")
    assert answer.status_code == 422
    assert "Error: Say which token leaked." in words(answer)
    assert leaks(console) == []


def test_the_tokens_have_changed_since(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = visitor.get(f"/connections/{connection.connection_id}/leak")
    connection.start_rotation(datetime(2031, 1, 1, tzinfo=UTC))
    connection.complete_rotation()
    answer = visitor.press(page, REPORT)
    assert answer.status_code == 409
    assert "nothing was reported" in words(answer)
    assert f"token ending in {connection.bearer_token[-4:]} , the current token" in words(answer)
    assert leaks(console) == []


@pytest.mark.parametrize("email", ["vic@acme.example"])
def test_who_may_not_rotate(enter: Enter, sandbox: Sandbox, email: str) -> None:
    olga, _ = enter()
    report(olga, sandbox)
    visitor, page = enter(email)
    connection_id = sandbox.connection().connection_id
    assert f"/connections/{connection_id}/leak" not in page.text
    assert "Tell somebody who may do that" in words(page)
    assert BACK not in buttons(page)
    assert visitor.get(f"/connections/{connection_id}/leak").status_code == 403


def test_another_organizations_connection(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    foreign = sandbox.connection("initech").connection_id
    assert visitor.get(f"/connections/{foreign}/leak").status_code == 404
