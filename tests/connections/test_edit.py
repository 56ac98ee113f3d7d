"""Editing a connection: its name and identity provider, with what fails on the way."""

import csv
import io
import re
from html import unescape
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.conftest import Sandbox
from tests.connections.conftest import Enter, Press, buttons, htmx, notice, press_plainly, words
from tests.signin.steps import Visitor, form
from tests.visits import link
from webapp.connections import names
from webapp.history import log
from webapp.history.database import Database, events
from webapp.history.events import ConnectionUpdate
from webapp.rotation.outcome import SETTLE
from webapp.sandbox.connections import Connection
from webapp.sandbox.rehearsals import REHEARSALS


def path_of(connection: Connection) -> str:
    return f"/connections/{connection.connection_id}"


def open_form(visitor: Visitor, connection: Connection) -> httpx.Response:
    """The form, opened as a person does it."""
    page = visitor.click(visitor.get(path_of(connection)), "Edit")
    assert page.status_code == 200
    return page


def landed(visitor: Visitor, answer: httpx.Response) -> httpx.Response:
    """The page to which a saved form leads, by redirect or by htmx."""
    if "HX-Redirect" in answer.headers:
        assert answer.status_code == 204
        return visitor.get(answer.headers["HX-Redirect"])
    assert [each.status_code for each in answer.history] == [303]
    return answer


def recorded(history: Database) -> list[ConnectionUpdate]:
    """The events about edits, oldest first."""
    with history.read() as connection:
        rows = connection.execute(sa.select(events).where(events.c.type == "connection.update")).mappings().all()
    entries = [log.entry(row).event for row in rows]
    assert all(isinstance(each, ConnectionUpdate) for each in entries)
    return entries  # type: ignore[return-value]


def puts(sandbox: Sandbox) -> int:
    return len([call for call in sandbox.calls() if call.startswith("PUT")])


def typed(answer: httpx.Response) -> tuple[str, str]:
    """What stands in the form."""
    fields = form(answer, "Save").fields
    return fields["display_name"], fields.get("identity_provider", "")


