"""What can be told of a pasted text by looking at it: the token in it, and what stands around that."""

import re
from dataclasses import dataclass

from flask_babel import pgettext

MOST = 4096
"""Characters that are looked at."""

_BLANKS = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_QUOTES = "\"'`" + "".join(map(chr, range(0x2018, 0x2020))) + "\u2039\u203a\u00ab\u00bb"
_INSIDE = re.compile(f"[{_BLANKS}]+")
_SCHEME = re.compile(f"^(authorization[{_BLANKS}]*:[{_BLANKS}]*)?bearer[:{_BLANKS}][{_BLANKS}]*", re.IGNORECASE)
_MASK = re.compile(r"[*•●∙·⋅◦○⬤\uff0a]{3,}|…+|\.{3,}")
_LINE_BREAK = re.compile(r"[\r\n]")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True)
class Pasted:
    """A text as it came, read. `token` is what is left without what does not belong to it.

    `found` says what that was, in the reader's words, which go on after “there is”. `masked` means dots or stars in the
    token's place; `token` is then what can be seen behind them.
    """

    token: str
    found: tuple[str, ...] = ()
    masked: bool = False
    address: bool = False

    def __bool__(self) -> bool:
        """Whether there is anything to speak of."""
        return bool(self.token) or self.masked or self.address

    @property
    def last_four(self) -> str:
        """The token's last four characters; empty when so many are not there."""
        return self.token[-4:] if len(self.token) >= 4 else ""


def read(text: str) -> Pasted:
    """Takes off what comes along when a token is copied."""
    found: list[str] = []
    rest = text[:MOST]
    while True:
        before = rest
        rest = before.strip(_BLANKS)
        if rest != before:
            found.append(_blank_around(before.replace(rest, "", 1) if rest else before))
        if _SCHEME.match(rest):
            found.append(pgettext("in what you pasted there is", "the word Bearer before it"))
            rest = _SCHEME.sub("", rest)
        unquoted = rest.strip(_QUOTES)
        if unquoted != rest:
            found.append(pgettext("in what you pasted there is", "a quotation mark"))
            rest = unquoted
        if rest == before:
            break
    if _ADDRESS.match(rest):
        return Pasted("", address=True)
    masks = list(_MASK.finditer(rest))
    if masks:
        return Pasted(rest[masks[-1].end() :], masked=True)
    inside = _INSIDE.findall(rest)
    if inside:
        found.append(_blank_inside("".join(inside)))
        rest = _INSIDE.sub("", rest)
    return Pasted(rest, tuple(dict.fromkeys(found)))


def _blank_around(taken: str) -> str:
    if _LINE_BREAK.search(taken):
        return pgettext("in what you pasted there is", "a line break before or behind it")
    return pgettext("in what you pasted there is", "a space before or behind it")


def _blank_inside(taken: str) -> str:
    if _LINE_BREAK.search(taken):
        return pgettext("in what you pasted there is", "a line break inside it")
    return pgettext("in what you pasted there is", "a space inside it")
