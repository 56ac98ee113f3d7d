"""The second factor: given, set up, and asked for again before what is hard to undo."""

from collections.abc import Iterator

from tests.browser.steps import app_code, give_code, newest_link, other_than, press, start
from tests.browser.sweep.stage import Stage
from webapp.sandbox.totp import TotpRegistration

UMA = "uma@umbrella.example"
UNA = "una@umbrella.example"
UGO = "ugo@umbrella.example"
PHONE = "+12025550123"


def prove_address(stage: Stage, email: str, title: str) -> None:
    stage.prove_address(email, "/login/umbrella")
    stage.see(title)


def given(stage: Stage) -> Iterator[str]:
    view = stage.view
    prove_address(stage, UMA, "One more proof")
    yield "the app's code"
    give_code(view, other_than(app_code(stage.sandbox, UMA)))
    view.get_by_text("This code is not right").wait_for()
    yield "a wrong code of the app"
    view.get_by_role("link", name="Use a recovery code").click()
    view.get_by_label("Recovery code").wait_for()
    yield "a recovery code"
    stage.sandbox.world.clock.advance(601)
    give_code(view, "aaaa-bbbb-cccc")
    stage.see("That took too long")
    yield "it took too long"
    prove_address(stage, UNA, "One more proof")
    yield "a texted code"
    give_code(view, other_than(stage.code(PHONE)))
    view.get_by_text("This code is not right").wait_for()
    yield "a wrong texted code"


def set_up(stage: Stage) -> Iterator[str]:
    view = stage.view
    prove_address(stage, UGO, "Set up a second factor")
    yield "a choice of second factors"
    view.get_by_label("Mobile number").fill("0202 555")
    press(view, "Text me codes")
    view.get_by_text("Enter the number with + and").wait_for()
    yield "a number that is none"
    press(view, "Set up an authenticator app")
    stage.see("Set up an authenticator app")
    yield "the key of an app"
    app = TotpRegistration("", view.locator("#secret").inner_text(), [])
    button = "Check it and sign in"
    give_code(view, other_than(app.code(stage.sandbox.world.clock.now())), button)
    view.get_by_text("This code is not right").wait_for()
    yield "a wrong code of a new app"
    give_code(view, app.code(stage.sandbox.world.clock.now()), button)
    stage.see("Keep your recovery codes")
    yield "recovery codes"


def asked_for_again(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive()
    stage.sandbox.world.clock.advance(stage.console.settings.step_up_minutes * 60 + 1)
    press(view, "Start rotation")
    stage.see("Confirm it is you")
    yield "who is asked without a second factor"
    press(view, "Email me a link")
    stage.see("Check your inbox")
    yield "a link to confirm is on its way"
    newest_link(stage.sandbox, "ada@acme.example")
    view.get_by_role("link", name="Choose another way").click()
    press(view, "Use my password")
    stage.see("Enter your password")
    yield "the password to confirm"
    view.get_by_role("link", name="Choose another way").click()
    stage.sandbox.world.clock.advance(60)
    press(view, "Email me a code")
    stage.see("Enter the code")
    yield "the code to confirm"
    give_code(view, stage.code("ada@acme.example"), "Confirm")
    stage.see("It is you. Go on")
    yield "confirmed, and asked to go on"
    start(view)
    for email, what in ((UMA, "the app's code to confirm"), (UNA, "a text message to confirm")):
        stage.page.context.clear_cookies()
        prove_address(stage, email, "One more proof")
        give_code(view, app_code(stage.sandbox, email) if email == UMA else stage.code(PHONE))
        view.wait_for_url("**/connections")
        stage.sandbox.world.clock.advance(stage.console.settings.step_up_minutes * 60 + 1)
        press(view, "Start rotation")
        stage.see("Confirm it is you")
        yield what


WALKS = (given, set_up, asked_for_again)
