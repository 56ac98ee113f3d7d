"""How times and tokens read."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from flask_babel import Babel, force_locale

from webapp.web.words import (
    clock,
    counted,
    day,
    duration,
    exact,
    last_four,
    listed,
    number,
    paragraph,
    plain,
    precise,
    relative,
    second,
    sentence,
    spoken,
    stamp,
)

NOW = datetime(2026, 11, 24, 14, 2, 0, tzinfo=UTC)
TOKYO = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    ("distance", "words"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=1), "in less than a minute"),
        (timedelta(seconds=59.9), "in less than a minute"),
        (timedelta(seconds=60), "in 1 minute"),
        (timedelta(seconds=119), "in 1 minute"),
        (timedelta(minutes=59, seconds=59), "in 59 minutes"),
        (timedelta(hours=1), "in 1 hour"),
        (timedelta(hours=23, minutes=59), "in 23 hours"),
        (timedelta(days=1), "in 1 day"),
        (timedelta(days=5), "in 5 days"),
        (timedelta(days=400), "in 400 days"),
        (timedelta(days=1825), "in 1,825 days"),
    ],
)
def test_relative(distance: timedelta, words: str) -> None:
    assert relative(NOW + distance, NOW) == words
    past = {"in less than a minute": "just now"}.get(words, words.removeprefix("in ") + " ago")
    if distance:
        assert relative(NOW - distance, NOW) == past


def test_relative_counts_from_the_present() -> None:
    assert relative(datetime.now(UTC) + timedelta(days=2, minutes=1)) == "in 2 days"


def test_zones_make_no_difference() -> None:
    tokyo = NOW.astimezone(TOKYO)
    assert (exact(tokyo), clock(tokyo)) == (exact(NOW), clock(NOW))
    assert relative(tokyo, NOW) == "just now"


@pytest.mark.parametrize(
    ("moment", "text", "machine"),
    [
        (datetime(2027, 12, 29, 9, 15, tzinfo=UTC), "29 Dec 2027, 09:15 UTC", "2027-12-29T09:15:00Z"),
        (datetime(2027, 1, 2, 3, 4, 5, 678, tzinfo=UTC), "2 Jan 2027, 03:04 UTC", "2027-01-02T03:04:05Z"),
        (datetime(2027, 1, 1, 3, 0, tzinfo=TOKYO), "31 Dec 2026, 18:00 UTC", "2026-12-31T18:00:00Z"),
    ],
)
def test_exact(moment: datetime, text: str, machine: str) -> None:
    assert exact(moment) == f'<time datetime="{machine}" data-local="date" title="{machine}">{text}</time>'


def test_clock() -> None:
    machine = "2026-11-24T14:02:00Z"
    assert clock(NOW) == f'<time datetime="{machine}" data-local="clock" title="{machine}">14:02 UTC</time>'


@pytest.mark.parametrize(
    ("ago", "to_the_second", "short"),
    [
        (timedelta(0), "14:02:00 UTC", "14:02"),
        (timedelta(hours=14), "00:02:00 UTC", "00:02"),
        (timedelta(hours=15), "23 Nov 2026, 23:02:00 UTC", "23 Nov 2026"),
    ],
)
def test_today_needs_no_date(ago: timedelta, to_the_second: str, short: str) -> None:
    moment = NOW - ago
    start = f'<time datetime="{stamp(moment)}" data-local='
    assert second(moment, NOW) == f'{start}"second" title="{stamp(moment)}">{to_the_second}</time>'
    assert day(moment, NOW) == f'{start}"day" title="{stamp(moment)}">{short}</time>'


def test_a_sentence_has_its_tokens_and_times_marked_up() -> None:
    then = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    said = sentence(f"At {stamp(then.astimezone(TOKYO))} <b>ada</b> stopped ····a_-w. ····urYB works.")
    assert said == (f"At {second(then)} &lt;b&gt;ada&lt;/b&gt; stopped {last_four('a_-w')}. {last_four('urYB')} works.")
    assert re.sub("<[^>]*>", "", last_four("urYB")) == "····token ending in urYB"
    assert "<i>" not in last_four("<i>")
    assert sentence("Nothing was changed.") == "Nothing was changed."


@pytest.mark.parametrize("name", ["2026-13-40T99:99:99Z", "\u0662\u0660\u0662\u0666-11-23T09:15:00Z"])
def test_what_only_looks_like_a_time_stays_as_it_is(name: str) -> None:
    """A connection may be called so, and the answer that tells of it may hold its token."""
    assert sentence(f"{name} & all is there.") == f"{name} &amp; all is there."


def test_what_is_only_heard_has_its_tokens_in_words_alone() -> None:
    assert spoken("<b> ····a_-w works.") == "&lt;b&gt; token ending in a_-w works."
    assert spoken("Since 2026-01-02T03:04:05Z.") == f"Since {second(datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))}."


IN_ALL_LANGUAGES = {
    "en": {
        "plain": "29 Dec 2027, 09:05 UTC",
        "precise": "29 Dec 2027, 09:05:03 UTC",
        "clock": "09:05 UTC",
        "day": "29 Dec 2027",
        "in a day": "in 1 day",
        "in years": "in 1,825 days",
        "hours ago": "5 hours ago",
        "duration": "2 days 1 hour",
        "listed": "a, b and c",
        "either": "a, b or c",
        "number": "12,345",
        "minute": "1 minute",
    },
    "es": {
        "plain": "29 dic 2027, 09:05 UTC",
        "precise": "29 dic 2027, 09:05:03 UTC",
        "clock": "09:05 UTC",
        "day": "29 dic 2027",
        "in a day": "dentro de 1 día",
        "in years": "dentro de 1.825 días",
        "hours ago": "hace 5 horas",
        "duration": "2 días 1 hora",
        "listed": "a, b y c",
        "either": "a, b o c",
        "number": "12.345",
        "minute": "1 minuto",
    },
    "de": {
        "plain": "29. Dez. 2027, 09:05 UTC",
        "precise": "29. Dez. 2027, 09:05:03 UTC",
        "clock": "09:05 UTC",
        "day": "29. Dez. 2027",
        "in a day": "in 1 Tag",
        "in years": "in 1.825 Tagen",
        "hours ago": "vor 5 Stunden",
        "duration": "2 Tage 1 Stunde",
        "listed": "a, b und c",
        "either": "a, b oder c",
        "number": "12.345",
        "minute": "1 Minute",
    },
    "ja": {
        "plain": "2027年12月29日 09:05 UTC",
        "precise": "2027年12月29日 09:05:03 UTC",
        "clock": "09:05 UTC",
        "day": "2027年12月29日",
        "in a day": "1 日後",
        "in years": "1,825 日後",
        "hours ago": "5 時間前",
        "duration": "2 日 1 時間",
        "listed": "a、b、c",
        "either": "a、b、またはc",
        "number": "12,345",
        "minute": "1 分",
    },
}


@pytest.mark.parametrize("language", IN_ALL_LANGUAGES)
def test_each_language_has_its_own_way(language: str) -> None:
    app, then = Flask(__name__), datetime(2027, 12, 29, 9, 5, 3, tzinfo=UTC)
    Babel(app)  # type: ignore[no-untyped-call]
    with app.app_context(), force_locale(language):
        assert {
            "plain": plain(then),
            "precise": precise(then),
            "clock": re.sub("<[^>]*>", "", clock(then)),
            "day": re.sub("<[^>]*>", "", day(then, NOW)),
            "in a day": relative(NOW + timedelta(days=1), NOW),
            "in years": relative(NOW + timedelta(days=1825), NOW),
            "hours ago": relative(NOW - timedelta(hours=5), NOW),
            "duration": duration(timedelta(days=2, hours=1, minutes=7)),
            "listed": listed(["a", "b", "c"]),
            "either": listed(["a", "b", "c"], "or"),
            "number": number(12345),
            "minute": counted(1, "minute"),
        } == IN_ALL_LANGUAGES[language]
        assert f'datetime="{stamp(then)}"' in exact(then)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=29, seconds=5), "29 minutes 5 seconds"),
        (timedelta(days=1500, hours=3, minutes=5), "1,500 days 3 hours"),
    ],
)
def test_duration(length: timedelta, words: str) -> None:
    assert duration(length) == words


@pytest.mark.parametrize(("language", "text"), [("de", "Erstens. Zweitens."), ("ja", "Erstens.Zweitens.")])
def test_sentences_of_a_paragraph(language: str, text: str) -> None:
    app = Flask(__name__)
    Babel(app)  # type: ignore[no-untyped-call]
    with app.app_context(), force_locale(language):
        assert paragraph("Erstens.", "", "Zweitens.") == text
