"""The wheel: all that the console needs, nothing of the sandbox, and no browser file that we do not know."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile

import httpx
import pytest

from tests.processes.waiting import wait_for
from tests.test_settings import GOOD

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project's folder, as far as a wheel is made from it; builders write into it."""
    copy = tmp_path_factory.mktemp("source")
    for name in ("webapp", "templates", "static", "tools"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    return copy


def uv(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """What there is on this machine has to do: no registry is asked."""
    command = [sys.executable, "-m", "uv", *arguments, "--offline"]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """Made by way of the source distribution, so that both are whole."""
    built = uv("build", "-q", "--no-build-isolation", "--python", sys.executable, cwd=source)
    assert built.returncode == 0, built.stderr
    (wheel,) = (source / "dist").glob("*.whl")
    return wheel


def files_below(folder: Path, *patterns: str) -> set[str]:
    paths = [path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()]
    found = [path.relative_to(folder).as_posix() for path in paths]
    return {path for path in found if not path.startswith("sandbox/")}


def test_it_holds_the_console(source: Path, wheel: Path) -> None:
    expected = {f"webapp/{path}" for path in files_below(source / "webapp", "*.py", "*.mako")}
    expected |= {f"webapp/templates/{path}" for path in files_below(source / "templates", "*")}
    expected |= {f"webapp/static/{path}" for path in files_below(source / "static", "*.css", "*.ico", "*.js", "*.svg")}
    expected |= {f"webapp/{path[:-3]}.mo" for path in files_below(source / "webapp", "*.po")}
    assert "webapp/static/vendor/htmx-4.0.1.min.js" in expected
    assert "webapp/translations/ja/LC_MESSAGES/messages.mo" in expected
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert held == expected


@pytest.mark.parametrize("change", [b"// somebody else's", None], ids=["another", "missing"])
def test_a_browser_file_that_we_do_not_know_is_not_packed(source: Path, change: bytes | None) -> None:
    htmx = source / "static/vendor/htmx-4.0.1.min.js"
    known = htmx.read_bytes()
    if change is None:
        htmx.unlink()
    else:
        htmx.write_bytes(known + change)
    out = source / "refused"
    built = uv("build", "--wheel", "--no-build-isolation", "--python", sys.executable, "-o", str(out), cwd=source)
    htmx.write_bytes(known)
    assert built.returncode != 0
    assert "htmx-4.0.1.min.js is missing, or not the file we know. `make wheel` installs it." in built.stderr
    assert not list(out.glob("*.whl"))


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """The Python of a new environment with the wheel in it. What it depends on is borrowed from this one."""
    environment = tmp_path / "venv"
    made = uv("venv", "-q", "--python", sys.executable, str(environment), cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    python = environment / "bin/python"
    done = uv("pip", "install", "-q", "--no-deps", "--python", str(python), str(wheel), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python


def test_it_is_installed_and_served(installed: Path, tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], **GOOD, "PUBLIC_URL": "https://portal.example/scim"}

    def run(*command: str) -> str:
        ended = subprocess.run(
            [str(installed), *command],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ended.stdout.strip()

    assert Path(run("-c", "import webapp; print(webapp.__file__)")).is_relative_to(installed.parents[1])
    run("-m", "flask", "--app", "webapp", "history", "upgrade")
    assert run("-m", "flask", "--app", "webapp", "history", "verify") == "0 rows checked, all as written."

    socket = tmp_path / "console.sock"
    command = [str(installed), "-m", "gunicorn", "--bind", f"unix:{socket}", "--no-control-socket"]
    with subprocess.Popen([*command, "webapp:create_app()"], cwd=tmp_path, env=environment) as server:
        try:
            wait_for(lambda: socket.exists() or server.poll() is not None)
            way = httpx.HTTPTransport(uds=str(socket))
            with httpx.Client(transport=way, base_url="http://console", timeout=30) as browser:
                page = browser.get("/scim/login")
                assert (page.status_code, "Email me" in page.text) == (200, True)
                files = re.findall(r'(?:href|src)="(/scim/static/.+?)"', page.text)
                assert len(files) == 5
                assert {browser.get(file).status_code for file in files} == {200}
        finally:
            server.terminate()
