"""The console in a portal's frame, in a real browser: the same site, another site, third-party cookies blocked too."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.browser.conftest import Launch
from tests.browser.portals import (
    FINDS_THEM,
    NAMES_EVERYWHERE,
    THIRD_PARTY_COOKIES_BLOCKED,
    Embedding,
    consent,
    embedding,
    expect_connections,
    frame,
)
from tests.browser.steps import newest_link, press
from tests.conftest import Console, Sandbox


@pytest.fixture(scope="module")
def strict_browser(launch: Launch) -> Iterator[Browser]:
    """With third-party cookies blocked, as most people will have it."""
    with closing(launch(FINDS_THEM, THIRD_PARTY_COOKIES_BLOCKED)) as browser:
        yield browser


@pytest.fixture(scope="module", params=["cookies allowed", "third-party cookies blocked"])
def either_browser(request: pytest.FixtureRequest, launch: Launch, strict_browser: Browser) -> Iterator[Browser]:
    """One without, then one with."""
    if "blocked" in request.param:
        yield strict_browser
    else:
        with closing(launch(FINDS_THEM)) as browser:
            yield browser


@pytest.fixture
def portals(
    console: Console, sandbox: Sandbox, either_browser: Browser, browser_errors: list[str]
) -> Iterator[Embedding]:
    with embedding(console, sandbox, either_browser, browser_errors) as portals:
        yield portals


@pytest.fixture
def blocking(
    console: Console, sandbox: Sandbox, strict_browser: Browser, browser_errors: list[str]
) -> Iterator[Embedding]:
    with embedding(console, sandbox, strict_browser, browser_errors) as portals:
        yield portals


def test_another_site_s_frame_signs_in_by_a_window(portals: Embedding) -> None:
    with portals.open(portals.far) as page:
        expect(frame(page).get_by_role("heading", level=1)).to_have_text("Sign in")
        window = portals.sign_in_window(page)
        portals.sign_in_by_code(window, "olga@acme.example")
        expect(window.get_by_role("heading", level=1)).to_have_text(f"Use this sign-in in {portals.far}?")
        consent(window)
        expect_connections(page)
        expect(frame(page).get_by_role("contentinfo")).to_contain_text("olga@acme.example")

        # What the frame has stays in it, and the window's session went there.
        cookies = {cookie["name"]: cookie for cookie in page.context.cookies()}
        assert cookies["__Host-scim_console_frame"]["partitionKey"] == "https://portal.example"
        tab = page.context.new_page()
        tab.goto(f"{portals.console_url}/connections")
        expect(tab.get_by_role("heading", level=1)).to_have_text("Sign in")

        page.reload()
        expect_connections(page)
        frame(page).get_by_role("button", name="Sign out").click()
        expect(frame(page).get_by_role("heading", level=1)).to_have_text("Sign in")
        page.reload()
        expect(frame(page).get_by_role("link", name="Sign in in a new window")).to_be_visible()


def test_the_rotation_in_another_site_s_frame_keeps_its_reviews(blocking: Embedding) -> None:
    with blocking.open(blocking.far) as page:
        window = blocking.sign_in_window(page)
        blocking.sign_in_by_code(window, "olga@acme.example")
        consent(window)
        console = frame(page)
        console.get_by_role("button", name="Start rotation").click()
        expect(console.get_by_role("textbox", name="New token")).to_be_visible()
        console.get_by_role("link", name="Complete rotation").click()
        button = console.get_by_role("button", name="Complete: switch off")
        expect(button).to_be_visible()
        console.get_by_role("dialog").get_by_role("checkbox").check()
        button.click()
        expect(console.get_by_role("heading", name="Rotation completed")).to_be_focused()


def test_the_window_may_go_to_another_site_and_come_back(blocking: Embedding) -> None:
    with blocking.open(blocking.far) as page:
        window = blocking.sign_in_window(page)
        window.get_by_role("link", name="Continue with Google").click()
        window.get_by_role("link", name="vic@acme.example").click()
        consent(window)
        expect_connections(page)


def test_a_window_that_lost_its_frame_says_what_to_do(blocking: Embedding) -> None:
    """A mailed link opens in whatever tab the mail program likes."""
    with blocking.open(blocking.far) as page:
        window = blocking.sign_in_window(page)
        window.get_by_label("Work email").fill("vic@acme.example")
        press(window, "Email me a sign-in link")
        window.wait_for_url("**/authenticate/link")
        tab = page.context.new_page()
        tab.goto(newest_link(blocking.sandbox, "vic@acme.example"))
        expect(tab.get_by_role("heading", level=1)).to_have_text(f"You are signed in, but not in {blocking.far}")
        expect(tab.get_by_role("button", name="Use this sign-in")).to_have_count(0)
        # As it says: back there, once more.
        consent(blocking.sign_in_window(page))
        expect_connections(page)


def sign_in_inside(portals: Embedding, page: Page) -> None:
    """Vic signs in in the frame itself, with a mailed code."""
    door = frame(page)
    door.get_by_label("Work email").fill("vic@acme.example")
    door.get_by_role("button", name="Email me a code").click()
    expect(door.get_by_role("heading", level=1)).to_have_text("Enter the code")
    door.get_by_label("Code").fill(portals.sandbox.world.inbox[0].code or "")
    door.get_by_role("button", name="Sign in").click()
    expect_connections(page)


def test_the_frame_of_the_same_site_has_the_cookie_of_tabs(portals: Embedding) -> None:
    with portals.open(portals.near) as page:
        sign_in_inside(portals, page)
        tab = page.context.new_page()
        tab.goto(f"{portals.console_url}/connections")
        expect(tab.get_by_role("banner")).to_contain_text("vic@acme.example")


def test_a_provider_refuses_frames_so_the_same_site_s_frame_waits_for_a_tab(blocking: Embedding) -> None:
    with blocking.open(blocking.near) as page:
        with page.expect_popup() as popup:
            frame(page).get_by_role("link", name="Continue with Google").click()
        tab = popup.value
        tab.get_by_role("link", name="vic@acme.example").click()
        expect(tab.get_by_role("banner")).to_contain_text("vic@acme.example")
        tab.close()
        page.get_by_role("heading", name="Portal").click()
        frame(page).get_by_role("heading", level=1).click()
        expect_connections(page)


def test_where_no_cookie_can_be_had_a_tab_is_offered(
    console: Console, sandbox: Sandbox, strict_browser: Browser, browser_errors: list[str]
) -> None:
    with (
        embedding(console, sandbox, strict_browser, browser_errors, forget_partitioned=True) as portals,
        portals.open(portals.far) as page,
    ):
        expect(frame(page).get_by_role("link", name="Sign in in a new window")).to_be_hidden()
        with page.expect_popup() as popup:
            frame(page).get_by_role("link", name="Open in a new tab").click()
        expect(popup.value.get_by_label("Work email")).to_be_visible()


def test_a_portal_that_isolates_itself_can_have_the_frame(blocking: Embedding) -> None:
    blocking.portal.headers = {"Cross-Origin-Embedder-Policy": "require-corp"}
    with blocking.open(blocking.far) as page:
        expect(frame(page).get_by_role("link", name="Sign in in a new window")).to_be_visible()


def test_a_portal_that_minds_its_windows_has_to_allow_popups(blocking: Embedding) -> None:
    blocking.portal.headers = {"Cross-Origin-Opener-Policy": "same-origin-allow-popups"}
    with blocking.open(blocking.far) as page:
        window = blocking.sign_in_window(page)
        blocking.sign_in_by_code(window, "vic@acme.example")
        consent(window)
        expect_connections(page)


def test_else_the_window_says_that_it_lost_the_frame(blocking: Embedding) -> None:
    blocking.portal.headers = {"Cross-Origin-Opener-Policy": "same-origin"}
    with blocking.open(blocking.far) as page:
        window = blocking.sign_in_window(page)
        blocking.sign_in_by_code(window, "vic@acme.example")
        expect(window.get_by_role("heading", level=1)).to_have_text(f"You are signed in, but not in {blocking.far}")
        assert len(page.context.pages) == 2
        window.get_by_role("link", name="Go on in this window").click()
        expect(window.get_by_role("banner")).to_contain_text("vic@acme.example")


def test_pages_that_are_not_named_can_not(blocking: Embedding) -> None:
    stranger = blocking.far.replace("portal.example", "stranger.example")
    with blocking.open(stranger) as page:
        expect(frame(page).get_by_role("heading", level=1)).to_have_count(0)
        assert [error for error in blocking.errors if "frame-ancestors" in error]
        blocking.errors.clear()


def test_without_javascript_the_frame_leads_to_a_tab(blocking: Embedding) -> None:
    with blocking.open(blocking.far, javascript=False) as page:
        with page.expect_popup() as popup:
            frame(page).get_by_role("link", name="use the console in a tab of its own").click()
        expect(popup.value.get_by_label("Work email")).to_be_visible()


def told(page: Page) -> list[tuple[str, dict[str, object]]]:
    """What the frame told the portal's page so far: from which origin, what."""
    heard: list[tuple[str, dict[str, object]]] = page.evaluate("told")
    return heard


