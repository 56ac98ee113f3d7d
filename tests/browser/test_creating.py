"""Creating a connection in a browser: once, shown once, and found out when its answer is lost."""

import io
import re

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.steps import complete, let_it_settle, notice, press, sign_in, start
from tests.browser.test_secrecy import STORED, answers
from tests.conftest import Sandbox
from webapp.sandbox import rotation
from webapp.sandbox.connections import Connection

__all__ = ["answers"]  # a fixture

GIL = "gil@globex.example"
CREATE = "^/v1/b2b/scim/[^/]+/connection$"


def globex(sandbox: Sandbox) -> list[Connection]:
    """Globex's connections at Stytch."""
    return sandbox.world.connections_of(sandbox.world.find_organization("globex").organization_id)


def fill(page: Page, sandbox: Sandbox) -> None:
    """Gil at the form, filled in."""
    sign_in(page, sandbox, GIL)
    page.get_by_role("link", name="Create connection").click()
    page.get_by_label("Name").fill("Globex Okta")
    page.get_by_label("Okta").check()


def accepted(connection: Connection, sandbox: Sandbox, token: str) -> bool:
    """Whether the connection's SCIM server lets somebody in with this token."""
    url = f"{connection.base_url(sandbox.url)}/Users"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_created_and_its_token_shown_once(
    answers: list[str], either_page: Page, sandbox: Sandbox, logs: io.StringIO
) -> None:
    page = either_page
    fill(page, sandbox)
    press(page, "Create connection")
    token = page.get_by_role("textbox", name="Token").input_value()
    expect(page.get_by_role("heading", level=1)).to_have_text("Connection created")
    expect(page).to_have_title(re.compile("^Connection created"))
    (connection,) = globex(sandbox)
    expect(page.get_by_role("textbox", name="Base URL")).to_have_value(connection.base_url(sandbox.url))
    assert accepted(connection, sandbox, token)
    expect(page.get_by_role("heading", name="Set up Okta")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_text("The token is shown once.")).to_be_hidden()
    expect(page.locator("textarea:visible")).to_have_count(0)
    page.emulate_media(media="screen")
    kept = [page.evaluate(STORED), page.url]
    page.get_by_role("link", name="Go to the connection").click()
    expect(page.get_by_role("heading", name="Globex Okta")).to_be_visible()
    kept += [page.evaluate(STORED), page.content(), repr(page.context.cookies()), logs.getvalue()]
    page.goto("/history")
    kept.append(page.content())
    assert len([answer for answer in answers if token in answer]) == 1
    assert [text for text in kept if token in text] == []


def test_pressed_twice_is_created_once(page: Page, sandbox: Sandbox) -> None:
    fill(page, sandbox)
    page.get_by_role("button", name="Create connection").dblclick()
    expect(page.get_by_role("textbox", name="Token")).to_be_visible()
    assert sandbox.calls().count("POST connection") == 1


def test_what_was_typed_stays(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    fill(page, sandbox)
    page.get_by_label("Name").fill("x" * 129)
    press(page, "Create connection")
    expect(page.get_by_label("Name")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_value("x" * 129)
    expect(page.get_by_label("Okta")).to_be_checked()
    page.get_by_label("Name").fill("Globex Okta")
    press(page, "Create connection")
    expect(page.get_by_role("textbox", name="Token")).to_be_visible()


def test_a_lost_answer_leads_to_a_rotation(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    fill(page, sandbox)
    sandbox.fail("drop_after_commit", CREATE)
    press(page, "Create connection")
    notice(page, "It was created, but its token could not be shown")
    (connection,) = globex(sandbox)
    first = connection.bearer_token
    bar = page.get_by_role("heading", name="Nobody has been shown")
    expect(bar).to_be_visible()
    assert first not in page.content()
    page.goto("/connections")
    expect(bar).to_be_visible()
    token = start(page)
    assert accepted(connection, sandbox, token)
    expect(bar).to_be_visible()
    complete(page)
    notice(page, "Rotation completed")
    expect(bar).to_have_count(0)
    assert not accepted(connection, sandbox, first)


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrives late", "it never arrives"])
def test_no_answer_and_not_created_so_far(either_page: Page, sandbox: Sandbox, arrives: bool) -> None:
    page = either_page
    fill(page, sandbox)
    if arrives:
        sandbox.fail("late_commit", CREATE, seconds=50)
    else:
        sandbox.fail("drop_before_commit", CREATE)
    press(page, "Create connection")
    notice(page, "Not created so far")
    page.get_by_role("link", name="Check again").click()
    expect(notice(page, "We do not know yet")).to_contain_text(f"{GIL} was creating the connection")
    expect(page.get_by_role("link", name="Create connection")).to_have_count(0)
    let_it_settle(sandbox)
    page.get_by_role("link", name="Check again").click()
    if arrives:
        notice(page, "It was created, but its token could not be shown")
        expect(page.get_by_role("heading", name="Nobody has been shown")).to_be_visible()
    else:
        notice(page, "The connection was not created")
        expect(page.get_by_role("link", name="Create connection")).to_be_visible()


def test_a_colleague_was_quicker(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    fill(page, sandbox)
    rotation.create(sandbox.world, sandbox.world.find_organization("globex").organization_id, "Elsewhere", "generic")
    press(page, "Create connection")
    expect(notice(page, "There is a connection already")).to_contain_text("Nothing was sent to Stytch.")
    expect(page.get_by_role("heading", name="Elsewhere")).to_be_visible()
    assert "POST connection" not in sandbox.calls()


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrived", "it did not arrive"])
def test_no_answer_of_the_console(page: Page, sandbox: Sandbox, browser_errors: list[str], arrives: bool) -> None:
    fill(page, sandbox)

    def lose(route: Route) -> None:
        if arrives:
            route.fetch()
        route.abort()

    page.route("**/connections", lose)
    press(page, "Create connection")
    notice(page, "The console did not answer")
    page.unroute("**/connections")
    page.get_by_role("article").get_by_role("link", name="Check again").click()
    name = "Globex Okta" if arrives else "Globex has no SCIM connection yet"
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    browser_errors.clear()
