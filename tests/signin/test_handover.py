"""A sign-in moved from its window into a portal's frame: once, within a minute, and into no other frame."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from tests.conftest import Console, Sandbox
from tests.signin.steps import COOKIE, Visitor
from tests.web.apps import app_of
from webapp.history.database import Database, handovers
from webapp.sandbox.authentication import live_sessions

FAR, OTHER = "https://portal.example", "https://intranet.example"
LOADED = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site", "Referer": f"{FAR}/"}
INSIDE = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
IN_WINDOW = {"Sec-Fetch-Dest": "document", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def app(console: Console, sandbox: Sandbox) -> Iterator[Flask]:
    with app_of(console, embed_origins=(FAR, OTHER)) as app:
        app.extensions["now"] = sandbox.world.clock.now
        yield app


@pytest.fixture
def frame(app: Flask) -> FlaskClient:
    """A portal's frame, the console just loaded in it."""
    return app.test_client()


@pytest.fixture
def window(app: Flask, vic: Visitor) -> FlaskClient:
    """A window in which Vic is signed in."""
    window = app.test_client()
    window.set_cookie(COOKIE, vic.cookie, domain="127.0.0.1")
    return window


def open_page(client: FlaskClient, path: str, headers: dict[str, str]) -> TestResponse:
    return client.get(path, base_url=client.application.config["PUBLIC_URL"], headers=headers)


def send(client: FlaskClient, page: TestResponse, path: str, headers: dict[str, str], **fields: str) -> TestResponse:
    """Sends the page's form."""
    token = re.findall(r'name="csrf_token" value="(.+?)"', page.text)[0]
    url = client.application.config["PUBLIC_URL"]
    return client.post(path, base_url=url, headers=headers, data={"csrf_token": token, **fields})


def door(frame: FlaskClient, path: str = "/login?next=/history") -> tuple[TestResponse, str]:
    """The frame's door, and where its link leads."""
    page = open_page(frame, path, LOADED)
    (link,) = re.findall(r'href="(/handover\?.+?)"', page.text)
    return page, link.replace("&amp;", "&")


def make_code(window: FlaskClient, link: str) -> str:
    """Consents in the window; the code that it tells."""
    answer = open_page(window, link, IN_WINDOW)
    confirm = answer.headers["Location"]
    page = open_page(window, confirm, IN_WINDOW)
    told = send(window, page, confirm, IN_WINDOW)
    (code,) = re.findall(r'data-handover="(.+?)"', told.text)
    assert isinstance(code, str)
    return code


def redeem(frame: FlaskClient, page: TestResponse, code: str, **fields: str) -> TestResponse:
    return send(frame, page, "/handover/redeem", INSIDE, code=code, **fields)


def signed_in(client: FlaskClient, headers: dict[str, str]) -> bool:
    return open_page(client, "/connections", headers).status_code == 200


def test_the_session_moves(frame: FlaskClient, window: FlaskClient, history: Database) -> None:
    page, link = door(frame)
    assert parse_qs(urlsplit(link).query)["portal"] == [FAR]
    confirm = open_page(window, open_page(window, link, IN_WINDOW).headers["Location"], IN_WINDOW)
    assert f"Use this sign-in in {FAR}?" in confirm.text
    assert "vic@acme.example" in confirm.text
    code = make_code(window, link)
    assert not signed_in(window, IN_WINDOW)
    answer = redeem(frame, page, code, next="/history")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/history")
    assert signed_in(frame, INSIDE)
    with history.read() as connection:
        assert connection.execute(sa.select(handovers)).all() == []
    events = open_page(frame, "/history", INSIDE).text
    assert "Move sign-in to a portal" in events
    assert FAR in events


