"""The ways in that lead through another page: begun, proven there, and not yet come back from."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import httpx

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.visits import link
from webapp.sandbox.seeds import WES_PASSWORD

MAILED = ("link", "door link", "reset", "door reset")
ELSEWHERE = ("oauth", "door oauth", "sso", "portal")
COMING_BACK = MAILED + ELSEWHERE
"""What ends with an address of the console's that can be opened once."""


def come_back(visitor: Visitor, way: str, sandbox: Sandbox, console: Console, email: str = "vic@acme.example") -> str:
    """Begins a sign-in of a member of Acme; the address that the browser is then sent to, not opened yet."""
    if way in MAILED:
        ask_for_mail(visitor, way, sandbox, email)
        return last_hop(visitor, visitor.link(), console)
    if way == "portal":
        page = visitor.get("/authenticate/portal")
        consent = visitor.press(page, f"{email} of Acme")
        with stopping(visitor):
            return str(visitor.press(consent, "Allow").headers["Location"])
    path = {
        "oauth": "/authenticate/oauth/google_oauth",
        "door oauth": "/authenticate/oauth/google_oauth?organization=acme",
        "sso": f"/authenticate/sso/{sso_connection(sandbox)}?organization=acme",
    }[way]
    return last_hop(visitor, link(visitor.get(path), email), console)


def ask_for_mail(visitor: Visitor, way: str, sandbox: Sandbox, email: str) -> httpx.Response:
    """Has a link mailed, at the console's own door or at Acme's."""
    sandbox.world.clock.advance(1)
    page = visitor.get("/login/acme?again=1" if way.startswith("door") else "/login?again=1")
    if way.endswith("link"):
        return visitor.press(page, "Email me a sign-in link", email=email)
    password = visitor.press(page, "Use my password", email=email)
    return visitor.press(visitor.click(password, "Forgot it, or have none yet?"), "Email me", email=email)


def sso_connection(sandbox: Sandbox, slug: str = "acme") -> str:
    """The organization's first SSO connection."""
    organization_id = sandbox.world.find_organization(slug).organization_id
    return sandbox.world.sso_connections_of(organization_id)[0].connection_id


def last_hop(visitor: Visitor, url: str, console: Console) -> str:
    """The first address of the console's in the redirects from `url` on; it is not opened."""
    while not url.startswith(console.url):
        with stopping(visitor):
            url = urljoin(url, visitor.get(url).headers["Location"])
    return url


@contextmanager
def stopping(visitor: Visitor) -> Iterator[None]:
    """The visitor's browser follows no redirects meanwhile."""
    visitor.http.follow_redirects = False
    try:
        yield
    finally:
        visitor.http.follow_redirects = True


def finish(visitor: Visitor, way: str, url: str) -> httpx.Response:
    """Opens the address that ends the way; for a reset, a new password is set as well."""
    page = visitor.get(url)
    return visitor.press(page, "Set", password="seven quiet tortoises 41") if way.endswith("reset") else page


def by_code(visitor: Visitor, path: str = "/login", email: str = "vic@acme.example") -> httpx.Response:
    """By a mailed code, at the door given."""
    page = visitor.press(visitor.get(path), "Email me a code", email=email)
    return visitor.press(page, "Sign in", code=visitor.code())


def by_password(visitor: Visitor, path: str = "/login") -> httpx.Response:
    """Wes, the only one who has a password."""
    page = visitor.press(visitor.get(path), "Use my password", email="wes@wayne.example")
    return visitor.press(page, "Sign in", password=WES_PASSWORD)


def by_second_factor(visitor: Visitor, sandbox: Sandbox, path: str = "/login") -> httpx.Response:
    """Uma, by a mailed code and her authenticator app."""
    return visitor.press(by_code(visitor, path, "uma@umbrella.example"), "Sign in", code=app_code(sandbox))


def app_code(sandbox: Sandbox) -> str:
    """What Uma's authenticator app shows."""
    world = sandbox.world
    umbrella = world.find_organization("umbrella").organization_id
    uma = world.find_member(umbrella, email="uma@umbrella.example")
    return world.totps[uma.member_id].code(world.clock.now())


def at_the_portal(visitor: Visitor, sandbox: Sandbox, person: str = "vic@acme.example of Acme") -> None:
    """Signs in to the portal, in the same browser."""
    visitor.press(visitor.get(f"{sandbox.url}/_sandbox/portal"), person)


def by_portal_session(visitor: Visitor, sandbox: Sandbox, path: str = "/login") -> httpx.Response:
    """By the session that the portal keeps in this browser."""
    at_the_portal(visitor, sandbox)
    return visitor.press(visitor.get(path), "Go on with your session")
