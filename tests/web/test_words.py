"""How times and tokens read."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from webapp.web.words import clock, day, exact, last_four, relative, second, sentence, spoken, stamp

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
