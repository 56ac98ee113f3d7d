"""The history in Chromium, with JavaScript and without."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import press, sign_in
from tests.conftest import Console, Sandbox
from tests.history import samples
from tests.history.consoles import console_over, of
from webapp.history.database import Database

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def history(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'history.db'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def console(history: Database, sandbox: Sandbox) -> Iterator[Console]:
    """The console over a history of 59 sign-ins by vic, who signs in once more, and a rotation by ada and olga."""
    ada, olga, vic = (of(sandbox, "acme", name) for name in ("ada", "olga", "vic"))
    samples.record(history, *[samples.sign_in(vic)] * 59, apart=timedelta(seconds=1))
    rotation = (samples.start(by=ada), samples.complete(by=olga))
    samples.record(history, *rotation, at=samples.NOON + timedelta(hours=1), apart=timedelta(minutes=29))
    with console_over(history, sandbox) as console:
        yield console


def test_filter_page_back_and_evidence(either_page: Page, sandbox: Sandbox, javascript: bool) -> None:
    page = either_page
    sign_in(page, sandbox, "vic@acme.example")
    page.goto("/history")
    title = page.locator("#events-title")
    expect(title).to_have_text("50 events, and there are older ones")

    page.get_by_label("Person").select_option("vic@acme.example")
    press(page, "Filter")
    expect(page.locator(".log tbody tr")).to_have_count(50)
    expect(page.locator(".log")).not_to_contain_text("olga@acme.example")
    expect(page).to_have_url(re.compile("email=vic"))
    if javascript:
        expect(page.get_by_role("button", name="Filter")).to_be_focused()
        expect(page.get_by_role("status")).to_have_text("50 events, and there are older ones")

    page.get_by_role("link", name="Older", exact=True).click()
    expect(title).to_have_text("10 older events")
    expect(page).to_have_url(re.compile("before="))
    if javascript:
        expect(title).to_be_focused()
        expect(page.get_by_role("status")).to_have_text("10 older events")
    page.go_back()
    expect(title).to_have_text("50 events, and there are older ones")
    expect(page.get_by_label("Person")).to_have_value("vic@acme.example")

    page.get_by_label("Person").select_option("")
    page.get_by_label("Action").select_option("Complete rotation")
    press(page, "Filter")
    expect(page.locator(".log tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Evidence").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Evidence of a token rotation")
    expect(page.get_by_role("main")).to_contain_text("29 minutes")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_nothing_is_wider_than_the_screen(page: Page, sandbox: Sandbox, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    sign_in(page, sandbox, "vic@acme.example")
    for path in ("/history?type=rotation.complete", "/history", "/history/rotations/61", "/history?email=nobody"):
        page.goto(path)
        assert page.evaluate(OVERFLOW) <= 0, path
    expect(page.get_by_role("row")).to_have_count(0)
    page.goto("/history/rotations/61")
    expect(page.get_by_role("columnheader", name="Outcome")).to_have_count(1)
    expect(page.get_by_role("row")).to_have_count(5)


def test_no_answer_is_said(page: Page, sandbox: Sandbox) -> None:
    sign_in(page, sandbox, "vic@acme.example")
    page.goto("/history")
    page.route("**/history?*", lambda route: route.fulfill(status=504, body="<h1>gateway</h1>"))
    press(page, "Filter")
    expect(page.get_by_role("heading", name="The console did not answer")).to_be_focused()
    expect(page.locator(".log tbody tr")).to_have_count(50)


def test_the_evidence_on_paper(page: Page, sandbox: Sandbox) -> None:
    """What is printed is the sheet: all of it, in dark ink on white, and nothing to press."""
    sign_in(page, sandbox, "vic@acme.example")
    page.emulate_media(media="print", color_scheme="dark")
    page.goto("/history/rotations/61")
    paper = page.locator("body")
    for shown in (
        "Evidence of a token rotation",
        "SHA-256",
        "29 minutes",
        "olga@acme.example",
        "request-id-test-start",
    ):
        expect(page.get_by_text(shown).first).to_be_visible()
    for link in ("History", "Connections"):
        expect(paper.get_by_role("link", name=link, exact=True)).to_have_count(0)
    expect(paper.get_by_role("button")).to_have_count(0)
    ink, ground = page.evaluate(
        "[getComputedStyle(document.querySelector('.evidence')).color, getComputedStyle(document.body).backgroundColor]"
    )
    assert brightness(ink) < 0.3
    assert brightness(ground) > 0.9
    page.set_viewport_size({"width": 672, "height": 1000})  # A4 between its margins
    outcome = page.get_by_role("columnheader", name="Outcome").bounding_box()
    assert outcome, "a table on paper too, narrow as that is"
    assert page.evaluate("document.documentElement.scrollWidth") <= 672
    pdf = page.pdf(format="A4")
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") in (1, 2), "a sheet or two"


def brightness(color: str) -> float:
    """Of a CSS colour, 0 to 1; what is transparent is paper."""
    parts = [float(part) for part in re.findall(r"[\d.]+", color)]
    if len(parts) == 4 and parts[3] == 0:
        return 1
    return sum(parts[:3]) / 3 / (1 if color.startswith(("oklch", "color")) else 255)
