"""What was done, where somebody is signed in, what somebody may not see, and error pages."""

from collections.abc import Iterator
from datetime import timedelta

from playwright.sync_api import expect

from tests.browser.steps import press
from tests.browser.sweep.stage import Stage
from tests.history import samples
from tests.history.consoles import of
from webapp.sandbox.rehearsals import find

VIC = "vic@acme.example"


def history(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.arrive(path="/history")
    yield "nothing was done yet"
    ada, olga, vic = (of(stage.sandbox, "acme", name) for name in ("ada", "olga", "vic"))
    outcomes = [samples.sign_in(vic, outcome) for outcome in ("done", "refused", "failed", "unknown", "lost")]
    rotation = [samples.start(by=ada), samples.complete(by=olga)]
    samples.record(stage.history, *outcomes * 11, *rotation, apart=timedelta(minutes=1))
    stage.goto("/history")
    stage.see("50 events, and there are older ones")
    yield "many events"
    stage.link("Older").click()
    stage.see("7 older events")
    yield "older events"
    stage.goto("/history?email=nobody")
    yield "nothing meets the filters"
    stage.goto("/history/rotations/57")
    stage.see("Evidence of a token rotation")
    yield "the evidence"
    stage.goto("/history")
    stage.page.route("**/history?*", lambda route: route.fulfill(status=504, body="Gateway timeout"))
    press(view, "Filter")
    stage.see("The console did not answer")
    yield "no answer"


def organizations_and_sessions(stage: Stage) -> Iterator[str]:
    stage.arrive(path="/organizations")
    stage.see("Change organization")
    yield "a change of organization"
    stage.sandbox.world.clock.advance(120)
    stage.arrive(path="/sessions")
    expect(stage.view.get_by_role("button", name="End it")).to_have_count(1)
    yield "sessions in two browsers"
    stage.sandbox.fail("drop_before_commit", "/sessions/revoke", times=4)
    stage.view.get_by_role("button", name="End it").click()
    stage.see("Stytch did not answer")
    yield "a session that could not be ended"


def by_permission(stage: Stage) -> Iterator[str]:
    acme = stage.sandbox.connection()
    acme.start_rotation(None)
    stage.arrive(VIC)
    yield "may look, not change"
    stage.goto(f"/connections/{acme.connection_id}/groups")
    yield "groups to look at"
    stage.goto(f"/connections/{acme.connection_id}/rotation/complete")
    stage.see("You can't change connections")
    yield "may not change"
    stage.arrive("noel@acme.example")
    stage.see("You can't see SCIM connections")
    yield "may not look"
    stage.goto("/history")
    stage.see("You can't see the history")
    yield "may not look at the history"


def errors(stage: Stage) -> Iterator[str]:
    stage.arrive()
    stage.goto("/nowhere")
    stage.see("There is no such page")
    yield "no such page"
    stage.goto("/connections/unknown")
    stage.see("Your organization has no such connection")
    yield "no such connection"
    for fault, title, times in (
        ("get connection: never arrives", "Stytch did not answer", 2),
        ("get connection: 429, wait 30 s", "Stytch is busy", 2),
        ("get connection: 401", "This console is not set up right", 1),
    ):
        call, rehearsal = find(fault)
        stage.sandbox.world.faults.append(rehearsal.on(call, times))
        stage.goto("/connections")
        stage.see(title)
        yield title
        stage.sandbox.world.faults.clear()
    stage.goto("/connections")
    stage.view.locator("form[action$='/rotation/start'] [name=csrf_token]").evaluate(
        "field => { field.value = 'stale' }"
    )
    stage.view.locator("form[action$='/rotation/start']").evaluate("form => form.submit()")
    stage.see("This page is out of date")
    yield "a page that is out of date"


WALKS = (history, organizations_and_sessions, by_permission, errors)
