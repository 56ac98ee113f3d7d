"""A session that ends in the middle: sign-in says so, leads back, and nothing was half-done."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import confirm, connection_of, open_review, press, rotation_calls, sign_in
from tests.conftest import Console, Sandbox


@pytest.mark.parametrize("action", ["Complete", "Cancel"])
def test_a_session_that_ran_out_before_a_button(
    either_page: Page, console: Console, sandbox: Sandbox, action: str, javascript: bool
) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    tokens = initech.bearer_token, initech.next_bearer_token
    sign_in(page, sandbox, "ian@initech.example")
    page.get_by_role("link", name="Initech Entra").click()
    review = open_review(page, action)
    here = page.url
    assert here.endswith(initech.connection_id if javascript else f"/rotation/{action.lower()}")

    end_sessions(console, sandbox)
    confirm(review)
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Your last step changed nothing.")
    assert rotation_calls(sandbox) == []
    assert (initech.bearer_token, initech.next_bearer_token) == tokens

    sign_in(page, sandbox, "ian@initech.example")
    expect(page).to_have_url(here)
    expect(page.get_by_role("heading", name="Your session has ended")).to_have_count(0)


def test_a_session_that_ran_out_before_a_look(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    here = f"{console.url}/connections/{connection_of(sandbox, 'acme').connection_id}"
    sign_in(page, sandbox, "vic@acme.example")
    page.goto(here)
    end_sessions(console, sandbox)
    page.reload()
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    sign_in(page, sandbox, "vic@acme.example")
    expect(page).to_have_url(here)
    expect(page.get_by_role("article")).to_be_visible()


def end_sessions(console: Console, sandbox: Sandbox) -> None:
    sandbox.world.clock.advance(console.settings.session_minutes * 60)


@pytest.mark.parametrize("answer", ["404", "401", "403"])
def test_a_session_that_was_revoked(page: Page, sandbox: Sandbox, answer: str) -> None:
    """What Stytch answers to a dead session in a call's header is not known (stytch-api.md §1.3)."""
    acme = connection_of(sandbox, "acme")
    sandbox.world.variants["dead_session_in_header"] = answer
    sign_in(page, sandbox, "olga@acme.example")
    sandbox.world.sessions.clear()
    press(page, "Start rotation")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    assert acme.next_bearer_token is None
    assert rotation_calls(sandbox) == []


def test_signing_out_of_a_session_that_is_over(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    sign_in(either_page, sandbox, "vic@acme.example")
    sandbox.world.sessions.clear()
    press(either_page, "Sign out")
    expect(either_page).to_have_url(f"{console.url}/login")
    expect(either_page.get_by_role("heading", level=1)).to_have_text("Sign in")
