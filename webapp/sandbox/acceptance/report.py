"""What a tester found, step by step. It is kept in the sandbox's memory, and outlives every reset of the world."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from threading import Lock

from webapp.sandbox.acceptance.story import Story

OUTCOMES = ("pass", "fail")
_PROJECT = Path(__file__).parents[3] / "pyproject.toml"


@dataclass(frozen=True)
class Judgement:
    """What a step came to: one of OUTCOMES, or nothing but a note. `at` is real time, aware UTC."""

    outcome: str
    note: str
    at: datetime
    browser: str


@dataclass
class Report:
    """One session of testing. `tester` is whoever it is by; judgements are kept by story and number of the step."""

    tester: str = ""
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    judgements: dict[tuple[str, int], Judgement] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def judge(self, story: Story, given: Mapping[str, str], browser: str) -> None:
        """Takes a story's form: `outcome-1`, `note-1` and so on. What has not changed keeps its time."""
        with self.lock:
            for number in range(1, len(story.steps) + 1):
                outcome, note = given.get(f"outcome-{number}", ""), given.get(f"note-{number}", "").strip()[:2000]
                outcome = outcome if outcome in OUTCOMES else ""
                before = self.judgements.get((story.name, number))
                if before and (before.outcome, before.note) == (outcome, note):
                    continue
                self.judgements.pop((story.name, number), None)
                if outcome or note:
                    self.judgements[story.name, number] = Judgement(outcome, note, datetime.now(UTC), browser)

    def start_over(self) -> None:
        """Forgets what was found; the tester stays."""
        with self.lock:
            self.judgements.clear()
            self.began_at = datetime.now(UTC)

    def of(self, story: Story, number: int) -> Judgement | None:
        """What the step, counted from 1, came to."""
        return self.judgements.get((story.name, number))

    def state(self, story: Story) -> str:
        """`failed` when a step did, `passed` when all passed, `begun`, or `not tried`."""
        found = [self.of(story, number) for number in range(1, len(story.steps) + 1)]
        outcomes = [each.outcome if each else "" for each in found]
        if "fail" in outcomes:
            return "failed"
        if all(each == "pass" for each in outcomes):
            return "passed"
        return "begun" if any(found) else "not tried"

    def counts(self, stories: Iterable[Story]) -> dict[str, int]:
        """How many stories are in each state, the worst first."""
        states = [self.state(story) for story in stories]
        return {state: states.count(state) for state in ("failed", "begun", "not tried", "passed")}

    def browsers(self) -> list[str]:
        """What the browsers called themselves, in the order of their first judgement."""
        return list(dict.fromkeys(each.browser for each in self.judgements.values()))


def version() -> str:
    """The console's version: that of the tree which the sandbox is part of, or of the installed package."""
    if _PROJECT.exists():
        return str(tomllib.loads(_PROJECT.read_text(encoding="utf-8"))["project"]["version"])
    return metadata.version("scim-console")
