"""What the documents name exists: paths, tests, links, targets, names of the code. CONTRIBUTING's commands work."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from tests.test_project import ROOT, tracked
from webapp import cli as webapp_cli
from webapp.settings import Settings

DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
OF_THE_HOUSE = [ROOT / name for name in ("CONTRIBUTING.md", "docs/architecture.md", "docs/security.md")]
EACH = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
TARGETS = set(re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text()))
COMMANDS = re.findall(r"(?m)^    \$ (.*)$", (ROOT / "CONTRIBUTING.md").read_text())
TYPED = [command for command in COMMANDS if command == "make help" or not command.startswith("make ")]
"""`make lint` and `make test` run this test, and `make run` has one of its own."""


def quoted(document: Path) -> list[str]:
    """What stands in backticks outside of blocks."""
    prose = re.sub(r"(?ms)^```.*?^```$", "", document.read_text())
    found: list[str] = re.findall(r"`([^`\n]+)`", prose)
    return found


def commands(document: Path) -> list[str]:
    """What is to be typed: in backticks, and in blocks."""
    return [*quoted(document), *re.findall(r"(?m)^ {4}(?:\$ )?(.*)$", document.read_text())]


def cli() -> FlaskCliRunner:
    """The terminal of a console that reads no settings, as each command only tells of itself."""
    app = Flask("console")
    webapp_cli.init_app(app)
    return FlaskCliRunner(app)


def headings(document: Path) -> set[str]:
    """The anchors that a Markdown page gets from its headings."""
    titles = re.findall(r"(?m)^#+ (.+)$", document.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def source() -> str:
    """All of our code."""
    return "\n".join((ROOT / name).read_text() for name in tracked() if name.endswith((".py", "Makefile")))


@EACH
def test_each_path_and_test_exists(document: Path) -> None:
    paths = [each for each in quoted(document) if re.match(r"(tests|webapp|docs|ops|templates|tools)/", each)]
    assert paths or document not in OF_THE_HOUSE
    for path in paths:
        file, _, test = path.partition("::")
        assert list(ROOT.glob(re.sub(r"<\w+>", "*", file))), path
        assert not test or f"\ndef {test}(" in (ROOT / file).read_text(), path


@EACH
def test_each_link_leads_somewhere(document: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if link.startswith("https://"):
            continue
        file, _, anchor = link.partition("#")
        there = document.parent / file if file else document
        assert there.exists(), link
        assert not anchor or anchor in headings(there), link


@EACH
def test_each_make_target_exists(document: Path) -> None:
    text = document.read_text()
    assert {*re.findall(r"`make ([a-z]+)", text), *re.findall(r"(?m)^    (?:\$ )?make ([a-z]+)", text)} <= TARGETS


@EACH
def test_each_command_of_flask_exists(document: Path) -> None:
    runner = cli()
    for words in re.findall(r"\bflask (?:--app \w+ )?((?:[a-z][a-z-]* ?)+)", "\n".join(commands(document))):
        assert runner.invoke(args=[*words.split(), "--help"]).exit_code == 0, words


@pytest.mark.parametrize("target", sorted(TARGETS))
def test_a_target_of_make_names_what_there_is(target: str) -> None:
    """What needs the network or takes long is not made here; all that it would start is there."""
    done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "is up to date" not in done.stdout, "a folder of that name is there: it is .PHONY"
    for module in re.findall(r"python -m (\w+(?:\.\w+)*)", done.stdout):
        assert find_spec(module), module
    for file in re.findall(r"python (\w+/\w+\.py)", done.stdout):
        assert (ROOT / file).exists(), file


@pytest.mark.parametrize("document", OF_THE_HOUSE, ids=lambda path: path.name)
def test_each_name_exists(document: Path) -> None:
    ours = source()
    names = [each for each in quoted(document) if re.fullmatch(r"[A-Z]+(_[A-Z]+)*", each)]
    known = {name.upper() for name in Settings.model_fields}
    assert [each for each in names if each not in known and not re.search(rf"\b{each}\b", ours)] == []
    functions = [match[1] for each in quoted(document) if (match := re.fullmatch(r"(\w+)\(\)(\.\w+)?", each))]
    assert [each for each in functions if f"def {each}(" not in ours] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_make_is_a_target(command: str) -> None:
    assert command in TYPED or command.removeprefix("make ") in TARGETS


@pytest.mark.parametrize("command", TYPED)
def test_a_command_does_what_it_says(command: str) -> None:
    if " -m pytest " in command and "/browser/" in command:
        command += " --collect-only"  # it needs a Chromium, and `make test` runs it anyway
    if "/ruff " in command:
        command += " --diff"  # what it would change here, which is nothing
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        ["bash", "-c", command.replace(".venv/bin/", f"{sys.prefix}/bin/")],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    if " -m pytest " in command:
        assert re.search(r"\b[1-9]\d*(/\d+)? (passed|tests? collected)", done.stdout), done.stdout
