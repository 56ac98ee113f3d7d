"""(a), (b): the processor time of a page and of a completion, beside a bare view and the console on Stytch's SDK."""

from collections.abc import Callable

import httpx

from bench.measure import Measured, in_turns, ratio
from bench.stage import Admin, Served, Stage, complete, stage

ADMINS = 20
TURNS = 10
BARE = "a bare Flask view with the same calls"
SDK = "the console on the official SDK"


def measure() -> list[Measured]:
    """Milliseconds of the worker for each request."""
    with (
        stage(*[6] * ADMINS) as sandbox,
        sandbox.serve() as console,
        sandbox.serve("bench.bare:app") as bare,
        sandbox.serve("bench.sdk:app") as sdk,
    ):
        sides = {"console": console, "bare": bare, "sdk": sdk}
        browsers = {name: [served.client(admin) for admin in sandbox.admins] for name, served in sides.items()}

        def pages(name: str) -> Callable[[], float]:
            return lambda: _pages(sides[name], sandbox.admins, browsers[name])

        def completions(name: str) -> Callable[[], float]:
            return lambda: _completions(sandbox, sides[name], browsers[name])

        page = in_turns(TURNS, {name: pages(name) for name in sides})
        completion = in_turns(TURNS, {name: completions(name) for name in sides})
    return [
        ratio("CPU of a page, to the bare view", page["console"], page["bare"], 1.5, unit="ms", baseline=BARE),
        ratio(
            "CPU of a completion, to the bare view",
            completion["console"],
            completion["bare"],
            1.5,
            unit="ms",
            baseline=BARE,
        ),
        ratio("CPU of a page, to Stytch's SDK", page["console"], page["sdk"], 1, unit="ms", baseline=SDK),
        ratio(
            "CPU of a completion, to Stytch's SDK", completion["console"], completion["sdk"], 1, unit="ms", baseline=SDK
        ),
    ]


def _pages(served: Served, admins: list[Admin], browsers: list[httpx.Client]) -> float:
    before = served.cpu_seconds()
    for admin, browser in zip(admins, browsers, strict=True):
        browser.get(admin.path).raise_for_status()
    return (served.cpu_seconds() - before) / len(admins) * 1000


def _completions(sandbox: Stage, served: Served, browsers: list[httpx.Client]) -> float:
    for admin in sandbox.admins:
        sandbox.start_rotation(admin)
    pages = [browser.get(admin.path) for admin, browser in zip(sandbox.admins, browsers, strict=True)]
    before = served.cpu_seconds()
    for browser, page in zip(browsers, pages, strict=True):
        complete(browser, page).raise_for_status()
    return (served.cpu_seconds() - before) / len(pages) * 1000
