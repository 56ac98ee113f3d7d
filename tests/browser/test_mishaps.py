"""Lost answers, and what lies between browser and Stytch: the admin is told the truth, and has a way on."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import (
    cancel,
    complete,
    confirm,
    connection_of,
    fail,
    last_four,
    let_it_settle,
    lose_contact,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    start,
    token_field,
)
from tests.conftest import Sandbox

UNKNOWN = "We do not know yet"
NO_ANSWER = "The console did not answer"


@pytest.mark.parametrize(
    ("act", "call", "title"),
    [(complete, "complete", "Rotation completed"), (cancel, "cancel", "Rotation cancelled")],
    ids=["complete", "cancel"],
)
def test_a_lost_answer_is_found_out_by_reading(
    either_page: Page, sandbox: Sandbox, act: Callable[[Page], None], call: str, title: str
) -> None:
    page = either_page
    sign_in(page, sandbox, "ian@initech.example")
    fail(sandbox, call, "drop_after_commit")
    act(page)
    expect(notice(page, title)).to_contain_text(
        "Stytch's answer was lost, so we read the connection again: it is done."
    )
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    assert rotation_calls(sandbox) == [call]


def test_stytch_wholly_gone_in_the_middle(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, "ian@initech.example")
    review = open_review(page, "Complete")
    lose_contact(sandbox, "complete", reads=2)
    confirm(review)
    expect(notice(page, UNKNOWN)).to_contain_text("completed or not, we can't say")
    # Completing can only stop the current token: the new one works whatever came of it.
    expect(page.locator(".lane--unknown")).to_have_count(1)
    expect(page.locator(".lane")).to_contain_text(["we do not know yet", "works either way"])
    expect(page.locator("main form")).to_have_count(0)

    page.get_by_role("link", name="Check again").click()
    unread = page.get_by_role("heading", name="We still do not know")
    expect(unread).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("could not be read just now, so which token works can't be told")
    if javascript:
        notice(page, UNKNOWN)
        expect(unread).to_be_focused()
        page.get_by_role("link", name="Check again").click()
    else:
        page.reload()
    expect(notice(page, "Rotation completed")).to_contain_text("ian@initech.example asked for it at ")
    expect(page.locator(".lane--works")).to_contain_text([initech.bearer_token[-4:]])
    expect(unread).to_have_count(0)
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    expect(page.get_by_role("heading", name=UNKNOWN)).to_have_count(0)
    assert rotation_calls(sandbox) == ["complete"]


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrives late", "it never arrives"])
def test_no_answer_and_not_done_so_far(either_page: Page, sandbox: Sandbox, arrives: bool) -> None:
    """Nothing can be done until it can't arrive any more, whoever looks; then a look says what came of it."""
    page = either_page
    initech = connection_of(sandbox, "initech")
    old, new = initech.bearer_token[-4:], str(initech.next_bearer_token)[-4:]
    sign_in(page, sandbox, "ian@initech.example")
    if arrives:
        sandbox.fail("late_commit", "/rotate/complete$", seconds=50)
    else:
        fail(sandbox, "complete", "drop_before_commit")
    complete(page)
    expect(notice(page, "Not completed so far")).to_contain_text(f"{last_four(old)} and {last_four(new)} both work.")
    page.get_by_role("link", name="Check again").click()
    expect(notice(page, UNKNOWN)).to_contain_text("ian@initech.example was completing the rotation")
    expect(page.locator(".lane")).to_contain_text(["we do not know yet", "works either way"])
    expect(page.locator("main form")).to_have_count(0)

    let_it_settle(sandbox)
    page.get_by_role("link", name="Check again").click()
    if arrives:
        expect(notice(page, "Rotation completed")).to_contain_text(f"{last_four(new)} is the only token that works")
        expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    else:
        expect(notice(page, "The rotation was not completed")).to_contain_text("Nothing was changed")
        complete(page)
        notice(page, "Rotation completed")
    assert initech.bearer_token.endswith(new)
    assert rotation_calls(sandbox) == ["complete"] * (1 if arrives else 2)


def test_stytch_gone_before_anything_was_sent(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    fail(sandbox, "read", "drop_before_commit", times=2)
    press(page, "Start rotation")
    expect(page.get_by_role("main")).to_contain_text("Nothing was changed by this.")
    if javascript:
        expect(page.get_by_role("heading", name="Stytch did not answer")).to_be_focused()
        expect(page.get_by_role("alert")).to_contain_text("Stytch did not answer")
    else:
        page.get_by_role("link", name="Go to the connections").click()
    start(page)
    notice(page, "Rotation started")
    expect(page.get_by_role("heading", name="Stytch did not answer")).to_have_count(0)
    assert rotation_calls(sandbox) == ["start"]


def foreign_page(route: Route) -> None:
    route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1><p>nginx</p>")


def no_connection(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("between", [foreign_page, no_connection])
@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not arrive"])
def test_no_answer_of_the_console(
    page: Page, sandbox: Sandbox, browser_errors: list[str], between: Callable[[Route], None], arrives: bool
) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    acme = connection_of(sandbox, "acme")
    new = start(page)

    def lose(route: Route) -> None:
        if arrives:
            route.fetch()
        between(route)

    page.route("**/rotation/complete", lose)
    complete(page)
    message = notice(page, NO_ANSWER)
    expect(page.get_by_role("heading", name=NO_ANSWER)).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("may have been done or not")
    expect(page.get_by_text("Bad gateway")).to_have_count(0)
    expect(page.get_by_role("heading", name="Rotation started")).to_have_count(0)
    expect(token_field(page)).to_have_value(new)

    message.get_by_role("link", name="Check again").click()
    expect(page.get_by_role("heading", name=NO_ANSWER)).to_have_count(0)
    if arrives:
        expect(page.locator(".lane")).to_contain_text([new[-4:]])
        expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
        expect(token_field(page)).to_have_count(0)
    else:
        expect(page.get_by_role("article")).to_have_attribute("data-rotation", "started")
        expect(token_field(page)).to_be_visible()
        expect(token_field(page)).to_have_value(new)
    assert acme.bearer_token == new or not arrives
    if between is no_connection:
        assert all("ERR_FAILED" in error or "Failed to fetch" in error for error in browser_errors)
        browser_errors.clear()


def test_a_session_s_form_token_that_no_longer_fits(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.locator("form[action$='/rotation/start'] [name=csrf_token]").evaluate("field => { field.value = 'stale' }")
    press(page, "Start rotation")
    expect(page.get_by_role("main")).to_contain_text("reload the page and try again", ignore_case=True)
    assert rotation_calls(sandbox) == []
