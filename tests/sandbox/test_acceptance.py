"""The acceptance kit without a browser: what it promises to be about, what it keeps, and whom it lets in where."""

import csv
import io
import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.conftest import Console, Sandbox
from tests.test_project import ROOT
from webapp.sandbox import create_sandbox
from webapp.sandbox.acceptance.deeds import Deed
from webapp.sandbox.acceptance.promises import PROMISES, Promise
from webapp.sandbox.acceptance.stories import CHAPTERS, STORIES
from webapp.sandbox.acceptance.story import Story
from webapp.sandbox.acceptance.vocabulary import Action, Expectation, Heading, Text

KIT = "/_sandbox/acceptance"
DOCUMENTS = ("README.md", "docs/rotation.md", "docs/connections.md", "docs/embed.md")
NOT_BY_HAND = {
    "Develop it": "for developers",
    "Rehearse it": "about the sandbox",
    "What no console can rule out": "what is not promised",
    "What a connection is": "promises nothing",
    "Where the guides' words come from": "promises nothing",
    "Each fault of creating and deleting, and what the admin sees": "the faults of rotation.md once more",
    "Rotation": "says what is in the document",
    "Connections": "says what is in the document",
    "The console in a portal": "says what is in the document",
    "Height": "what a portal's developers do",
    "Colours": "what a portal's developers do",
    "Name, logo and colour": "for whoever runs it",
    "Clicks that were not meant": "what to beware of",
    "Behind a reverse proxy": "for whoever runs it",
    "Inside another WSGI application": "for whoever runs it",
}
"""Sections from which nothing is to be tried in a browser, and why."""
NOT_SEEN = {
    **dict.fromkeys(
        (
            "The rotation was started",
            "The rotation was completed",
            "The rotation was cancelled",
            "This was sent before",
        ),
        "takes a form that comes twice, while reading fails",
    ),
    "No new token was made": "takes a second half that is refused, while reading fails",
    "Stytch can't be reached": "takes a sandbox that is stopped",
    "The connection to Stytch can't be trusted": "takes a certificate that is none",
}
"""Messages that the sandbox's page can't bring about, and what it would take."""


def plain(text: str) -> str:
    """On one line."""
    return " ".join(text.split())


def sections() -> dict[str, str]:
    """The text of each section of the documents, by its title."""
    found: dict[str, str] = {}
    for document in DOCUMENTS:
        text = re.sub(r"(?ms)^```.*?^```$", "", (ROOT / document).read_text(encoding="utf-8"))
        _, *parts = re.split(r"(?m)^#+ (.+)$", text)
        found |= dict(zip(parts[::2], map(plain, parts[1::2]), strict=True))
    return found


@pytest.mark.parametrize("promise", PROMISES.values(), ids=PROMISES)
def test_each_promise_stands_in_its_document(promise: Promise) -> None:
    assert promise.quote in plain((ROOT / promise.document).read_text(encoding="utf-8"))


def test_each_promise_has_a_story_and_each_story_a_promise() -> None:
    assert sum(map(len, CHAPTERS.values())) == len(STORIES), "two stories have one name"
    assert {name for story in STORIES.values() for name in story.promises} == set(PROMISES)
    assert [story.name for story in STORIES.values() if not story.promises] == []


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_each_step_does_and_then_looks(story: Story) -> None:
    for step in story.steps:
        assert step.items == (*step.actions, *step.expectations)
        assert step.expectations


def test_each_word_of_the_vocabulary_is_used() -> None:
    used = {type(each) for story in STORIES.values() for step in story.steps for each in step.items}
    used |= {type(deed) for story in STORIES.values() for deed in story.world}
    assert used == (subclasses(Action) | subclasses(Expectation)) - {Deed}


def subclasses(of: type) -> set[type]:
    found: set[type] = set()
    each: type
    for each in of.__subclasses__():
        found |= {each, *subclasses(each)}
    return found


def test_each_section_of_the_documents_is_tried() -> None:
    found = sections()
    assert set(NOT_BY_HAND) <= set(found)
    quotes = [promise.quote for promise in PROMISES.values()]
    untried = [title for title, text in found.items() if text and not any(quote in text for quote in quotes)]
    assert sorted(untried) == sorted(NOT_BY_HAND)


