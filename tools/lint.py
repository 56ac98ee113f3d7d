"""Runs every static check over the project: says nothing when all are clean, else shows what they found."""

import subprocess
import sys

CHECKS = (
    (sys.executable, "-m", "ruff", "check", "--quiet", "--output-format=concise", "."),
    (sys.executable, "-m", "ruff", "format", "--check", "--quiet", "."),
    (sys.executable, "-m", "mypy", "--no-error-summary"),
    (sys.executable, "-m", "djlint", "--lint", "--quiet", "templates"),
)
HTMX_CHECK = (sys.executable, "node_modules/htmx.org/dist/scripts/upgrade-check.py", "--no-color", "templates")
# htmx 4 has a new meaning for this name; the checker can only guess that the old one was meant.
HTMX_FALSE_ALARM = "hx-disable → rename to hx-ignore"


def main() -> None:
    """Exits with 1 when any check found anything."""
    failed = False
    for command in CHECKS:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            failed = True
            print(done.stdout.strip() or f"{' '.join(command[1:])} failed.")
    done = subprocess.run(HTMX_CHECK, capture_output=True, text=True)
    if found := [line for line in done.stdout.splitlines() if HTMX_FALSE_ALARM not in line]:
        failed = True
        print(*found, sep="\n")
    sys.exit(failed)


if __name__ == "__main__":
    main()
