"""Form tokens, besides the check of where a request comes from (`origin.py`)."""

from flask import Flask
from flask_wtf import CSRFProtect

from webapp.settings import Settings
from webapp.web import reports


def init_app(app: Flask, settings: Settings) -> None:
    """Asks every form for its token. A page left open over lunch still works: tokens live as long as the session."""
    newest_last = [*reversed(settings.secret_key_fallbacks), settings.secret_key]
    app.config.update(
        # itsdangerous signs with the last and reads with any: a page outlives the change of the key.
        WTF_CSRF_SECRET_KEY=[key.get_secret_value() for key in newest_last],
        WTF_CSRF_TIME_LIMIT=None,
        # origin.py compares with PUBLIC_URL, which holds behind a proxy too; Flask-WTF would compare with Host.
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app).exempt(reports.csp_report)
