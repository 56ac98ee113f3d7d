"""The log as CSV and as JSON, streamed: memory does not grow with the number of events."""

import csv
import errno
import io
import json
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from webapp.history.events import Tokens

_T = TypeVar("_T")

_CHUNK = 500
"""Events in one chunk of the stream."""

_COLUMNS = (
    "sequence",
    "at",
    "type",
    "outcome",
    "organization_id",
    "member_id",
    "email",
    "address",
    "connection_id",
    "previous_hash",
    "hash",
)
_DETAILS = (
    "request_ids",
    "what",
    "error_type",
    "intent_id",
    "settled_later",
    "tokens",
    "last_four",
    "kind",
    "happened_at",
)
_INCOMPLETE = b"\nINCOMPLETE: the history could not be read to its end. Export it again.\n"
_log = structlog.get_logger()
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(rows: Iterable[sa.RowMapping]) -> Iterator[bytes]:
    """Rows of `events` as RFC 4180 in UTF-8 with a header row.

    A text that a spreadsheet would take for a formula has an apostrophe in front, last fours such as `-x9f` too.
    """
    tokens = [(state, field) for state in ("expected", "found") for field in Tokens.model_fields]
    header = [*_COLUMNS, *_DETAILS, "changes", *(f"{state}_{field}" for state, field in tokens)]

    def cells(row: sa.RowMapping) -> Iterator[str]:
        details = json.loads(row["details"])
        yield from (_cell(row[name]) for name in _COLUMNS)
        yield from (_cell(details.get(name)) for name in _DETAILS)
        yield _cell(_changes(details))
        yield from (_cell((details.get(state) or {}).get(field)) for state, field in tokens)

    for chunk in _chunks(chain([header], map(cells, rows))):
        lines = io.StringIO()
        csv.writer(lines).writerows(chunk)
        yield lines.getvalue().encode()


def as_json(rows: Iterable[sa.RowMapping]) -> Iterator[bytes]:
    """Rows of `events` as one array of objects; `details` has what is the event kind's own."""
    separator = "[\n"
    for chunk in _chunks(rows):
        objects = [{**row, "details": json.loads(row["details"])} for row in chunk]
        yield (separator + ",\n".join(json.dumps(each, ensure_ascii=False) for each in objects)).encode()
        separator = ",\n"
    yield b"[]\n" if separator == "[\n" else b"\n]\n"


def begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The chunks of an export, the first of them read at once: raises `sqlalchemy.exc.SQLAlchemyError` if it can't be.

    When a later one can't be read, the file says so in its last line, which makes JSON invalid, and `BrokenPipeError`
    has the server break the connection off: nobody takes the file for whole.
    """
    return _to_the_end(chain([next(chunks)], chunks))


def _to_the_end(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    except (SQLAlchemyError, ValueError) as error:
        _log.error("history_not_exported", kind=type(error).__name__)
    else:
        return
    yield _INCOMPLETE
    raise BrokenPipeError(errno.EPIPE, "the export is incomplete")


def _changes(details: dict[str, Any]) -> str:
    """What was to change: a connection's fields, `display_name: Acme -> Acme Okta`, or what roles groups have.

    Those read `Engineering (scim-group-…): +scim_viewer -scim_operator`, one after the other.
    """
    told = []
    if wanted := details.get("wanted"):
        before = details["before"]
        told += [f"{name}: {before[name]} -> {new}" for name, new in wanted.items() if new and new != before[name]]
    for change in details.get("changes") or ():
        signed = [*(f"+{role}" for role in change["added"]), *(f"-{role}" for role in change["removed"])]
        told.append(f"{change['group_name']} ({change['group_id']}): {' '.join(signed)}".strip())
    return "; ".join(told)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK)):
        yield chunk
