"""Open redirects: whatever `next` says, and wherever it is said, people end at a page of the console's."""

from collections.abc import Callable

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.signin.ways import at_the_portal, by_code, sso_connection
from tests.visits import link

Route = Callable[[Visitor, Sandbox, str], httpx.Response]


def with_next(path: str, onward: str) -> str:
    return str(httpx.URL(path).copy_merge_params({"next": onward}))


def by_link_at(path: str) -> Route:
    def go(visitor: Visitor, _sandbox: Sandbox, onward: str) -> httpx.Response:
        visitor.ask_for_link("vic@acme.example", visitor.get(with_next(path, onward)))
        return visitor.get(visitor.link())

    return go


def by_form_at(path: str) -> Route:
    """The field is added by hand."""

    def go(visitor: Visitor, _sandbox: Sandbox, onward: str) -> httpx.Response:
        page = visitor.press(visitor.get(path), "Email me a code", email="vic@acme.example", next=onward)
        return visitor.press(page, "Sign in", code=visitor.code())

    return go


def signed_in_at(path: str) -> Route:
    def go(visitor: Visitor, _sandbox: Sandbox, onward: str) -> httpx.Response:
        by_code(visitor)
        return visitor.get(with_next(path, onward))

    return go


def elsewhere(path: str, person: str = "vic@acme.example") -> Route:
    def go(visitor: Visitor, sandbox: Sandbox, onward: str) -> httpx.Response:
        there = visitor.get(with_next(path.replace("SSO", sso_connection(sandbox)), onward))
        return visitor.get(link(there, person))

    return go


def through_the_portal(visitor: Visitor, _sandbox: Sandbox, onward: str) -> httpx.Response:
    people = visitor.get(with_next("/authenticate/portal", onward))
    return visitor.press(visitor.press(people, "vic@acme.example of Acme"), "Allow")


def adopting(visitor: Visitor, sandbox: Sandbox, onward: str) -> httpx.Response:
    at_the_portal(visitor, sandbox)
    return visitor.press(visitor.get("/login"), "Go on with your session", next=onward)


def changing_organization(visitor: Visitor, _sandbox: Sandbox, onward: str) -> httpx.Response:
    visitor.sign_in("ada@acme.example", "Acme")
    return visitor.press(visitor.get("/organizations"), "Initech", next=onward)


ROUTES: dict[str, Route] = {
    "login": by_link_at("/login"),
    "login, by a field": by_form_at("/login"),
    "login, when signed in": signed_in_at("/login"),
    "login, to an organization's": by_link_at("/login?organization=acme"),
    "door": by_link_at("/login/acme"),
    "door, by a field": by_form_at("/login/acme"),
    "door, when signed in": signed_in_at("/login/acme"),
    "door, straight to SSO": elsewhere("/login/hooli", "hal@hooli.example"),
    "oauth": elsewhere("/authenticate/oauth/google_oauth"),
    "oauth at a door": elsewhere("/authenticate/oauth/google_oauth?organization=acme"),
    "sso": elsewhere("/authenticate/sso/SSO?organization=acme"),
    "portal": through_the_portal,
    "the portal's session": adopting,
    "organizations": changing_organization,
}


@pytest.mark.parametrize("onward", ["//evil.example/", "https://evil.example/", "/\\evil.example", "/logout"])
@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_nobody_is_led_elsewhere(
    visitor: Visitor, sandbox: Sandbox, console: Console, route: Route, onward: str
) -> None:
    page = route(visitor, sandbox, onward)
    assert page.status_code == 200
    assert str(page.url) == f"{console.url}/connections"
    assert {step.url.host for step in page.history} == {"127.0.0.1"}
    assert "evil" not in page.text


@pytest.mark.parametrize("route", ROUTES.values(), ids=ROUTES)
def test_a_page_of_the_console_s_is_reached(visitor: Visitor, sandbox: Sandbox, route: Route) -> None:
    """So that the test before can fail."""
    assert route(visitor, sandbox, "/history?outcome=done").url.raw_path == b"/history?outcome=done"


def test_an_organization_s_name_leads_to_its_door_alone(visitor: Visitor, console: Console) -> None:
    for name in ("//evil.example", "https://evil.example", "..", "/..//evil.example", "acme/../../evil.example"):
        page = visitor.get("/login", params={"organization": name})
        assert str(page.url).startswith(f"{console.url}/login"), name
