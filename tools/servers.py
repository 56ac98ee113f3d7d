"""`python -m tools.servers` sees to the servers that tests put around the console; tests without theirs are skipped.

Only where nothing would start them as services: not on somebody's own machine.
"""

import os
import shutil
from pathlib import Path

from tools import apt

PROGRAMS = ("nginx", "redis-server", "caddy")
"""Debian's packages are called the same."""


def main() -> None:
    """Installs what is missing. What can't be had is named by the tests that it would be needed for."""
    if Path("/run/systemd/system").exists():
        return
    for program in PROGRAMS:
        if not shutil.which(program, path=f"{os.environ['PATH']}:/usr/sbin"):
            apt.install(program)


if __name__ == "__main__":
    main()
