"""The console lives at PUBLIC_URL alone, whatever a request says of its host. The origin gate: tests/test_routes.py."""

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.web.apps import app_of

FORWARDED = {
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Port": "1",
    "X-Forwarded-Prefix": "/evil",
    "Forwarded": "host=evil.example;proto=https",
}


def test_another_local_name_leads_to_the_public_url(visitor: Visitor, console: Console) -> None:
    port = console.url.rpartition(":")[2]
    for host in (f"localhost:{port}", "localhost", "127.0.0.1", "127.0.0.1:1", f"[::1]:{port}", "[::1]"):
        answer = visitor.http.get("/login?next=/connections%3Fa", headers={"Host": host}, follow_redirects=False)
        assert answer.status_code == 307, host
        assert answer.headers["Location"] == f"{console.url}/login?next=/connections%3Fa"
        assert "Set-Cookie" not in answer.headers


def test_another_name_is_served_and_never_repeated(visitor: Visitor) -> None:
    for host in ("evil.example", "console.internal:8000", "localhost.evil.example", "127.0.0.1.evil.example"):
        page = visitor.get("/login", headers={"Host": host})
        assert page.status_code == 200
        assert host not in page.text
        answer = visitor.http.get("/connections", headers={"Host": host}, follow_redirects=False)
        assert answer.headers["Location"] == "/login?next=/connections"


def test_a_local_visit_to_a_public_console_stays(console: Console) -> None:
    """Such as a health check's, or a proxy's that keeps no Host."""
    with app_of(console, public_url="https://console.example.com") as app:
        assert app.test_client().get("/login", base_url="http://127.0.0.1:8000").status_code == 200


def test_links_in_mails_lead_to_the_public_url(visitor: Visitor, console: Console, sandbox: Sandbox) -> None:
    page = visitor.get("/login", headers=FORWARDED)
    visitor.http.headers.update(FORWARDED)
    visitor.press(page, "Email me", email="vic@acme.example")
    (link,) = sandbox.world.magic_links.values()
    assert link.redirect_url == f"{console.url}/login/callback"


def test_forwarded_headers_change_nothing(visitor: Visitor) -> None:
    plain, forged = visitor.get("/connections"), visitor.get("/connections", headers=FORWARDED)
    assert forged.status_code == plain.status_code
    assert forged.url == plain.url
    assert [step.headers["Location"] for step in forged.history] == [step.headers["Location"] for step in plain.history]
    assert "evil" not in forged.text
    assert "Strict-Transport-Security" not in forged.headers
    assert "203.0.113.9" not in forged.text
