"""How times, numbers and tokens read in the reader's language, by the Unicode CLDR that Babel holds.

All times are UTC; app.js turns those of a page into the reader's own zone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from babel import Locale
from babel.dates import format_datetime, format_timedelta
from babel.lists import format_list
from babel.numbers import format_decimal
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

_TOKEN = re.compile(r"····(?P<token>[\w-]{1,4})")
_MARKED = re.compile(_TOKEN.pattern + r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


@dataclass(frozen=True)
class _Patterns:
    """How a language writes a date, a time of the day, and both."""

    date: str
    clock: str
    second: str
    both: str


def init_app(app: Flask) -> None:
    """Gives templates what is here for them as filters."""
    for function in (exact, precise, relative, clock, second, day, duration, number, last_four, sentence, spoken):
        app.add_template_filter(function)


def exact(moment: datetime) -> Markup:
    """`29 Dec 2027, 09:15 UTC`, as a `<time>`."""
    return _time(moment.astimezone(UTC), "date", plain(moment))


def plain(moment: datetime) -> str:
    """`29 Dec 2027, 09:15 UTC`: the same where there is no markup."""
    patterns = _patterns(_language())
    return f"{_both(moment, patterns.date, patterns.clock)} UTC"


def precise(moment: datetime) -> str:
    """`23 Nov 2026, 14:02:10 UTC`, without markup: for what stays in UTC, as on paper."""
    patterns = _patterns(_language())
    return f"{_both(moment, patterns.date, patterns.second)} UTC"


def clock(moment: datetime) -> Markup:
    """`14:02 UTC`, as a `<time>`: for what happened just now."""
    return _time(moment, "clock", f"{_written(moment, _patterns(_language()).clock)} UTC")


def second(moment: datetime, now: datetime | None = None) -> Markup:
    """`14:02:10 UTC` of today, `23 Nov 2026, 14:02:10 UTC` else, as a `<time>`."""
    today = f"{_written(moment, _patterns(_language()).second)} UTC"
    return _time(moment, "second", today if _is_today(moment, now) else precise(moment))


def day(moment: datetime, now: datetime | None = None) -> Markup:
    """`14:02` of today, `23 Nov 2026` else, as a `<time>`: where there is little room."""
    patterns = _patterns(_language())
    return _time(moment, "day", _written(moment, patterns.clock if _is_today(moment, now) else patterns.date))


def stamp(moment: datetime) -> str:
    """`2026-11-23T14:02:10Z`: how a time stands in a text that `sentence` will show."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def last_four(value: str) -> Markup:
    """The last four characters of a token, as eyes and screen readers want them."""
    before, _here, after = _("token ending in %(last_four)s", last_four="\0").partition("\0")
    heard = Markup('<span class="visually-hidden">{}</span>')
    words = heard.format(before) + value + (heard.format(after) if after else "")
    return Markup('<code class="last-four"><span aria-hidden="true">····</span>{}</code>').format(words)


def sentence(text: str) -> Markup:
    """A text as HTML: its tokens, which stand as `····urYB`, by `last_four`; its times, from `stamp`, by `second`."""
    html, end = Markup(), 0
    for found in _MARKED.finditer(text):
        html += text[end : found.start()]  # what is no markup is escaped
        html += last_four(found["token"]) if found["token"] else _if_a_time(found["time"])
        end = found.end()
    return html + text[end:]


def spoken(text: str) -> Markup:
    """A text as `sentence` has it, where it is only heard: its tokens are in words alone."""
    return sentence(_TOKEN.sub(lambda found: _("token ending in %(last_four)s", last_four=found["token"]), text))


def said(title: str, text: str) -> str:
    """A title and its text, one after the other, for `spoken`."""
    # Translators: a heading, which has no full stop, and the sentences below it, read out together
    return _("%(title)s. %(text)s", title=title, text=text)


def paragraph(*sentences: str) -> str:
    """Whole sentences, one after the other, in Japanese with no space between. Empty ones are left out."""
    return ("" if _language() == "ja" else " ").join(filter(None, sentences))


def listed(words: Sequence[str], last: str = "standard") -> str:
    """`a, b and c`, as the reader's language has it, with `or` as `last` `a, b or c`; empty for none."""
    language = _language()
    # American English would have a comma before “and”.
    return format_list(words, style=last, locale="en_GB" if language == "en" else language)  # type: ignore[arg-type]


def number(value: int) -> str:
    """`1,234`."""
    return format_decimal(value, locale=_language())


def counted(count: int, unit: str) -> str:
    """`1,825 days`: a number of a unit, which is `day`, `hour`, `minute` or `second`."""
    return _length(count, unit)


def duration(length: timedelta) -> str:
    """`2 days 3 hours`, `29 minutes 5 seconds`: the two largest units, rounded down."""
    seconds = max(int(length.total_seconds()), 0)
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(counted(count, unit))
    return " ".join(parts[:2]) or _("less than a second")


def _if_a_time(text: str) -> str:
    try:
        return second(datetime.fromisoformat(text))
    except ValueError:
        return text  # of a name, say, which may be anything


def relative(moment: datetime, now: datetime | None = None) -> str:
    """`in 400 days`, `5 hours ago`: whole units, the largest that fits, rounded towards now."""
    distance = moment - (now or datetime.now(UTC))
    future = distance > timedelta(0)
    minutes = int(abs(distance).total_seconds()) // 60
    for unit, length in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        if count := minutes // length:
            return _length(count if future else -count, unit, away=True)
    return _("in less than a minute") if future else _("just now")


def _length(count: int, unit: str, *, away: bool = False) -> str:
    length = timedelta(**{f"{unit}s": count})
    # Babel's format_unit lacks the long units of Japanese.
    words = format_timedelta(length, unit, threshold=float("inf"), add_direction=away, locale=_language())  # type: ignore[arg-type]
    return words.replace(str(abs(count)), number(abs(count)))  # its digits are not grouped


def _language() -> str:
    locale = get_locale()
    return str(locale) if locale else "en"


@cache
def _patterns(language: str) -> _Patterns:
    locale = Locale.parse(language)
    # The console's English is not American.
    date = "d MMM y" if language == "en" else locale.datetime_skeletons["yMMMd"].pattern
    clock, second = (re.sub("H+", "HH", locale.datetime_skeletons[skeleton].pattern) for skeleton in ("Hm", "Hms"))
    return _Patterns(date, clock, second, str(locale.datetime_formats["medium"]))


def _written(moment: datetime, pattern: str) -> str:
    return format_datetime(moment.astimezone(UTC), pattern, locale=_language())


def _both(moment: datetime, date: str, clock: str) -> str:
    return _patterns(_language()).both.replace("{1}", _written(moment, date)).replace("{0}", _written(moment, clock))


def _is_today(moment: datetime, now: datetime | None) -> bool:
    return moment.astimezone(UTC).date() == (now or datetime.now(UTC)).astimezone(UTC).date()


def _time(moment: datetime, style: str, text: str) -> Markup:
    machine = stamp(moment)
    return Markup('<time datetime="{}" data-local="{}" title="{}">{}</time>').format(machine, style, machine, text)
