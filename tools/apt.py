"""Debian's packages, where we may install them."""

import os
import shutil
import subprocess
import sys


def install(package: str) -> bool:
    """Whether the package is there afterwards; False also for whoever is not root, or has no apt-get."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    print(f"Installing {package} with apt-get …", file=sys.stderr)
    attempt("apt-get", "update")
    return attempt("apt-get", "install", "-y", "--no-install-recommends", package)


def attempt(*command: str) -> bool:
    """Whether the command succeeds; what it says is not shown."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(command, env=environment, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0
