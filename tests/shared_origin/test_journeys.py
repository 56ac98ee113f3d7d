"""People at a console below the portal's own pages: everything works, and nothing of the portal's is touched."""

import re
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.connections.conftest import words
from tests.shared_origin.origin import Shared
from tests.signin.steps import Visitor, heading
from webapp.history.database import Database, events

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def visitor(shared: Shared, sandbox: Sandbox) -> Iterator[Visitor]:
    """A browser that was at the portal once."""
    with httpx.Client(base_url=shared.url, follow_redirects=True, timeout=30) as http:
        assert "Visit 1" in http.get("/").text
        yield Visitor(shared.console, sandbox, http)


def sign_in(visitor: Visitor, email: str, path: str) -> httpx.Response:
    """By a mailed link, from whatever page is asked for."""
    return visitor.sign_in(email, page=visitor.get(path))


def test_a_rotation_and_its_history(visitor: Visitor, history: Database) -> None:
    page = sign_in(visitor, "olga@acme.example", "/scim/history?days=7")
    assert (page.status_code, page.url.path, page.url.query) == (200, "/scim/history", b"days=7")
    started = visitor.press(visitor.get("/scim/"), "Start rotation")
    assert started.url.path.startswith("/scim/connections/")
    assert "New token" in words(started)
    with history.read() as rows:
        assert set(rows.scalars(sa.select(events.c.address))) == {"127.0.0.1"}


def test_the_cookies_of_each_stay_its_own(visitor: Visitor) -> None:
    page = sign_in(visitor, "vic@acme.example", "/scim/")
    assert {(cookie.name, cookie.path) for cookie in visitor.http.cookies.jar} == {
        ("session", "/"),
        ("scim_console", "/scim"),
    }
    home = visitor.get("/")
    assert "scim_console" not in home.request.headers["Cookie"]
    assert "Visit 2" in home.text
    assert visitor.press(page, "Sign out").url.path == "/scim/login"
    assert "Visit 3" in visitor.get("/").text


def test_links_and_files_stay_below_the_path(visitor: Visitor) -> None:
    page = sign_in(visitor, "olga@acme.example", "/scim/")
    seen = set()
    for path in ("/scim/connections", "/scim/history", "/scim/sessions", "/scim/organizations", page.url.path):
        answer = visitor.get(path)
        assert answer.status_code == 200, path
        seen |= set(links(answer))
    assert len(seen) > 10
    assert {link for link in seen if not link.startswith(("/scim/", "#"))} == set()
    nowhere = visitor.get("/scim/nowhere")
    assert (nowhere.status_code, heading(nowhere)) == (404, "There is no such page")
    for link in seen:  # the last of the languages stays chosen
        assert visitor.get(link).status_code in (200, 405) or "/rotation/" in link, link


def test_a_session_that_ended_leads_back_to_the_page(visitor: Visitor, shared: Shared, sandbox: Sandbox) -> None:
    sign_in(visitor, "olga@acme.example", "/scim/")
    sandbox.world.sessions.clear()
    page = f"/scim/connections/{sandbox.connection().connection_id}"
    headers = HTMX | {"HX-Current-URL": f"{shared.url}{page}?outcome=1"}
    answer = visitor.get(page, headers=headers)
    assert answer.headers["HX-Redirect"] == f"/scim/login?next={page}?outcome%3D1&ended=look"
    back = visitor.sign_in("olga@acme.example", page=visitor.get(answer.headers["HX-Redirect"]))
    assert str(back.url) == f"{shared.url}{page}?outcome=1"


def test_sign_in_through_the_portal_comes_back_below_the_path(visitor: Visitor, shared: Shared) -> None:
    """OpenID Connect: the callback's address is what the provider was told, and what is registered there."""
    left = visitor.http.get("/scim/authenticate/portal?next=/scim/history", follow_redirects=False)
    asked = httpx.URL(left.headers["Location"])
    assert asked.params["redirect_uri"] == f"{shared.url}/scim/login/portal/callback"
    page = visitor.get(left.headers["Location"])
    page = visitor.press(page, "olga@acme.example of Acme")
    entered = visitor.press(page, "Allow")
    assert str(entered.url) == f"{shared.url}/scim/history"


def test_mailed_links_and_providers_lead_back_below_the_path(
    visitor: Visitor, shared: Shared, sandbox: Sandbox
) -> None:
    visitor.ask_for_link("vic@acme.example", visitor.get("/scim/login"))
    (link,) = sandbox.world.magic_links.values()
    assert link.redirect_url == f"{shared.url}/scim/login/callback"
    left = visitor.http.get("/scim/authenticate/oauth/google_oauth", follow_redirects=False)
    asked = httpx.URL(left.headers["Location"])
    assert asked.params["discovery_redirect_url"] == f"{shared.url}/scim/login/callback"


def test_what_machines_ask_is_not_passed_on_by_nginx(shared: Shared, visitor: Visitor) -> None:
    """By the plain proxy it is: the documented block is what makes the difference."""
    expected = 404 if shared.way == "nginx" else 200
    assert visitor.get("/scim/healthz").status_code == expected


def links(page: httpx.Response) -> list[str]:
    """Where the page's links, forms and files lead."""
    return re.findall(r'(?:href|src|action|hx-get|hx-post)="(.+?)"', page.text)
