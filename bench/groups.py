"""(h): the first page of a directory's groups, however many there are."""

import time
from collections.abc import Callable

from bench.measure import Measured, in_turns, ratio
from bench.stage import Admin, stage

FEW, MANY = 10, 10_000
TURNS = 30


def measure() -> list[Measured]:
    """Milliseconds until the page is there; ten groups are a fifth of a page, and ten thousand fill it."""
    with stage(FEW, MANY) as sandbox, sandbox.serve() as console:
        few, many = sandbox.admins

        def milliseconds(admin: Admin) -> Callable[[], float]:
            browser = console.client(admin)

            def look() -> float:
                began = time.perf_counter()
                browser.get(f"{admin.path}/groups").raise_for_status()
                return (time.perf_counter() - began) * 1000

            return look

        times = in_turns(TURNS, {"few": milliseconds(few), "many": milliseconds(many)})
    return [
        ratio(
            "First page of 10,000 groups",
            times["many"],
            times["few"],
            1.5,
            unit="ms",
            baseline="the page of 10 groups",
        )
    ]
