"""The console's app in other configurations, for Flask's test client."""

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, TextIO

from flask import Flask

from tests.conftest import Console
from webapp import create_app


@contextlib.contextmanager
def app_of(console: Console, logs: TextIO | None = None, **changes: Any) -> Iterator[Flask]:
    """The app with the console's settings, some of them changed: `app_of(console, public_url="https://…")`."""
    with contextlib.redirect_stderr(logs or sys.stderr):
        app = create_app(console.settings.model_copy(update=changes))
    yield app
    app.extensions["stytch"].close()