def test_a_code_works_once(frame: FlaskClient, window: FlaskClient) -> None:
    page, link = door(frame)
    code = make_code(window, link)
    redeem(frame, page, code)
    frame.delete_cookie(f"{COOKIE}_frame", domain="127.0.0.1")
    page, _ = door(frame)
    answer = redeem(frame, page, code)
    assert answer.status_code == 400
    assert "That sign-in can't be used here" in " ".join(answer.text.replace("&#39;", "'").split())
    assert not signed_in(frame, INSIDE)


def test_a_code_is_of_no_use_in_another_frame_and_not_in_its_own_afterwards(
    app: Flask, frame: FlaskClient, window: FlaskClient
) -> None:
    page, link = door(frame)
    code = make_code(window, link)
    stranger = app.test_client()
    strange_page, _ = door(stranger)
    assert redeem(stranger, strange_page, code).status_code == 400
    assert not signed_in(stranger, INSIDE)
    assert redeem(frame, page, code).status_code == 400


@pytest.mark.parametrize(("seconds", "works"), [(59, True), (60, False)])
def test_a_code_works_for_a_minute(
    frame: FlaskClient, window: FlaskClient, sandbox: Sandbox, seconds: int, works: bool
) -> None:
    page, link = door(frame)
    code = make_code(window, link)
    sandbox.world.clock.advance(seconds)
    redeem(frame, page, code)
    assert signed_in(frame, INSIDE) == works


def test_a_sign_in_nobody_came_for_is_over_soon(
    frame: FlaskClient, window: FlaskClient, vic: Visitor, sandbox: Sandbox
) -> None:
    _, link = door(frame)
    make_code(window, link)
    vic_s_id = vic.session["member"]["member_id"]
    assert live_sessions(sandbox.world, vic_s_id)
    sandbox.world.clock.advance(5 * 60)
    assert not live_sessions(sandbox.world, vic_s_id)


def test_taken_over_it_lasts_as_long_as_any_other(frame: FlaskClient, window: FlaskClient, sandbox: Sandbox) -> None:
    page, link = door(frame)
    code = make_code(window, link)
    sandbox.world.clock.advance(50)
    redeem(frame, page, code)
    sandbox.world.clock.advance(29 * 60)
    assert signed_in(frame, INSIDE)


def test_codes_nobody_came_for_are_cleared_away(
    app: Flask, window: FlaskClient, vic: Visitor, sandbox: Sandbox, history: Database
) -> None:
    for _ in range(2):
        window.set_cookie(COOKIE, vic.cookie, domain="127.0.0.1")
        make_code(window, door(app.test_client())[1])
        sandbox.world.clock.advance(61)
    with history.read() as connection:
        assert len(connection.execute(sa.select(handovers)).all()) == 1


def test_whoever_reads_the_database_has_neither_code_nor_session(
    frame: FlaskClient, window: FlaskClient, vic: Visitor, history: Database
) -> None:
    _, link = door(frame)
    code = make_code(window, link)
    with history.read() as connection:
        (row,) = connection.execute(sa.select(handovers)).all()
    kept = repr(row)
    assert code not in kept
    for secret in ("session_token", "session_jwt"):
        assert vic.session["member"][secret] not in kept
    assert "vic@" not in kept


def test_a_key_being_replaced_breaks_no_hand_over(
    console: Console, frame: FlaskClient, window: FlaskClient, sandbox: Sandbox
) -> None:
    page, link = door(frame)
    code = make_code(window, link)
    new, old = SecretStr("n" * 32), console.settings.secret_key
    cookie = frame.get_cookie(f"{COOKIE}_frame", domain="127.0.0.1")
    assert cookie is not None
    with app_of(console, embed_origins=(FAR,), secret_key=new, secret_key_fallbacks=(old,)) as app:
        app.extensions["now"] = sandbox.world.clock.now
        newer = app.test_client()
        newer.set_cookie(f"{COOKIE}_frame", cookie.value, domain="127.0.0.1")
        page = open_page(newer, "/login", INSIDE)
        redeem(newer, page, code)
        assert signed_in(newer, INSIDE)


