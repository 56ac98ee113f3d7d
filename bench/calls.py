"""(c): how often Stytch is asked. Counted, not timed; `tests/connections/test_pages.py` holds it too."""

import time

from bench.measure import Measured, exactly, in_turns, ratio
from bench.stage import complete, stage

SECONDS = 0.1
TURNS = 10


def measure() -> list[Measured]:
    """Requests that reached the sandbox, once the console knows keys and policies, as it does for ten minutes."""
    with stage(6) as sandbox, sandbox.serve() as console:
        [admin] = sandbox.admins
        browser = console.client(admin)
        browser.get(admin.path).raise_for_status()
        sandbox.calls()
        browser.get(admin.path).raise_for_status()
        of_page = sandbox.calls()
        sandbox.start_rotation(admin)
        page = browser.get(admin.path)
        sandbox.calls()
        complete(browser, page).raise_for_status()
        of_completion = sandbox.calls()

        def seconds(path: str) -> float:
            began = time.perf_counter()
            browser.get(path).raise_for_status()
            return time.perf_counter() - began

        groups = f"{admin.path}/groups"
        browser.get(groups).raise_for_status()
        sandbox.calls()
        browser.get(groups).raise_for_status()
        of_groups = sandbox.calls()
        sandbox.delay(SECONDS)
        times = in_turns(TURNS, {"groups": lambda: seconds(groups), "page": lambda: seconds(admin.path)})
    milliseconds = {name: [each * 1000 for each in values] for name, values in times.items()}
    return [
        exactly("Calls to Stytch for a page", len(of_page), 1, baseline=", ".join(of_page)),
        exactly("Calls to Stytch for a completion", len(of_completion), 2, baseline=", ".join(of_completion)),
        exactly("Calls to Stytch for the groups", len(of_groups), 2, baseline=", ".join(sorted(of_groups))),
        ratio(
            "The groups, 100 ms a call",
            milliseconds["groups"],
            milliseconds["page"],
            1.5,
            unit="ms",
            baseline="a page with one call: both go out at once",
        ),
    ]
