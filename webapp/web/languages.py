"""Which language a page is in: the one that the browser asks for first among ours."""

from flask import Flask, has_request_context, request
from flask_babel import Babel

LANGUAGES = {"en": "English", "es": "Español", "de": "Deutsch", "ja": "日本語"}
"""Each by its tag, as its own speakers call it. The texts in code and templates are English."""


def init_app(app: Flask) -> None:
    """Gives templates `_`, `ngettext` and `{% trans %}`, in the language of the request."""
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    Babel(app, locale_selector=_chosen)  # type: ignore[no-untyped-call]


def _chosen() -> str:
    return request.accept_languages.best_match(LANGUAGES, "en") if has_request_context() else "en"
