"""`python -m bench [SUBJECT …]`: measures all subjects, or those named, and prints one table.

Exits with 1 when a limit is not kept. With `--save` the table and its picture go into docs/performance.md.
"""

import argparse
import sys
import time
from collections.abc import Callable

from bench import browser, calls, cpu, crowd, groups, history, startup
from bench.measure import Measured
from bench.report import save, table

SUBJECTS: dict[str, Callable[[], list[Measured]]] = {
    "cpu": cpu.measure,
    "calls": calls.measure,
    "browser": browser.measure,
    "crowd": crowd.measure,
    "startup": startup.measure,
    "history": history.measure,
    "groups": groups.measure,
}


def main() -> None:
    """Measures one subject after the other, as they would disturb each other."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="How fast the console is.")
    parser.add_argument("subject", nargs="*", help=f"what to measure: {', '.join(SUBJECTS)}; all, if none is named")
    parser.add_argument("--save", action="store_true", help="write the table into docs/performance.md")
    arguments = parser.parse_args()
    if unknown := set(arguments.subject) - set(SUBJECTS):
        parser.error(f"there is no subject {', '.join(sorted(unknown))}: {', '.join(SUBJECTS)}")
    measured: list[Measured] = []
    for name in arguments.subject or SUBJECTS:
        began = time.monotonic()
        measured += SUBJECTS[name]()
        print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(table(measured))
    if arguments.save:
        save(measured)
    sys.exit(not all(each.met for each in measured))


if __name__ == "__main__":
    main()
