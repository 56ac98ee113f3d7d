"""Which token a pasted one is: by its last four characters, and by whether Stytch accepts it. In words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from webapp.connections import notices
from webapp.connections.pasted import MOST, Pasted
from webapp.connections.probe import Probe
from webapp.connections.providers import Provider
from webapp.stytch.models import Connection
from webapp.web.words import said, stamp

USUAL_LENGTH = 48
"""Of Stytch's samples; not promised (`stytch-api.md §1.1`)."""


@dataclass(frozen=True)
class Ended:
    """A token of this connection that stopped: at that time (UTC), by whom, and whether it was replaced or given up."""

    last_four: str
    at: datetime
    by: str
    replaced: bool


@dataclass(frozen=True)
class Known:
    """What else this console knows.

    `probes` are those of tokens it made, by their last four; `ended` is a token that ended in the same four; `others`
    are names of other connections, by the last four of their tokens.
    """

    probes: Mapping[str, Probe] = field(default_factory=dict)
    ended: Ended | None = None
    others: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """What to say. `kind` is a notice's; `outcome` and `last_four` are what `TokenCheck` keeps."""

    outcome: str
    kind: str
    title: str
    text: str
    last_four: str = ""

    @property
    def said(self) -> str:
        """What is read out of it."""
        return said(self.title, self.text)


def judge(pasted: Pasted, tried: str, connection: Connection, provider: Provider, known: Known) -> Verdict:
    """The verdict on what was pasted. `tried` is a probe's outcome, or `unfit`: what can't be a token was not sent."""
    return _Judging(pasted, connection, provider, known).of(tried)


