"""`python -m bench.profile`: where the processor time of a page and of a completion goes, by what is called for it."""

import cProfile
import os
import pstats
import time
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from bench.stage import Admin, empty_history, stage
from tests.signin.steps import COOKIE, form_of
from webapp import create_app
from webapp.settings import load

ADMINS = 30
ORIGIN = "http://127.0.0.1:8000"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin", "Origin": ORIGIN}
PARTS = {
    "all": ("mount.py", "__call__"),
    "templates": ("jinja2/environment.py", "render"),
    "calls to Stytch": ("stytch/calls.py", "_send"),
    "history: what is unsettled": ("history/intents.py", "unsettled"),
    "history: intents": ("history/intents.py", "begin"),
    "history: just before Stytch is told": ("history/intents.py", "sending"),
    "history: the outcome": ("history/intents.py", "settle"),
    "history: what the card tells": ("history/query.py", "nearest"),
    "log and metrics of the request": ("web/logs.py", "end"),
    "the session's JWT": ("signin/guard.py", "by_jwt"),
    "the session's cookie": ("flask/sessions.py", "open_session"),
}


def main() -> None:
    """Prints, for both, milliseconds a request under the profiler, which makes all slower, and shares of the whole."""
    with stage(*[6] * ADMINS) as sandbox, Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        os.environ.update(sandbox.environment(8000, empty_history(sandbox.folder)))
        app = create_app(load())
        browsers = [_browser(app, admin) for admin in sandbox.admins]
        for admin, browser in zip(sandbox.admins, browsers, strict=True):
            browser.get(admin.path, base_url=ORIGIN)
        looks = [_look(browser, admin) for admin, browser in zip(sandbox.admins, browsers, strict=True)]
        _report("page", _profiled(looks))
        for admin in sandbox.admins:
            sandbox.start_rotation(admin)
        presses = [_press(browser, admin) for admin, browser in zip(sandbox.admins, browsers, strict=True)]
        _report("completion", _profiled(presses))


def _browser(app: Flask, admin: Admin) -> FlaskClient:
    browser = app.test_client()
    browser.set_cookie(COOKIE, admin.cookie, domain="127.0.0.1")
    return browser


def _look(browser: FlaskClient, admin: Admin) -> Callable[[], int]:
    return lambda: browser.get(admin.path, base_url=ORIGIN).status_code


def _press(browser: FlaskClient, admin: Admin) -> Callable[[], int]:
    pressed = form_of(browser.get(admin.path, base_url=ORIGIN).text, "Complete")
    data, headers = {**pressed.fields, "confirmed": "yes"}, {**HTMX, "HX-Current-URL": ORIGIN + admin.path}
    return lambda: browser.post(pressed.action, base_url=ORIGIN, data=data, headers=headers).status_code


def _profiled(requests: list[Callable[[], int]]) -> dict[str, float]:
    assert requests[0]() == 200
    profile = cProfile.Profile(time.thread_time)
    profile.enable()
    statuses = [request() for request in requests[1:]]
    profile.disable()
    assert set(statuses) == {200}
    seconds = dict.fromkeys(PARTS, 0.0)
    for (file, _, function), (*_, cumulative, _callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        for part, (its_file, its_function) in PARTS.items():
            if file.endswith(its_file) and function == its_function:
                seconds[part] += cumulative / len(statuses)
    return seconds


def _report(what: str, seconds: dict[str, float]) -> None:
    print(f"{what}: {seconds['all'] * 1000:.1f} ms")
    for part, each in seconds.items():
        if each and part != "all":
            print(f"  {each / seconds['all']:4.0%}  {part}")


if __name__ == "__main__":
    main()
