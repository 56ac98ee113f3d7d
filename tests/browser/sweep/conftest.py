"""A stage for the walks: a console that frames may have and that webhooks reach, and a browser at it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import flask
import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr
from werkzeug.wrappers import Response

from tests.browser.conftest import open_page
from tests.browser.sweep.stage import TEMPLATES, Stage
from tests.conftest import Console, Sandbox
from webapp.history.database import Database, metadata
from webapp.sandbox.identifiers import WEBHOOK_SECRET
from webapp.sandbox.server import Server

PORTAL = """<!doctype html>
<html lang="en"><title>Portal</title>
<style>body { margin: 0 } iframe { border: 0; width: 100%; height: 100vh }</style>
<iframe title="SCIM connections" allow="clipboard-write"></iframe></html>"""


@pytest.fixture(scope="module")
def portal() -> Iterator[Server]:
    """A portal whose page is a frame as wide as the window; as `localhost` it is of another site."""
    server = Server(Response(PORTAL, mimetype="text/html"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def changes(portal: Server) -> dict[str, Any]:
    return {
        "embed_origins": (portal.url, portal.url.replace("127.0.0.1", "localhost")),
        "stytch_webhook_secret": (SecretStr(WEBHOOK_SECRET),),
    }


@pytest.fixture(autouse=True)
def named_templates(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Has each of the console's answers name the templates that it was made of."""
    get_template = flask.templating.Environment.get_template

    def noting(self: Any, name: Any, *more: Any) -> Any:
        template = get_template(self, name, *more)
        if flask.has_request_context():
            flask.g.setdefault("templates", {})[template.name] = True
        return template

    def tell(_app: flask.Flask, response: flask.Response, **_: Any) -> None:
        response.headers[TEMPLATES] = " ".join(flask.g.get("templates", {}))

    monkeypatch.setattr(flask.templating.Environment, "get_template", noting)
    flask.request_finished.connect(tell, weak=False)
    yield
    flask.request_finished.disconnect(tell)


Stages = Callable[[bool], AbstractContextManager[Stage]]


@pytest.fixture
def stages(
    browser: Browser, console: Console, sandbox: Sandbox, history: Database, portal: Server, browser_errors: list[str]
) -> Iterator[Stages]:
    """Opens a stage, framed or not, as often as wanted: each has a page of its own, in the world of the first minute.

    All are in one browser and at one console: what takes long is to load scripts and templates for the first time.
    """
    sandbox.world.webhooks.url = f"{console.url}/webhooks/stytch"
    with open_page(browser, console.url, browser_errors) as first:

        @contextmanager
        def opened(framed: bool) -> Iterator[Stage]:
            sandbox.world.reset()
            with history.engine.begin() as connection:
                for table in reversed(metadata.sorted_tables):
                    connection.execute(table.delete())
            first.context.clear_cookies()
            with first.context.new_page() as page:
                if framed:
                    page.goto(portal.url)
                yield Stage(page, page.frames[-1], console, sandbox, history, framed)

        yield opened
