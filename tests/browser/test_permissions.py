"""Who may look, who may rotate, and who is told why not."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import connection_of, last_four, newest_link, notice, press, rotation_calls, sign_in
from tests.conftest import Console, Sandbox

# The form of the page that everybody has lends its token to a request that no button makes.
POST_BY_HAND = """async path => {
  const body = new FormData(document.querySelector('form[action$="/logout"]'));
  body.set("current_last_four", document.querySelector(".last-four").lastChild.textContent);
  body.set("next_last_four", "");
  const answer = await fetch(path, { method: "POST", body });
  return [answer.status, await answer.text()];
}"""


def test_a_viewer_sees_and_can_t_change(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "vic@acme.example")
    card = page.get_by_role("article")
    expect(card).to_contain_text("Acme Okta")
    expect(card.locator(".lane")).to_contain_text(acme.bearer_token[-4:])
    expect(card).to_contain_text("You can look at this connection.")
    expect(page.get_by_role("button", name="Start rotation")).to_have_count(0)

    acme.start_rotation(None)
    page.get_by_role("link", name="Acme Okta").click()
    expect(card).to_have_attribute("data-rotation", "started")
    expect(page.locator("form:not([action='/logout'], [action='/session/extend'])")).to_have_count(0)
    expect(page.get_by_role("link", name="rotation")).to_have_count(0)
    assert rotation_calls(sandbox) == []


def test_a_viewer_s_post_by_hand_is_refused(page: Page, sandbox: Sandbox) -> None:
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "vic@acme.example")
    status, text = page.evaluate(POST_BY_HAND, f"/connections/{acme.connection_id}/rotation/start")
    assert status == 403
    assert "Your roles do not allow that" in text
    text = re.sub("<[^>]*>", "", text)
    assert f"Nothing was changed: {last_four(acme.bearer_token)} is the only token." in text
    assert acme.next_bearer_token is None


def test_a_right_taken_away_meanwhile(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "olga@acme.example")
    olga = sandbox.world.find_member(acme.organization_id, email="olga@acme.example")
    olga.roles[:] = ["scim_viewer"]
    press(page, "Start rotation")
    expect(notice(page, "Your roles do not allow that")).to_contain_text("Nothing was changed")
    assert acme.next_bearer_token is None


def test_who_may_not_look_is_told_why(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    with page.expect_response(f"{console.url}/connections") as answer:
        sign_in(page, sandbox, "noel@acme.example")
    assert answer.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("You can't see SCIM connections")
    expect(page.get_by_role("main")).to_contain_text("the permission get on stytch.scim")
    expect(page.get_by_role("article")).to_have_count(0)
    page.goto(f"/connections/{connection_of(sandbox, 'acme').connection_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("You can't see SCIM connections")
    press(page, "Sign out")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    assert sandbox.world.sessions == {}


def test_an_organization_without_a_connection(either_page: Page, sandbox: Sandbox) -> None:
    sign_in(either_page, sandbox, "gil@globex.example")
    expect(either_page.get_by_role("heading", level=2)).to_have_text("Globex has no SCIM connection yet")
    expect(either_page.get_by_role("article")).to_have_count(0)


def test_another_organization_s_connection_is_not_there(page: Page, sandbox: Sandbox) -> None:
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    foreign = page.goto(f"/connections/{initech.connection_id}")
    assert foreign
    assert foreign.status == 404
    missing = "/connections/scim-connection-test-00000000-0000-4000-8000-000000000000"
    page.goto(f"/connections/{connection_of(sandbox, 'acme').connection_id}")
    refused = page.evaluate(POST_BY_HAND, f"/connections/{initech.connection_id}/rotation/cancel")
    assert refused[0] == 404
    assert page.evaluate(POST_BY_HAND, f"{missing}/rotation/cancel")[0] == 404
    assert initech.next_bearer_token
    assert rotation_calls(sandbox) == []


@pytest.mark.parametrize(
    ("email", "title", "asks"),
    [
        ("uma@umbrella.example", "One more proof", "the code that your authenticator app shows for Umbrella"),
        ("hal@hooli.example", "Hooli asks for another way", "Hooli also asks for one of these."),
    ],
)
def test_what_more_an_organization_asks_for(page: Page, sandbox: Sandbox, email: str, title: str, asks: str) -> None:
    page.goto("/login")
    page.get_by_label("Work email").fill(email)
    press(page, "Email me a sign-in link")
    page.wait_for_url("**/authenticate/link")
    page.goto(newest_link(sandbox, email))
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    expect(page.get_by_role("main")).to_contain_text(asks)
    assert sandbox.world.sessions == {}
    page.goto("/connections")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
