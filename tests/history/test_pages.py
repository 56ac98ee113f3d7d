"""The history over HTTP: what is shown to whom, filtered, paged, exported; and the evidence sheet."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from tests.conftest import Console, Sandbox
from tests.history.consoles import of
from tests.history.samples import BOTH, complete, record, sign_in, start
from tests.signin.steps import Visitor, visitor_of
from webapp.history import query
from webapp.history.database import Database, events, heads
from webapp.history.events import AccessRefused

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def visitor(console: Console, sandbox: Sandbox, sqlite: Database) -> Iterator[Visitor]:
    """Vic, who may look and not rotate, signed in to Acme; of that the history knows nothing."""
    with visitor_of(console, sandbox) as visitor:
        visitor.sign_in("vic@acme.example")
        with sqlite.write() as connection:
            connection.execute(events.delete())
            connection.execute(heads.delete())
        yield visitor


def words(answer: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def title(answer: httpx.Response) -> str:
    found = re.search(r'<h2 id="events-title".*?>(.*?)</h2>', answer.text)
    assert found
    return found[1]


def link(answer: httpx.Response, text: str) -> str:
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>{text}<', answer.text)
    assert found, f"no link {text}"
    return unescape(found[1])


def rows(answer: httpx.Response) -> int:
    return answer.text.count('class="log__when"')


def test_nothing_yet_is_said_in_words(visitor: Visitor) -> None:
    page = visitor.get("/history")
    assert title(page) == "No events"
    assert "Here appears what is done in this console" in words(page)
    assert "CSV" not in words(page)


def test_what_was_done_newest_first(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    ada = of(sandbox, "acme")
    refused = AccessRefused(by=ada, outcome="refused", what="<b>GET</b> connection")
    record(sqlite, sign_in(ada), start(by=ada), complete(by=ada, settled_later=True), refused)
    page = visitor.get("/history")
    assert (title(page), rows(page)) == ("4 events", 4)
    order = [words(page).rindex(each) for each in ("Access refused", "Complete rotation", "Start rotation", "Sign in")]
    assert order == sorted(order)
    assert "token ending in urYB" in words(page)
    assert "found by a later look" in words(page)
    assert "&lt;b&gt;GET" in page.text


def test_an_organization_sees_its_own_rows_alone(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    record(sqlite, start(by=of(sandbox, "initech", "ian")), sign_in(of(sandbox, "initech", "ian")))
    for path in ("/history", "/history?email=ian@acme.example", "/history.csv", "/history.json"):
        answer = visitor.get(path)
        assert answer.status_code == 200
        assert "urYB" not in answer.text
        assert "203.0.113.7" not in answer.text
    assert visitor.get("/history/rotations/1").status_code == 404
    assert visitor.get("/history?before=2").text.count("log__when") == 0


def test_filters_and_their_form(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    ada, olga = of(sandbox, "acme"), of(sandbox, "acme", "olga")
    record(sqlite, sign_in(ada), sign_in(olga), start(by=ada), start(by=olga, outcome="not_done"))
    for asked, count in {
        "type=rotation.start": 2,
        "email=olga@acme.example": 2,
        "outcome=not_done": 1,
        "type=session.begin&email=ada@acme.example": 1,
        "from=2026-11-24&to=2026-11-24": 4,
        "from=2026-11-25": 0,
        "type=&email=&from=": 4,
    }.items():
        assert rows(visitor.get(f"/history?{asked}")) == count, asked
    page = visitor.get("/history?type=rotation.start&email=olga@acme.example&to=2026-11-24")
    assert '<option value="rotation.start" selected>Start rotation</option>' in page.text
    assert '<option value="olga@acme.example" selected>' in page.text
    assert 'type="date" value="2026-11-24"' in page.text
    nobody = visitor.get("/history?email=nobody@acme.example")
    assert "Nothing that was recorded meets all of these filters." in words(nobody)
    assert '<option value="nobody@acme.example" selected>' in nobody.text


@pytest.mark.parametrize(
    "asked", ["from=yesterday", "to=2026-13-01", "email=%00", "before=0", "before=-1", "before=9223372036854775808"]
)
def test_what_can_t_be_read_is_said(visitor: Visitor, asked: str) -> None:
    answer = visitor.get(f"/history?{asked}")
    assert answer.status_code == 422
    assert "Something in the form is not right" in words(answer)


def test_pages_by_links_and_by_htmx(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    record(sqlite, *[sign_in(of(sandbox, "acme"))] * 60, apart=timedelta(seconds=1))
    newest = visitor.get("/history?type=session.begin")
    assert (title(newest), rows(newest)) == ("50 events, and there are older ones", 50)
    older = link(newest, "Older")
    page = visitor.get(older)
    assert (title(page), rows(page)) == ("10 older events", 10)
    assert "autofocus" not in page.text.partition("</main>")[0]
    assert rows(visitor.get(link(page, "Newest"))) == 50
    part = visitor.get(older, headers=HTMX)
    assert part.headers["Console-Fragment"] == "true"
    assert part.headers["HX-Push-Url"] == older
    assert part.text.lstrip().startswith('<article id="events"')
    assert "autofocus" in part.text
    assert '<hx-partial id="status">10 older events</hx-partial>' in part.text
    filtered = visitor.get("/history?type=session.begin&email=&outcome=", headers=HTMX)
    assert filtered.headers["HX-Push-Url"] == "/history?type=session.begin"
    assert "autofocus" not in filtered.text


def test_exports_are_downloads_of_the_same_filters(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    ada = of(sandbox, "acme")
    record(sqlite, sign_in(ada), start(by=ada))
    page = visitor.get("/history?type=rotation.start")
    csv_file, json_file = visitor.get(link(page, "CSV")), visitor.get(link(page, "JSON"))
    assert csv_file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(
        r'attachment; filename="scim-console-history-\d{4}-\d\d-\d\d\.csv"', csv_file.headers["Content-Disposition"]
    )
    assert len(csv_file.text.splitlines()) == 2
    assert [each["type"] for each in json.loads(json_file.text)] == ["rotation.start"]
    assert json_file.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/history.csv", "/history.json"])
def test_an_export_that_can_t_be_begun_is_a_page(visitor: Visitor, sqlite: Database, path: str) -> None:
    with sqlite.write() as connection:
        connection.exec_driver_sql("ALTER TABLE events RENAME TO gone")
    answer = visitor.get(path)
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "Content-Disposition" not in answer.headers
    assert "The history is out of reach" in words(answer)


@pytest.mark.parametrize("path", ["/history.csv", "/history.json"])
def test_an_export_that_is_cut_off_can_t_be_taken_for_whole(
    visitor: Visitor, sqlite: Database, sandbox: Sandbox, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "BATCH", 600)
    record(sqlite, *[sign_in(of(sandbox, "acme"))] * 700)
    read = query.page
    pages = iter([True, False])

    def page(*which: Any) -> query.Page:
        if not next(pages):
            raise OperationalError("SELECT", {}, Exception("gone"))
        return read(*which)

    monkeypatch.setattr(query, "page", page)
    answer = visitor.get(path)
    text = answer.text
    assert answer.status_code == 200
    assert text.rstrip().splitlines()[-1].startswith("INCOMPLETE: the history could not be read to its end.")
    if path.endswith("json"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)


def test_an_evidence_sheet(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    ada, olga = of(sandbox, "acme"), of(sandbox, "acme", "olga")
    record(sqlite, sign_in(ada), start(by=ada), complete(by=olga), apart=timedelta(minutes=29, seconds=5))
    sheet = visitor.get(link(visitor.get("/history?type=rotation.complete"), "Evidence"))
    text = words(sheet)
    assert "Old token ···· token ending in urYB New token ···· token ending in aG-w" in text
    assert "Started 24 Nov 2026, 12:29:05 UTC by ada@acme.example" in text
    assert "Completed 24 Nov 2026, 12:58:10 UTC by olga@acme.example" in text
    assert "Both tokens worked 29 minutes 5 seconds" in text
    assert "request-id-test-start request-id-test-complete" in text
    exported = json.loads(visitor.get("/history.json").text)
    assert all(row["hash"] in text for row in exported if row["type"].startswith("rotation."))
    assert "Sign in" not in text.partition("Rows of the log")[2].partition("As of")[0]


def test_a_sheet_says_what_is_not_known(visitor: Visitor, sqlite: Database, sandbox: Sandbox) -> None:
    ada = of(sandbox, "acme")
    record(sqlite, complete(by=ada), sign_in(ada), start(by=ada, found=BOTH.model_copy(update={"next": "k1Zz"})))
    started_elsewhere = words(visitor.get("/history/rotations/1"))
    assert "Started Not in this history: it was started elsewhere" in started_elsewhere
    assert "Not known: this console has not seen the start." in started_elsewhere
    still_open = words(visitor.get("/history/rotations/3"))
    assert "Not in this console so far: it is open, or was ended elsewhere" in still_open
    for sequence in (2, 4, 2**63):
        assert visitor.get(f"/history/rotations/{sequence}").status_code == 404


def test_who_may_not_see_connections_may_not_see_their_history(
    console: Console, sandbox: Sandbox, sqlite: Database
) -> None:
    record(sqlite, start(by=of(sandbox, "acme")))
    with visitor_of(console, sandbox) as noel:
        noel.sign_in("noel@acme.example")
        for path in ("/history", "/history.csv", "/history.json", "/history/rotations/1"):
            answer = noel.get(path)
            assert answer.status_code == 403
            assert "You can't see the history" in words(answer)
            assert "urYB" not in answer.text
        part = noel.get("/history", headers=HTMX)
        assert (part.status_code, part.headers["Console-Fragment"]) == (403, "true")
    acme = query.Filters(of(sandbox, "acme").organization_id, type="access.refused")
    refused = [row for row in query.page(sqlite, acme).rows if '"what":"history"' in row["details"]]
    assert [(row["email"], row["outcome"]) for row in refused] == [("noel@acme.example", "refused")] * 5
