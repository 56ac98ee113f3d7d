"""How times and tokens read. All times are UTC; app.js turns those of a page into the reader's own zone."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from babel.lists import format_list
from flask import Flask
from flask_babel import get_locale
from flask_babel import gettext as _
from markupsafe import Markup

_TOKEN = re.compile(r"····(?P<token>[\w-]{1,4})")
_MARKED = re.compile(_TOKEN.pattern + r"|(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)")


def init_app(app: Flask) -> None:
    """Gives templates the filters `exact`, `relative`, `clock`, `second`, `day`, `last_four`, `sentence`, `spoken`."""
    for function in (exact, relative, clock, second, day, last_four, sentence, spoken):
        app.add_template_filter(function)


def exact(moment: datetime) -> Markup:
    """`29 Dec 2027, 09:15 UTC`, as a `<time>`."""
    return _time(moment.astimezone(UTC), "date", plain(moment))


def plain(moment: datetime) -> str:
    """`29 Dec 2027, 09:15 UTC`: the same where there is no markup."""
    moment = moment.astimezone(UTC)
    return f"{moment.day} {moment:%b %Y, %H:%M} UTC"


def clock(moment: datetime) -> Markup:
    """`14:02 UTC`, as a `<time>`: for what happened just now."""
    moment = moment.astimezone(UTC)
    return _time(moment, "clock", f"{moment:%H:%M} UTC")


def second(moment: datetime, now: datetime | None = None) -> Markup:
    """`14:02:10 UTC` of today, `23 Nov 2026, 14:02:10 UTC` else, as a `<time>`."""
    moment = moment.astimezone(UTC)
    date = "" if _is_today(moment, now) else f"{moment.day} {moment:%b %Y}, "
    return _time(moment, "second", f"{date}{moment:%H:%M:%S} UTC")


def day(moment: datetime, now: datetime | None = None) -> Markup:
    """`14:02` of today, `23 Nov 2026` else, as a `<time>`: where there is little room."""
    moment = moment.astimezone(UTC)
    return _time(moment, "day", f"{moment:%H:%M}" if _is_today(moment, now) else f"{moment.day} {moment:%b %Y}")


def stamp(moment: datetime) -> str:
    """`2026-11-23T14:02:10Z`: how a time stands in a text that `sentence` will show."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def last_four(value: str) -> Markup:
    """The last four characters of a token, as eyes and screen readers want them."""
    return Markup(
        '<code class="last-four"><span aria-hidden="true">····</span>'
        '<span class="visually-hidden">token ending in </span>{}</code>'
    ).format(value)


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
    """Whole sentences, one after the other. Empty ones are left out."""
    return " ".join(filter(None, sentences))


def listed(words: Sequence[str]) -> str:
    """`a, b and c`, as the reader's language has it; empty for none."""
    locale = get_locale()
    # American English would have a comma before “and”.
    return format_list(words, locale=locale if locale and locale.language != "en" else "en_GB")


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
        count = minutes // length
        if count:
            words = f"{count:,} {unit}{'' if count == 1 else 's'}"
            return f"in {words}" if future else f"{words} ago"
    return "in less than a minute" if future else "just now"


def _is_today(moment: datetime, now: datetime | None) -> bool:
    return moment.date() == (now or datetime.now(UTC)).astimezone(UTC).date()


def _time(moment: datetime, style: str, text: str) -> Markup:
    machine = stamp(moment)
    return Markup('<time datetime="{}" data-local="{}" title="{}">{}</time>').format(machine, style, machine, text)
