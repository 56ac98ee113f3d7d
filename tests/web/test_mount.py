"""Under a path of an origin that others use too: whatever is asked, and however, it stays below that path."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from tests.conftest import Console, Sandbox
from tests.signin.steps import COOKIE, Visitor
from tests.web.apps import app_of
from tests.web.test_cookies import attributes, set_cookie
from webapp.history.database import Database, events
from webapp.signin.guard import local_path
from webapp.web import limits

PUBLIC_URL = "https://portal.example/scim"
WAYS = {
    "whole": {"path": "/scim{}"},
    "cut off": {"path": "{}"},
    "split": {"path": "{}", "base_url": PUBLIC_URL},
}
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def app(console: Console) -> Iterator[Flask]:
    with app_of(console, public_url=PUBLIC_URL) as app:
        yield app


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


@pytest.mark.parametrize("way", WAYS)
def test_a_path_may_come_whole_or_without_the_prefix(browser: FlaskClient, way: str) -> None:
    path, more = WAYS[way]["path"], {key: value for key, value in WAYS[way].items() if key != "path"}
    for asked, status in (("/login", 200), ("/healthz", 200), ("/nowhere", 404), ("/connections", 303)):
        answer = browser.get(path.format(asked), **more)
        assert answer.status_code == status, asked
        links = re.findall(r'(?:href|src|action)="(/.*?)"', answer.text) + answer.headers.getlist("Location")
        assert links or asked == "/healthz"
        assert [link for link in links if not link.startswith("/scim/")] == []
    for file in re.findall(r'(?:href|src)="/scim(/static/.+?)"', browser.get("/scim/login").text):
        assert browser.get(path.format(file), buffered=True, **more).status_code == 200


def test_the_prefix_alone_is_the_first_page(browser: FlaskClient) -> None:
    for path in ("/scim", "/scim/"):
        assert browser.get(path).headers["Location"] == "/scim/login?next=/scim/"


def test_a_path_that_only_begins_like_it_is_another(browser: FlaskClient) -> None:
    assert browser.get("/scimitar/login").status_code == 404


def test_no_path_leads_to_the_host_that_a_proxy_asked_by(browser: FlaskClient) -> None:
    for path in ("/scim//login", "/scim/login//callback", "/scim/login/"):
        assert "Location" not in browser.get(path, headers={"Host": "10.0.0.1:8000"}).headers, path


def test_the_cookie_is_for_the_console_alone(app: Flask, console: Console) -> None:
    header = set_cookie(app)
    assert header.startswith("__Secure-scim_console=")
    assert attributes(header) == {"Secure", "HttpOnly", "Path=/scim", "SameSite=Lax"}
    with app_of(console, public_url="http://portal.internal/a/b") as local:
        assert attributes(set_cookie(local)) == {"HttpOnly", "Path=/a/b", "SameSite=Lax"}


def test_what_holds_for_the_whole_origin_is_left_to_its_owner(app: Flask, vic: Visitor) -> None:
    browser = app.test_client(use_cookies=False)
    for path in ("/login", "/nowhere", re.findall(r'href="/scim(/static/.+?)"', browser.get("/login").text)[0]):
        assert "Strict-Transport-Security" not in browser.get(path, buffered=True).headers
    cookie = {"Cookie": f"__Secure-{COOKIE}={vic.cookie}", "Sec-Fetch-Site": "same-origin"}
    page = browser.get("/sessions", headers=cookie)
    (token,) = set(re.findall(r'name="csrf_token" value="(.+?)"', page.text))
    out = browser.post("/logout", headers=cookie, data={"csrf_token": token})
    assert (out.status_code, out.headers["Location"]) == (303, "/scim/login")
    assert "Clear-Site-Data" not in out.headers


def test_violations_are_reported_below_it(browser: FlaskClient) -> None:
    answer = browser.get("/login")
    assert "report-uri /scim/csp-report; report-to csp" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Reporting-Endpoints"] == 'csp="/scim/csp-report"'


@pytest.mark.parametrize(
    ("path", "way_back"),
    [
        ("/scim/history?type=a", True),
        ("/scim", True),
        ("/scim/", True),
        ("/", False),
        ("/admin", False),
        ("/scimitar", False),
        ("/history", False),
        ("/scim/../admin", False),
        ("/scim/%2e%2E/admin", False),
        ("/scim/login", False),
        ("/scim/authenticate/link", False),
    ],
)
def test_the_way_back_stays_below_it(path: str, *, way_back: bool) -> None:
    with Flask(__name__).test_request_context(base_url=PUBLIC_URL):
        assert local_path(path) == (path if way_back else None)


@pytest.mark.parametrize(
    ("headers", "way_back"),
    [
        ({**HTMX, "HX-Current-URL": "https://portal.example/scim/connections?a=b"}, "/scim/connections?a%3Db"),
        ({**HTMX, "HX-Current-URL": "https://portal.example/elsewhere"}, None),
        ({"Referer": "https://portal.example/scim/connections"}, "/scim/connections"),
        ({"Referer": "https://portal.example/elsewhere"}, None),
        ({"Referer": "https://evil.example/scim/connections"}, None),
    ],
)
def test_after_a_button_the_way_back_is_the_page_that_it_was_on(
    browser: FlaskClient, headers: dict[str, str], way_back: str | None
) -> None:
    answer = browser.post("/scim/session/extend", headers={**headers, "Sec-Fetch-Site": "same-origin"})
    where = answer.headers.get("HX-Redirect") or answer.headers["Location"]
    next_ = f"next={way_back}&" if way_back else ""
    assert where == f"/scim/login?{next_}ended=step" or where == f"/scim/login?{next_}".rstrip("&?")


def test_a_step_that_waits_for_a_proof_is_sent_where_it_was(app: Flask, vic: Visitor, sandbox: Sandbox) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    now = app.extensions["now"]
    app.extensions["now"] = lambda: now() + timedelta(minutes=20)
    browser = app.test_client()
    browser.set_cookie(f"__Secure-{COOKIE}", vic.cookie, domain="portal.example", path="/scim", secure=True)
    path = f"/scim/connections/{sandbox.connection().connection_id}"
    asked = {"base_url": PUBLIC_URL, "headers": {"Sec-Fetch-Site": "same-origin"}}
    form = {"confirmed": "1"}
    led = browser.post(path.removeprefix("/scim") + "/rotation/complete", data=form, **asked)
    assert (led.status_code, led.headers["Location"]) == (303, "/scim/authenticate/confirm")
    page = browser.get("/authenticate/resume", **asked).text
    assert f'action="{path}/rotation/complete"' in page
    assert f'href="{path}/rotation/complete"' in page


def test_requests_must_come_from_the_origin(browser: FlaskClient) -> None:
    assert browser.post("/scim/login", headers={"Origin": "https://portal.example"}).status_code == 400
    assert browser.post("/scim/login", headers={"Origin": PUBLIC_URL}).status_code == 403


FORWARDED = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Host": "evil.example", "Host": "internal"}


@pytest.mark.parametrize(("hops", "expected"), [(0, "127.0.0.1"), (1, "198.51.100.7"), (2, "203.0.113.9")])
def test_as_many_proxies_are_believed_as_are_set(
    console: Console, visitor: Visitor, history: Database, hops: int, expected: str
) -> None:
    visitor.ask_for_link("vic@acme.example")
    path = visitor.http.get(visitor.link(), follow_redirects=False).headers["Location"].removeprefix(console.url)
    with app_of(console, trusted_proxies=hops) as app:
        cookie = {"Cookie": f"{COOKIE}={visitor.cookie}"}
        answer = app.test_client(use_cookies=False).get(path, headers=cookie | FORWARDED)
    assert answer.headers["Location"] == "/connections"
    with history.read() as rows:
        assert rows.scalars(sa.select(events.c.address)).all() == [expected]


def test_limits_follow_the_address_that_is_believed(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PER_NETWORK_ADDRESS", "1 per 10 minutes")
    with app_of(console, trusted_proxies=1) as app:
        app.config["WTF_CSRF_ENABLED"] = False
        statuses = [
            app.test_client()
            .post(
                "/login",
                data={"way": "magic_link", "email": f"{index}@acme.example"},
                headers={"Sec-Fetch-Site": "same-origin", "X-Forwarded-For": f"10.0.0.1, {address}"},
            )
            .status_code
            for index, address in enumerate(("203.0.113.1", "203.0.113.1", "203.0.113.2"))
        ]
    assert statuses == [303, 429, 303]


def test_nobody_but_the_setting_says_what_the_prefix_is(console: Console) -> None:
    """Not a proxy that is believed in other things, nor a server's SCRIPT_NAME, which gunicorn takes from a header."""
    with app_of(console, public_url=PUBLIC_URL, trusted_proxies=1) as behind_proxies:
        headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Prefix": "/evil", "X-Forwarded-Host": "evil.example"}
        assert "evil" not in behind_proxies.test_client().get("/login", headers=headers).text
    for public_url in (PUBLIC_URL, "https://console.example.com"):
        with app_of(console, public_url=public_url) as asked:
            page = asked.test_client().get("/login", base_url="https://portal.example/evil")
            assert (page.status_code, "evil" in page.text) == (404, False)


def test_a_proxy_may_ask_by_a_local_name(console: Console) -> None:
    """Without, a visit by another local name is led to PUBLIC_URL, which would lead here again."""
    with app_of(console, trusted_proxies=1) as app:
        assert app.test_client().get("/login", base_url="http://localhost:1").status_code == 200
