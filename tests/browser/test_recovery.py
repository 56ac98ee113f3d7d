"""A new token whose value is lost: another one, by one button."""

from playwright.sync_api import Page, expect

from tests.browser.steps import (
    complete,
    connection_of,
    fail,
    last_four,
    let_it_settle,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    token_field,
)
from tests.conftest import Sandbox


def test_a_lost_token_is_replaced_by_one_button(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    old, lost = initech.bearer_token, initech.next_bearer_token
    assert lost
    sign_in(page, sandbox, "ian@initech.example")
    card = page.get_by_role("article")
    expect(card).to_have_attribute("data-rotation", "started")
    expect(card).to_contain_text("Stytch shows a new token once, when its rotation is started.")
    expect(token_field(page)).to_have_count(0)

    press(page, "Cancel and start again")
    message = notice(page, "Started again")
    expect(message).to_contain_text("The lost token was cancelled.")
    new = token_field(page).input_value()
    assert new == initech.next_bearer_token != lost
    expect(card.locator(".lane")).to_contain_text([f"{old[-4:]}Current token", f"{new[-4:]}New token"])
    expect(card).to_contain_text("Put this token into Microsoft Entra as “Secret Token”")
    complete(page)
    notice(page, "Rotation completed")
    assert initech.bearer_token == new
    assert rotation_calls(sandbox) == ["cancel", "start", "complete"]


def test_a_token_lost_by_closing_the_page(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    press(page, "Start rotation")
    lost = token_field(page).input_value()
    page.get_by_text("Lost it, or closed the page?").click()
    press(page, "Cancel and start again")
    notice(page, "Started again")
    assert token_field(page).input_value() == connection_of(sandbox, "acme").next_bearer_token != lost


def test_a_lost_answer_to_start(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    fail(sandbox, "start", "drop_after_commit")
    press(page, "Start rotation")
    message = notice(page, "A new token was made, but it could not be shown")
    lost = acme.next_bearer_token
    assert lost
    expect(message).to_contain_text(f"{last_four(acme.bearer_token)} works as before.")
    expect(page.get_by_role("article")).to_contain_text("This console has shown the value of")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "started")
    review = open_review(page, "Complete")
    expect(review).to_contain_text("Unless somebody started this in Stytch's dashboard")
    review.get_by_role("link", name="Back").click()

    press(page, "Cancel and start again")
    notice(page, "Started again")
    assert token_field(page).input_value() == acme.next_bearer_token != lost
    assert rotation_calls(sandbox) == ["start", "cancel", "start"]


def test_a_restart_of_which_only_half_is_done(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, "ian@initech.example")
    fail(sandbox, "start", "status")
    press(page, "Cancel and start again")
    message = notice(page, "The rotation was not started again")
    expect(message).to_contain_text("The lost token was cancelled.")
    expect(message).to_contain_text(f"{last_four(initech.bearer_token)} is the only token.")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    press(page, "Start rotation")
    notice(page, "Rotation started")
    assert token_field(page).input_value() == initech.next_bearer_token
    assert rotation_calls(sandbox) == ["cancel", "start", "start"]


def test_a_restart_whose_second_half_may_still_arrive(either_page: Page, sandbox: Sandbox) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, "ian@initech.example")
    fail(sandbox, "start", "drop_before_commit")
    press(page, "Cancel and start again")
    message = notice(page, "Not started again so far")
    expect(message).to_contain_text("The lost token was cancelled.")
    expect(message).to_contain_text(f"{last_four(initech.bearer_token)} is the only token.")
    expect(page.locator("main form")).to_have_count(0)

    let_it_settle(sandbox)
    page.get_by_role("link", name="Check again").click()
    notice(page, "The rotation was not started")
    press(page, "Start rotation")
    notice(page, "Rotation started")
    assert token_field(page).input_value() == initech.next_bearer_token
    assert rotation_calls(sandbox) == ["cancel", "start", "start"]
