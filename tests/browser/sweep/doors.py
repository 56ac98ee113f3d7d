"""Signing in up to the organization's door: addresses, links, codes, passwords, and what may go wrong with them."""

import re
from collections.abc import Iterator

from tests.browser.steps import ask, give_code, newest_link, other_than, press
from tests.browser.sweep.stage import Stage
from webapp.sandbox.seeds import WES_PASSWORD

ADA = "ada@acme.example"
VIC = "vic@acme.example"
WES = "wes@wayne.example"


def sign_in_page(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.goto("/login")
    yield "the console's door"
    view.get_by_text("Use your organization's own sign-in page").click()
    yield "the way to an organization's own door"
    press(view, "Email me a sign-in link")
    view.get_by_text("Error:").wait_for()
    yield "no address given"
    for before in ("look", "step"):
        stage.goto(f"/login?ended={before}")
        stage.see("Your session has ended")
        yield f"a session that ended before a {before}"
    for _ in range(7):
        stage.sandbox.world.clock.advance(60)
        stage.goto("/login")
        ask(view, "too.often@acme.example", "Email me a code")
        view.get_by_role("heading", name=re.compile("Enter the code|Too many tries")).wait_for()
    stage.see("Too many tries")
    yield "too many tries"


def by_link(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.goto("/login")
    ask(view, ADA, "Email me a sign-in link")
    stage.see("Check your inbox")
    yield "a link is on its way"
    link = newest_link(stage.sandbox, ADA)
    stage.goto(link)
    stage.see("Choose an organization")
    yield "a choice of organizations"
    stage.goto(link)
    stage.see("This link belongs to another browser")
    yield "a link of another browser"
    stage.goto("/login")
    ask(view, "nobody@nowhere.example", "Email me a sign-in link")
    stage.see("Check your inbox")
    stage.goto(newest_link(stage.sandbox, "nobody@nowhere.example"))
    stage.see("No organization for this address")
    yield "an address of no organization"
    stage.prove_address("ivy@globex.example")
    stage.see("You are invited")
    yield "invited, and may join"


def by_code(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.goto("/login")
    ask(view, VIC, "Email me a code")
    stage.see("Enter the code")
    yield "a code is on its way"
    give_code(view, other_than(stage.code(VIC)))
    view.get_by_text("Error:").wait_for()
    yield "a wrong code"
    stage.sandbox.fail("drop_before_commit", "/otps/", times=4)
    give_code(view, stage.code(VIC))
    stage.see("Stytch did not answer")
    yield "no answer about a code"


def by_password(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.goto("/login/wayne")
    yield "an organization's door"
    ask(view, WES, "Use my password")
    stage.see("Enter your password")
    yield "the password"
    view.get_by_label("Password").fill(WES_PASSWORD.upper())
    press(view, "Sign in")
    view.get_by_text("Error:").first.wait_for()
    yield "a wrong password"
    view.get_by_role("link", name="Forgot it, or have none yet?").click()
    stage.see("Set a new password")
    yield "a password forgotten"
    press(view, "Email me the link")
    stage.see("Check your inbox")
    yield "a link to set a password is on its way"
    link = newest_link(stage.sandbox, WES)
    stage.goto(link)
    stage.see("Choose a new password")
    yield "a new password"
    field = view.get_by_label("New password")
    for weak, why in (("password1", "Too easy to guess."), ("correct horse battery staple", "stolen ones")):
        field.fill(weak)
        field.press("Tab")
        view.locator("#strength").get_by_text(why).wait_for()
        yield f"told while typing: {why}"
    press(view, "Set it and sign in")
    view.get_by_text("is not strong enough").wait_for()
    yield "a password refused"
    field.fill("plum kettle orbit walrus 41")
    field.press("Tab")
    view.get_by_text("Strong enough.", exact=True).wait_for()
    yield "a strong password"


def organizations_doors(stage: Stage) -> Iterator[str]:
    view = stage.view
    stage.goto("/login/acme")
    stage.see("Sign in to Acme")
    yield "a door with all ways and a logo"
    stage.goto("/login/umbrela")
    stage.see("There is no such sign-in page")
    yield "a door that is none"
    stage.goto("/login/hooli?stay=1")
    stage.see("Sign in to Hooli")
    yield "a door with SSO alone"
    wayne = stage.sandbox.world.find_organization("wayne")
    wayne.auth_methods, wayne.allowed_auth_methods = "RESTRICTED", []
    stage.goto("/login/wayne")
    stage.see("Sign in to Wayne")
    yield "a door with no way in"
    stage.prove_address("hal@hooli.example")
    stage.see("Hooli asks for another way")
    yield "a door that asks for another way"
    stage.goto("/login/callback?stytch_token_type=discovery")
    view.get_by_role("heading", level=1).wait_for()
    yield "a link that is not complete"


def of_a_portal(stage: Stage) -> Iterator[str]:
    """In another site's frame, and the window that signs in for it."""
    page = stage.page
    if stage.framed:
        page.goto(page.url.replace("127.0.0.1", "localhost"))
        for name in ("Sign in in a new window", "Open in a new tab"):
            page.locator("iframe").evaluate("(frame, url) => { frame.src = url }", f"{stage.console.url}/login")
            stage.show(page, page.frames[-1])
            stage.link(name).wait_for()
            yield f"a door in a frame: {name}"
            page.route("**/handover/cookie", lambda route: route.fulfill(json={"arrived": False}))
        return
    stage.arrive(path=f"/handover/confirm?frame={'a' * 43}")
    stage.see("You are signed in, but not in the portal")
    yield "a window that has lost its frame"
    page.context.add_init_script("window.close = () => {}")
    with page.expect_popup() as opened:
        page.evaluate("url => { open(url) }", stage.view.url)
    stage.show(opened.value, opened.value.main_frame)
    stage.see("Use this sign-in in the portal?")
    yield "a window asks whether its sign-in may be used"
    press(stage.view, "Use this sign-in")
    stage.see("Go on in the portal")
    yield "a window that is done"
    opened.value.close()


WALKS = (sign_in_page, by_link, by_code, by_password, organizations_doors, of_a_portal)
