"""Host header games: whatever a request says of its host, mails, redirects and other sites are told PUBLIC_URL."""

from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, form
from tests.signin.ways import MAILED, ask_for_mail, by_code, sso_connection, stopping
from tests.web.test_origin import FORWARDED

EVIL = {"Host": "evil.example", **FORWARDED}
EVIL_PORT = {"Host": "127.0.0.1:80@evil.example", **FORWARDED}


@pytest.mark.parametrize("way", MAILED)
def test_mailed_links_lead_to_the_public_url(visitor: Visitor, sandbox: Sandbox, console: Console, way: str) -> None:
    visitor.http.headers.update(EVIL)
    ask_for_mail(visitor, way, sandbox, "vic@acme.example")
    (link,) = sandbox.world.magic_links.values()
    assert link.redirect_url == f"{console.url}/login/callback"


@pytest.mark.parametrize("headers", [EVIL, EVIL_PORT], ids=["name", "port"])
@pytest.mark.parametrize(
    "path",
    [
        "/authenticate/oauth/google_oauth",
        "/authenticate/oauth/google_oauth?organization=acme",
        "/authenticate/sso/SSO?organization=acme",
        "/authenticate/portal",
    ],
)
def test_other_sites_are_told_the_public_url(
    visitor: Visitor, sandbox: Sandbox, console: Console, path: str, headers: dict[str, str]
) -> None:
    with stopping(visitor):
        answer = visitor.get(path.replace("SSO", sso_connection(sandbox)), headers=headers)
    assert answer.headers["Location"].startswith(f"{sandbox.url}/")
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    told = {
        value for name, values in query.items() if name.endswith(("redirect_url", "redirect_uri")) for value in values
    }
    assert told == {f"{console.url}/login/{'portal/' if 'portal' in path else ''}callback"}
    assert "evil" not in answer.headers["Location"]


PLACES = [
    "/",
    "/connections",
    "/history",
    "/sessions",
    "/organizations",
    "/login",
    "/login?organization=acme",
    "/login/hooli",
    "/authenticate/link",
    "/authenticate/code",
    "/authenticate/password",
    "/authenticate/second-factor",
    "/authenticate/confirm",
    "/authenticate/resume",
    "/login/callback",
    "/nowhere",
]


@pytest.mark.parametrize("who", ["somebody", "vic"])
def test_no_answer_repeats_it(visitor: Visitor, sandbox: Sandbox, console: Console, who: str) -> None:
    if who == "vic":
        by_code(visitor)
    for path in PLACES:
        with stopping(visitor):
            answer = visitor.get(path, headers=EVIL)
        assert answer.status_code < 500, path
        assert "evil" not in answer.text + str(answer.headers), path
        location = answer.headers.get("Location", "/")
        assert location.startswith(("/", f"{console.url}/", f"{sandbox.url}/")), path
        assert not location.startswith("//"), path


def test_a_form_from_a_page_at_another_name_changes_nothing(visitor: Visitor, console: Console) -> None:
    """Host and Origin agree, as on a page of an attacker's name that leads to this server (DNS rebinding)."""
    page = by_code(visitor)
    fields = form(page, "Sign out").fields
    for headers in (
        {"Host": "evil.example", "Origin": "http://evil.example"},
        {"Host": "evil.example", "Origin": "http://evil.example", "X-Forwarded-Host": urlsplit(console.url).netloc},
        {"Origin": "http://evil.example", "X-Forwarded-Host": "evil.example"},
    ):
        answer: httpx.Response = visitor.http.post("/logout", data=fields, headers=headers)
        assert answer.status_code == 403, headers
    assert visitor.get("/connections").url.path == "/connections"
