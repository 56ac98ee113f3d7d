"""The pages of pretend providers, IdPs and the portal, pressed: they lead on to an application at another origin."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.wrappers import Request, Response

from tests.browser.conftest import open_page
from tests.conftest import Sandbox
from tests.visits import start_url
from webapp.sandbox.identifiers import CONNECTED_APP_ID
from webapp.sandbox.server import Server


@pytest.fixture
def application() -> Iterator[str]:
    """An application that answers every request; its callback's address."""

    @Request.application
    def app(_: Request) -> Response:
        return Response("<h1>The application</h1><link rel=icon href=data:,>", mimetype="text/html")

    server = Server(app)
    server.start()
    yield f"{server.url}/login/callback"
    server.stop()


@pytest.fixture
def page(
    browser: Browser,
    sandbox: Sandbox,
    application: str,  # noqa: ARG001 - it outlives the page, which may ask it for an icon to the last
    browser_errors: list[str],
    javascript: bool,
) -> Iterator[Page]:
    """A page of the sandbox."""
    with open_page(browser, sandbox.url, browser_errors, javascript=javascript) as page:
        yield page


def google_url(sandbox: Sandbox, application: str) -> str:
    path = "/v1/b2b/public/oauth/google/discovery/start"
    return start_url(sandbox.url, path, discovery_redirect_url=application)


def authorize_url(application: str) -> str:
    asked = {
        "client_id": CONNECTED_APP_ID,
        "redirect_uri": application,
        "response_type": "code",
        "scope": "openid full_access",
        "state": "a-state",
    }
    return f"/_sandbox/portal/authorize?{urlencode(asked)}"


def given_to(page: Page) -> dict[str, list[str]]:
    """The query with which the page arrived at the application."""
    expect(page.get_by_role("heading", name="The application")).to_be_visible()
    return parse_qs(urlsplit(page.url).query)


def test_a_person_of_the_world_by_a_link(page: Page, sandbox: Sandbox, application: str) -> None:
    page.goto(google_url(sandbox, application))
    expect(page.get_by_role("heading", name="Google (pretend)")).to_be_visible()
    page.get_by_role("link", name="ada@acme.example").click()
    assert given_to(page)["stytch_token_type"] == ["discovery_oauth"]


def test_any_other_address_by_the_form(page: Page, sandbox: Sandbox, application: str) -> None:
    page.goto(google_url(sandbox, application))
    page.get_by_label("Another email address").fill("stranger@nowhere.example")
    page.get_by_role("button", name="Continue").click()
    token = given_to(page)["token"][0]
    assert sandbox.world.redirect_tokens[token].person.email_address == "stranger@nowhere.example"


def test_denial_by_a_link(page: Page, sandbox: Sandbox, application: str) -> None:
    page.goto(google_url(sandbox, application))
    page.get_by_role("link", name="Deny").click()
    assert given_to(page) == {"error": ["access_denied"]}


@pytest.mark.parametrize(("button", "answer"), [("Allow", "code"), ("Deny", "error")])
def test_the_portal_signs_in_and_asks(page: Page, application: str, button: str, answer: str) -> None:
    page.goto(authorize_url(application))
    page.get_by_role("button", name="olga@acme.example of Acme").click()
    page.get_by_role("button", name=button).click()
    given = given_to(page)
    assert given["state"] == ["a-state"]
    assert answer in given


def test_the_portal_s_session_is_seen_by_every_port(page: Page, sandbox: Sandbox, application: str) -> None:
    page.goto("/_sandbox/")
    page.get_by_role("link", name="Pretend portal").click()
    page.get_by_role("button", name="ada@acme.example of Globex").click()
    expect(page.get_by_text("As ada@acme.example of Globex.")).to_be_visible()
    [session] = sandbox.world.sessions.values()
    [cookie] = page.context.cookies(application)
    assert (cookie.get("name"), cookie.get("value")) == ("stytch_session", session.session_token)
    page.get_by_role("button", name="Sign out of the portal").click()
    expect(page.get_by_role("heading", name="Sign in to the portal")).to_be_visible()
    assert page.context.cookies(application) == []
    assert sandbox.world.sessions == {}


def test_nothing_is_wider_than_a_small_phone(page: Page, sandbox: Sandbox, application: str) -> None:
    page.set_viewport_size({"width": 320, "height": 640})

    def width() -> object:
        return page.evaluate("document.documentElement.scrollWidth")

    page.goto(google_url(sandbox, application))
    assert width() == 320
    page.goto(authorize_url(application))
    assert width() == 320
    page.get_by_role("button", name="una@umbrella.example of Umbrella").click()
    expect(page.get_by_role("heading", name="Allow it?")).to_be_visible()
    assert width() == 320
