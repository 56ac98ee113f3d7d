"""Deleting a connection in a browser: after its name was typed, once, and never another than the one on the page."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import connection_of, let_it_settle, notice, press, sign_in
from tests.conftest import Sandbox

DELETE = "/connection/[^/]+$"


def open_deletion(page: Page, sandbox: Sandbox) -> None:
    """Ada at the page that deletes Acme's connection."""
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    page.get_by_role("link", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete Acme Okta?")


def confirm(page: Page, name: str = "Acme Okta") -> None:
    page.get_by_label("To confirm, type").fill(name)
    press(page, "Delete connection")


def there(sandbox: Sandbox) -> bool:
    """Whether Acme has a connection at Stytch."""
    return sandbox.world.connection_of(sandbox.world.find_organization("acme").organization_id) is not None


def deletions(sandbox: Sandbox) -> int:
    return [call.split()[0] for call in sandbox.calls()].count("DELETE")


def test_deleted_and_no_error_after_it(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    """Nothing asks again for what is gone, in whichever way one comes back to the page."""
    page = either_page
    open_deletion(page, sandbox)
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text("Groups that go")
    expect(facts).to_contain_text(connection_of(sandbox, "acme").bearer_token[-4:])
    confirm(page, "Acme")
    expect(page.get_by_label("To confirm, type")).to_be_focused()
    assert there(sandbox)
    confirm(page)
    notice(page, "Acme Okta was deleted")
    expect(page.get_by_role("heading", name="Acme has no SCIM connection yet")).to_be_visible()
    assert not there(sandbox)
    if javascript:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate("for (const name of ['visibilitychange', 'focus']) document.dispatchEvent(new Event(name))")
        page.wait_for_load_state("networkidle")
        assert asked == []
    page.reload()
    expect(page.locator(".notice--problem")).to_have_count(0)
    assert deletions(sandbox) == 1


def test_pressed_twice_is_deleted_once(page: Page, sandbox: Sandbox) -> None:
    open_deletion(page, sandbox)
    page.get_by_label("To confirm, type").fill("acme okta")
    page.get_by_role("button", name="Delete connection").dblclick()
    notice(page, "Acme Okta was deleted")
    assert deletions(sandbox) == 1


def test_what_has_changed_is_looked_at_again(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    open_deletion(page, sandbox)
    acme = connection_of(sandbox, "acme")
    acme.start_rotation(None)
    confirm(page)
    expect(notice(page, "It has changed since you opened this page")).to_contain_text("Nothing was deleted.")
    expect(page.locator("dl.facts")).to_contain_text(str(acme.next_bearer_token)[-4:])
    assert (deletions(sandbox), there(sandbox)) == (0, True)
    confirm(page)
    notice(page, "Acme Okta was deleted")


def test_a_lost_answer_is_found_out_by_reading(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    open_deletion(page, sandbox)
    sandbox.fail("drop_after_commit", DELETE, "DELETE")
    confirm(page)
    notice(page, "Acme Okta was deleted")
    assert not there(sandbox)


@pytest.mark.parametrize("arrives", [True, False], ids=["it arrives late", "it never arrives"])
def test_no_answer_and_not_deleted_so_far(either_page: Page, sandbox: Sandbox, arrives: bool) -> None:
    page = either_page
    open_deletion(page, sandbox)
    if arrives:
        sandbox.fail("late_commit", DELETE, "DELETE", seconds=50)
    else:
        sandbox.fail("drop_before_commit", DELETE, "DELETE")
    confirm(page)
    notice(page, "Not deleted so far")
    expect(page.locator(".lane")).to_contain_text(["we do not know yet"])
    expect(page.locator("main form")).to_have_count(0)
    let_it_settle(sandbox)
    page.get_by_role("link", name="Check again").click()
    if arrives:
        notice(page, "Acme Okta was deleted")
        expect(page.get_by_role("heading", name="Acme has no SCIM connection yet")).to_be_visible()
    else:
        notice(page, "The connection was not deleted")
    assert there(sandbox) is not arrives


def test_somebody_else_has_deleted_it(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    open_deletion(page, sandbox)
    sandbox.world.connections.clear()
    confirm(page)
    expect(notice(page, "Acme Okta is not there any more")).to_contain_text("by somebody else")
    page.get_by_role("link", name="Go to the connections").click()
    expect(page.get_by_role("heading", name="Acme has no SCIM connection yet")).to_be_visible()
    assert deletions(sandbox) == 0
