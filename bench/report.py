"""The table and its picture, as docs/performance.md has them."""

import platform
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from bench.measure import Measured

DOCUMENT = Path("docs/performance.md")
PICTURE = Path("docs/performance.svg")
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
_LINK = f"![How much of its limit each number takes]({PICTURE.name})"
_HEAD = ("what", "number", "baseline", "ratio", "limit", "met")


def table(measured: list[Measured]) -> str:
    """A Markdown table that reads as well in a terminal."""
    rows = [
        (each.what, each.number, each.baseline, each.ratio, each.limit, "yes" if each.met else "**no**")
        for each in measured
    ]
    widths = [max(len(row[column]) for row in (_HEAD, *rows)) for column in range(len(_HEAD))]
    lines = [_HEAD, tuple("-" * width for width in widths), *rows]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def save(measured: list[Measured]) -> None:
    """Puts both into the document, in place of the last ones."""
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    when = f"{datetime.now(UTC):%-d %B %Y}, {platform.python_implementation()} {platform.python_version()}"
    DOCUMENT.write_text(f"{before}{BEGIN}\n\nMeasured on {when}.\n\n{table(measured)}\n\n{_LINK}\n\n{END}{after}")
    PICTURE.write_text(picture(measured))


def picture(measured: list[Measured]) -> str:
    """How much of its limit each number takes; counts have none."""
    measured = [each for each in measured if each.limit.startswith("≤")]
    left, width, line = 420, 300, 26
    most = max(1.25, *(each.share for each in measured))
    scale = width / most
    height = line * len(measured) + 40
    bars = []
    for row, each in enumerate(measured):
        top = 30 + row * line
        number = f"{each.ratio}x" if each.limit.endswith("x") else each.number
        said = f"{number}, {each.limit}"
        kind = "met" if each.met else "missed"
        bars.append(
            f'<text x="{left - 10}" y="{top + 13}" text-anchor="end">{escape(each.what)}</text>'
            f'<rect class="{kind}" x="{left}" y="{top + 2}" width="{each.share * scale:.1f}" height="14" rx="2"/>'
            f'<text class="said" x="{left + width + 10}" y="{top + 13}">{escape(said)}</text>'
        )
    limit = left + scale
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 190} {height}" role="img" '
        'aria-label="How much of its limit each number takes">\n'
        "<style>text{font:13px system-ui,sans-serif;fill:#57606a}.said{font-size:12px}.met{fill:#2f7d5b}"
        ".missed{fill:#c0392b}.limit{stroke:#57606a;stroke-dasharray:3 3}</style>\n"
        f'<text x="{limit:.1f}" y="18" text-anchor="middle">limit</text>'
        f'<line class="limit" x1="{limit:.1f}" x2="{limit:.1f}" y1="24" y2="{height - 8}"/>\n'
        + "\n".join(bars)
        + "\n</svg>\n"
    )
