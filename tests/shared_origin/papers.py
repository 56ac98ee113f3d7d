"""What docs/embed.md shows, to be run as it stands."""

import re
from pathlib import Path

EMBED = Path(__file__).parents[2] / "docs/embed.md"


def block(language: str, which: int = 0) -> str:
    """A block of that language below "Under a path of the portal", the first one if not told otherwise."""
    section = EMBED.read_text().partition("\n## Under a path of the portal\n")[2]
    found: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert len(found) > which, f"docs/embed.md shows no such {language} any more"
    return found[which]
