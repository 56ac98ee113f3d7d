"""The calendar file: one entry for a connection, that moves when it is imported again; nothing in it is secret."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from icalendar import Alarm, Calendar, Event

from tests.conftest import Console, Sandbox
from tests.connections.conftest import Enter, words
from tests.signin.steps import visitor_of

DAY = timedelta(days=1)


def event_of(answer: httpx.Response) -> Event:
    assert answer.status_code == 200
    (event,) = Calendar.from_ical(answer.content).events
    assert isinstance(event, Event)
    return event


def days_of(event: Event) -> list[int]:
    alarms = [each for each in event.subcomponents if isinstance(each, Alarm)]
    assert [str(alarm["ACTION"]) for alarm in alarms] == ["DISPLAY"] * len(alarms)
    return [-alarm.decoded("trigger").days for alarm in alarms]


def link_of(page: httpx.Response) -> str:
    _, _, after = page.text.partition('class="lane__calendar" href="')
    return after.partition('"')[0]


@pytest.fixture
def ends(sandbox: Sandbox) -> datetime:
    """When Acme's token ends."""
    ends = sandbox.connection().bearer_token_expires_at
    assert ends
    return ends.replace(microsecond=0)


def test_the_file_says_what_ends_when_and_where_to_rotate(
    enter: Enter, sandbox: Sandbox, console: Console, ends: datetime
) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    answer = visitor.get(link_of(page))
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="scim-token-end.ics"'
    assert answer.headers["Cache-Control"] == "no-store"
    event = event_of(answer)
    assert event.start == ends
    assert event.summary == f"SCIM token of Acme Okta ends (····{connection.bearer_token[-4:]})"
    assert f"{ends.day} {ends:%b %Y, %H:%M} UTC" in (event.description or "")
    assert event.url.startswith(console.settings.public_url)
    assert event.url in (event.description or "")
    assert days_of(event) == [90, 30, 14, 7, 1]
    assert connection.bearer_token not in answer.text.replace("\r\n ", "")


def test_its_lines_are_those_of_the_standard(enter: Enter, sandbox: Sandbox) -> None:
    """RFC 5545 §3.1: CRLF alone, at most 75 octets; and no line of a name's own making."""
    sandbox.connection().display_name = (
        "Acme, 東京支社; \\n\r\nATTACH:https://evil.example/\x07 \x1b[2J" + "長い名前" * 20
    )
    visitor, page = enter()
    raw = visitor.get(link_of(page)).content
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert b"\r" not in raw.replace(b"\r\n", b"")
    lines = raw.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    assert not [line for line in lines if line.startswith(b"ATTACH")]
    assert not [byte for byte in raw if byte < 32 and byte not in b"\r\n"]
    assert "Acme, 東京支社; \\nATTACH:https://evil.example/ [2J長い名前" in event_of(visitor.get(link_of(page))).summary


@pytest.mark.parametrize(("left", "alarms"), [(31, [30, 14, 7, 1]), (8, [7, 1]), (1.5, [1]), (0.5, []), (-3, [])])
def test_only_alarms_that_are_still_ahead(enter: Enter, sandbox: Sandbox, left: float, alarms: list[int]) -> None:
    connection = sandbox.connection()
    connection.bearer_token_expires_at = datetime.now(UTC) + left * DAY
    visitor, _ = enter()
    answer = visitor.get(f"/connections/{connection.connection_id}/expiry.ics")
    assert days_of(event_of(answer)) == alarms


def test_importing_it_again_after_a_rotation_moves_the_entry(enter: Enter, sandbox: Sandbox, ends: datetime) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    before = event_of(visitor.get(link_of(page)))
    connection.start_rotation(ends - 30 * DAY)
    connection.complete_rotation()
    sandbox.world.clock.advance(60)
    after = event_of(visitor.get(link_of(page)))
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert after.stamp > before.stamp
    assert after.start == ends - 30 * DAY, "an end may come earlier, too"
    assert connection.bearer_token[-4:] in (after.summary or "")


def test_another_connection_is_another_entry(enter: Enter) -> None:
    def uid(*who: str) -> str:
        visitor, page = enter(*who)
        return str(event_of(visitor.get(link_of(page))).uid)

    assert uid("olga@acme.example") == uid("vic@acme.example") != uid("wes@wayne.example")


def test_its_link_leads_whoever_follows_it_to_the_connection(enter: Enter, sandbox: Sandbox, console: Console) -> None:
    visitor, page = enter()
    url = event_of(visitor.get(link_of(page))).url
    shown = visitor.get(url)
    assert (shown.status_code, shown.url.path) == (200, f"/connections/{sandbox.connection().connection_id}")
    with visitor_of(console, sandbox) as stranger:
        door = stranger.get(url)
        assert "Sign in to Acme" in words(door)
        code = stranger.press(door, "Email me a code", email="vic@acme.example")
        entered = stranger.press(code, "Sign in", code=stranger.code())
        assert entered.url.path == shown.url.path


def test_no_file_where_there_is_nothing_to_put_into_a_calendar(enter: Enter, sandbox: Sandbox) -> None:
    assert link_of(enter("ian@initech.example")[1]) == "", "while rotating, which end will count is not known yet"
    connection = sandbox.connection()
    connection.bearer_token_expires_at = datetime.now(UTC) - DAY
    assert link_of(enter()[1]) == ""
    connection.bearer_token_expires_at = None
    visitor, page = enter()
    assert link_of(page) == ""
    assert visitor.get(f"/connections/{connection.connection_id}/expiry.ics").status_code == 404
