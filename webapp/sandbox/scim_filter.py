"""SCIM filters (RFC 7644 §3.4.2.2), as far as IdPs use them: comparisons by eq, co, sw and pr, joined by `and`."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from webapp.sandbox.scim_schema import GROUP, USER, ScimError

_COMPARISON = re.compile(
    r"""(?P<path>[a-z$][\w$.:-]*)\s+(?:(?P<present>pr)|(?P<op>[a-z]{2})\s+(?P<value>"(?:[^"\\]|\\.)*"|[\w.+-]+))""",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_CASE_EXACT = {"id", "externalid"}


@dataclass(frozen=True)
class Comparison:
    """One comparison: an attribute path such as `name.givenName`, an operator, and a JSON value (None for pr)."""

    path: str
    op: str
    value: Any

    def holds(self, document: Mapping[str, Any]) -> bool:
        """Whether any value at the path compares so."""
        return any(self._compare(value) for value in _values_at(document, self.path))

    def _compare(self, value: Any) -> bool:
        if self.op == "pr":
            return value not in (None, "", {})
        wanted = self.value
        if isinstance(value, Mapping):  # `members eq "id"` compares the element's value
            value = next(_values_at(value, "value"), None)
        if isinstance(value, str) and isinstance(wanted, str):
            if self.path.lower() not in _CASE_EXACT:
                value, wanted = value.casefold(), wanted.casefold()
            if self.op == "co":
                return wanted in value
            if self.op == "sw":
                return bool(value.startswith(wanted))
        return bool(self.op == "eq" and type(value) is type(wanted) and value == wanted)


@dataclass(frozen=True)
class Filter:
    """Comparisons that must all hold."""

    comparisons: tuple[Comparison, ...]

    def matches(self, document: Mapping[str, Any]) -> bool:
        """Whether a resource, or one element of a multi-valued attribute, is meant."""
        return all(comparison.holds(document) for comparison in self.comparisons)


def parse_filter(text: str) -> Filter:
    """Reads `userName eq "ada@acme.example" and active eq true`.

    Raises ScimError (400 invalidFilter) for anything else, `or`, `not` and parentheses included.
    """
    comparisons = []
    position = 0
    text = text.strip()
    while match := _COMPARISON.match(text, position):
        op = "pr" if match["present"] else match["op"].lower()
        if op not in {"eq", "co", "sw", "pr"}:
            break
        try:
            value = None if op == "pr" else json.loads(match["value"])
        except ValueError:
            break
        comparisons.append(Comparison(_without_core_urn(match["path"]), op, value))
        if match.end() == len(text):
            return Filter(tuple(comparisons))
        conjunction = _AND.match(text, match.end())
        if not conjunction:
            break
        position = conjunction.end()
    raise ScimError(400, f"The filter can't be read: {text}", "invalidFilter")


def _without_core_urn(path: str) -> str:
    for urn in (USER, GROUP):
        if path.lower().startswith(f"{urn.lower()}:"):
            return path[len(urn) + 1 :]
    return path


def _values_at(document: Mapping[str, Any], path: str) -> Iterator[Any]:
    """Every value at an attribute path; lists are looked through, names compare without case."""
    # An extension's URN holds dots of its own ("…:2.0:User"), so its attribute begins after the last colon.
    urn, _, rest = path.rpartition(":")
    name, _, sub = rest.partition(".")
    for key, value in document.items():
        if urn and key.lower() == urn.lower() and isinstance(value, Mapping):
            yield from _values_at(value, rest)
        if not urn and key.lower() == name.lower():
            for element in value if isinstance(value, list) else [value]:
                if not sub:
                    yield element
                elif isinstance(element, Mapping):
                    yield from _values_at(element, sub)
