"""Dockerfile and compose.yaml: what they name is there, and the image's own files serve the console by themselves."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_project import ROOT, tracked
from tests.test_settings import GOOD
from webapp import create_app
from webapp.settings import Settings

SERVING = {"HOST", "PORT", "WEB_CONCURRENCY", "PATH", "PYTHONDONTWRITEBYTECODE"}
"""What is set beside the console's own settings, for gunicorn and Python."""


@dataclass(frozen=True)
class Step:
    """An instruction of the Dockerfile: `COPY`, and its words."""

    name: str
    words: list[str]

    @property
    def stage(self) -> str:
        """Of which stage it copies, empty for the build context."""
        return next((word.removeprefix("--from=") for word in self.words if word.startswith("--from=")), "")

    @property
    def paths(self) -> list[str]:
        """What it copies, and where to."""
        return [word for word in self.words if not word.startswith("--")]


def stages() -> list[list[Step]]:
    """The Dockerfile's instructions, a list for each stage."""
    text = re.sub(r"(?m)^\s*#.*\n", "", (ROOT / "Dockerfile").read_text()).replace("\\\n", "")
    found: list[list[Step]] = []
    for line in filter(None, text.splitlines()):
        name, _, rest = line.partition(" ")
        if name == "FROM":
            found.append([])
        found[-1].append(Step(name, rest.split()))
    return found


def ignored(path: str) -> bool:
    """What .dockerignore says of a path: the last line that meets it decides."""
    answer = False
    for line in (ROOT / ".dockerignore").read_text().splitlines():
        pattern = line.lstrip("!")
        whole = f"{pattern}/"
        meets = pattern == "*" or f"{path}/".startswith(whole)
        meets = meets or (pattern.startswith("**/") and pattern[3:] in path.split("/"))
        if line and not line.startswith("#") and meets:
            answer = not line.startswith("!")
    return answer


def environment() -> dict[str, str]:
    """What the image sets."""
    (env,) = [step for step in stages()[-1] if step.name == "ENV"]
    return dict(word.split("=", 1) for word in env.words)


def command(name: str) -> list[str]:
    """The command of CMD or HEALTHCHECK, as words."""
    (line,) = re.findall(rf"(?m)^{name} .*?(\[.*\])$", (ROOT / "Dockerfile").read_text())
    words: list[str] = json.loads(line)
    return words


def compose() -> dict[str, Any]:
    services: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    return services


def test_what_is_copied_is_there() -> None:
    files = tracked()
    names: list[str] = []
    for steps in stages():
        for step in steps:
            if step.name == "COPY" and step.stage:
                assert step.stage in names
            elif step.name == "COPY":
                for source in step.paths[:-1]:
                    kept = [file for file in files if f"{file}/".startswith(f"{source}/") and not ignored(file)]
                    assert kept, f"{source} is not tracked, or .dockerignore keeps it out"
        names.append(steps[0].words[-1])


@pytest.mark.parametrize("path", [".env", ".git/config", "instance/history.sqlite3", ".venv/bin/python", "tests"])
def test_nothing_else_goes_into_it(path: str) -> None:
    assert ignored(path)


def test_it_runs_as_nobody_in_particular() -> None:
    names = [step.name for step in stages()[-1]]
    (user,) = [step for step in stages()[-1] if step.name == "USER"]
    assert int(user.words[0]) >= 1000
    assert names.index("USER") < names.index("CMD")
    assert "RUN" not in names[names.index("USER") :]


def test_settings_that_are_named_exist() -> None:
    known = {name.upper() for name in Settings.model_fields}
    assert set(environment()) <= known | SERVING
    assert set(compose()["console"]["environment"]) <= known | SERVING
    assert compose()["console"]["environment"] == compose()["migrate"]["environment"]