@pytest.mark.parametrize("fields", [{}, {"code": ""}, {"code": "made-up"}])
def test_no_code_and_no_such_code(frame: FlaskClient, fields: dict[str, str]) -> None:
    page, _ = door(frame)
    assert send(frame, page, "/handover/redeem", INSIDE, **fields).status_code == 400
    assert not signed_in(frame, INSIDE)


def test_a_frame_learns_whether_its_cookie_arrives(app: Flask, frame: FlaskClient) -> None:
    by_script = {"Sec-Fetch-Dest": "empty", "Sec-Fetch-Site": "same-origin"}
    door(frame)
    assert open_page(frame, "/handover/cookie", by_script).json == {"arrived": True}
    assert open_page(app.test_client(), "/handover/cookie", by_script).json == {"arrived": False}


def test_a_form_without_any_cookie_says_so(app: Flask) -> None:
    page = open_page(app.test_client(), "/login", LOADED)
    answer = redeem(app.test_client(use_cookies=False), page, "code")
    assert answer.status_code == 400
    assert "This browser keeps no cookie here" in answer.text
    assert re.search(r'href="/connections" target="_blank">Open in a new tab<', answer.text)


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 400), ("frame=short", 400), (f"frame={'a' * 43}&portal=https://stranger.example", 400)],
)
def test_a_window_is_for_a_frame_of_a_portal_that_is_named(window: FlaskClient, query: str, status: int) -> None:
    for path in ("/handover", "/handover/confirm"):
        assert open_page(window, f"{path}?{query}", IN_WINDOW).status_code == status


def test_consent_is_asked_for_in_no_frame(app: Flask, vic: Visitor) -> None:
    client = app.test_client()
    client.set_cookie(COOKIE, vic.cookie, domain="127.0.0.1")
    same_site = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-site"}
    answer = open_page(client, f"/handover/confirm?frame={'a' * 43}", same_site)
    assert answer.status_code == 403
    assert "Use this sign-in" not in answer.text


def test_there_is_none_where_nobody_may_frame(vic: Visitor) -> None:
    for path in ("/handover", "/handover/confirm"):
        assert vic.get(f"{path}?frame={'a' * 43}").status_code == 404


def test_a_confirmation_may_come_from_a_window_too(console: Console, sandbox: Sandbox, visitor: Visitor) -> None:
    """The step that waits for it goes on, and the session that was there before is over."""
    olga = visitor
    olga.sign_in("olga@acme.example")
    with app_of(console, embed_origins=(FAR,)) as app:
        app.extensions["now"] = sandbox.world.clock.now
        frame, window = app.test_client(), app.test_client()
        frame.set_cookie(f"{COOKIE}_frame", olga.cookie, domain="127.0.0.1")
        sandbox.world.clock.advance(20 * 60)
        acme = sandbox.connection()
        page = open_page(frame, f"/connections/{acme.connection_id}", LOADED)
        seen = {"current_last_four": acme.bearer_token[-4:], "next_last_four": ""}
        path = f"/connections/{acme.connection_id}/rotation/start"
        assert send(frame, page, path, INSIDE, **seen).headers["Location"] == "/authenticate/confirm"
        page, link = door(frame, "/authenticate/confirm")
        assert "Email me a link" not in page.text
        assert "Continue with Google" not in page.text
        olga.cookie = ""
        olga.sign_in("olga@acme.example")
        window.set_cookie(COOKIE, olga.cookie, domain="127.0.0.1")
        # The link asks for a fresh proof first, though somebody is signed in to the window.
        again = open_page(window, link, IN_WINDOW).headers["Location"]
        assert again.startswith("/login/acme?again=1&next=")
        code = make_code(window, parse_qs(urlsplit(again).query)["next"][0].replace("/confirm", ""))
        answer = redeem(frame, page, code)
        assert answer.headers["Location"] == "/authenticate/resume"
        assert "Start rotation" in open_page(frame, "/authenticate/resume", INSIDE).text
        assert len(sandbox.world.sessions) == 1
