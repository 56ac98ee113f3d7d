"""What of the console the walks have come to: a template or a look of a part that none of them shows has no test."""

import re
from pathlib import Path

from tests.browser.sweep.stage import Stage

ROOT = Path(__file__).parents[3]
_SHOWN = """() => [...document.querySelectorAll("[class]")].filter(each => each.checkVisibility())
  .flatMap(each => [...each.classList])"""


class Reached:
    """Templates and classes, as pages showed them when they were looked at."""

    def __init__(self) -> None:
        self._found: set[str] = set()

    def note(self, stage: Stage) -> None:
        """Notes what the page is made of as it is."""
        self._found |= stage.templates | {f".{each}" for each in stage.view.evaluate(_SHOWN)}

    def missing(self, but: set[str]) -> str:
        """Templates of the console, and classes of its stylesheet, that were on no page; `but` some, a line each."""
        templates = ROOT / "templates"
        names = {file.relative_to(templates).as_posix() for file in templates.rglob("*.html")}
        rules = re.sub(
            r"/\*.*?\*/|\{[^{}]*\}", " ", (ROOT / "static/app.css").read_text(encoding="utf-8"), flags=re.DOTALL
        )
        classes = set(re.findall(r"\.[a-z][\w-]*", rules))
        missing = ({each for each in names if not each.startswith("sandbox/")} | classes) - self._found - but
        return "\n".join(sorted(missing))
