"""How a view reaches the world of its app."""

from flask import current_app

from webapp.sandbox.world import World


def world() -> World:
    """The world that the current request is about."""
    found = current_app.extensions["world"]
    assert isinstance(found, World)  # noqa: S101 - tells mypy what create_sandbox put there
    return found