@pytest.mark.parametrize("name", ["near", "far"])
def test_the_portal_is_told_the_height(blocking: Embedding, name: str) -> None:
    with blocking.open(getattr(blocking, name), "/login") as page:
        page.wait_for_function("told.length > 0")
        origin, said = told(page)[-1]
        assert origin == blocking.console_url
        assert said["type"] == "scim-console:height"
        # With that height there is nothing to scroll, and no room left.
        page.locator("iframe").evaluate(
            "(element, height) => { element.style.height = `${height}px`; }", said["height"]
        )
        root = frame(page).locator("html")
        assert root.evaluate("root => root.scrollHeight <= innerHeight")
        before = said["height"]
        root.evaluate("root => { root.querySelector('main').append(document.createElement('hr')); }")
        page.wait_for_function("before => told.at(-1)[1].height > before", arg=before)


def test_the_portal_chooses_colours_from_a_short_list(blocking: Embedding) -> None:
    with blocking.open(blocking.far, "/login?theme=dark") as page:
        root = frame(page).locator("html")
        expect(root).to_have_attribute("data-theme", "dark")
        assert root.evaluate("root => getComputedStyle(root).colorScheme") == "dark"
        theme = {
            "type": "scim-console:theme",
            "theme": "light",
            "properties": {"ground": "#ffeedd", "ink": "rgb(1, 2, 3)", "accent": "url(//x)", "radius": "#000000"},
        }
        page.evaluate("([data, origin]) => tell(data, origin)", [theme, blocking.console_url])
        expect(root).to_have_attribute("data-theme", "light")
        expect(frame(page).locator("body")).to_have_css("background-color", "rgb(255, 238, 221)")
        expect(frame(page).locator("body")).to_have_css("color", "rgb(1, 2, 3)")
        assert root.get_attribute("style") == "--ink: rgb(1, 2, 3); --ground: #ffeedd;"


