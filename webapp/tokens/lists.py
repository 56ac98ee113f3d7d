"""What was found, as a terminal and as a program want it: sorted by end, the nearest first."""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from webapp.tokens.place import Ending
from webapp.web.words import relative, stamp

_LONGEST = 40
_HEADINGS = ("ENDS (UTC)", "", "TOKEN", "CONNECTION", "ORGANIZATION", "DOOR")


def by_end(found: Iterable[Ending]) -> list[Ending]:
    """The nearest end first."""
    return sorted(found, key=lambda each: (each.bearer_token_expires_at, each.connection_id))


def as_table(found: Iterable[Ending], now: datetime) -> Iterator[str]:
    """Lines of a table; none where nothing was found."""
    rows = [
        (
            f"{each.bearer_token_expires_at.astimezone(UTC):%Y-%m-%d %H:%M}",
            relative(each.bearer_token_expires_at, now),
            f"····{each.bearer_token_last_four}",
            _plain(each.display_name),
            _plain(each.organization_name),
            _plain(each.organization_slug),
        )
        for each in by_end(found)
    ]
    if not rows:
        return
    rows.insert(0, _HEADINGS)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def as_json(found: Iterable[Ending]) -> str:
    """A JSON list; times are RFC 3339 in UTC."""
    rows = [
        {**each.model_dump(), "bearer_token_expires_at": stamp(each.bearer_token_expires_at)} for each in by_end(found)
    ]
    return json.dumps(rows, indent=2)


def _plain(text: str) -> str:
    """A name as a terminal may show it: no control characters, which could do something there, and not too long."""
    shown = "".join(each if each.isprintable() else "?" for each in text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
