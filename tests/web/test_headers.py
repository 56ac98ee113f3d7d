"""The security headers (trust.md §3): on everything, whatever kind of answer it is."""

import re

import httpx
import pytest
from werkzeug.test import TestResponse

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.web.apps import app_of, get

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), clipboard-write=(self)",
}
FOREIGN = {"Origin": "https://evil.example"}


def directives(answer: httpx.Response | TestResponse) -> dict[str, list[str]]:
    parts = [part.split() for part in answer.headers["Content-Security-Policy"].split(";")]
    assert len({name for name, *_ in parts}) == len(parts), "a directive that comes twice counts once"
    return {name: values for name, *values in parts}


def check(answer: httpx.Response | TestResponse) -> None:
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert not [name for name in answer.headers.keys() if name.lower().startswith("access-control-")]  # noqa: SIM118
    policy = directives(answer)
    assert policy["default-src"] == policy["frame-ancestors"] == ["'none'"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    if "/static/" not in str(answer.request.url):
        assert answer.headers["Cache-Control"] == "no-store"
        assert policy["base-uri"] == policy["object-src"] == ["'none'"]
        assert policy["style-src"] == policy["form-action"] == policy["connect-src"] == ["'self'"]
        own, nonce = policy["script-src"]
        assert own == "'self'"
        assert re.fullmatch(r"'nonce-[\w-]{22,}'", nonce)
        assert policy["require-trusted-types-for"] == ["'script'"]
        assert policy["trusted-types"] == ["htmx"]
        assert policy["report-uri"] == ["/csp-report"]
        assert len(answer.headers["X-Request-Id"]) == 32


def test_on_every_kind_of_answer(vic: Visitor, sandbox: Sandbox) -> None:
    acme = sandbox.world.connection_of(sandbox.world.find_organization("acme").organization_id)
    assert acme is not None
    path = f"/connections/{acme.connection_id}"
    htmx = {"HX-Request": "true", "HX-Request-Type": "partial"}
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    http = vic.http
    http.follow_redirects = False
    for expected, answer in (
        (200, http.get("/connections", headers=FOREIGN)),
        (200, http.get(path)),
        (200, http.get(path, headers=htmx)),
        (200, http.get("/healthz")),
        (200, http.options("/connections", headers=FOREIGN | {"Access-Control-Request-Method": "POST"})),
        (303, http.get("/")),
        (307, http.get("/login", headers={"Host": "localhost:1"})),
        (400, http.post(f"{path}/rotation/start", headers=same_origin)),
        (400, http.get("/login/callback")),
        (403, http.post(f"{path}/rotation/start", headers=FOREIGN)),
        (403, http.post(f"{path}/rotation/start", headers=FOREIGN | htmx)),
        (404, http.get("/nowhere", headers=FOREIGN)),
        (404, http.get("/static/nothing.js")),
        (404, http.get(f"{path}x", headers=htmx)),
        (405, http.get("/logout")),
        (
            413,
            http.post(
                "/login",
                content=b"a" * 70_000,
                headers=same_origin | {"Content-Type": "application/x-www-form-urlencoded"},
            ),
        ),
    ):
        assert answer.status_code == expected, answer.request.url
        check(answer)
        assert "Strict-Transport-Security" not in answer.headers
    vic.cookie = ""
    for answer in (http.get("/connections"), http.get("/connections", headers=htmx), http.get("/login")):
        check(answer)


def test_on_a_crash(vic: Visitor, console: Console) -> None:
    with app_of(console) as app:

        @app.get("/crash")
        def crash() -> str:
            raise RuntimeError

        answer = get(app, "/crash", vic)
    assert answer.status_code == 500
    check(answer)


def test_on_static_files(visitor: Visitor) -> None:
    page = visitor.get("/login").text
    paths = re.findall(r'(?:href|src)="(/static/.+?)"', page)
    assert len(paths) == 5
    for path in paths:
        answer = visitor.get(path, headers=FOREIGN)
        assert answer.status_code == 200
        check(answer)


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/static/"])
def test_https_is_remembered_by_browsers(console: Console, path: str) -> None:
    with app_of(console, public_url="https://console.example.com") as app:
        client = app.test_client()
        if path == "/static/":
            path = re.findall(r'href="(/static/.+?)"', client.get("/login").text)[0]
        assert (
            client.get(path, buffered=True).headers["Strict-Transport-Security"]
            == "max-age=63072000; includeSubDomains"
        )


def test_violations_are_reported_as_browsers_allow(visitor: Visitor, console: Console) -> None:
    """By HTTP Chromium reports to `report-uri` alone, and to that only where `report-to` is not named."""
    page = visitor.get("/login")
    assert "report-to" not in directives(page)
    assert "Reporting-Endpoints" not in page.headers
    with app_of(console, public_url="https://console.example.com") as app:
        answer = app.test_client().get("/login")
    assert directives(answer)["report-to"] == ["csp"]
    assert answer.headers["Reporting-Endpoints"] == 'csp="/csp-report"'


def test_each_response_has_a_nonce_of_its_own_on_all_its_scripts(vic: Visitor) -> None:
    seen = set()
    for path in ("/login?ended=1", "/connections", "/connections", "/nowhere"):
        page = vic.get(path)
        nonce = directives(page)["script-src"][1].removeprefix("'nonce-").removesuffix("'")
        scripts = re.findall(r"<script\b[^>]*>", page.text)
        assert len(scripts) == 3
        assert all(f' nonce="{nonce}"' in script for script in scripts)
        assert set(re.findall(r'hx-nonce="(.*?)"', page.text)) <= {nonce}
        seen.add(nonce)
    assert len(seen) == 4


def test_a_fragment_brings_its_own_nonce(vic: Visitor) -> None:
    path = re.findall(r'href="(/connections/.+?)"', vic.get("/connections").text)[0]
    fragment = vic.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    nonce = directives(fragment)["script-src"][1].removeprefix("'nonce-").removesuffix("'")
    assert set(re.findall(r'hx-nonce="(.*?)"', fragment.text)) == {nonce}
    assert "<html" not in fragment.text
    assert "HX-Request-Type" in fragment.headers["Vary"]
    assert fragment.headers["Console-Fragment"] == "true"
