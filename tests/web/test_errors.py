"""Errors: in the product's own look, as a page and as a message in the page that htmx has open."""

import io
import json
import re
from html import unescape

import pytest
from flask import abort

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, heading
from tests.web.apps import app_of, get
from webapp.sandbox.faults import Fault

STATUSES = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 502, 503)
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
SCIM_TOKEN = "Xq7" + "aB3dE5gH9jK1" * 3 + "mN2pQ4rS6"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZW1iZXIifQ.c2lnbmF0dXJl"


def test_every_status_has_a_page_of_its_own(vic: Visitor, console: Console) -> None:
    titles = set()
    with app_of(console) as app:
        app.add_url_rule("/fail/<int:status>", "fail", lambda status: abort(status))
        for status in STATUSES:
            page = get(app, f"/fail/{status}", vic)
            assert page.status_code == status
            assert page.mimetype == "text/html"
            (title,) = re.findall(r"<h1>(.*?)</h1>", page.text)
            assert f"<title>{title} " in page.text
            assert "vic@acme.example" in page.text
            assert "Console-Fragment" not in page.headers
            assert str(status) not in page.text.partition("<main")[2].partition("</main>")[0]
            titles.add(title)

            fragment = get(app, f"/fail/{status}", vic, **HTMX)
            assert fragment.status_code == status
            assert fragment.headers["Console-Fragment"] == "true"
            assert fragment.text.startswith('<hx-partial id="problem">')
            assert f">{title}</h2>" in fragment.text
            assert f'<hx-partial id="alert">{title}. ' in fragment.text
            assert "<h1" not in fragment.text
    assert len(titles) == len(STATUSES)


def test_a_status_without_words_of_its_own_has_those_of_its_kind(vic: Visitor, console: Console) -> None:
    with app_of(console) as app:
        app.add_url_rule("/fail/<int:status>", "fail", lambda status: abort(status))
        assert get(app, "/fail/418", vic).status_code == 418
        assert "This console made a mistake" in get(app, "/fail/501", vic).text


def test_nobody_is_signed_in_and_the_page_leads_to_sign_in(visitor: Visitor) -> None:
    page = visitor.get("/nowhere")
    assert (page.status_code, heading(page)) == (404, "There is no such page")
    assert '<a class="button" href="/login">Go to sign-in</a>' in page.text


def test_a_method_that_is_not_offered(vic: Visitor) -> None:
    page = vic.get("/logout")
    assert (page.status_code, heading(page)) == (405, "That page can't be used that way")
    assert set(page.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_too_much(visitor: Visitor) -> None:
    page = visitor.press(visitor.get("/login"), "Email me", email="a" * 70_000)
    assert (page.status_code, heading(page)) == (413, "That was too much")


@pytest.mark.parametrize(
    ("fault", "status", "title", "text"),
    [
        ({"status": 503}, 502, "Stytch did not answer", "Nothing was changed"),
        ({"status": 500, "body": "html"}, 502, "Stytch did not answer", "Nothing was changed"),
        ({"status": 302}, 502, "Stytch did not answer", "Nothing was changed"),
        ({"fault": "malformed_json"}, 502, "Stytch did not answer", "Nothing was changed"),
        ({"fault": "truncated_body"}, 502, "Stytch did not answer", "Nothing was changed"),
        (
            {"status": 429, "error_type": "too_many_requests", "retry_after": 7},
            503,
            "Stytch is busy",
            "Try again in 7 seconds",
        ),
        (
            {"status": 401, "error_type": "unauthorized_credentials"},
            502,
            "This console is not set up right",
            "signing in again does not help",
        ),
        ({"status": 400, "error_type": "something_new"}, 502, "Stytch refused that", "Nothing was changed"),
    ],
    ids=str,
)
def test_what_stytch_s_failures_become(
    vic: Visitor, sandbox: Sandbox, fault: dict[str, object], status: int, title: str, text: str
) -> None:
    def queue() -> None:
        sandbox.world.faults.append(
            Fault.model_validate({"method": "GET", "path": "scim", "fault": "status", "times": 2, **fault})
        )

    connection = re.findall(r'href="(/connections/.+?)"', vic.get("/connections").text)[0]
    for headers in ({}, HTMX):
        sandbox.world.faults.clear()
        queue()
        answer = vic.get(connection, headers=headers)
        assert answer.status_code == status
        assert title in unescape(answer.text)
        assert text in unescape(answer.text)
        assert answer.headers.get("Retry-After") == ("7" if status == 503 else None)
        for vendor_words in ("Oops", "The server is unavailable", "refused.", "<title>500", "error_message"):
            assert vendor_words not in answer.text
        if fault.get("body") != "html" and "status" in fault:
            assert re.search(r"Stytch request id <code>request-id-test-[\w-]+</code>", answer.text)


def test_no_connection_to_stytch_at_all(vic: Visitor, console: Console) -> None:
    # Port 1 answers nobody.
    with app_of(console, stytch_base_url="http://127.0.0.1:1") as app:
        page = get(app, "/connections", vic)
    assert page.status_code == 502
    assert "No connection to Stytch could be made, so nothing was changed" in page.text
    assert "Set-Cookie" not in page.headers


def test_a_crash_is_owned_and_its_log_line_holds_no_secret(vic: Visitor, console: Console, logs: io.StringIO) -> None:
    with app_of(console, logs) as app:

        @app.get("/crash")
        def crash() -> str:
            raise RuntimeError(f"{SCIM_TOKEN} {JWT} Authorization: Basic cHJvamVjdDpzZWNyZXQ= {vic.cookie}")

        logs.truncate(logs.seek(0))
        page, fragment = get(app, "/crash", vic), get(app, "/crash", vic, **HTMX)
    for answer in (page, fragment):
        assert answer.status_code == 500
        assert "This console made a mistake" in answer.text
        assert "It is recorded" in answer.text
        assert "RuntimeError" not in answer.text
        assert "Nothing was changed" not in answer.text, "after a crash nobody knows that"
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    crashes = [line for line in lines if "exception" in line]
    assert len(crashes) == 2
    assert "RuntimeError" in crashes[0]["exception"]
    assert crashes[0]["level"] == "error"
    for secret in (SCIM_TOKEN, JWT, "cHJvamVjdDpzZWNyZXQ", vic.cookie, vic.session["member"]["session_token"]):
        assert secret not in logs.getvalue()
    assert {line["status"] for line in lines if line["event"] == "request"} == {500}
