"""The token check over HTTP: what is said of what is pasted, by which calls, and that the pasted is forgotten."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, htmx, notice, press_by_htmx, press_plainly, words
from tests.signin.steps import Visitor, heading
from webapp.connections.token_check import page as token_check
from webapp.connections.token_check.pasted import Pasted, read
from webapp.history.database import Database, events
from webapp.rotation.outcome import LEASE, SETTLE
from webapp.sandbox.connections import Connection
from webapp.sandbox.faults import Fault
from webapp.sandbox.identifiers import new_id
from webapp.sandbox.rehearsals import REHEARSALS
from webapp.web.limits import PER_ADDRESS

CHECK = "Check token"
ZERO_WIDTH = "\u200b"


def path(connection: Connection) -> str:
    return f"/connections/{connection.connection_id}/token-check"


def other_end(token: str) -> str:
    """The token with another last character."""
    return token[:-1] + ("x" if token[-1] != "x" else "y")


def other_start(token: str) -> str:
    """The token with another first character: mistyped, with the same last four."""
    return ("x" if token[0] != "x" else "y") + token[1:]


def told(database: Database) -> list[tuple[str, str]]:
    """Outcome and details of the checks in the history, oldest first."""
    with database.read() as reading:
        rows = reading.execute(
            sa.select(events.c.outcome, events.c.details)
            .where(events.c.type == "token.check")
            .order_by(events.c.sequence)
        )
        return [(row.outcome, row.details) for row in rows]


@pytest.fixture
def check(enter: Enter, sandbox: Sandbox, press: Press) -> Callable[[str], httpx.Response]:
    """Pastes a text for Acme's connection and presses the button; no call to Stytch before it is counted."""
    visitor, _ = enter()
    page = visitor.get(path(sandbox.connection()))

    def run(text: str) -> httpx.Response:
        sandbox.world.requests.clear()
        return press(visitor, page, CHECK, pasted=text)

    return run