def test_a_portal_that_does_what_the_paper_says(blocking: Embedding) -> None:
    """docs/embed.md's own lines, with the console's real address in them."""
    paper = (Path(__file__).parents[2] / "docs/embed.md").read_text()
    (tag,) = re.findall(r"^```html\n(<iframe.*?)^```$", paper, re.MULTILINE | re.DOTALL)
    height, colours = re.findall(r"^```js\n(.*?)^```$", paper, re.MULTILINE | re.DOTALL)
    page_of_portal = (
        f'<!doctype html><html lang="en"><title>Portal</title>{tag}<script>{height}{colours}</script></html>'
    )
    blocking.portal.page = page_of_portal.replace("https://console.example.com", blocking.console_url)
    with blocking.open(blocking.far) as page:
        expect(frame(page).get_by_role("link", name="Sign in in a new window")).to_have_css(
            "background-color", "rgb(91, 42, 134)"
        )
        expect(page.locator("iframe")).to_have_attribute("style", re.compile(r" height: \d+px;$"))


def test_nobody_else_chooses_them(blocking: Embedding) -> None:
    """A window that the portal opened, say, can send messages to its frame too."""
    with blocking.open(blocking.far, "/login") as page:
        expect(frame(page).get_by_role("heading", level=1)).to_be_visible()
        with page.expect_popup() as popup:
            page.evaluate("() => { open('/?path=/login'); }")
        stranger = popup.value
        stranger.wait_for_function("() => opener.frames.length === 1")
        theme = {"type": "scim-console:theme", "theme": "dark", "properties": {"ground": "#000000"}}
        stranger.evaluate(
            "([data, origin]) => opener.frames[0].postMessage(data, origin)", [theme, blocking.console_url]
        )
        # The portal's own message comes after it, so by then the other one was read.
        page.evaluate(
            "([data, origin]) => tell(data, origin)",
            [{"type": "scim-console:theme", "properties": {"edge": "#123456"}}, blocking.console_url],
        )
        expect(frame(page).locator("html")).to_have_attribute("style", "--edge: #123456;")
        expect(frame(page).locator("html")).not_to_have_attribute("data-theme", "dark")


@pytest.mark.parametrize("name", ["firefox", "webkit"])
def test_other_browsers(
    name: str, playwright: Playwright, console: Console, sandbox: Sandbox, browser_errors: list[str]
) -> None:
    browsers = getattr(playwright, name)
    if not Path(browsers.executable_path).exists():
        pytest.skip(f"NO {name.upper()} for Playwright on this machine: frames were not tested in it")
    with (
        closing(browsers.launch()) as browser,
        embedding(console, sandbox, browser, browser_errors, names=NAMES_EVERYWHERE) as portals,
    ):
        with portals.open(portals.far) as page:
            page.wait_for_load_state("networkidle")  # by then the frame knows whether its cookie arrives
            if frame(page).get_by_role("link", name="Sign in in a new window").is_visible():
                window = portals.sign_in_window(page)
                portals.sign_in_by_code(window, "vic@acme.example")
                consent(window)
                expect_connections(page)
            else:
                assert name == "webkit"  # it keeps such cookies since Safari 26.2
                with page.expect_popup() as popup:
                    frame(page).get_by_role("link", name="Open in a new tab").click()
                expect(popup.value.get_by_label("Work email")).to_be_visible()
        with portals.open(portals.near) as page:
            sign_in_inside(portals, page)
