"""What docs/embed.md shows, to be run as it stands."""

import re
from pathlib import Path

EMBED = Path(__file__).parents[2] / "docs/embed.md"


def block(language: str) -> str:
    """The first block of that language below "Under a path of the portal"."""
    section = EMBED.read_text().partition("\n## Under a path of the portal\n")[2]
    found = re.search(rf"^```{language}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert found, f"docs/embed.md shows no {language} any more"
    return found[1]
