"""The console in a portal's frame: who may have it, which cookie it has there, and how it looks."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Console
from tests.signin.steps import Visitor
from tests.web.apps import app_of, get
from tests.web.test_cookies import attributes
from tests.web.test_headers import EVERYWHERE, directives

CONSOLE = "https://console.acme.example"
NEAR, FAR = "https://portal.acme.example", "https://portal.example"
IN_TAB = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "none"}
IN_NEAR_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-site", "Referer": f"{NEAR}/"}
IN_FAR_FRAME = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{FAR}/"}
INSIDE = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
BY_SCRIPT = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
USUAL, FRAME = "__Host-scim_console", "__Host-scim_console_frame"


@pytest.fixture
def app(console: Console) -> Iterator[Flask]:
    with app_of(console, public_url=CONSOLE, embed_origins=(NEAR, FAR)) as app:
        yield app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser; what it keeps is not told apart by frames: tests look at names."""
    return app.test_client()


def open_page(client: FlaskClient, path: str, headers: dict[str, str]) -> TestResponse:
    return client.get(path, base_url=CONSOLE, headers=headers, buffered=True)


def cookie_names(answer: TestResponse) -> list[str]:
    return [header.partition("=")[0] for header in answer.headers.getlist("Set-Cookie")]


def test_nobody_may_unless_named(console: Console) -> None:
    with app_of(console, public_url=CONSOLE) as app:
        answer = open_page(app.test_client(), "/login", IN_FAR_FRAME)
    assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE
    assert directives(answer)["frame-ancestors"] == ["'none'"]
    assert cookie_names(answer) == [USUAL]
    assert "masthead" in answer.text