class _Judging:
    def __init__(self, pasted: Pasted, connection: Connection, provider: Provider, known: Known) -> None:
        self._pasted, self._connection, self._known = pasted, connection, known
        self._name, self._field = provider.name, provider.token_field
        self._current, self._next = connection.bearer_token_last_four, connection.next_bearer_token_last_four
        self._last_four = pasted.last_four
        self._is_current = self._last_four != "" and self._last_four == self._current
        self._is_new = self._last_four != "" and self._last_four == self._next

    @property
    def _like(self) -> str:
        """Which token it looks like, in words; empty for neither."""
        if self._is_new and self._is_current:
            return "both the new and the current token"
        return "the new token" if self._is_new else "the current token" if self._is_current else ""

    @property
    def _needed(self) -> str:
        return self._next or self._current

    def of(self, tried: str) -> Verdict:
        match tried:
            case "unfit":
                return self._unfit()
            case "accepted":
                return self._accepted()
            case "refused":
                return self._refused()
        return self._untried(tried)

    def _unfit(self) -> Verdict:
        if self._pasted.address:
            text = f"The token is what {self._name} has as “{self._field}”. Nothing was sent to Stytch."
            return Verdict("untried", "problem", "This is an address, not a token", text)
        if self._pasted.masked:
            seen = f"What can be seen of it ends like {self._like}, which proves little. " if self._like else ""
            unsure = (
                f"put ····{self._next} in there once more" if self._next else "see there whether provisioning goes on"
            )
            text = (
                "There are dots or stars in place of the token, so that no copy of the field can be checked. "
                f"{seen}If you are not sure, {unsure}. Nothing was sent to Stytch."
            )
            return self._verdict("untried", "unknown", f"{self._capital()} masks its field", text)
        text = (
            "It is too short, or far too long, or has characters that no bearer token has. Nothing was sent to Stytch. "
            f"{self._length()}Copy it once more, whole."
        )
        return Verdict("untried", "problem", "This can't be a token", text)

    def _accepted(self) -> Verdict:
        ends = f"Stytch accepts it, and it ends in ····{self._last_four}. "
        if self._is_new and self._is_current:
            text = f"{ends}So does the other token: which of both it is can't be told."
            return self._verdict("either", "unknown", "This token works", text)
        if self._is_new:
            text = f"{ends}If {self._name} holds it, the rotation can be completed."
            return self._verdict("new", "done", "This is the new token", text)
        if self._is_current and self._next:
            text = f"{ends}That lasts until the rotation is completed. Put ····{self._next} into {self._name} first."
            return self._verdict("current", "unknown", "This is the current token", text)
        if self._is_current:
            return self._verdict("current", "done", "This is the current token", f"{ends}It is the only one.")
        text = (
            f"But it ends in none of {self._both('and')}: the connection may have been changed a moment ago, here or "
            "in Stytch's dashboard. Look at it, then check once more."
        )
        return self._verdict("unknown", "unknown", "Stytch accepts it", text)

    def _refused(self) -> Verdict:
        useless = f"{self._capital()} can't provision with it. "
        if self._like:
            text = f"{self._why()} {useless}"
            title = f"It ends like {self._like}, but Stytch does not accept it"
            return self._verdict("neither", "problem", title, text, self._last_four)
        if self._known.ended:
            ended = self._known.ended
            what = "replaced" if ended.replaced else "given up"
            text = (
                f"Stytch does not accept it, and it ends like ····{ended.last_four}, which was {what} at "
                f"{stamp(ended.at)} by {ended.by}. {useless}It needs ····{self._needed}."
            )
            return self._verdict("earlier", "problem", "This looks like an earlier token", text, ended.last_four)
        if self._last_four in self._known.others:
            other = self._known.others[self._last_four]
            text = (
                f"Stytch does not accept it for this connection, and it ends like ····{self._last_four} of “{other}”. "
                f"{useless}It needs ····{self._needed}."
            )
            return self._verdict("other", "problem", "This looks like another connection's token", text)
        title = "This is neither the new token nor the current one" if self._next else "This is not the current token"
        text = f"Stytch does not accept it, and it does not end in {self._both('or')}. {self._length()}{useless}"
        return self._verdict("neither", "problem", title, text)

    def _untried(self, tried: str) -> Verdict:
        why = "Stytch did not say whether it accepts it. Try again in a moment."
        if tried == "elsewhere":
            why = (
                "This connection's base URL is at an address where this console sends no token; whoever runs it can "
                "allow that (STYTCH_SCIM_ORIGINS)."
            )
        if self._like:
            title = f"By its last four characters it looks like {self._like}"
            text = f"But it could not be tried, and four characters prove little. {why} {self._length()}"
            return self._verdict("untried", "unknown", title, text, self._last_four)
        text = f"It does not end in {self._both('or')}. {why} {self._length()}"
        return self._verdict("untried", "unknown", "It could not be tried", text)

    def _why(self) -> str:
        """Why a token may be refused though its end is that of one that works."""
        length = self._length()
        if "too " in length:
            return length.strip()
        connection, probe = self._connection, self._known.probes.get(self._last_four)
        if self._is_current and notices.current_ended(connection):
            return f"The time of ····{self._current} is over."
        wrong = "a character is wrong" if probe else "a character is wrong or missing"
        if not self._is_new:
            return f"{wrong.capitalize()}: only its end is the same. {length}".strip()
        if probe and probe.outcome == "accepted":
            return f"When ····{self._next} was made, Stytch accepted it. This is another: {wrong}."
        return (
            f"Either {wrong}, or Stytch accepts ····{self._next} only once the rotation is completed, which is not "
            f"documented. {length}"
        ).strip()

    def _length(self) -> str:
        """What its length tells: the known one of a token that this console made, else the usual one."""
        has, probes = len(self._pasted.token), self._known.probes
        it_may_be = [self._last_four] if self._like else [each for each in (self._current, self._next) if each]
        lengths = {probes[each].length if each in probes else None for each in it_may_be}
        if len(lengths) == 1 and (is_known := lengths.pop()):
            missing = is_known - has
            characters = f"{abs(missing)} character{'' if abs(missing) == 1 else 's'}"
            return f"It is too {'short' if missing > 0 else 'long'} by {characters}. " if missing else ""
        if has == USUAL_LENGTH or has >= MOST:
            return ""
        return f"It has {has} character{'' if has == 1 else 's'}; Stytch's tokens usually have {USUAL_LENGTH}. "

    def _both(self, word: str) -> str:
        return f"····{self._next} {word} ····{self._current}" if self._next else f"····{self._current}"

    def _capital(self) -> str:
        return self._name[0].upper() + self._name[1:]

    def _verdict(self, outcome: str, kind: str, title: str, text: str, last_four: str = "") -> Verdict:
        """The verdict, with what else was in the text. Somebody who sees it in the IdP's field has to take it out."""
        last_four = last_four or (self._last_four if outcome in ("new", "current", "either") else "")
        if self._pasted.found:
            *more, last = self._pasted.found
            found = f"{', '.join(more)} and {last}" if more else last
            text = f"{text.strip()} In what you pasted there is {found}: see that {self._name} holds it without."
            kind = "unknown" if kind == "done" else kind
        return Verdict(outcome, kind, title, text.strip(), last_four)