def test_each_person_of_the_readme_is_in_a_story() -> None:
    people = set(re.findall(r"(?m)^\| `(\S+@\S+)` \|", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert len(people) > 10
    assert people == {story.who for story in STORIES.values()}


def test_each_message_about_a_rotation_is_in_a_story() -> None:
    text = (ROOT / "docs/rotation.md").read_text(encoding="utf-8")
    table = text.partition("\n## What it says")[2].partition("\n## ")[0]
    titles = [title for row in re.findall(r"(?m)^\| ([^|]+) \|", table)[1:] for title in row.split(" / ")]
    expected = [each.text for each in expectations() if isinstance(each, Heading | Text)]
    assert sorted(set(titles) - set(expected)) == sorted(NOT_SEEN)


def expectations() -> list[Expectation]:
    return [each for story in STORIES.values() for step in story.steps for each in step.expectations]


@pytest.fixture
def client(sandbox: Sandbox, console: Console) -> Iterator[FlaskClient]:
    """A tester's browser at a sandbox that has a console."""
    app = create_sandbox(sandbox.world)
    app.config["CONSOLE_URL"] = console.url
    with app.test_client() as client:
        client.environ_base["HTTP_USER_AGENT"] = "Browser of the test"
        yield client


def go(client: FlaskClient, story: str, **more: str) -> TestResponse:
    """Presses “Take me there”, at the host that the console is at."""
    return client.post(f"{KIT}/stories/{story}/go", base_url="http://127.0.0.1:8001", **more)


def test_what_was_found_is_kept_and_reported(client: FlaskClient, sandbox: Sandbox) -> None:
    client.post(f"{KIT}/tester", data={"tester": "Grace <Hopper>"})
    assert "Browser" not in client.get(f"{KIT}/report").text.partition("<h2")[0].replace("<dt>Browser</dt>", "")
    found = {"outcome-1": "pass", "outcome-2": "fail", "note-2": "=1+1", "outcome-3": "perhaps"}
    page = client.post(f"{KIT}/stories/cancel", data=found, follow_redirects=True).text
    assert "Saved." in page
    assert 'value="fail" checked' in page
    sandbox.world.reset()
    report = client.get(f"{KIT}/report").text
    for said in ("Grace &lt;Hopper&gt;", "Browser of the test", "SCIM Console 0.", "=1+1"):
        assert said in report
    assert report.index("Change one&#39;s mind") < report.index("Replace the token while provisioning goes on")
    saved = client.get(f"{KIT}/report.csv")
    assert saved.headers["Content-Disposition"].startswith('attachment; filename="acceptance-')
    rows = list(csv.DictReader(io.StringIO(saved.text)))
    assert len(rows) == sum(len(story.steps) for story in STORIES.values())
    assert [(row["outcome"], row["note"]) for row in rows if row["story"] == STORIES["cancel"].title][:3] == [
        ("pass", ""),
        ("fail", "'=1+1"),
        ("not tried", ""),
    ]
    client.post(f"{KIT}/start-over")
    assert "=1+1" not in client.get(f"{KIT}/report").text


def test_a_judgement_can_be_taken_back(client: FlaskClient) -> None:
    where = f"{KIT}/stories/double-click"
    states = []
    for outcomes in (("pass", ""), ("pass", "pass"), ("pass", "fail"), ("", "")):
        client.post(where, data={f"outcome-{number}": outcome for number, outcome in enumerate(outcomes, 1)})
        states.append(re.findall(r'double-click">.*?data-state="([^"]+)"', client.get(KIT).text, re.DOTALL)[0])
    assert states == ["begun", "passed", "failed", "not tried"]


def test_take_me_there_signs_in_and_sets_the_world(client: FlaskClient, sandbox: Sandbox, console: Console) -> None:
    before = sandbox.connection().connection_id
    answer = go(client, "rate-limited")
    assert answer.headers["Location"] == f"{console.url}/connections"
    assert any(each.startswith("scim_console=") for each in answer.headers.getlist("Set-Cookie"))
    [session] = sandbox.world.sessions.values()
    assert sandbox.world.members[session.member_id].email_address == "ada@acme.example"
    assert [fault.status for fault in sandbox.world.faults] == [429]
    assert sandbox.connection().connection_id != before
    assert not sandbox.world.requests


def test_where_the_cookie_would_not_come_the_door_is_opened(
    client: FlaskClient, sandbox: Sandbox, console: Console
) -> None:
    answer = client.post(f"{KIT}/stories/may-look/go", base_url="http://localhost:8001")
    assert answer.headers["Location"] == f"{console.url}/login/acme?email=vic%40acme.example"
    assert sandbox.world.faults == []


def test_a_console_that_does_not_answer_is_said(sandbox: Sandbox) -> None:
    app = create_sandbox(sandbox.world)
    app.config["CONSOLE_URL"] = "http://127.0.0.1:9"
    answer = go(app.test_client(), "rotate")
    assert answer.status_code == 409
    assert "does not answer" in answer.text


def test_there_is_no_kit_without_a_console(sandbox: Sandbox) -> None:
    client = create_sandbox(sandbox.world).test_client()
    assert "Acceptance kit" not in client.get("/_sandbox/").text
    assert client.get(KIT).status_code == 404
    assert client.get(f"{KIT}/stories/rotate").status_code == 404


def test_what_is_not_there(client: FlaskClient) -> None:
    assert client.get(f"{KIT}/stories/nothing").status_code == 404
    assert client.post(f"{KIT}/stories/rotate/steps/9/1").status_code == 404
    assert client.post(f"{KIT}/stories/rotate/steps/1/1").status_code == 404


def test_a_deed_that_can_t_be_done(client: FlaskClient) -> None:
    go(client, "stale-page")
    assert client.post(f"{KIT}/stories/stale-page/steps/3/1").status_code == 409


def test_another_site_sets_nothing(client: FlaskClient, sandbox: Sandbox) -> None:
    refused = client.post(f"{KIT}/stories/rotate/go", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert sandbox.world.sessions == {}