@pytest.mark.parametrize("headers", [IN_TAB, IN_NEAR_FRAME, IN_FAR_FRAME, INSIDE])
@pytest.mark.parametrize("path", ["/login", "/connections", "/nowhere", "/healthz", "static"])
def test_those_named_may_have_every_answer(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    if path == "static":
        path = re.findall(r'href="(/static/.+?)"', open_page(client, "/login", IN_TAB).text)[0]
    answer = open_page(client, path, headers)
    assert directives(answer)["frame-ancestors"] == [NEAR, FAR]
    assert "X-Frame-Options" not in answer.headers
    assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    if "static" not in path:
        # A portal that isolates itself frames only what agrees to it; scripts and images are no frames.
        expected = "same-origin" if headers is IN_TAB else "cross-origin"
        assert answer.headers["Cross-Origin-Resource-Policy"] == expected


def test_the_window_of_a_sign_in_is_seen_by_its_frame(client: FlaskClient) -> None:
    for path in ("/login", "/login/callback", "/authenticate/code", "/organizations", "/sessions"):
        assert open_page(client, path, IN_TAB).headers["Cross-Origin-Opener-Policy"] == "unsafe-none", path
    for path in ("/connections", "/history", "/nowhere"):
        assert open_page(client, path, IN_TAB).headers["Cross-Origin-Opener-Policy"] == "same-origin", path


@pytest.mark.parametrize("headers", [IN_TAB, IN_NEAR_FRAME, INSIDE, {}])
def test_the_usual_cookie_in_a_tab_and_in_a_frame_of_the_same_site(
    client: FlaskClient, headers: dict[str, str]
) -> None:
    answer = open_page(client, "/login", headers)
    assert cookie_names(answer) == [USUAL]
    assert attributes(answer.headers["Set-Cookie"]) == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


def test_a_frame_of_another_site_has_a_cookie_of_its_own(client: FlaskClient) -> None:
    answer = open_page(client, "/login", IN_FAR_FRAME)
    assert cookie_names(answer) == [FRAME]
    expected = {"Secure", "HttpOnly", "Path=/", "SameSite=None", "Partitioned"}
    assert attributes(answer.headers["Set-Cookie"]) == expected
    # Once it arrives it is the one that is used, by scripts too.
    for headers in (INSIDE, BY_SCRIPT):
        for header in open_page(client, "/login?theme=dark", headers).headers.getlist("Set-Cookie"):
            assert header.startswith(f"{FRAME}=")
            assert attributes(header) == expected


def test_by_http_on_this_machine_the_frame_s_cookie_is_secure_all_the_same(console: Console) -> None:
    with app_of(console, embed_origins=("http://localhost:8001",)) as app:
        answer = app.test_client().get("/login", base_url=console.url, headers=IN_FAR_FRAME)
    (header,) = answer.headers.getlist("Set-Cookie")
    assert header.startswith("scim_console_frame=")
    assert attributes(header) >= {"Secure", "SameSite=None", "Partitioned"}


def test_a_tab_never_uses_the_frame_s_cookie(client: FlaskClient) -> None:
    """A browser that does not know `Partitioned` would send it there too."""
    open_page(client, "/login", IN_FAR_FRAME)
    assert cookie_names(open_page(client, "/login", IN_TAB)) == [USUAL]
    # Now both arrive, and only tabs have the usual one.
    assert FRAME not in cookie_names(open_page(client, "/login", BY_SCRIPT))


def test_the_frame_s_cookie_stays_when_nobody_is_signed_in_any_more(app: Flask, vic: Visitor) -> None:
    client = app.test_client()
    client.set_cookie(FRAME, vic.cookie, domain="console.acme.example")
    page = open_page(client, "/connections", IN_FAR_FRAME)
    assert page.status_code == 200
    token = re.findall(r'name="csrf_token" value="(.+?)"', page.text)[0]
    answer = client.post(
        "/logout",
        base_url=CONSOLE,
        data={"csrf_token": token},
        headers=INSIDE | {"Origin": CONSOLE, "Referer": f"{CONSOLE}/connections"},
    )
    assert answer.status_code == 303
    (header,) = answer.headers.getlist("Set-Cookie")
    assert header.startswith(f"{FRAME}=ey")
    assert "expires" not in header.lower()
    assert open_page(client, "/connections", INSIDE).status_code == 303


def test_a_framed_page_has_no_masthead_but_a_line_at_its_end(app: Flask, vic: Visitor) -> None:
    with_cookie = {"Cookie": f"{USUAL}={vic.cookie}"}
    client = app.test_client(use_cookies=False)
    tab = open_page(client, "/connections", IN_TAB | with_cookie).text
    frame = open_page(client, "/connections", IN_NEAR_FRAME | with_cookie).text
    assert "masthead" in tab
    assert "<footer" not in tab
    assert "masthead" not in frame
    (foot,) = re.findall(r"<footer.*?</footer>", frame, re.DOTALL)
    for words in ("Connections", "History", "Acme", "vic@acme.example", "Sign out"):
        assert words in foot
    for path in ("/nowhere", "/connections/scim-connection-test-none"):
        assert "masthead" not in open_page(client, path, IN_NEAR_FRAME | with_cookie).text
    assert "<footer" not in open_page(client, "/login", IN_NEAR_FRAME).text


@pytest.mark.parametrize("headers", [IN_NEAR_FRAME, IN_FAR_FRAME])
def test_the_portal_s_theme_is_kept_for_the_frame(client: FlaskClient, headers: dict[str, str]) -> None:
    assert 'data-theme="dark"' in open_page(client, "/login?theme=dark", headers).text
    assert 'data-theme="dark"' in open_page(client, "/login", INSIDE).text
    assert 'data-theme="dark"' in open_page(client, "/login?theme=gaudy", INSIDE).text
    assert "data-theme" not in open_page(client, "/login", IN_TAB).text
    assert 'data-theme="light"' in open_page(client, "/login?theme=light", INSIDE).text


def test_a_tab_has_no_theme_but_its_own(client: FlaskClient) -> None:
    assert "data-theme" not in open_page(client, "/login?theme=dark", IN_TAB).text
    assert "data-theme" not in open_page(client, "/login", IN_NEAR_FRAME).text


def test_what_says_nothing_of_frames_is_a_tab(app: Flask, vic: Visitor) -> None:
    """Browsers of before 2023, and all of them by HTTP from another machine."""
    assert "masthead" in get(app, "/login", vic).text
