"""docs/rotation.md and docs/connections.md say what the tests hold."""

import re
from pathlib import Path

from tests.matrix import lifecycle
from tests.matrix.table import CALLS, MATRIX, REHEARSED, UNKNOWN, UNREACHABLE, Told
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox.rehearsals import REHEARSALS

DOCS = Path(__file__).parents[2] / "docs"
TEXT = (DOCS / "rotation.md").read_text()


def row(fault: str) -> str:
    """The fault's line of the table, as it has to be."""
    meaning = UNREACHABLE.get(fault) or REHEARSED[fault].meaning
    struck = CALLS if fault in UNREACHABLE else REHEARSED[fault].calls
    cells = [words(MATRIX[fault][call]) if call in struck else "" for call in CALLS]
    return f"| {' | '.join([fault[0].upper() + fault[1:], meaning, *cells])} |".replace("|  |", "| |")


def words(told: Told) -> str:
    """What is told, in a cell: `SCIM connection` is the page as it always is."""
    said = {"SCIM connection": "the page, as usual"}.get(told.title, told.title)
    return f"{said}; then: {told.later.title}" if told.later else said


def section(heading: str) -> str:
    """The text under a heading."""
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {heading!r}"
    return found[1]


def rows(heading: str) -> list[str]:
    """The lines of the first table under a heading, without its head."""
    lines = [line for line in section(heading).splitlines() if line.startswith("|")]
    return lines[2:]


def test_each_fault_is_shown_as_it_is_tested() -> None:
    assert rows("Each fault, and what the admin sees") == [row(fault) for fault in MATRIX]


def test_every_fault_that_can_be_rehearsed_is_in_the_table() -> None:
    assert set(MATRIX) == set(REHEARSED) | set(UNREACHABLE)
    assert sum(len(group) for group in REHEARSALS.values()) == len(REHEARSED)


def test_everything_that_is_told_is_explained() -> None:
    told = {UNKNOWN.title}
    for fault in MATRIX:
        struck = CALLS if fault in UNREACHABLE else REHEARSED[fault].calls
        for each in (MATRIX[fault][call] for call in CALLS if call in struck):
            told |= {each.title} | ({each.later.title} if each.later else set())
    told -= {"SCIM connection"}
    explained = [title for line in rows("What it says, and what to do") for title in line.split("|")[1].split(" / ")]
    assert sorted(told - {title.strip() for title in explained}) == []


def test_the_times_are_those_of_the_program() -> None:
    assert f"**Settle time: {SETTLE.total_seconds():.0f} seconds.**" in TEXT
    assert f"**Lease: {LEASE.total_seconds():.0f} seconds.**" in TEXT


def lifecycle_row(fault: str) -> str:
    """The fault's line in the table of creating and deleting."""
    struck = [call for each, call in lifecycle.cells() if each == fault]
    cells = [words(lifecycle.told(fault, call)) if call in struck else "" for call in lifecycle.CALLS]
    return f"| {' | '.join([fault[0].upper() + fault[1:], *cells])} |".replace("|  |", "| |")


def test_creating_and_deleting_are_shown_as_they_are_tested() -> None:
    text = (DOCS / "connections.md").read_text().partition("## Each fault of creating and deleting")[2]
    lines = [line for line in text.splitlines() if line.startswith("|")]
    faults = [fault for fault in MATRIX if fault in {each for each, _ in lifecycle.cells()}]
    assert lines[2:] == [lifecycle_row(fault) for fault in faults]
