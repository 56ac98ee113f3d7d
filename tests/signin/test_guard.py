"""Who is signed in, page by page: what it costs, how it ends, and where people are led then."""

import base64

import pytest
from flask import Flask

from tests.conftest import Sandbox
from tests.signin.steps import Visitor, heading
from webapp.sandbox.faults import Fault
from webapp.sandbox.world import World
from webapp.signin.guard import local_path


def acme_path(world: World) -> str:
    acme = world.connection_of(world.find_organization("acme").organization_id)
    assert acme is not None
    return f"/connections/{acme.connection_id}"


def end_sessions(world: World) -> None:
    """As Stytch's dashboard, or another console, may at any time."""
    world.sessions.clear()


def test_a_page_costs_one_call(vic: Visitor, sandbox: Sandbox) -> None:
    for path in ("/connections", acme_path(sandbox.world)):
        assert vic.get(path).status_code == 200
        assert [request.split("/")[-1] for request in vic.requests()] == ["connection"]
    for path in ("/", "/nowhere", "/sessions/nowhere"):
        vic.http.get(path, follow_redirects=False)
        assert vic.requests() == []


def test_the_cookie_says_nothing_to_who_holds_it(vic: Visitor, sandbox: Sandbox) -> None:
    (session,) = sandbox.world.sessions.values()
    held = vic.session["member"]
    assert held["session_token"] == session.session_token
    parts = [part + "=" * (-len(part) % 4) for part in vic.cookie.split(".")]
    readable = b" ".join([vic.cookie.encode(), *(base64.urlsafe_b64decode(part) for part in parts)])
    for value in held.values():
        assert str(value).encode() not in readable
    assert b"vic" not in readable


def test_a_page_without_javascript_has_no_session_to_steal(vic: Visitor, sandbox: Sandbox) -> None:
    (session,) = sandbox.world.sessions.values()
    page = vic.get(acme_path(sandbox.world))
    for secret in (session.session_token, vic.session["member"]["session_jwt"], vic.cookie):
        assert secret not in page.text


@pytest.mark.parametrize("dead_session", ["404", "401", "403"])
def test_a_session_that_was_revoked_leads_to_sign_in_and_back(
    vic: Visitor, sandbox: Sandbox, dead_session: str
) -> None:
    sandbox.world.variants["dead_session_in_header"] = dead_session
    end_sessions(sandbox.world)
    page = vic.get(acme_path(sandbox.world))
    assert (page.url.path, heading(page)) == ("/login", "Sign in")
    assert "Your session has ended" in page.text
    assert "member" not in vic.session
    again = vic.sign_in("vic@acme.example", page=page)
    assert again.url.path == acme_path(sandbox.world)


def test_htmx_is_sent_to_sign_in_by_header(vic: Visitor, sandbox: Sandbox) -> None:
    """htmx would swap the page at a redirect's end into a card."""
    end_sessions(sandbox.world)
    path = acme_path(sandbox.world)
    url = str(vic.http.base_url.join(f"{path}?tab=1"))
    headers = {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": url}
    answer = vic.get(path, headers=headers)
    assert (answer.status_code, answer.text, answer.history) == (401, "", [])
    assert answer.headers["HX-Redirect"].startswith("/login?next=")
    page = vic.get(answer.headers["HX-Redirect"])
    assert vic.sign_in("vic@acme.example", page=page).url.raw_path.decode() == f"{path}?tab=1"


@pytest.mark.parametrize("where", ["plain form", "htmx"])
def test_a_form_sent_after_the_end_does_nothing_and_leads_back(vic: Visitor, sandbox: Sandbox, where: str) -> None:
    path = acme_path(sandbox.world)
    url = str(vic.http.base_url.join(path))
    end_sessions(sandbox.world)
    vic.cookie = ""
    headers = {"Sec-Fetch-Site": "same-origin", "Referer": url}
    if where == "htmx":
        headers |= {"HX-Request": "true", "HX-Request-Type": "partial", "HX-Current-URL": url}
    answer = vic.http.post(f"{path}/rotation/start", headers=headers, follow_redirects=False)
    assert answer.status_code == (401 if where == "htmx" else 303)
    onward = answer.headers["HX-Redirect" if where == "htmx" else "Location"]
    assert vic.requests() == []
    assert vic.sign_in("vic@acme.example", page=vic.get(onward)).url.path == path


@pytest.mark.parametrize(
    "headers",
    [
        {"Referer": "https://evil.example/connections"},
        {"Referer": "http://["},
        {"HX-Request": "true", "HX-Current-URL": "http://["},
        {"HX-Request": "true", "HX-Current-URL": "https://evil.example//evil.example"},
        {},
    ],
    ids=str,
)
def test_the_way_back_is_never_to_another_site(visitor: Visitor, headers: dict[str, str]) -> None:
    headers |= {"Sec-Fetch-Site": "same-origin"}
    answer = visitor.http.post("/connections/x/rotation/start", headers=headers, follow_redirects=False)
    assert answer.status_code in (303, 401)
    assert (answer.headers.get("Location") or answer.headers["HX-Redirect"]) == "/login"


def test_a_cookie_that_is_not_ours_is_nobody_s(vic: Visitor) -> None:
    header, key, iv, text, tag = vic.cookie.split(".")
    assert key == ""
    for forged in (
        "x",
        "a.b.c",
        "....",
        vic.cookie[:-5],
        vic.cookie[5:],
        f"{header}..{iv}.{_other(text)}.{tag}",
        f"{header}..{_other(iv)}.{text}.{tag}",
        f"{header}..{iv}.{text}.{_other(tag)}",
        f"{_other(header)}..{iv}.{text}.{tag}",
    ):
        vic.cookie = forged
        assert vic.get("/connections").url.path == "/login", forged
    assert vic.requests() == []


def _other(part: str) -> str:
    return ("B" if part[0] == "A" else "A") + part[1:]


def test_stytch_is_away_and_the_session_is_kept(vic: Visitor, sandbox: Sandbox) -> None:
    sandbox.world.faults.append(Fault(method="GET", path="scim", fault="status", status=503, times=2))
    answer = vic.get("/connections")
    assert (answer.status_code, heading(answer)) == (502, "Stytch did not answer")
    assert "Set-Cookie" not in answer.headers
    assert vic.get("/connections").status_code == 200


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\\..\\..\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/connections\r\nSet-Cookie: a=b",
        " //evil.example",
        "/ /evil.example",
        "",
        "/login",
        "/login/callback?token=x",
        "/logout",
        "/organizations",
        "/connections/../login",
        "/connections/%2E%2e/login",
        "/./login",
        "/.//evil.example",
    ],
)
def test_a_way_to_another_site_or_out_again_is_no_path(elsewhere: str) -> None:
    with Flask(__name__).test_request_context():
        assert local_path(elsewhere) is None
