"""Login CSRF: what began in another browser, or by another site's link, signs nobody in."""

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading
from tests.signin.ways import COMING_BACK, come_back, finish, sso_connection

REFUSED = {"This link belongs to another browser", "This link no longer works", "This sign-in can't be finished"}


def assert_refused(page: httpx.Response, visitor: Visitor) -> None:
    assert page.status_code == 400
    assert heading(page) in REFUSED
    assert visitor.get("/connections").url.path == "/login"


@pytest.mark.parametrize("way", COMING_BACK)
def test_what_began_in_another_browser_signs_nobody_in(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: str
) -> None:
    """An attacker proves who they are, and has somebody else open the address that they were sent back to."""
    url = come_back(other_browser, way, sandbox, console)
    sessions = {*sandbox.world.sessions}
    visitor.requests()
    assert_refused(visitor.get(url), visitor)
    assert visitor.requests() == []
    assert {*sandbox.world.sessions} == sessions
    assert sandbox.world.access_tokens == {}
    assert finish(other_browser, way, url).url.path == "/connections", "it was used up"


@pytest.mark.parametrize("way", COMING_BACK)
def test_nor_while_a_sign_in_of_one_s_own_is_under_way(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: str
) -> None:
    foreign = come_back(other_browser, way, sandbox, console, "olga@acme.example")
    own = come_back(visitor, way, sandbox, console)
    sessions = {*sandbox.world.sessions}
    assert_refused(finish(visitor, way, foreign), visitor)
    assert {*sandbox.world.sessions} == sessions
    assert sandbox.world.access_tokens == {}
    assert all(member.password_hash is None for member in sandbox.world.members.values() if "olga" in member.name)
    if not way.endswith("reset"):  # there the mail has to be asked for anew
        assert "vic@acme.example" in finish(visitor, way, own).text
    assert "olga@acme.example" in finish(other_browser, way, foreign).text, "it was used up"


def test_a_foreign_code_of_the_portal_is_of_no_use_with_one_s_own_state(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console
) -> None:
    foreign = httpx.URL(come_back(other_browser, "portal", sandbox, console, "olga@acme.example"))
    own = httpx.URL(come_back(visitor, "portal", sandbox, console))
    assert_refused(visitor.get(str(own.copy_set_param("code", foreign.params["code"]))), visitor)
    assert sandbox.world.access_tokens == {}, "PKCE was not asked for"


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    "path",
    [
        "/authenticate/oauth/google_oauth",
        "/authenticate/oauth/google_oauth?organization=acme",
        "/authenticate/sso/SSO?organization=acme",
        "/authenticate/portal",
    ],
)
def test_another_site_s_link_begins_nothing(visitor: Visitor, sandbox: Sandbox, path: str, site: str) -> None:
    visitor.ask_for_link("vic@acme.example")
    before = visitor.session["attempt"]
    page = visitor.get(path.replace("SSO", sso_connection(sandbox)), headers={"Sec-Fetch-Site": site})
    assert (page.status_code, heading(page)) == (403, "That did not come from this console")
    assert visitor.session["attempt"] == before
    assert visitor.get(visitor.link()).url.path == "/connections"


def test_another_site_s_link_to_a_door_with_sso_alone_waits_for_a_click(visitor: Visitor) -> None:
    page = visitor.get("/login/hooli", headers={"Sec-Fetch-Site": "cross-site"})
    assert (page.status_code, heading(page)) == (200, "Sign in to Hooli")
    assert visitor.cookie == ""
    assert heading(visitor.click(page, "Continue with Hooli Entra")) == "Hooli Entra (pretend)"
    assert heading(visitor.get("/login/hooli")) == "Hooli Okta (pretend)"


def test_a_proof_of_identity_can_t_be_begun_by_another_site_either(vic: Visitor, sandbox: Sandbox) -> None:
    vic.get("/authenticate/confirm")
    before = vic.session["attempt"]
    path = "/authenticate/oauth/google_oauth?organization=acme"
    assert vic.get(path, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert vic.session["attempt"] == before
    assert vic.get(path).url.host == httpx.URL(sandbox.url).host
