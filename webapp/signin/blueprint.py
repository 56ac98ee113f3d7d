"""The one blueprint of sign-in; its views are in the modules beside."""

from flask import Blueprint, current_app, render_template
from werkzeug.wrappers import Response

from webapp.settings import Settings
from webapp.stytch import Stytch

bp = Blueprint("signin", __name__)

Page = str | Response | tuple[str, int]
"""What the views of sign-in answer."""


def settings() -> Settings:
    """The app's settings."""
    found: Settings = current_app.extensions["settings"]
    return found


def stytch() -> Stytch:
    """The app's client for Stytch."""
    client: Stytch = current_app.extensions["stytch"]
    return client


def stopped(title: str, text: str, reference: str = "", onward: tuple[str, str] | None = None) -> str:
    """A page that says why sign-in goes no further here; `onward` is a URL and the words of its link."""
    return render_template("signin/stopped.html", title=title, text=text, reference_id=reference, onward=onward)
