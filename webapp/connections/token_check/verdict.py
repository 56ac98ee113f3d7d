"""Which token a pasted one is: by its last four characters, and by whether Stytch accepts it. In words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from webapp.connections import notices
from webapp.connections.probe import Probe
from webapp.connections.providers import Provider
from webapp.connections.token_check.pasted import MOST, Pasted
from webapp.stytch.models import Connection
from webapp.web.words import listed, paragraph, said, stamp

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


def _like(last_four: str, connection: Connection) -> str:
    """Which of the connection's tokens ends so: `both`, `new` or `current`; empty for neither."""
    if not last_four:
        return ""
    is_current = last_four == connection.bearer_token_last_four
    if last_four == connection.next_bearer_token_last_four:
        return "both" if is_current else "new"
    return "current" if is_current else ""


def _said_of(ended: Ended) -> str:
    about = {"last_four": ended.last_four, "when": stamp(ended.at), "who": ended.by}
    if ended.replaced:
        return _(
            "Stytch does not accept it, and it ends like ····%(last_four)s, which was replaced at %(when)s by %(who)s.",
            **about,
        )
    return _(
        "Stytch does not accept it, and it ends like ····%(last_four)s, which was given up at %(when)s by %(who)s.",
        **about,
    )


class _Judging:
    def __init__(self, pasted: Pasted, connection: Connection, provider: Provider, known: Known) -> None:
        self._pasted, self._connection, self._provider, self._known = pasted, connection, provider, known
        self._current, self._next = connection.bearer_token_last_four, connection.next_bearer_token_last_four
        self._last_four = pasted.last_four
        self._like = _like(self._last_four, connection)

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
        # Translators: in this file's messages “it” is the token that was pasted, unless said otherwise
        nothing_sent = _("Nothing was sent to Stytch.")
        if self._pasted.address:
            what = _(
                "The token is what %(provider)s has as “%(field)s”.",
                provider=self._provider.name,
                field=self._provider.token_field,
            )
            return Verdict("untried", "problem", _("This is an address, not a token"), paragraph(what, nothing_sent))
        if self._pasted.masked:
            title = _("%(provider)s masks its field", provider=self._provider.at_start)
            return self._verdict("untried", "unknown", title, *self._masked(), nothing_sent)
        text = paragraph(
            _("It is too short, or far too long, or has characters that no bearer token has."),
            nothing_sent,
            self._length(),
            _("Copy it once more, whole."),
        )
        return Verdict("untried", "problem", _("This can't be a token"), text)

    def _masked(self) -> tuple[str, str, str]:
        dots = _("There are dots or stars in place of the token, so that no copy of the field can be checked.")
        match self._like:
            case "both":
                seen = _("What can be seen of it ends like both the new and the current token, which proves little.")
            case "new":
                seen = _("What can be seen of it ends like the new token, which proves little.")
            case "current":
                seen = _("What can be seen of it ends like the current token, which proves little.")
            case _other:
                seen = ""
        # Translators: “there” is at the identity provider
        if self._next:
            unsure = _("If you are not sure, put ····%(new)s in there once more.", new=self._next)
        else:
            unsure = _("If you are not sure, see there whether provisioning goes on.")
        return dots, seen, unsure

    def _accepted(self) -> Verdict:
        ends = _("Stytch accepts it, and it ends in ····%(last_four)s.", last_four=self._last_four)
        match self._like:
            case "both":
                text = _("So does the other token: which of both it is can't be told.")
                return self._verdict("either", "unknown", _("This token works"), ends, text)
            case "new":
                text = _("If %(provider)s holds it, the rotation can be completed.", provider=self._provider.name)
                return self._verdict("new", "done", _("This is the new token"), ends, text)
            case "current" if self._next:
                text = _(
                    "That lasts until the rotation is completed. Put ····%(new)s into %(provider)s first.",
                    new=self._next,
                    provider=self._provider.name,
                )
                return self._verdict("current", "unknown", _("This is the current token"), ends, text)
            case "current":
                return self._verdict("current", "done", _("This is the current token"), ends, _("It is the only one."))
        if self._next:
            text = _(
                "But it ends in none of ····%(new)s and ····%(current)s: the connection may have been changed a moment "
                "ago, here or in Stytch's dashboard. Look at it, then check once more.",
                new=self._next,
                current=self._current,
            )
        else:
            text = _(
                "But it ends in none of ····%(current)s: the connection may have been changed a moment ago, here or in "
                "Stytch's dashboard. Look at it, then check once more.",
                current=self._current,
            )
        return self._verdict("unknown", "unknown", _("Stytch accepts it"), text)

    def _refused(self) -> Verdict:
        useless = _("%(provider)s can't provision with it.", provider=self._provider.at_start)
        # Translators: “it” is the identity provider
        needs = _("It needs ····%(last_four)s.", last_four=self._next or self._current)
        if self._like:
            return self._verdict(
                "neither", "problem", self._refused_title(), *self._why(), useless, last_four=self._last_four
            )
        if ended := self._known.ended:
            title = _("This looks like an earlier token")
            return self._verdict(
                "earlier", "problem", title, _said_of(ended), useless, needs, last_four=ended.last_four
            )
        if self._last_four in self._known.others:
            text = _(
                "Stytch does not accept it for this connection, and it ends like ····%(last_four)s of "
                "“%(connection)s”.",
                last_four=self._last_four,
                connection=self._known.others[self._last_four],
            )
            return self._verdict(
                "other", "problem", _("This looks like another connection's token"), text, useless, needs
            )
        if self._next:
            title = _("This is neither the new token nor the current one")
            text = _(
                "Stytch does not accept it, and it does not end in ····%(new)s or ····%(current)s.",
                new=self._next,
                current=self._current,
            )
        else:
            title = _("This is not the current token")
            text = _("Stytch does not accept it, and it does not end in ····%(current)s.", current=self._current)
        return self._verdict("neither", "problem", title, text, self._length(), useless)

    def _refused_title(self) -> str:
        match self._like:
            case "both":
                return _("It ends like both the new and the current token, but Stytch does not accept it")
            case "new":
                return _("It ends like the new token, but Stytch does not accept it")
        return _("It ends like the current token, but Stytch does not accept it")

    def _untried(self, tried: str) -> Verdict:
        if tried == "elsewhere":
            why = _(
                "This connection's base URL is at an address where this console sends no token; whoever runs it can "
                "allow that (STYTCH_SCIM_ORIGINS)."
            )
        else:
            why = _("Stytch did not say whether it accepts it. Try again in a moment.")
        match self._like:
            case "both":
                title = _("By its last four characters it looks like both the new and the current token")
            case "new":
                title = _("By its last four characters it looks like the new token")
            case "current":
                title = _("By its last four characters it looks like the current token")
            case _neither:
                return self._verdict(
                    "untried", "unknown", _("It could not be tried"), self._other_end(), why, self._length()
                )
        text = _("But it could not be tried, and four characters prove little.")
        return self._verdict("untried", "unknown", title, text, why, self._length(), last_four=self._last_four)

    def _other_end(self) -> str:
        if self._next:
            return _("It does not end in ····%(new)s or ····%(current)s.", new=self._next, current=self._current)
        return _("It does not end in ····%(current)s.", current=self._current)

    def _why(self) -> tuple[str, ...]:
        """Why a token may be refused though its end is that of one that works: sentences."""
        if self._missing:
            return (self._length(),)
        probe = self._known.probes.get(self._last_four)
        if self._like != "new" and notices.current_ended(self._connection):
            return (_("The time of ····%(current)s is over.", current=self._current),)
        if self._like == "current":
            return (
                _("A character is wrong: only its end is the same.")
                if probe
                else _("A character is wrong or missing: only its end is the same."),
                self._length(),
            )
        if probe and probe.outcome == "accepted":
            return (
                _(
                    "When ····%(new)s was made, Stytch accepted it. This is another: a character is wrong.",
                    new=self._next,
                ),
            )
        if probe:
            either = _(
                "Either a character is wrong, or Stytch accepts ····%(new)s only once the rotation is completed, which "
                "is not documented.",
                new=self._next,
            )
        else:
            either = _(
                "Either a character is wrong or missing, or Stytch accepts ····%(new)s only once the rotation is "
                "completed, which is not documented.",
                new=self._next,
            )
        return either, self._length()

    @property
    def _missing(self) -> int | None:
        """How many characters it lacks of a token that this console made, below 0 has too many; None if not known."""
        probes = self._known.probes
        it_may_be = [self._last_four] if self._like else [each for each in (self._current, self._next) if each]
        lengths = {probes[each].length if each in probes else None for each in it_may_be}
        known = lengths.pop() if len(lengths) == 1 else None
        return known - len(self._pasted.token) if known else None

    def _length(self) -> str:
        """What its length tells: the known one of a token that this console made, else the usual one."""
        has, missing = len(self._pasted.token), self._missing
        if missing is None:
            if has == USUAL_LENGTH or has >= MOST:
                return ""
            return ngettext(
                "It has %(num)s character; Stytch's tokens usually have %(usual)s.",
                "It has %(num)s characters; Stytch's tokens usually have %(usual)s.",
                has,
                usual=USUAL_LENGTH,
            )
        if missing > 0:
            return ngettext("It is too short by %(num)s character.", "It is too short by %(num)s characters.", missing)
        if missing < 0:
            return ngettext("It is too long by %(num)s character.", "It is too long by %(num)s characters.", -missing)
        return ""

    def _verdict(self, outcome: str, kind: str, title: str, *sentences: str, last_four: str = "") -> Verdict:
        """The verdict, with what else was in the text. Somebody who sees it in the IdP's field has to take it out."""
        last_four = last_four or (self._last_four if outcome in ("new", "current", "either") else "")
        if not self._pasted.found:
            return Verdict(outcome, kind, title, paragraph(*sentences), last_four)
        found = _(
            "In what you pasted there is %(found)s: see that %(provider)s holds it without.",
            found=listed(self._pasted.found),
            provider=self._provider.name,
        )
        kind = "unknown" if kind == "done" else kind
        return Verdict(outcome, kind, title, paragraph(*sentences, found), last_four)