def test_the_page(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection("initech")
    visitor, card = enter("ian@initech.example")
    assert f'href="{path(connection)}">Check a token</a>' in card.text
    sandbox.world.requests.clear()
    page = visitor.get(path(connection))
    assert sandbox.calls() == ["GET connection"], "nothing is tried by looking"
    assert (page.status_code, heading(page)) == (200, "Check a token")
    text = words(page)
    assert "Which token does Microsoft Entra hold?" in text
    assert "What Microsoft Entra has as “Secret Token”" in text
    assert f"The new token ···· token ending in {(connection.next_bearer_token or '')[-4:]}" in text
    assert 'autocomplete="off"' in page.text
    assert f'{connection.connection_id}/rotation/complete">Back to completing</a>' in page.text
    review = visitor.get(f"/connections/{connection.connection_id}/rotation/complete")
    assert f'href="{path(connection)}" target="_blank">Check what Microsoft Entra holds' in review.text


def test_while_rotating(check: Callable[[str], httpx.Response], sandbox: Sandbox, history: Database) -> None:
    connection = sandbox.connection()
    connection.start_rotation(None)
    current, new = connection.bearer_token, connection.next_bearer_token or ""

    answer = check(new)
    said = f"This is the new token Stytch accepts it, and it ends in ····{new[-4:]}. If Okta holds it, the rotation can"
    assert notice(answer).startswith(said)
    assert sandbox.calls() == ["GET connection", "GET Users"]
    assert f'/{connection.connection_id}/rotation/complete">Go on: complete rotation</a>' in answer.text
    answer = check(current)
    assert notice(answer).startswith("This is the current token")
    assert f"That lasts until the rotation is completed. Put ····{new[-4:]} into Okta first." in notice(answer)
    assert "Go on: complete" not in answer.text
    answer = check(other_end(new))
    assert notice(answer).startswith("This is neither the new token nor the current one Stytch does not accept it, and")
    assert f"does not end in ····{new[-4:]} or ····{current[-4:]}" in notice(answer)
    answer = check(other_start(new))
    assert notice(answer).startswith("It ends like the new token, but Stytch does not accept it Either a character is")
    assert "only once the rotation is completed, which is not documented" in notice(answer)
    assert [outcome for outcome, _ in told(history)] == ["new", "current", "neither", "neither"]
    assert [
        f'"last_four":"{four}"' in details
        for (_, details), four in zip(told(history), (new[-4:], current[-4:], "", new[-4:]), strict=True)
    ] == [True] * 4


def test_without_a_rotation(check: Callable[[str], httpx.Response], sandbox: Sandbox, history: Database) -> None:
    current = sandbox.connection().bearer_token
    answer = check(current)
    assert notice(answer).startswith(
        f"This is the current token Stytch accepts it, and it ends in ····{current[-4:]}. It is the only one. At"
    )
    assert notice(check(other_end(current))).startswith("This is not the current token Stytch does not accept it")
    answer = check(other_start(current))
    assert "It ends like the current token, but Stytch does not accept it A character is wrong" in notice(answer)
    assert "Okta can't provision with it." in notice(answer)
    assert [outcome for outcome, _ in told(history)] == ["current", "neither", "neither"]


def test_what_stytch_accepts_and_nobody_knows(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    """It was rotated elsewhere between the two calls."""
    connection = sandbox.connection()
    told_by_stytch = connection.to_json(sandbox.url, sandbox.world.variants)
    connection.start_rotation(None)
    connection.complete_rotation()
    connection.to_json = lambda *_: dict(told_by_stytch)  # type: ignore[method-assign]
    answer = check(connection.bearer_token)
    assert notice(answer).startswith(
        f"Stytch accepts it But it ends in none of ····{told_by_stytch['bearer_token_last_four']}:"
    )


def test_two_tokens_that_end_alike(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    connection.start_rotation(None)
    connection.next_bearer_token = other_start(connection.bearer_token)
    for token in (connection.bearer_token, connection.next_bearer_token):
        answer = check(token)
        assert notice(answer).startswith("This token works")
        assert "which of both it is can't be told" in notice(answer)


def test_a_new_token_that_works_only_after_completing(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    sandbox.world.variants["tokens_while_rotating"] = "current_only"
    connection = sandbox.connection()
    connection.start_rotation(None)
    answer = check(connection.next_bearer_token or "")
    assert "Stytch accepts ····" in notice(answer)
    assert "only once the rotation is completed, which is not documented." in notice(answer)


def test_a_token_whose_time_is_over(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    connection.bearer_token_expires_at = sandbox.world.clock.now() - timedelta(days=1)
    assert f"The time of ····{connection.bearer_token[-4:]} is over." in notice(check(connection.bearer_token))


@pytest.mark.parametrize("button", ["Complete: switch off", "Cancel: switch off"])
def test_an_earlier_token(enter: Enter, sandbox: Sandbox, history: Database, press: Press, button: str) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    old = connection.bearer_token
    started = press(visitor, page, "Start rotation")
    new = connection.next_bearer_token or ""
    press(visitor, started, button, confirmed="yes")
    ended, works = (old, new) if button.startswith("Complete") else (new, old)
    page = visitor.get(path(connection))
    answer = press(visitor, page, CHECK, pasted=ended)
    what = "replaced" if button.startswith("Complete") else "given up"
    assert notice(answer).startswith("This looks like an earlier token Stytch does not accept it, and it ends like")
    assert f"····{ended[-4:]}, which was {what} at " in notice(answer)
    assert "by olga@acme.example." in notice(answer)
    assert f"It needs ····{works[-4:]}." in notice(answer)
    [(outcome, details)] = told(history)
    assert (outcome, f'"last_four":"{ended[-4:]}"' in details) == ("earlier", True)


def test_a_token_of_another_connection(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    acme, world = sandbox.connection(), sandbox.world
    world.variants["connection_shape"] = "list"
    other = replace(
        acme, connection_id=new_id("scim-connection"), display_name="Acme Labs", bearer_token="a" * 44 + "Labs"
    )
    world.connections[other.connection_id] = other
    visitor, _ = enter()
    page = visitor.get(path(acme))
    answer = press_plainly(visitor, page, CHECK, pasted=other.bearer_token)
    assert notice(answer).startswith("This looks like another connection's token")
    assert "it ends like ····Labs of “Acme Labs”" in notice(answer)
    assert [outcome for outcome, _ in told(history)] == ["other"]


def test_the_length_of_a_token_that_this_console_made(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    visitor, page = enter()
    press(visitor, page, "Start rotation")
    new = connection.next_bearer_token or ""
    page = visitor.get(path(connection))
    answer = press(visitor, page, CHECK, pasted=new[3:])
    assert "It ends like the new token, but Stytch does not accept it It is too short by 3 characters." in notice(
        answer
    )
    answer = press(visitor, page, CHECK, pasted="x" + new)
    assert "It is too long by 1 character." in notice(answer)
    answer = press(visitor, page, CHECK, pasted=other_start(new))
    assert f"When ····{new[-4:]} was made, Stytch accepted it. This is another: a character is wrong." in notice(answer)
    # The length of the current one, which another console made, is not known.
    answer = press(visitor, page, CHECK, pasted=new[:-3])
    assert "It has 45 characters; Stytch's tokens usually have 48." in notice(answer)
    assert "too short" not in notice(answer)


@pytest.mark.parametrize(
    ("around", "said"),
    [
        ("{}", ""),
        (" {}", "a space before or behind it"),
        ("{}\n", "a line break before or behind it"),
        ("\t{}\r\n\r\n", "a line break before or behind it"),
        (f"{{}}{ZERO_WIDTH}", "a space before or behind it"),
        ('"{}"', "a quotation mark"),
        ("“{}”", "a quotation mark"),
        ("'{}", "a quotation mark"),
        ("`{}`", "a quotation mark"),
        ("Bearer {}", "the word Bearer before it"),
        ("bearer  {}", "the word Bearer before it"),
        ("Authorization: Bearer {}", "the word Bearer before it"),
        (
            '"Bearer {}" ',
            "a space before or behind it, a quotation mark and the word Bearer before it",
        ),
        ("HALF", "a line break inside it"),
        ("GAP", "a space inside it"),
    ],
)
def test_what_comes_along(check: Callable[[str], httpx.Response], sandbox: Sandbox, around: str, said: str) -> None:
    token = sandbox.connection().bearer_token
    text = {"HALF": f"{token[:20]}\r\n{token[20:]}", "GAP": f"{token[:20]}\u00a0{token[20:]}"}.get(around, around)
    answer = check(text.format(token))
    assert "This is the current token" in notice(answer)
    sentence = f"In what you pasted there is {said}: see that Okta holds it without."
    assert (sentence in notice(answer)) is bool(said)
    assert ("notice--done" in answer.text) is (said == "")


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("••••••••••••", "Okta masks its field"),
        ("************sdko", "Okta masks its field"),
        ("●●●●●●●●", "Okta masks its field"),
        ("····LAST", "Okta masks its field"),
        ("9Lmc…sdko", "Okta masks its field"),
        ("9Lmc...sdko", "Okta masks its field"),
        ("https://test.stytch.com/v1/b2b/scim/scim-connection-test-1", "This is an address, not a token"),
        ("short", "This can't be a token"),
        ("Bearer", "This can't be a token"),
        ("tökentökentökentöken", "This can't be a token"),
        ("<script>alert(1)</script>", "This can't be a token"),
        ("x" * 30 + "\0" + "x" * 30, "This can't be a token"),
        ("x" * 5000, "This can't be a token"),
    ],
)
def test_what_is_not_sent(
    check: Callable[[str], httpx.Response], sandbox: Sandbox, history: Database, text: str, title: str
) -> None:
    last_four = sandbox.connection().bearer_token[-4:]
    answer = check(text.replace("LAST", last_four))
    assert (answer.status_code, notice(answer).startswith(title)) == (200, True)
    assert "Nothing was sent to Stytch." in notice(answer)
    assert ("ends like the current token" in notice(answer)) is ("LAST" in text)
    assert sandbox.calls() == ["GET connection"]
    assert [outcome for outcome, _ in told(history)] == ["untried"]


def test_nothing_pasted(check: Callable[[str], httpx.Response], sandbox: Sandbox, history: Database) -> None:
    for text in ("", "  \r\n", '""'):
        answer = check(text)
        assert answer.status_code == 422
        assert "Error: Paste a token first." in words(answer)
    assert sandbox.calls() == ["GET connection"]
    assert told(history) == []


UNTRIED = [rehearsal.name for group in REHEARSALS.values() for rehearsal in group if "try token" in rehearsal.calls]


@pytest.mark.parametrize("fault", UNTRIED)
def test_stytch_does_not_say(
    enter: Enter, sandbox: Sandbox, history: Database, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    monkeypatch.setattr(token_check, "SECONDS", 0.4)
    [rehearsal] = [each for group in REHEARSALS.values() for each in group if each.name == fault]
    connection = sandbox.connection()
    visitor, _ = enter()
    page = visitor.get(path(connection))
    sandbox.world.faults.append(rehearsal.on("try token"))
    answer = press_by_htmx(visitor, page, CHECK, pasted=connection.bearer_token)
    assert answer.status_code == 200
    if fault == "401":  # what the SCIM server says of a token that it does not accept
        assert notice(answer).startswith("It ends like the current token, but Stytch does not accept it")
        return
    assert notice(answer).startswith("By its last four characters it looks like the current token But it could not be")
    assert "Stytch did not say whether it accepts it. Try again in a moment." in notice(answer)
    assert '<hx-partial id="alert">By its last four' in answer.text
    assert [outcome for outcome, _ in told(history)] == ["untried"]


def test_what_could_not_be_tried_and_looks_like_nothing(
    check: Callable[[str], httpx.Response], sandbox: Sandbox
) -> None:
    token = sandbox.connection().bearer_token
    sandbox.fail("drop_before_commit", "/Users$", "GET")
    answer = check(other_end(token))
    assert notice(answer).startswith(
        f"It could not be tried It does not end in ····{token[-4:]}. Stytch did not say whether it accepts it"
    )


def test_a_base_url_elsewhere(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    sandbox.world.public_url = sandbox.url.replace("127.0.0.1", "127.0.0.2")
    answer = check(connection.bearer_token)
    assert notice(answer).startswith("By its last four characters it looks like the current token")
    assert "whoever runs it can allow that (STYTCH_SCIM_ORIGINS)" in notice(answer)
    assert sandbox.calls() == ["GET connection"]


class TestBySetting:
    @pytest.fixture
    def changes(self, sandbox: Sandbox) -> dict[str, Any]:
        return {"stytch_scim_origins": (sandbox.url.replace("127.0.0.1", "localhost"),)}

    def test_another_origin(self, check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
        sandbox.world.public_url = sandbox.url.replace("127.0.0.1", "localhost")
        assert notice(check(sandbox.connection().bearer_token)).startswith("This is the current token")


def test_it_is_for_those_who_may_rotate(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    visitor, page = enter("vic@acme.example")
    assert "Check a token" not in page.text
    headers = htmx(page) if press is press_by_htmx else {"Sec-Fetch-Site": "same-origin"}
    token = {"csrf_token": visitor.session["csrf_token"]} if "csrf_token" in visitor.session else {}
    for answer in (
        visitor.get(path(connection), headers=headers),
        visitor.http.post(path(connection), headers=headers, data={"pasted": connection.bearer_token, **token}),
    ):
        assert answer.status_code in (403, 400)
        assert connection.bearer_token[-4:] not in answer.text
    assert "GET Users" not in sandbox.calls()


def test_no_such_connection(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    for connection_id in (sandbox.connection("initech").connection_id, "x"):
        assert visitor.get(f"/connections/{connection_id}/token-check").status_code == 404


def test_guesses_are_counted(check: Callable[[str], httpx.Response], sandbox: Sandbox) -> None:
    most = int(PER_ADDRESS.split()[0])
    token = sandbox.connection().bearer_token
    for _ in range(most):
        assert check(other_end(token)).status_code == 200
    answer = check(token)
    assert answer.status_code == 429
    assert "Too many tries" in words(answer)
    assert sandbox.calls() == ["GET connection"]


def test_a_change_that_is_found_out_meanwhile_is_told_first(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    """A look settles what came of a start that got no answer: nobody else would tell it."""
    connection = sandbox.connection()
    visitor, card = enter()
    check = visitor.get(path(connection))
    sandbox.fail("drop_after_commit", "/rotate/start$")
    sandbox.world.faults.append(Fault(method="GET", path="/connection$", fault="latency", seconds=0))
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    assert "We do not know yet" in words(press_plainly(visitor, card, "Start rotation"))
    sandbox.world.clock.advance((LEASE + SETTLE).total_seconds())
    answer = press(visitor, check, CHECK, pasted=connection.next_bearer_token or "")
    if press is press_by_htmx:
        answer = visitor.get(answer.headers["HX-Redirect"])
    assert notice(answer).startswith("A new token was made, but it could not be shown")
    assert "GET Users" not in sandbox.calls()
    assert visitor.get(path(connection)).status_code == 200


def pasted_by(visitor: Visitor, page: httpx.Response, text: str) -> list[httpx.Response]:
    return [press_plainly(visitor, page, CHECK, pasted=text), press_by_htmx(visitor, page, CHECK, pasted=text)]


def test_the_pasted_is_forgotten(enter: Enter, sandbox: Sandbox, history: Database, logs: io.StringIO) -> None:
    connection = sandbox.connection()
    connection.start_rotation(None)
    visitor, _ = enter()
    page = visitor.get(path(connection))
    answers: list[httpx.Response] = []
    visitor.http.event_hooks["response"] += [httpx.Response.read, answers.append]
    secrets = [
        connection.bearer_token,
        connection.next_bearer_token or "",
        "another-systems-secret-0123456789",
    ]
    for secret in secrets:
        pasted_by(visitor, page, secret)
    sandbox.fail("status", "/Users$", "GET", status=500)
    press_plainly(visitor, page, CHECK, pasted=secrets[0])  # the seventh try, which is too many
    visitor.get("/history")
    exported = visitor.get("/history.json").text
    with history.read() as reading:
        kept = repr(list(reading.execute(sa.select(events)).all()))
    cookie = repr(visitor.session)
    assert len(answers) == 9
    assert 429 in [answer.status_code for answer in answers]
    for secret in secrets:
        for where in (logs.getvalue(), kept, cookie, exported, repr(sandbox.world.requests)):
            assert secret not in where
        for answer in answers:
            assert secret not in unescape(answer.text)
            assert secret not in str(answer.url)
            assert secret not in str(answer.headers)
    assert secrets[2][-4:] not in kept, "the end of what is not ours is not kept either"
    assert '"last_four":"' + secrets[1][-4:] in kept
    for answer in answers[:6]:
        assert '"></textarea>' in answer.text or " autofocus></textarea>" in answer.text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Pasted("")),
        ("abc", Pasted("abc")),
        ("  ", Pasted("", ("a space before or behind it",))),
        ("a b\nc", Pasted("abc", ("a line break inside it",))),
        ("bearer", Pasted("bearer")),
        ("Bearerabc", Pasted("Bearerabc")),
        ("••••9f3c", Pasted("9f3c", masked=True)),
        ("9Lmc••••", Pasted("", masked=True)),
        ("HTTP://x", Pasted("", address=True)),
        ("Bearer: Bearer abc", Pasted("abc", ("the word Bearer before it",))),
    ],
)
def test_reading_what_was_pasted(text: str, expected: Pasted) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text", ["a" + " " * 60_000 + "b", "\"' " * 20_000, "Bearer " * 9_000, "*" * 60_000, "." * 60_000]
)
def test_a_long_text_is_read_as_quickly_as_a_short_one(text: str) -> None:
    began = time.perf_counter()
    read(text)
    assert time.perf_counter() - began < 0.5
