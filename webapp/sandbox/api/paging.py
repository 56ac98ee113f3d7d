"""Results in parts: how many at a time, and the cursor that leads to the next."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Collection
from itertools import islice
from typing import TypeVar

from webapp.sandbox.errors import ApiError

USUAL, MOST = 100, 1000
_DIGITS = re.compile(r"[0-9]{1,9}")
_T = TypeVar("_T")


def part(items: Collection[_T], cursor: str, limit: int) -> tuple[list[_T], str | None]:
    """`limit` of the items from where the cursor points, and the next cursor, None at the end.

    ApiError for a cursor that none of these was, and a limit that is not 1 to 1000.
    """
    if not 1 <= limit <= MOST:
        raise ApiError("invalid_limit")
    start = _offset(cursor)
    end = start + limit
    following = urlsafe_b64encode(str(end).encode()).decode() if end < len(items) else None
    return list(islice(items, start, end)), following


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        position = urlsafe_b64decode(cursor)
    except ValueError as error:
        raise ApiError("invalid_cursor") from error
    if not _DIGITS.fullmatch(position.decode("ascii", "replace")):
        raise ApiError("invalid_cursor")
    return int(position)
