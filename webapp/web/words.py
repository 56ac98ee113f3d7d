"""How times read. All times are UTC; app.js turns those of a page into the reader's own zone."""

from datetime import UTC, datetime, timedelta

from flask import Flask
from markupsafe import Markup


def init_app(app: Flask) -> None:
    """Gives templates the filters `exact`, `relative` and `clock`."""
    app.add_template_filter(exact)
    app.add_template_filter(relative)
    app.add_template_filter(clock)


def exact(moment: datetime) -> Markup:
    """`29 Dec 2027, 09:15 UTC`, as a `<time>`."""
    moment = moment.astimezone(UTC)
    return _time(moment, "date", f"{moment.day} {moment:%b %Y, %H:%M} UTC")


def clock(moment: datetime) -> Markup:
    """`14:02 UTC`, as a `<time>`: for what happened just now."""
    moment = moment.astimezone(UTC)
    return _time(moment, "clock", f"{moment:%H:%M} UTC")


def plain(moment: datetime, now: datetime | None = None) -> str:
    """`14:02:10 UTC` of today, `23 Nov 2026, 14:02:10 UTC` else: a time within a sentence."""
    moment, now = moment.astimezone(UTC), (now or datetime.now(UTC)).astimezone(UTC)
    day = "" if moment.date() == now.date() else f"{moment.day} {moment:%b %Y}, "
    return f"{day}{moment:%H:%M:%S} UTC"


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


def _time(moment: datetime, style: str, text: str) -> Markup:
    return Markup('<time datetime="{}" data-local="{}" title="{}">{}</time>').format(
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        style,
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        text,
    )
