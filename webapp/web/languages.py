"""Which language a page is in: the one chosen on it, else the first of ours that the browser asks for."""

from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, current_app, g, has_request_context, redirect, request, url_for
from flask_babel import Babel, get_locale, get_translations
from werkzeug.wrappers import Response as WerkzeugResponse

from webapp.settings import Settings
from webapp.web import cookies, mount, origin

LANGUAGES = {"en": "English", "es": "Español", "de": "Deutsch", "ja": "日本語"}
"""Each by its tag, as its own speakers call it. The texts in code and templates are English."""
FOLDER = Path(__file__).parents[1] / "translations"

_COOKIE = "language"
_A_YEAR = 31_536_000


def init_app(app: Flask, settings: Settings) -> None:
    """Gives templates `_`, `ngettext` and `{% trans %}`, in the language of the request, and the switch.

    Raises `FileNotFoundError` when the texts of a language are not compiled: nobody would see more than English.
    """
    for tag in LANGUAGES:
        if tag != "en" and not (FOLDER / tag / "LC_MESSAGES/messages.mo").is_file():
            raise FileNotFoundError(f"webapp/translations/{tag} is not compiled: `make setup` does it")
    app.config["DEFAULT_LANGUAGE"] = settings.default_language
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    # It keeps each catalogue once it was read.
    Babel(app, locale_selector=_chosen, default_translation_directories=str(FOLDER))  # type: ignore[no-untyped-call]
    _say_quickly(app)
    app.add_template_global(current, "language")
    app.add_template_global(direction, "text_direction")
    app.add_template_global(lambda: LANGUAGES, "languages")
    app.add_url_rule("/language/<tag>", "language", _switch)
    app.after_request(_say)


def _say_quickly(app: Flask) -> None:
    """Has templates find the catalogue once a request; Flask-Babel would for each text, and a page has fifty."""
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # of Jinja's extension
        gettext=lambda text: _catalogue().ugettext(text),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        pgettext=lambda context, text: _catalogue().upgettext(context, text),
        npgettext=lambda context, one, many, number: _catalogue().unpgettext(context, one, many, number),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = app.jinja_env.globals["gettext"]


def _catalogue() -> Any:
    if not has_request_context():
        return get_translations()
    here = g._get_current_object()  # what is behind the proxy
    if "catalogue" not in here:
        here.catalogue = get_translations()
    return here.catalogue


def current() -> str:
    """The tag of the language that is spoken: of this request, English outside of one."""
    locale = get_locale()
    return locale.language if locale else "en"


def direction() -> str:
    """`ltr` or `rtl`: which way that language is written."""
    locale = get_locale()
    return locale.text_direction if locale else "ltr"


def _chosen() -> str:
    if not has_request_context():
        return "en"  # for operators, at the terminal
    kept = cookies.kept(_COOKIE)
    return kept if kept in LANGUAGES else _asked_for()


def _asked_for() -> str:
    """The first of ours in `Accept-Language`: `de-AT` finds `de`, even where `en` comes after it (RFC 4647 §3.4)."""
    for tag, quality in request.accept_languages:
        parts = tag.lower().split("-")
        while quality and parts:
            if "-".join(parts) in LANGUAGES:
                return "-".join(parts)
            parts.pop()
    return str(current_app.config["DEFAULT_LANGUAGE"])


def _switch(tag: str) -> WerkzeugResponse:
    """Keeps the choice in this browser, and leads back to the page on which it was made.

    A link, as it changes nothing but the language, and has to work on a page that is out of date. Other sites' links
    change nothing.
    """
    if tag not in LANGUAGES:
        abort(404)
    answer = redirect(_back(), 303)
    if not origin.led_here_by_another_site():
        cookies.keep(answer, _COOKIE, tag, _A_YEAR)
    return answer


def _back() -> str:
    """The page it was chosen on: what its link names, else where it says that it was; never another site's."""
    for url in (request.args.get("back"), mount.referring()):
        if url and mount.local(url) and _can_be_asked_for(url):
            return url
    return url_for("connections.home")


def _can_be_asked_for(url: str) -> bool:
    """Whether it is a page, and no answer to a form."""
    path = mount.within(url.partition("?")[0])
    return path is not None and current_app.url_map.bind("").test(path, "GET")


def _say(response: Response) -> Response:
    if response.mimetype in ("text/html", "text/calendar"):
        response.content_language.add(current())
        response.vary.update(["Accept-Language", "Cookie"])
    return response
