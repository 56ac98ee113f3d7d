"""Where the new token's text is, and where it never is."""

import io
import os
import re
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from playwright.sync_api import Error, Page, expect
from werkzeug.wrappers import Response

from tests import conftest
from tests.browser.steps import complete, connection_of, notice, provision, rotation_calls, sign_in, start
from tests.conftest import Sandbox
from webapp import create_app
from webapp.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

ROOT = Path(__file__).parents[2]
STORED = """async () => JSON.stringify([
  { ...localStorage }, { ...sessionStorage }, await indexedDB.databases(), await caches.keys(),
  Object.keys(history.state ?? {}).filter(key => key !== "htmx"), document.cookie, name,
])"""


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Status line, headers and body of everything the console sent. Ask for it before the console."""
    sent: list[str] = []

    def create_and_listen(settings: Settings) -> Flask:
        app = create_app(settings)
        answer = app.wsgi_app

        def listen(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            with Response.from_app(answer, environ, buffered=True) as response:
                sent.append(f"{response.status}\n{response.headers}\n{response.get_data().decode(errors='replace')}")
                return response(environ, start_response)

        app.wsgi_app = listen  # type: ignore[method-assign]
        return app

    monkeypatch.setattr(conftest, "create_app", create_and_listen)
    return sent


def written_since(moment: float) -> list[Path]:
    """The files of the repository that were written since then (seconds since 1970)."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in (".git", ".venv", "node_modules")]
        found += [Path(folder, name) for name in files]
    return [path for path in found if path.exists() and path.stat().st_mtime >= moment]


def test_the_token_is_in_one_answer_and_nowhere_else(
    answers: list[str],
    either_page: Page,
    sandbox: Sandbox,
    logs: io.StringIO,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = either_page
    began = time.time()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    urls: list[str] = []
    page.context.on("request", lambda request: urls.append(request.url))
    acme = connection_of(sandbox, "acme")
    old = acme.bearer_token
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    kept = [page.evaluate(STORED)]
    provision(page, sandbox, acme, new)
    complete(page)
    notice(page, "Rotation completed")
    kept.append(page.evaluate(STORED))
    page.get_by_role("link", name="Acme Okta").click()
    expect(page.get_by_role("heading", name="SCIM connection")).to_be_visible()
    kept.append(page.evaluate(STORED))

    assert len([answer for answer in answers if new in answer]) == 1
    assert [answer for answer in answers if old in answer] == []
    assert set(kept) == {'[{},{},[],[],[],"",""]'}
    cookies = page.context.cookies()
    elsewhere = [logs.getvalue(), repr(cookies), repr(urls), repr(sandbox.world.requests), *kept]
    elsewhere += [path.read_text(errors="replace") for path in written_since(began)]
    history = list(tmp_path.iterdir())
    assert {path.name.partition("-")[0] for path in history} == {"history.sqlite3"}
    elsewhere += [path.read_bytes().decode(errors="replace") for path in history]
    assert [text for text in elsewhere if new in text] == []
    assert [text for text in elsewhere if new[-4:] in text], "it was looked for where its last four are"


def test_the_member_session_stays_between_console_and_stytch(
    answers: list[str], page: Page, sandbox: Sandbox, logs: io.StringIO
) -> None:
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    start(page)
    [session] = sandbox.world.sessions.values()
    seen = [*answers, logs.getvalue(), page.evaluate(STORED)]
    assert [text for text in seen if session.session_token in text] == []
    [cookie] = page.context.cookies()
    assert re.fullmatch(r"eyJ[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+", cookie["value"])  # a JWE: five parts, direct key
    jwt = re.compile(r"eyJ[\w-]+\.eyJ")
    assert [text for text in seen if jwt.search(text)] == []
    assert len([text for text in seen if cookie["value"] in text]) <= 1  # the Set-Cookie header that brought it
    assert cookie["value"] not in logs.getvalue()


def test_it_is_not_shown_again_by_reloading(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    acme = connection_of(sandbox, "acme")
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.reload()  # without JavaScript, this posts the form again
    expect(page.get_by_role("article")).to_contain_text("was shown once, when the rotation was started")
    assert new not in page.content()
    assert acme.next_bearer_token == new
    if not javascript:
        expect(notice(page, "Rotation started")).to_contain_text("It could be shown in the first answer alone.")
    assert rotation_calls(sandbox) == ["start"]


def test_it_is_not_shown_again_by_going_back(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.get_by_role("link", name="Acme Okta").click()
    expect(page.get_by_role("heading", name="SCIM connection")).to_be_visible()
    if javascript:
        page.go_back()
        expect(page.get_by_role("article")).to_contain_text("was shown once, when the rotation was started")
    else:
        with pytest.raises(Error, match="ERR_CACHE_MISS"):  # the browser would have to post the form again
            page.go_back()
        page.wait_for_url("chrome-error://**")
    assert new not in page.content()


def test_a_page_that_the_browser_keeps_in_memory(page: Page, sandbox: Sandbox) -> None:
    """Chromium keeps no page that fetched what is `no-store`; a browser that did would fire these events."""
    sign_in(page, sandbox, "ada@acme.example", "Acme")
    new = start(page)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert new not in page.evaluate("[...document.querySelectorAll('textarea')].map(field => field.value).join()")
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    expect(page.get_by_role("article")).to_contain_text("was shown once, when the rotation was started")
    assert new not in page.content()
