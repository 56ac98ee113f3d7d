"""The outcomes of tests/matrix/ in a browser, one fault for each: the card's state, and nothing kept."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import cancel, complete, lose_contact, notice, press, sign_in
from tests.browser.test_secrecy import STORED
from tests.conftest import Sandbox
from webapp.sandbox.rehearsals import find

UNKNOWN = ["unknown", ""]
"""The current token may have stopped."""


def begin_rotation(page: Page) -> None:
    press(page, "Start rotation")


def rehearse(sandbox: Sandbox, title: str) -> None:
    """Queues a rehearsal, as the dashboard's button of that title does."""
    call, rehearsal = find(title)
    sandbox.world.faults.append(rehearsal.on(call))


@pytest.mark.parametrize(
    ("fault", "act", "says", "rotation", "lanes"),
    [
        ("complete: reply lost", complete, "Rotation completed", "none", ["stopped", "works"]),
        (
            "start: reply lost",
            begin_rotation,
            "A new token was made, but it could not be shown",
            "started",
            ["leaving", "works"],
        ),
        ("cancel: 500", cancel, "The rotation was not cancelled", "started", ["leaving", "works"]),
        ("complete: never arrives", complete, "Not completed so far", "started", UNKNOWN),
    ],
    ids=["done", "lost", "not done", "not yet"],
)
def test_a_fault(
    page: Page, sandbox: Sandbox, fault: str, act: Callable[[Page], None], says: str, rotation: str, lanes: list[str]
) -> None:
    begin(page, sandbox, rotating=act is not begin_rotation)
    rehearse(sandbox, fault)
    act(page)
    notice(page, says)
    expect_card(page, sandbox, rotation, lanes)


def test_unknown(page: Page, sandbox: Sandbox) -> None:
    begin(page, sandbox)
    lose_contact(sandbox, "complete", reads=1)
    complete(page)
    notice(page, "We do not know yet")
    expect_card(page, sandbox, "started", UNKNOWN)


def test_changed(page: Page, sandbox: Sandbox) -> None:
    begin(page, sandbox)
    sandbox.connection("acme").start_rotation(None)
    complete(page)
    notice(page, "It has changed since you opened this page")
    expect_card(page, sandbox, "started", ["leaving", "works"])


def test_busy(page: Page, sandbox: Sandbox) -> None:
    begin(page, sandbox)
    other = page.context.new_page()
    other.goto("/connections")
    rehearse(sandbox, "complete: never arrives")
    complete(page)
    cancel(other)
    notice(other, "We do not know yet")
    expect_card(other, sandbox, "started", UNKNOWN)
    assert "POST cancel" not in sandbox.calls()


def begin(page: Page, sandbox: Sandbox, *, rotating: bool = True) -> None:
    """Ada at Acme's card, a rotation under way that this browser did not start."""
    if rotating:
        sandbox.connection("acme").start_rotation(None)
    sign_in(page, sandbox, "ada@acme.example", "Acme")


def expect_card(page: Page, sandbox: Sandbox, rotation: str, lanes: list[str]) -> None:
    """The card's state, in words for machines and as a picture; no token on it or in the browser's storage."""
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", rotation)
    pictures = page.locator(".lane")
    expect(pictures).to_have_count(len(lanes))
    for number, state in enumerate(lanes):
        expect(pictures.nth(number)).to_contain_class(f"lane--{state}" if state else "lane")
    buttons = page.get_by_role("main").locator("form button")
    if "unknown" in lanes:
        expect(buttons).to_have_count(0)
    connection = sandbox.connection("acme")
    kept = [page.content(), page.url, page.evaluate(STORED), repr(page.context.cookies())]
    tokens = [token for token in (connection.bearer_token, connection.next_bearer_token) if token]
    assert [token for token in tokens for text in kept if token in text] == []