def test_name_and_identity_provider(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    """The portal of the closest peer can change neither (`peers.md` B20)."""
    connection = sandbox.connection()
    token, old_url = connection.bearer_token, connection.base_url(sandbox.url)
    visitor, _ = enter()
    page = open_form(visitor, connection)
    assert typed(page) == ("Acme Okta", "okta")
    sandbox.world.requests.clear()
    answer = press(visitor, page, "Save", display_name="  Acme Entra ", identity_provider="microsoft-entra")
    assert sandbox.calls()[:2] == ["GET connection", f"PUT {connection.connection_id}"]
    assert puts(sandbox) == 1
    card = landed(visitor, answer)
    assert (connection.display_name, connection.identity_provider) == ("Acme Entra", "microsoft-entra")
    assert connection.bearer_token == token
    assert notice(card).startswith("Saved It is called “Acme Entra” now. It belongs to Microsoft Entra now")
    assert "Its base URL has changed with it: put the new one, under “Connection details”" in notice(card)
    assert "Its token is as before." in notice(card)
    assert "Stytch request id request-id-test-" in notice(card)
    assert "Start rotation" in buttons(card)

    (event,) = recorded(history)
    assert (event.outcome, event.by.email) == ("done", "olga@acme.example")
    assert (event.before.display_name, event.before.identity_provider) == ("Acme Okta", "okta")
    assert event.after
    assert (event.after.display_name, event.after.identity_provider) == ("Acme Entra", "microsoft-entra")
    assert (event.before.base_url, event.after.base_url) == (old_url, f"{old_url}?aadOptscim062020")


def test_the_history_tells_it(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    press_plainly(visitor, page, "Save", display_name="=1+1", identity_provider="jumpcloud")
    text = words(visitor.get("/history"))
    assert "Change connection Acme Okta → to =1+1 okta → to jumpcloud" in text
    (row,) = [
        row
        for row in csv.DictReader(io.StringIO(visitor.get("/history.csv").text))
        if row["type"] == "connection.update"
    ]
    assert row["changes"] == "display_name: Acme Okta -> =1+1; identity_provider: okta -> jumpcloud"
    (event,) = [each for each in visitor.get("/history.json").json() if each["type"] == "connection.update"]
    assert event["details"]["wanted"] == {"base_url": "", "display_name": "=1+1", "identity_provider": "jumpcloud"}


def test_only_what_differs_is_sent(enter: Enter, sandbox: Sandbox) -> None:
    """An identity provider that Stytch leaves empty, or that is new to us, stays when the name alone is changed."""
    connection = sandbox.connection()
    visitor, _ = enter()
    for unknown, shown in (("", "generic"), ("brand-new", "brand-new")):
        connection.identity_provider, connection.display_name = unknown, "Before"
        page = open_form(visitor, connection)
        assert typed(page) == ("Before", shown)
        card = landed(visitor, press_plainly(visitor, page, "Save", display_name="After"))
        assert (connection.display_name, connection.identity_provider) == ("After", unknown)
        assert notice(card).startswith("Saved It is called “After” now. Its token is as before.")


@pytest.mark.parametrize("name", ["", " spaced ", "x" * 200])
def test_a_name_from_elsewhere_stands_in_nobody_s_way(enter: Enter, sandbox: Sandbox, name: str) -> None:
    """What is not touched is neither corrected nor found wrong."""
    connection = sandbox.connection()
    connection.display_name = name
    visitor, _ = enter()
    page = open_form(visitor, connection)
    card = landed(visitor, press_plainly(visitor, page, "Save", identity_provider="jumpcloud"))
    assert notice(card).startswith("Saved It belongs to JumpCloud now")
    assert (connection.display_name, connection.identity_provider) == (name, "jumpcloud")


def test_nothing_to_save_is_not_sent(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    card = landed(visitor, press(visitor, page, "Save"))
    assert notice(card) == ""
    assert puts(sandbox) == 0
    assert recorded(history) == []


def test_a_form_sent_again_saves_nothing_again(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    first = landed(visitor, press_plainly(visitor, page, "Save", display_name="Twice"))
    again = landed(visitor, press_plainly(visitor, page, "Save", display_name="Twice"))
    assert notice(first) == notice(again) != ""
    assert puts(sandbox) == 1


BAD = {
    "no name": ({"display_name": "  "}, "display_name", "Give it a name."),
    "too long": ({"display_name": "x" * 130}, "display_name", "Make it shorter by 2 characters: 128 are the most."),
    "by one": ({"display_name": "x" * 129}, "display_name", "Make it shorter by 1 character: 128 are the most."),
    "unseen": ({"display_name": "a\0b"}, "display_name", "Leave out line breaks"),
    "unknown": ({"identity_provider": "clay-tablets"}, "identity_provider", "Choose the one that provisions"),
    "none": ({"identity_provider": ""}, "identity_provider", "Choose the one that provisions"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_wrong_stands_at_its_field(
    enter: Enter, sandbox: Sandbox, press: Press, history: Database, bad: str
) -> None:
    fields, name, problem = BAD[bad]
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    sent = {"display_name": "Kept as typed", "identity_provider": "rippling", **fields}
    answer = press(visitor, page, "Save", **sent)
    assert answer.status_code == 422
    (text,) = re.findall(rf'<p class="field__problem" id="{name}-problem">(.*?)</p>', answer.text)
    assert unescape(text).startswith(f"<strong>Error:</strong> {problem}")
    for described in re.findall(r'aria-describedby="([^"]+)"', answer.text):
        for target in described.split():
            assert f'id="{target}"' in answer.text
    other = "identity_provider" if name == "display_name" else "display_name"
    assert form(answer, "Save").fields[other] == sent[other]
    assert puts(sandbox) == 0
    assert recorded(history) == []


def test_the_longest_name_is_taken(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    landed(visitor, press_plainly(visitor, page, "Save", display_name="ü" * names.MOST))
    assert sandbox.connection().display_name == "ü" * 128


def test_every_field_has_its_label(enter: Enter, sandbox: Sandbox) -> None:
    """The closest peer's name field has a placeholder alone, and descriptions that are nowhere (`peers.md` B10)."""
    visitor, _ = enter()
    html = open_form(visitor, sandbox.connection()).text
    assert '<label for="display_name">Name</label>' in html
    assert "<legend>Identity provider</legend>" in html
    assert len(re.findall(r'<label class="check idp"><input type="radio"', html)) == 8
    for described in re.findall(r'aria-describedby="([^"]+)"', html):
        for target in described.split():
            assert f'id="{target}"' in html


def test_somebody_was_quicker(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    """Of what a colleague saved meanwhile nothing is undone unseen: not even the half that this admin did not touch."""
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    ada, _ = enter("ada@acme.example", "Acme")
    press_plainly(ada, open_form(ada, connection), "Save", display_name="Ada's", identity_provider="onelogin")
    sandbox.world.requests.clear()

    answer = press(visitor, page, "Save", display_name="Olga's")
    assert answer.status_code == 409
    assert puts(sandbox) == 0
    assert notice(answer).startswith("It has changed since you opened this page It is called “Ada's” and belongs to")
    assert "OneLogin now. That was ada@acme.example, at" in notice(answer)
    assert "Nothing was saved." in notice(answer)
    assert typed(answer) == ("Olga's", "onelogin"), "what was typed, beside what the colleague has chosen"
    assert len(recorded(history)) == 1

    landed(visitor, press(visitor, _answered(page, answer), "Save"))
    assert (connection.display_name, connection.identity_provider) == ("Olga's", "onelogin")


def _answered(page: httpx.Response, answer: httpx.Response) -> httpx.Response:
    """The answer, as standing in the page that it was swapped into."""
    answer.request.headers["HX-Current-URL"] = str(page.url)
    return answer


def test_an_idp_that_we_do_not_know_was_changed_meanwhile(enter: Enter, sandbox: Sandbox) -> None:
    """It is told that it changed, not that the one who left it alone has chosen wrongly."""
    connection = sandbox.connection()
    connection.identity_provider = "brand-new"
    visitor, _ = enter()
    page = open_form(visitor, connection)
    connection.identity_provider = "onelogin"
    answer = visitor.press(page, "Save", display_name="Acme One")
    assert answer.status_code == 409
    assert notice(answer).startswith("It has changed since you opened this page")
    assert typed(answer) == ("Acme One", "onelogin")


def test_somebody_changed_it_in_the_dashboard(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    connection.display_name = "<b>Elsewhere</b>"
    answer = press_plainly(visitor, page, "Save", identity_provider="cyberark")
    assert answer.status_code == 409
    assert "It is called “<b>Elsewhere</b>” and belongs to Okta now. Nothing was saved." in unescape(answer.text)
    assert "<b>Elsewhere" not in answer.text
    assert typed(answer) == ("<b>Elsewhere</b>", "cyberark")


@pytest.mark.parametrize(
    ("kept", "to", "told"),
    [
        (False, "microsoft-entra", "Its base URL has changed with it"),
        (False, "jumpcloud", "Its base URL has not changed. Its token"),
        (True, "microsoft-entra", "Its base URL has not changed: it lacks the ?aadOptscim062020 that Stytch"),
        (True, "jumpcloud", "Its base URL has not changed. Its token"),
    ],
)
def test_what_becomes_of_the_base_url(enter: Enter, sandbox: Sandbox, kept: bool, to: str, told: str) -> None:
    """Whether Stytch writes it anew is not known: both are told as they are."""
    sandbox.world.variants["base_url_on_update"] = "kept" if kept else "rewritten"
    connection = sandbox.connection()
    visitor, _ = enter()
    card = landed(visitor, press_plainly(visitor, open_form(visitor, connection), "Save", identity_provider=to))
    assert told in notice(card)
    assert connection.base_url(sandbox.url) in unescape(card.text)


NOT_SO_FAR = (502, "Not saved so far", "not_yet")
SAVED = (200, "Saved", "done")
FAILED = (502, "It was not saved", "not_done")
FAULTS: dict[str, tuple[int, str, str]] = {
    "never arrives": NOT_SO_FAR,
    "reply lost": SAVED,
    "arrives late": NOT_SO_FAR,
    "connection reset": NOT_SO_FAR,
    "connection reset, but done": SAVED,
    "500": FAILED,
    "500, but done": SAVED,
    "502 page": NOT_SO_FAR,
    "502 page, but done": SAVED,
    "429, wait 30 s": (503, "Stytch is busy", "not_done"),
    "429": (503, "Stytch is busy", "not_done"),
    "401": (502, "", "not_done"),
    "403": (403, "Your roles do not allow that", "refused"),
    "session ended": (200, "", "refused"),
    "connection gone": (409, "It was not saved", "not_done"),
    "broken JSON": SAVED,
    "cut-off answer": SAVED,
    "wrong shape": SAVED,
    "contradicting answer": SAVED,
    "redirect": NOT_SO_FAR,
}
"""Each rehearsal: status, title of the notice, and the history's outcome. Those that only take longer are left out."""
SLOW = {"no answer", "no answer, but done", "no answer, done late", "slow", "answer in drips"}
REHEARSED = {each.name: each for group in REHEARSALS.values() for each in group if "update" in each.calls}


def test_every_rehearsal_of_an_update_is_among_them() -> None:
    assert set(FAULTS) | SLOW == set(REHEARSED)


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_on_the_way(enter: Enter, sandbox: Sandbox, press: Press, history: Database, fault: str) -> None:
    status, title, outcome = FAULTS[fault]
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    sandbox.world.faults.append(REHEARSED[fault].on("update"))
    answer = press(visitor, page, "Save", display_name="New name", identity_provider="onelogin")
    done = (connection.display_name, connection.identity_provider) == ("New name", "onelogin")
    assert done is (outcome == "done")
    assert puts(sandbox) == 1, "sent once, whatever happens"
    (event,) = recorded(history)
    assert event.outcome == outcome
    if outcome == "done":
        assert notice(landed(visitor, answer)).startswith("Saved It is called “New name” now")
    elif fault == "401":
        assert "This console is not set up right" in words(answer)
    elif fault == "session ended":
        assert "/login" in (answer.headers.get("HX-Redirect") or answer.url.path)
    else:
        assert (answer.status_code, notice(answer).startswith(title)) == (status, True), notice(answer)
        assert typed(answer) == ("New name", "onelogin"), "nothing typed is lost"
    if fault == "429, wait 30 s":
        assert answer.headers["Retry-After"] == "30"


def test_a_request_that_arrives_late_is_told_beforehand(enter: Enter, sandbox: Sandbox, history: Database) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    sandbox.world.faults.append(REHEARSED["arrives late"].on("update"))
    answer = press_plainly(visitor, page, "Save", display_name="Late")
    assert "We read the connection again: it is as it was. The request may still arrive until" in notice(answer)
    sandbox.world.clock.advance(SETTLE.total_seconds())
    again = landed(visitor, press_plainly(visitor, answer, "Save"))
    assert connection.display_name == "Late"
    assert notice(again).startswith("Saved It is called “Late” now.")
    assert puts(sandbox) == 1, "it was so by then, by the first request"
    assert [(each.outcome, each.settled_later) for each in recorded(history)] == [("not_yet", False), ("done", True)]
    assert "Done found by a later look" in words(visitor.get("/history"))
    landed(visitor, press_plainly(visitor, answer, "Save"))
    assert len(recorded(history)) == 2


def test_neither_answered_nor_readable(enter: Enter, sandbox: Sandbox, press: Press, history: Database) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("drop_after_commit", "/connection/", "PUT")
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    answer = press(visitor, page, "Save", display_name="Perhaps")
    assert answer.status_code == 502
    assert notice(answer).startswith("We do not know yet Stytch did not answer, and reading the connection failed too")
    assert typed(answer)[0] == "Perhaps"
    (event,) = recorded(history)
    assert (event.outcome, event.after) == ("unknown", None)
    assert connection.display_name == "Perhaps"


def test_refused_and_not_readable(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    sandbox.fail("latency", "/connection$", "GET", seconds=0)
    sandbox.fail("status", "/connection/", "PUT", status=400, error_type="invalid_scim_idp")
    sandbox.fail("drop_before_commit", "/connection$", "GET", times=2)
    answer = press_plainly(visitor, page, "Save", display_name="New")
    assert notice(answer).startswith("It was not saved Stytch refused it. Reading the connection again failed")


@pytest.mark.parametrize("refused", [True, False])
def test_somebody_else_was_at_work_while_the_answer_was_lost(
    enter: Enter, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, refused: bool
) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    fault: dict[str, Any] = {"status": 400, "error_type": "invalid_scim_idp"} if refused else {"status": 502}
    sandbox.fail("status", "/connection/", "PUT", **fault)
    take = sandbox.world.take_fault

    def take_and_change(method: str, path: str) -> Any:
        taken = take(method, path)
        if method == "PUT":
            connection.display_name = "Somebody's"
        return taken

    monkeypatch.setattr(sandbox.world, "take_fault", take_and_change)
    answer = press_plainly(visitor, page, "Save", display_name="Mine")
    assert answer.status_code == (409 if refused else 502)
    assert notice(answer).startswith("It has changed meanwhile")
    assert "have changed it. It is called “Somebody's” and belongs to Okta now." in notice(answer)
    assert typed(answer)[0] == "Mine"


def test_deleted_meanwhile(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    page = open_form(visitor, connection)
    del sandbox.world.connections[connection.connection_id]
    answer = press(visitor, page, "Save", display_name="Too late")
    assert answer.status_code == 404
    assert "Your organization has no such connection" in words(answer)


def test_a_viewer_can_t_edit(enter: Enter, sandbox: Sandbox, press: Press) -> None:
    connection = sandbox.connection()
    olga, _ = enter()
    page = open_form(olga, connection)
    visitor, card = enter("vic@acme.example")
    assert f'href="{path_of(connection)}/edit"' not in card.text
    refused = visitor.get(f"{path_of(connection)}/edit")
    assert refused.status_code == 403
    assert "change its SCIM connections" in words(refused)
    own = form(visitor.get("/connections"), "Sign out").fields["csrf_token"]
    assert press(visitor, page, "Save", csrf_token=own, display_name="No").status_code == 403
    assert connection.display_name == "Acme Okta"
    assert puts(sandbox) == 0


def test_another_organization_s_connection(enter: Enter, sandbox: Sandbox) -> None:
    other = sandbox.connection("initech")
    visitor, page = enter()
    assert visitor.get(f"{path_of(other)}/edit").status_code == 404
    assert visitor.get(f"{path_of(other)}/edit", headers=htmx(page)).status_code == 404
    form_page = open_form(visitor, sandbox.connection())
    fields = form(form_page, "Save").fields
    headers = {"Sec-Fetch-Site": "same-origin", "Origin": str(form_page.url.copy_with(raw_path=b"/"))[:-1]}
    answer = visitor.http.post(f"{path_of(other)}/edit", data={**fields, "display_name": "Mine"}, headers=headers)
    assert answer.status_code == 404
    assert other.display_name == "Initech Entra"


def test_saved_is_told_of_what_holds_alone(enter: Enter, sandbox: Sandbox) -> None:
    connection = sandbox.connection()
    visitor, _ = enter()
    answer = press_plainly(visitor, open_form(visitor, connection), "Save", display_name="New name")
    url = str(answer.url)
    assert notice(visitor.get(url)).startswith("Saved")
    assert notice(visitor.get(f"{path_of(connection)}?edited=made-up")) == ""
    connection.display_name = "Newer name"
    assert notice(visitor.get(url)) == ""


def test_the_way_back(enter: Enter, sandbox: Sandbox) -> None:
    visitor, _ = enter()
    page = open_form(visitor, sandbox.connection())
    assert link(page, "Back").endswith(path_of(sandbox.connection()))
