"""What time it is."""

from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app


def init_app(app: Flask) -> None:
    """The system's time, unless `app.extensions["now"]` is set to another function that gives an aware UTC time."""
    app.extensions["now"] = lambda: datetime.now(UTC)


def now() -> datetime:
    """The present, an aware UTC time."""
    tell: Callable[[], datetime] = current_app.extensions["now"]
    return tell()