def test_it_has_all_packages_that_a_setting_may_need() -> None:
    (file,) = re.findall(r"-r (\S+)", (ROOT / "Dockerfile").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = project["dependencies"] + project["optional-dependencies"]["tracing"]
    pinned = set(re.findall(r"(?m)^([\w.-]+)==", (ROOT / file).read_text()))
    assert {re.match(r"[\w-]+", each)[0] for each in needed} <= pinned  # type: ignore[index]


def test_the_health_check_asks_for_a_page_that_is_there() -> None:
    (path,) = re.findall(r"'(/\w+)'", " ".join(command("HEALTHCHECK")))
    app = create_app(Settings(_env_file=None, **{name.lower(): value for name, value in GOOD.items()}))  # type: ignore[arg-type]
    assert app.url_map.bind("").match(path)
    app.extensions["stytch"].close()


def test_the_services_fit_together() -> None:
    services = compose()
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name, service in services.items():
        for other, how in service.get("depends_on", {}).items():
            assert set(service["networks"]) & set(services[other]["networks"]), f"{name} can't reach {other}"
            assert how["condition"] != "service_healthy" or "healthcheck" in services[other] or other == "console"
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert not source.startswith(".") or source.removeprefix("./") in tracked()
    console = services["console"]
    assert console["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert (console["read_only"], console["cap_drop"]) == (True, ["ALL"])
    assert f"{environment()['PORT']} " in f"{(ROOT / 'ops/Caddyfile').read_text().partition('console:')[2]}"


def test_a_stop_waits_for_what_is_at_work() -> None:
    (grace,) = re.findall(r"(?m)^graceful_timeout = (\d+)$", (ROOT / "gunicorn.conf.py").read_text())
    assert int(compose()["console"]["stop_grace_period"].removesuffix("s")) > int(grace)


@pytest.fixture
def image() -> Iterator[Path]:
    """A folder with the files that the image's last stage has, and no others."""
    with tempfile.TemporaryDirectory() as home:
        app = Path(home, "app")
        for step in stages()[-1]:
            if step.name == "COPY" and not step.stage:
                *sources, target = step.paths
                for source in sources:
                    for file in tracked():
                        if f"{file}/".startswith(f"{source}/") and not ignored(file):
                            place = app / (file if target == "./" else target + file.removeprefix(source))
                            place.parent.mkdir(parents=True, exist_ok=True)
                            shutil.copy(ROOT / file, place)
            elif step.name == "COPY" and step.paths[-1] != ".venv":
                shutil.copytree(ROOT / step.paths[-1], app / step.paths[-1])
        Path(home, "instance").mkdir()
        yield app


def test_the_images_own_files_serve_the_console(image: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    history = image.parent / "instance" / "history.sqlite3"
    env = GOOD | environment() | {"HOST": "127.0.0.1", "PORT": str(port), "DATABASE_URL": f"sqlite:///{history}"}
    env |= {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for path in (image, *image.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)  # as under a read-only root; only root itself could write

    def run(words: list[str]) -> int:
        return subprocess.run(words, cwd=image, env=env, timeout=30, check=False, capture_output=True).returncode

    try:
        assert run(compose()["migrate"]["command"]) == 0
        assert run(command("HEALTHCHECK")) != 0
        with subprocess.Popen(command("CMD"), cwd=image, env=env, stderr=subprocess.PIPE) as server:
            try:
                end = time.monotonic() + 30
                while run(command("HEALTHCHECK")) != 0 and time.monotonic() < end:
                    time.sleep(0.05)
                assert run(command("HEALTHCHECK")) == 0
            finally:
                server.terminate()
        assert server.returncode == 0
        assert not list(image.rglob("__pycache__"))
    finally:
        for path in (image, *image.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)


def test_docker_builds_and_runs_it() -> None:
    """The same in a real container, its root read-only."""
    if not shutil.which("docker") or subprocess.run(["docker", "info"], capture_output=True, check=False).returncode:
        pytest.skip("NO DOCKER ENGINE on this machine: the image was not built")
    build = shlex.split("docker build --quiet .")
    built = subprocess.run(build, cwd=ROOT, check=True, capture_output=True, text=True, timeout=900)
    image = built.stdout.strip()
    hardened = shlex.split("docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --volume /app/instance")
    settings = [word for name, value in GOOD.items() for word in ("--env", f"{name}={value}")]
    serve = ["sh", "-c", f"{shlex.join(compose()['migrate']['command'])} && exec {shlex.join(command('CMD'))}"]
    started = subprocess.run(
        [*hardened, *settings, "--detach", image, *serve], check=True, capture_output=True, text=True
    )
    container = started.stdout.strip()
    try:
        end = time.monotonic() + 60
        status = ""
        while status != "healthy" and time.monotonic() < end:
            time.sleep(0.5)
            inspect = ["docker", "inspect", "--format", "{{.State.Health.Status}}", container]
            status = subprocess.run(inspect, check=True, capture_output=True, text=True).stdout.strip()
        assert status == "healthy"
    finally:
        subprocess.run(["docker", "stop", container], check=False, capture_output=True)
