"""What somebody sees who sets the project up where no registry can be reached."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.unreachable import refusing_url

INSTALL = Path(__file__).parents[1] / "tools/install.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project that needs one package of each kind; its virtual environment is this one."""
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "requirements.txt").write_text(f"no-such-package==1 --hash=sha256:{'0' * 64}\n")
    packages = {
        "": {"dependencies": {"no-such-package": "1.0.0"}},
        "node_modules/no-such-package": {"version": "1.0.0"},
    }
    (tmp_path / "package-lock.json").write_text(json.dumps({"lockfileVersion": 3, "packages": packages}))
    (tmp_path / "package.json").write_text(json.dumps(packages[""]))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "missing", "registry"),
    [
        (("python", "requirements.txt"), "requirements.txt is not installed", "Python package registry"),
        (("npm", "ci"), "package-lock.json is not installed", "npm registry"),
    ],
    ids=["pip", "npm"],
)
def test_no_registry_within_reach_is_one_line(
    project: Path, arguments: tuple[str, ...], missing: str, registry: str
) -> None:
    with refusing_url() as url:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(project),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": url,
            "PIP_RETRIES": "0",
            "NPM_CONFIG_REGISTRY": url,
            "NPM_CONFIG_FETCH_RETRIES": "0",
        }
        command = [sys.executable, str(INSTALL), *arguments]
        ended = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    doing, said = ended.stderr.splitlines()
    assert doing.endswith(" …")
    assert said.startswith(missing)
    assert f"Look whether the {registry} is within reach, then try again." in said
    assert said.endswith("All it said is in build/install.log.")
    assert "no-such-package" in (project / "build/install.log").read_text()
    assert ended.stdout == ""
