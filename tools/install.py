"""Sets up the virtual environment and the browser files, quietly, with one line on what is missing if it can't.

What pip and npm say goes into a file. Runs before anything is installed, so it needs the standard library alone.
"""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin/python"
LOG = Path("build/install.log")
PATH = os.pathsep.join((os.environ["PATH"], str(PYTHON.parent.absolute())))


def make_venv() -> None:
    """Makes .venv anew with the Python that runs this; exits with a line when its venv module is not whole."""
    if find_spec("venv") is None or find_spec("ensurepip") is None:  # Debian ships them in a package of their own
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        sys.exit(f"Python's venv module is missing. On Debian or Ubuntu: apt-get install python{version}-venv")
    _say("Making .venv")
    try:
        _run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made.")
    except SystemExit:
        shutil.rmtree(VENV, ignore_errors=True)  # half an environment would be taken for a whole one
        raise


def install_python(requirements: str) -> None:
    """Installs a lock file into .venv; pip refuses a package whose hash is not in it."""
    _say(f"Installing {requirements}")
    _run(
        [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--require-hashes", "-r", requirements],
        f"{requirements} is not installed. Look whether the Python package registry is within reach, then try again.",
    )


def npm(*arguments: str) -> None:
    """Runs npm, from PATH or else from a pinned Python package."""
    if shutil.which("npm", path=PATH) is None:
        install_python("requirements-node.txt")
    _say(f"Running npm {arguments[0]}")
    _run(
        [shutil.which("npm", path=PATH) or "npm", *arguments, "--no-audit", "--no-fund"],
        "package-lock.json is not installed. Look whether the npm registry is within reach, then try again.",
    )


def _run(command: list[str], problem: str) -> None:
    LOG.parent.mkdir(exist_ok=True)
    with LOG.open("wb") as log:
        done = subprocess.run(command, env={**os.environ, "PATH": PATH}, stdout=log, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.exit(f"{problem} All it said is in {LOG}.")


def _say(text: str) -> None:
    print(f"{text} …", file=sys.stderr)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["venv"]:
            make_venv()
        case ["python", requirements]:
            install_python(requirements)
        case ["npm", *arguments]:
            npm(*arguments)
        case _:
            sys.exit("usage: install.py venv | python REQUIREMENTS | npm ARGUMENT …")
