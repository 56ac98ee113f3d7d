"""The console's app in other configurations, for Flask's test client."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from flask import Flask
from werkzeug.test import TestResponse

from tests.conftest import Console
from tests.signin.steps import COOKIE, Visitor
from webapp import create_app


@contextlib.contextmanager
def app_of(console: Console, logs: TextIO | None = None, **changes: Any) -> Iterator[Flask]:
    """The app with the console's settings, some of them changed: `app_of(console, public_url="https://…")`."""
    with contextlib.redirect_stderr(logs or sys.stderr):
        app = create_app(console.settings.model_copy(update=changes))
    try:
        yield app
    finally:
        app.extensions["stytch"].close()


def get(app: Flask, path: str, visitor: Visitor, **headers: str) -> TestResponse:
    """The page that a visitor, signed in at the console itself, gets of another app with the same keys."""
    cookie = {"Cookie": f"{COOKIE}={visitor.cookie}"}
    client = app.test_client(use_cookies=False)
    return client.get(path, base_url=app.config["PUBLIC_URL"], headers=cookie | headers, buffered=True)
