"""What is hard to undo asks for a fresh proof, and then goes on with the very step."""

import pytest
from playwright.sync_api import Dialog, Page, expect

from tests.browser.steps import (
    app_code,
    complete,
    confirm,
    connection_of,
    expect_page,
    expect_signed_in,
    give_code,
    newest_code,
    newest_link,
    notice,
    open_review,
    press,
    rotation_calls,
    sign_in,
    sign_in_by_code,
    start,
    token_field,
)
from tests.conftest import Console, Sandbox

ADA = "ada@acme.example"
IAN = "ian@initech.example"
UMA = "uma@umbrella.example"


def let_the_proof_age(console: Console, sandbox: Sandbox) -> None:
    sandbox.world.clock.advance(console.settings.step_up_minutes * 60 + 1)


def card_of(sandbox: Sandbox, slug: str) -> str:
    return f"/connections/{connection_of(sandbox, slug).connection_id}"


def test_no_proof_is_asked_for_soon_after_sign_in(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    sign_in(either_page, sandbox, ADA, "Acme")
    sandbox.world.clock.advance(console.settings.step_up_minutes * 60 - 30)
    start(either_page)
    assert rotation_calls(sandbox) == ["start"]


def test_start_without_a_second_factor(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, ADA, "Acme")
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    expect_page(page, "Confirm it is you")
    expect(page.get_by_role("main")).to_contain_text(
        "You have no second factor at Acme, so the way you sign in is asked for once more, as ada@acme.example."
    )
    press(page, "Email me a code")
    give_code(page, newest_code(sandbox, ADA), "Confirm")
    expect_page(page, "It is you. Go on")
    assert rotation_calls(sandbox) == []
    page.reload()
    expect_page(page, "It is you. Go on")

    new = start(page)
    assert new == connection_of(sandbox, "acme").next_bearer_token
    assert rotation_calls(sandbox) == ["start"]
    confirm(open_review(page, "Complete"))
    notice(page, "Rotation completed")


def test_start_with_an_authenticator_app(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_by_code(page, sandbox, UMA)
    give_code(page, app_code(sandbox, UMA))
    page.get_by_role("link", name="Umbrella JumpCloud").click()
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    expect_page(page, "Confirm it is you")
    expect(page.get_by_role("main")).to_contain_text("Enter the code that your authenticator app shows for Umbrella.")
    give_code(page, "000000" if app_code(sandbox, UMA) != "000000" else "000001", "Confirm")
    expect(page.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    give_code(page, app_code(sandbox, UMA), "Confirm")
    expect_page(page, "It is you. Go on")
    assert rotation_calls(sandbox) == []
    assert start(page) == connection_of(sandbox, "umbrella").next_bearer_token


@pytest.mark.parametrize("way", ["link", "Google"])
def test_complete_with_its_form_kept(either_page: Page, console: Console, sandbox: Sandbox, way: str) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    new = str(initech.next_bearer_token)
    sign_in(page, sandbox, IAN)
    page.get_by_role("link", name="Initech Entra").click()
    let_the_proof_age(console, sandbox)
    confirm(open_review(page, "Complete"))
    expect_page(page, "Confirm it is you")
    if way == "link":
        press(page, "Email me a link")
        expect_page(page, "Check your inbox")
        page.goto(newest_link(sandbox, IAN))
    else:
        page.get_by_role("link", name="Continue with Google").click()
        page.get_by_role("link", name=IAN).click()
    expect_page(page, "It is you. Go on")
    assert rotation_calls(sandbox) == []
    press(page, f"Complete: switch off ····{initech.bearer_token[-4:]}")
    notice(page, "Rotation completed")
    assert (initech.bearer_token, initech.next_bearer_token) == (new, None)
    assert rotation_calls(sandbox) == ["complete"]


def test_what_was_seen_is_kept_too(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, IAN)
    page.get_by_role("link", name="Initech Entra").click()
    let_the_proof_age(console, sandbox)
    confirm(open_review(page, "Complete"))
    press(page, "Email me a code")
    initech.start_rotation(None)
    give_code(page, newest_code(sandbox, IAN), "Confirm")
    page.get_by_role("main").get_by_role("button", name="Complete: switch off").click()
    notice(page, "It has changed since you opened this page")
    assert rotation_calls(sandbox) == []


def test_cancel_asks_for_no_proof(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, IAN)
    let_the_proof_age(console, sandbox)
    confirm(open_review(page, "Cancel"))
    notice(page, "Rotation cancelled")


def test_start_again(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    initech = connection_of(sandbox, "initech")
    sign_in(page, sandbox, IAN)
    let_the_proof_age(console, sandbox)
    press(page, "Cancel and start again")
    press(page, "Email me a code")
    give_code(page, newest_code(sandbox, IAN), "Confirm")
    assert rotation_calls(sandbox) == []
    press(page, "Cancel and start again")
    expect(token_field(page)).to_have_value(str(initech.next_bearer_token))
    assert rotation_calls(sandbox) == ["cancel", "start"]


def test_a_token_on_screen_is_not_left_without_a_question(page: Page, console: Console, sandbox: Sandbox) -> None:
    page.clock.install()
    sign_in(page, sandbox, ADA, "Acme")
    new = start(page)
    let_the_proof_age(console, sandbox)
    page.once("dialog", Dialog.dismiss)
    with page.expect_event("dialog") as question:
        complete(page)
    assert question.value.type == "beforeunload"
    expect(token_field(page)).to_have_value(new)
    page.clock.fast_forward(10_000)  # the page waits so long to be left

    page.once("dialog", Dialog.accept)
    page.get_by_role("button", name="Complete: switch off").click()  # its review is still open
    expect_page(page, "Confirm it is you")
    assert rotation_calls(sandbox) == ["start"]


@pytest.mark.parametrize("proven", [False, True], ids=["before the proof", "after the proof"])
def test_back_without_going_on(either_page: Page, console: Console, sandbox: Sandbox, proven: bool) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    tokens = acme.bearer_token, acme.next_bearer_token
    sign_in(page, sandbox, ADA, "Acme")
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    if proven:
        press(page, "Email me a code")
        give_code(page, newest_code(sandbox, ADA), "Confirm")
    page.get_by_role("link", name="Back, without going on").click()
    expect(page).to_have_url(f"{console.url}{card_of(sandbox, 'acme')}")
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    assert rotation_calls(sandbox) == []
    assert (acme.bearer_token, acme.next_bearer_token) == tokens


def test_back_from_a_second_factor(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in_by_code(page, sandbox, UMA)
    give_code(page, app_code(sandbox, UMA))
    expect_signed_in(page, UMA, "Umbrella")
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    page.get_by_role("link", name="Back to the connections").click()
    expect(page.get_by_role("article")).to_have_attribute("data-rotation", "none")
    assert rotation_calls(sandbox) == []


def test_the_proof_of_somebody_else(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, ADA, "Acme")
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    page.get_by_role("link", name="Continue with Google").click()
    page.get_by_role("link", name="olga@acme.example").click()
    expect(page.get_by_role("heading", name="It is you. Go on")).to_have_count(0)
    assert rotation_calls(sandbox) == []


def test_a_session_that_ended_before_the_proof(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, ADA, "Acme")
    let_the_proof_age(console, sandbox)
    press(page, "Start rotation")
    press(page, "Email me a code")
    expect_page(page, "Enter the code")
    sandbox.world.sessions.clear()
    give_code(page, newest_code(sandbox, ADA), "Confirm")
    expect(page.get_by_role("heading", name="Your session has ended")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Your last step changed nothing.")
    sandbox.world.clock.advance(60)
    sign_in(page, sandbox, ADA, "Acme")
    expect(page).to_have_url(f"{console.url}{card_of(sandbox, 'acme')}")
    start(page)


@pytest.mark.parametrize("changes", [{"session_minutes": 30}])
def test_too_little_of_the_session_is_left(either_page: Page, console: Console, sandbox: Sandbox) -> None:
    page = either_page
    sign_in(page, sandbox, ADA, "Acme")
    page.get_by_role("link", name="Acme Okta").click()
    sandbox.world.clock.advance(21 * 60)
    press(page, "Start rotation")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Your session ends in 8 minutes for good")
    assert rotation_calls(sandbox) == []
    main.get_by_role("link", name="Sign in again").click()
    sign_in(page, sandbox, ADA)
    expect(page).to_have_url(f"{console.url}{card_of(sandbox, 'acme')}")
    start(page)
    assert rotation_calls(sandbox) == ["start"]
