"""An end that is near, or past, is said in plain sight: at which marks, of which token, and to whom what."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, buttons, words
from tests.signin.steps import form
from webapp.connections import expiry
from webapp.connections.expiry import Expiry
from webapp.stytch.models import Connection

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAY, HOUR, SECOND = timedelta(days=1), timedelta(hours=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("left", "mark"),
    [
        (400 * DAY, None),
        (90 * DAY + SECOND, None),
        (90 * DAY, 90),
        (30 * DAY + SECOND, 90),
        (30 * DAY, 30),
        (14 * DAY, 14),
        (7 * DAY, 7),
        (DAY + SECOND, 7),
        (DAY, 1),
        (SECOND, 1),
        (0 * DAY, 0),
        (-900 * DAY, 0),
    ],
)
def test_the_mark_is_the_one_reached_last(left: timedelta, mark: int | None) -> None:
    assert expiry.mark(NOW + left, NOW) == mark


def connection(ends: timedelta | None, new: str = "", new_ends: timedelta | None = None) -> Connection:
    return Connection(
        organization_id="o",
        connection_id="c",
        status="active",
        base_url="https://scim.example",
        bearer_token_last_four="aaaa",
        bearer_token_expires_at=NOW + ends if ends is not None else None,
        next_bearer_token_last_four=new,
        next_bearer_token_expires_at=NOW + new_ends if new_ends is not None else None,
    )


@pytest.mark.parametrize(
    ("tokens", "near"),
    [
        (connection(None), None),
        (connection(91 * DAY), None),
        (connection(5 * DAY), Expiry("aaaa", NOW + 5 * DAY, 7)),
        (connection(-DAY), Expiry("aaaa", NOW - DAY, 0)),
        (connection(5 * DAY, "nnnn", 900 * DAY), Expiry("aaaa", NOW + 5 * DAY, 7, relief="nnnn")),
        (connection(5 * DAY, "nnnn"), Expiry("aaaa", NOW + 5 * DAY, 7, relief="nnnn")),
        (connection(900 * DAY, "nnnn", 901 * DAY), None),
        (connection(5 * DAY, "nnnn", 6 * DAY), Expiry("nnnn", NOW + 6 * DAY, 7)),
        (connection(6 * DAY, "nnnn", 5 * DAY), Expiry("aaaa", NOW + 6 * DAY, 7)),
        (connection(None, "nnnn", 5 * DAY), Expiry("nnnn", NOW + 5 * DAY, 7)),
    ],
)
def test_while_rotating_the_token_that_lasts_counts(tokens: Connection, near: Expiry | None) -> None:
    assert expiry.of(tokens, NOW) == near


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (400 * DAY + 5 * HOUR, "400 days and 5 hours"),
        (1500 * DAY, "1,500 days"),
        (5 * DAY - SECOND, "4 days and 23 hours"),
        (2 * DAY + timedelta(minutes=59), "2 days"),
        (DAY + HOUR, "1 day and 1 hour"),
        (HOUR + timedelta(minutes=1), "1 hour and 1 minute"),
        (timedelta(minutes=12), "12 minutes"),
        (SECOND, "less than a minute"),
        (-2 * DAY - 3 * HOUR, "2 days and 3 hours"),
    ],
)
def test_the_countdown_has_its_two_largest_units(left: timedelta, said: str) -> None:
    assert expiry.countdown(NOW + left, NOW) == said


def ends_in(sandbox: Sandbox, left: timedelta, slug: str = "acme") -> datetime:
    ends = datetime.now(UTC) + left
    sandbox.connection(slug).bearer_token_expires_at = ends
    return ends


def test_far_from_its_end_a_token_is_quiet(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, 91 * DAY)
    _, page = enter()
    assert 'class="badge' not in page.text
    assert 'class="expiry' not in page.text


@pytest.mark.parametrize(
    ("days", "badge", "urgency", "button"),
    [
        (89, "Ends in 89 days", "far", "Put aside until 30 days before the end"),
        (29, "Ends in 29 days", "soon", "Put aside until 14 days before the end"),
        (13, "Ends in 13 days", "soon", "Put aside until 7 days before the end"),
        (5, "Ends in 5 days", "near", "Put aside until 1 day before the end"),
    ],
)
def test_at_each_mark_the_card_says_what_is_near_and_what_to_do(
    enter: Enter, sandbox: Sandbox, days: int, badge: str, urgency: str, button: str
) -> None:
    ends = ends_in(sandbox, days * DAY + 3 * HOUR + timedelta(minutes=1))
    _, page = enter()
    text = words(page)
    assert f"Okta · Active {badge}" in text
    assert f'class="badge badge--{urgency}"' in page.text
    assert f"The token ends in {days} days and 3 hours" in text
    assert f"From {ends.day} {ends:%b %Y, %H:%M} UTC on, Stytch may refuse" in text
    assert "Rotate it before: start below; both tokens work meanwhile, so that nothing stops." in text
    assert [name for name in buttons(page) if name != "Sign out"] == [button, "Start rotation"]


@pytest.mark.parametrize(
    ("left", "badge", "title"),
    [
        (5 * HOUR + SECOND * 90, "Ends in 5 hours", "The token ends in 5 hours and 1 minute"),
        (-2 * DAY - HOUR - SECOND, "Ended 2 days ago", "The token's time has been over for 2 days and 1 hour"),
    ],
)
def test_on_the_last_day_and_after_it_there_is_no_putting_aside(
    enter: Enter, sandbox: Sandbox, left: timedelta, badge: str, title: str
) -> None:
    ends_in(sandbox, left)
    _, page = enter()
    text = words(page)
    assert badge in text
    assert title in text
    assert [name for name in buttons(page) if name != "Sign out"] == ["Start rotation"]


@pytest.mark.parametrize("variant", ["refused", "accepted"])
def test_what_stytch_does_with_an_ended_token_is_not_claimed_to_be_known(
    enter: Enter, sandbox: Sandbox, variant: str
) -> None:
    sandbox.world.variants["after_expiry"] = variant
    ends_in(sandbox, -DAY)
    _, page = enter()
    assert "Where Stytch refuses it since then, Okta can't create, change or switch off accounts" in words(page)
    assert "start below; the new token works at once" in words(page)
    assert "Provisioning goes on throughout" not in words(page)


def test_who_may_only_look_is_told_that_somebody_else_has_to_act(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, -DAY)
    _, page = enter("vic@acme.example")
    assert "Somebody who may rotate it has to do so now." in words(page)


def test_a_banner_is_put_aside_until_the_next_mark_and_the_badge_stays(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, 20 * DAY)
    visitor, page = enter()
    page = visitor.press(page, "Put aside until 14 days")
    assert page.url.path == f"/connections/{sandbox.connection().connection_id}"
    for path in ("/connections", page.url.path):
        page = visitor.get(path)
        assert "Ends in 19 days" in words(page)
        assert "The token ends in" not in words(page)
    ends_in(sandbox, 13 * DAY)
    assert "The token ends in 12 days" in words(visitor.get("/connections"))
    _, page = enter("ada@acme.example", "Acme")
    assert "The token ends in 12 days" in words(page), "somebody else was never asked"


def test_another_token_is_another_matter(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, 20 * DAY)
    visitor, page = enter()
    visitor.press(page, "Put aside until 14 days")
    sandbox.connection().bearer_token = "x" * 44 + "1234"
    assert "The token ends in 19 days" in words(visitor.get("/connections"))


def test_what_cannot_wait_is_not_put_aside_by_a_form_of_ones_own(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, 20 * DAY)
    visitor, page = enter()
    asked = form(page, "Put aside")
    for mark, status in (("1", 303), ("0", 400), ("12", 400), ("x", 400)):
        answer = visitor.http.post(
            asked.action,
            data={**asked.fields, "mark": mark},
            headers={"Sec-Fetch-Site": "same-origin"},
            follow_redirects=False,
        )
        assert answer.status_code == status, mark
    ends_in(sandbox, HOUR * 3)
    assert "The token ends in 2 hours" in words(visitor.get("/connections"))


def test_while_rotating_nobody_is_alarmed_about_the_token_that_goes(
    enter: Enter, sandbox: Sandbox, press: Press
) -> None:
    ends_in(sandbox, 5 * DAY)
    visitor, page = enter()
    page = press(visitor, page, "Start rotation")
    new = (sandbox.connection().next_bearer_token or "")[-4:]
    text = words(page)
    assert 'class="badge' not in page.text
    assert "Put aside" not in text, "the new token is on this page alone: nothing leads away from it"
    assert f"goes on Okta has to use ···· token ending in {new} by" in text.replace(" ,", "")
    assert "Then complete; there is nothing else to do." in text


def test_an_ended_token_whose_successor_lasts(enter: Enter, sandbox: Sandbox) -> None:
    ends_in(sandbox, -DAY)
    sandbox.connection().start_rotation(datetime.now(UTC) + 900 * DAY)
    _, page = enter()
    text = words(page)
    assert "ended 1 day ago" in text
    assert "If Okta still uses it, it may be refused already" in text
    assert "Two tokens" not in text
    assert "goes on working" not in text


def test_two_live_tokens_are_named_after_some_minutes_and_in_plain_sight_after_a_week(
    enter: Enter, sandbox: Sandbox, press: Press
) -> None:
    visitor, page = enter()
    assert "Two tokens are live" not in words(press(visitor, page, "Start rotation"))
    sandbox.world.clock.advance(timedelta(minutes=6).total_seconds())
    assert "Two tokens are live, for 6 minutes now." in words(visitor.get("/connections"))
    sandbox.world.clock.advance(timedelta(days=6, hours=5).total_seconds())
    _, page = enter("ada@acme.example", "Acme")
    assert "Two tokens are live, for 6 days and 5 hours now." in words(page)
    sandbox.world.clock.advance(DAY.total_seconds())
    _, page = enter("ada@acme.example", "Acme")
    assert "Two tokens have been live for 7 days and 5 hours" in words(page)
    assert "Complete as soon as Okta uses" in words(page)


def test_two_live_tokens_since_nobody_knows_when(enter: Enter) -> None:
    _, page = enter("ian@initech.example")
    assert "Two tokens are live; since when is not known." in words(page)


def test_one_live_token_is_not_called_two(enter: Enter) -> None:
    _, page = enter()
    assert "Two tokens" not in words(page)
