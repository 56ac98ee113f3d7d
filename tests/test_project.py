"""The project's own rules: what depends on what, what is tracked, and that its papers say what is so."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.settings import Settings

ROOT = Path(__file__).parent.parent
WEBAPP = sorted((ROOT / "webapp").rglob("*.py"))
LOCK_FILES = sorted([*ROOT.glob("requirements*.txt"), ROOT / "package-lock.json"])

# A part imports from its own layer and from those below. The factory puts all of them together.
LAYERS = {
    "settings": 0,
    "contrast": 0,
    "smtp": 0,
    "metrics": 0,
    "tracing": 0,
    "stytch": 1,
    "history": 1,
    "rotation": 2,
    "web": 3,
    "connections": 3,
    "signin": 3,
    "webhooks": 3,
    "history.pages": 3,
    "check": 3,
    "tokens": 3,
    "cli": 3,
    "": 4,
}
FLASKLESS = {"settings", "metrics", "tracing", "stytch", "history", "rotation"}


def tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def part_of(module: str) -> str:
    """`webapp.stytch.models` → "stytch"; the factory `webapp` itself is "". History's pages are no part of its core."""
    if module.startswith(("webapp.history.pages", "webapp.history.words")):
        return "history.pages"
    return module.split(".")[1] if "." in module else ""


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> Iterator[str]:
    """Absolute names of what a file imports, `from a import b` as `a.b`."""
    package = path.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield from (".".join((*base, *filter(None, [node.module]), alias.name)) for alias in node.names)


@pytest.mark.parametrize("path", WEBAPP, ids=module_of)
def test_imports_point_one_way(path: Path) -> None:
    own = part_of(module_of(path))
    imported = list(imports_of(path))
    parts = {part_of(name) for name in imported if name.split(".")[0] == "webapp"}
    if own == "sandbox":
        assert parts <= {"sandbox"}, "the sandbox knows nothing of the console, or both would share one misreading"
    else:
        assert own in LAYERS, f"{own} is new: give it a layer"
        assert "sandbox" not in parts, "the console knows Stytch's API alone"
        assert not [part for part in parts if LAYERS[part] > LAYERS[own]]
    if own in FLASKLESS:
        assert not [name for name in imported if name.split(".")[0] == "flask"]


@pytest.mark.parametrize("path", LOCK_FILES, ids=lambda path: path.name)
def test_lock_files_name_no_registry(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"index-url|find-links|resolved", text)


def test_no_third_party_code_is_tracked() -> None:
    files = tracked()
    assert files
    assert not [name for name in files if re.search(r"(^|/)(vendor|node_modules|\.venv)/|\.min\.|\.whl$", name)]


def test_settings_are_written_down() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    example = re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(example) == settings
    readme = (ROOT / "README.md").read_text().partition("\n## Settings\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[A-Z_]+`(?:, `[A-Z_]+`)*) \|", readme, re.MULTILINE)
    assert {name.strip("` ") for row in rows for name in row.split(",")} == settings


def test_make_targets_are_written_down() -> None:
    offered = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", (ROOT / "README.md").read_text())) == offered
