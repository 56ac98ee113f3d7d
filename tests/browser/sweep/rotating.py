"""A rotation from start to end, what may become of it, a token near its end, a leaked one, the token check."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from tests.browser.steps import cancel, complete, confirm, lose_contact, open_review, press, start
from tests.browser.sweep.stage import Stage
from tests.processes.waiting import wait_for

DAY = timedelta(days=1)
NO_ANSWER = "The console did not answer"


def a_rotation(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive()
    yield "steady"
    view.get_by_text("Connection details").click()
    yield "connection details"
    start(view)
    stage.see("Rotation started")
    yield "started, with the new token"
    view.get_by_text("Where that is in Okta").click()
    view.get_by_text("Lost it, or closed the page?").click()
    yield "where to put it, and what to do when it is lost"
    for action in ("Complete", "Cancel"):
        review = open_review(view, action)
        yield f"{action}: the review"
        review.get_by_role("link", name="Back").click()
    complete(view)
    stage.see("Rotation completed")
    yield "completed"
    stage.sandbox.connection().start_rotation(None)
    press(view, "Start rotation")
    stage.see("It has changed since you opened this page")
    yield "changed by somebody else"
    cancel(view)
    stage.see("Rotation cancelled")
    yield "cancelled"


def review_pages(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive("ian@initech.example", "initech")
    yield "started elsewhere"
    path = f"/connections/{stage.sandbox.connection('initech').connection_id}"
    stage.goto(f"{path}/rotation/cancel")
    yield "Cancel: the review's page"
    stage.goto(f"{path}/rotation/complete")
    yield "Complete: the review's page"
    view.locator("form.review").evaluate("form => { form.noValidate = true }")
    view.get_by_role("button", name="Complete: switch off").click()
    view.get_by_text("Error:").wait_for()
    yield "Complete: not confirmed"
    stage.goto(path)
    press(view, "Cancel and start again")
    stage.see("Started again")
    yield "started again"


def lost_answers(stage: Stage) -> Iterator[str]:
    view, sandbox = stage.view, stage.sandbox
    stage.arrive()
    sandbox.fail("drop_after_commit", "/rotate/start$")
    press(view, "Start rotation")
    stage.see("A new token was made, but it could not be shown")
    yield "the new token is lost"
    review = open_review(view, "Complete")
    yield "Complete: of a token that nobody was shown"
    review.get_by_role("link", name="Back").click()
    sandbox.fail("status", "/rotate/cancel$", status=500)
    cancel(view)
    stage.see("The rotation was not cancelled")
    yield "not cancelled"
    review = open_review(view, "Cancel")
    lose_contact(sandbox, "cancel", reads=2)
    confirm(review)
    stage.see("We do not know yet")
    yield "not known"
    stage.link("Check again").last.click()
    stage.see("We still do not know")
    yield "still not known"
    stage.goto("/connections")
    stage.see("Rotation cancelled")
    yield "found out later"
    sandbox.fail("drop_before_commit", "/rotate/start$")
    press(view, "Start rotation")
    stage.see("Not started so far")
    yield "not started so far"
    stage.arrive("olga@acme.example")
    yield "somebody else's step under way"


def no_answer_of_the_console(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive()
    stage.page.route("**/rotation/start", lambda route: route.fulfill(status=502, body="Bad gateway"))
    press(view, "Start rotation")
    stage.see(NO_ANSWER)
    yield "no answer at a card"
    stage.sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    stage.page.unroute("**/rotation/start")
    press(view, "Start rotation")
    stage.see("Stytch did not answer")
    yield "an error beside a card"


def near_the_end(stage: Stage) -> Iterator[str]:
    view, acme = stage.view, stage.sandbox.connection()
    for days in (60, 13, 0.5, -2.1):
        acme.bearer_token_expires_at = datetime.now(UTC) + days * DAY + timedelta(minutes=30)
        stage.arrive()
        view.locator(".badge").wait_for()
        yield f"the token ends in {days} days"
    start(view)
    view.get_by_role("heading", name="goes on").wait_for()
    yield "an ended token is being replaced"
    acme.bearer_token_expires_at = datetime.now(UTC) + 400 * DAY
    stage.sandbox.world.clock.advance((8 * DAY).total_seconds())
    stage.arrive()
    view.get_by_role("heading", name="Two tokens have been live").wait_for()
    yield "two tokens for more than a week"


def a_leak(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive()
    stage.link("Token leaked?").click()
    stage.see("A token leaked")
    yield "the report of a leak"
    view.get_by_role("checkbox").uncheck()
    press(view, "Report it and begin")
    view.get_by_text("Error:").wait_for()
    yield "no token chosen"
    view.get_by_role("checkbox").first.check()
    press(view, "Report it and begin")
    view.get_by_role("heading", name="leaked, and works still").wait_for()
    yield "leaked, and works still"
    start(view)
    stage.see("Rotation started")
    yield "leaked, and being replaced"
    complete(view)
    stage.see("Rotation completed")
    yield "leaked, and stopped"


def a_token_check(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.sandbox.world.variants["tokens_while_rotating"] = "current_only"
    stage.arrive()
    token = start(view)
    view.locator(".step__probe--refused").wait_for()
    yield "the new token is not accepted yet"
    stage.link("Check a token").click()
    stage.see("Check a token")
    yield "the token check"
    for pasted, title in (
        (stage.sandbox.connection().bearer_token, "This is the current token"),
        (token, "It ends like the new token, but Stytch does not accept it"),
        ("••••••••", "Okta masks its field"),
    ):
        view.locator("[data-pasted]").fill(pasted)
        press(view, "Check token")
        stage.see(title)
        yield f"the verdict: {title}"
    view.locator("form.review").evaluate("form => { form.noValidate = true }")
    press(view, "Check token")
    view.get_by_text("Error:").first.wait_for()
    yield "nothing pasted"
    stage.page.route("**/token-check", lambda route: route.fulfill(status=502, body="Bad gateway"))
    view.locator("[data-pasted]").fill("something")
    press(view, "Check token")
    stage.see(NO_ANSWER)
    yield "no answer about a token"


def provisioning(stage: Stage) -> Iterator[str]:
    view, sandbox = stage.view, stage.sandbox
    stage.page.clock.install()
    stage.arrive()
    token = start(view)
    complete(view)
    stage.see("Rotation completed")
    view.get_by_text("No event yet since").wait_for()
    yield "no provisioning event yet"
    sandbox.world.clock.advance(60)
    with stage.page.context.new_page() as tab:
        tab.goto(f"{sandbox.url}/_sandbox/idp/{sandbox.connection().connection_id}")
        tab.get_by_label("HTTP Header Authorization: Bearer").fill(token)
        press(tab, "Save token")
        press(tab, "Provision now")
        tab.locator("tr[data-status='200']").wait_for()
    wait_for(lambda: sandbox.world.webhooks.deliveries and sandbox.world.webhooks.deliveries[0].attempts)
    stage.page.clock.run_for(12_500)
    view.get_by_text("An event came in").wait_for()
    yield "provisioning goes on"


def the_end_of_a_session(stage: Stage) -> Iterator[str]:
    view, page = stage.view, stage.page
    page.clock.install()
    stage.arrive()
    for minutes, title in ((59, "Your session ends in two minutes"), (2, "Your session has ended")):
        page.clock.fast_forward(minutes * 60_000)
        stage.see(title)
        yield title
        if minutes == 59:
            page.route("**/session/extend", lambda route: route.fulfill(status=502, body="Bad gateway"))
            press(view, "Stay signed in")
            view.locator("#session-end").get_by_text("That did not work").wait_for()
            yield "a session that could not be extended"


# The last two turn the browser's clock, which can't be given back.
WALKS = (
    a_rotation,
    review_pages,
    lost_answers,
    no_answer_of_the_console,
    near_the_end,
    a_leak,
    a_token_check,
    provisioning,
    the_end_of_a_session,
)
