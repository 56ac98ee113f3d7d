"""What the sweep looks for is found where it is."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.sweep.looks import look_at

DARK = "color-scheme: light dark; background: light-dark(#fff, #000);"
LINE = "a line that is much longer than the room it has, and longer still"
PAGE = """<!doctype html>
<html lang="en"><title>Wrong &#8211; Console</title>
<style>body {{ background: Canvas; color: CanvasText }}
  p {{ margin: 0; font: 16px sans-serif }} .cut {{ overflow: hidden; white-space: nowrap }}</style>
<main><h1>Wrong</h1>{}</main></html>"""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    """A page that has no console behind it."""
    with browser.new_page() as page:
        yield page


@pytest.mark.parametrize(
    ("markup", "finding"),
    [
        (f"<p class='cut' style='width: 90px'>{LINE}</p>", "320 px, light: cut off: <p"),
        (f"<p style='white-space: nowrap'>{LINE * 2}</p>", "768 px, light: wider than the screen: <p"),
        (f"<p style='height: 20px'>{LINE}</p><p>And the next</p>", "320 px, light: on top of each other: <p"),
        ("<p class='cut' style='width: 64px'>Just fits</p>", "320 px, light: with more space in its text, cut off"),
        ("<p style='color: #bbb; background: #fff'>Pale</p>", "320 px, light: ['color-contrast'"),
        (f"<p style='{DARK} color: light-dark(#000, #444)'>Pale</p>", "320 px, dark: ['color-contrast'"),
        ("<p style='forced-color-adjust: none; color: #111'>Dark</p>", "forced colours: ['color-contrast'"),
        ("<button style='width: 9px; padding: 0'>a</button><button>b</button>", "768 px, light: ['target-size'"),
        ("<button aria-label='Something else'>End it</button>", "320 px, light: ['label-content-name-mismatch'"),
        ("<h3>Too deep</h3>", "320 px, light: ['heading-order'"),
        ("<label>Code <input autocomplete='off' type='password'></label>", "autocomplete: <input"),
        ("<label>Code <input autocomplete='off' aria-invalid='true'></label>", "nothing says what is wrong: <input"),
        ("<button style='transition: color 1s'>Slow</button>", "moves: <button"),
    ],
)
def test_what_is_wrong(page: Page, markup: str, finding: str) -> None:
    page.set_content(PAGE.format(markup))
    assert [each for each in look_at(page, page.main_frame) if finding in each]


def test_nothing_is_wrong(page: Page) -> None:
    page.set_content(PAGE.format("<p>All is well. <a href='#'>Go on</a></p><button>Press it</button>"))
    assert look_at(page, page.main_frame) == []
