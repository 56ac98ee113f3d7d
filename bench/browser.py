"""(d): what a browser loads, and how long a person waits in front of it: Chromium, with an empty cache each time."""

import gzip
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median

import httpx
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from bench.measure import Measured, at_most, exactly, in_turns
from bench.stage import Admin, Served, Stage, stage
from tests.signin.steps import COOKIE
from tools import chromium

TURNS = 12
# Done when what is looked for has been in a frame: the frame after the one that it was there for.
PAINTED = """(() => {
  const began = {};
  addEventListener("pointerdown", (event) => { began.click ??= event.timeStamp; }, true);
  window.painted = (selector) => new Promise((done, failed) => {
    setTimeout(() => failed(`no ${selector}`), 30000);
    const look = () => requestAnimationFrame(document.querySelector(selector)
      ? () => done(performance.now() - (began.click ?? 0)) : look);
    look();
  });
})()"""


def measure() -> list[Measured]:
    """Sizes, then times."""
    path = chromium.find()
    assert path is not None, "no Chromium: `make test` gets one"
    with stage(6) as sandbox, sandbox.serve() as console, sync_playwright() as playwright:
        [admin] = sandbox.admins
        browser = chromium.launch(playwright, path)
        measured = [*_sizes(console, admin), *_loads(browser, console, admin)]
        measured += [_first_load(browser, console, admin)]
        for delay, most, portal in ((0.0, 125, 161), (0.05, 160, 209)):
            measured.append(_confirmation(browser, sandbox, console, admin, delay, most, portal))
        browser.close()
    return measured


def _sizes(console: Served, admin: Admin) -> list[Measured]:
    with console.client(admin) as http:
        html = http.get(admin.path).raise_for_status()
        files = re.findall(r'(?:href|src)="([^"]+\.(?:css|js))"', html.text)
        sent = {file: _sent(http, file) for file in files}
    page, rest = len(gzip.compress(html.content)), sum(sent.values())
    styles = sum(size for file, size in sent.items() if file.endswith(".css"))
    return [
        at_most(
            "First load: HTML, CSS and JS",
            (page + rest) / 1024,
            30,
            unit="KB",
            baseline=f"HTML {page / 1024:.1f} KB if it were compressed ({len(html.content) / 1024:.1f} as it is sent),"
            f" CSS {styles / 1024:.1f}, JS {(rest - styles) / 1024:.1f}",
        )
    ]


def _sent(http: httpx.Client, file: str) -> int:
    """Bytes of the body as it travels."""
    with http.stream("GET", file, headers={"Accept-Encoding": "gzip, br"}) as answer:
        return len(b"".join(answer.iter_raw()))


def _loads(browser: Browser, console: Served, admin: Admin) -> list[Measured]:
    """What is asked for at the first look, and what at the next."""
    with _context(browser, console, admin) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        html = page.goto(admin.path)
        assert html
        linked = {console.url + path for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', html.text())}
        page.wait_for_load_state("networkidle")
        files = asked.copy()[1:]
        page.goto(admin.path, wait_until="networkidle")
        loaded = page.evaluate(
            "performance.getEntriesByType('resource').filter((each) => each.transferSize > 0).map((each) => each.name)"
        )
    return [
        exactly(
            "First load: files that the HTML does not name",
            len([url for url in files if url not in linked]),
            0,
            baseline=f"of {len(files)} files: one round trip after the HTML",
        ),
        exactly("Repeat load: files beside the HTML", len(loaded), 0),
    ]


def _first_load(browser: Browser, console: Served, admin: Admin) -> Measured:
    """From the navigation to the connection on the screen, beside a page of nothing of the same server."""

    def until(path: str, selector: str) -> Callable[[], float]:
        def load() -> float:
            with _context(browser, console, admin) as context:
                page = context.new_page()
                page.goto(path, wait_until="commit")
                return _milliseconds(page, selector)

        return load

    times = in_turns(TURNS, {"page": until(admin.path, "article[data-rotation]"), "blank": until("/healthz", "body")})
    page, blank = median(times["page"]), median(times["blank"])
    return at_most(
        "Connection painted, after a blank page would be",
        page - blank,
        170,
        unit="ms",
        baseline=f"{blank:.0f} ms: a blank page of the same server; {page:.0f} in all",
    )


def _confirmation(
    browser: Browser, sandbox: Stage, console: Served, admin: Admin, delay: float, most: float, portal: float
) -> Measured:
    """From the click that opens the review to the new state on the screen, through the tick and the second click."""
    with _context(browser, console, admin) as context:
        page = context.new_page()

        def confirm() -> float:
            sandbox.delay(0)
            sandbox.start_rotation(admin)
            page.goto(admin.path, wait_until="networkidle")
            opener = _middle(page, "a[data-opens^=complete]")
            page.evaluate("document.querySelector('dialog[id^=complete]').showModal()")
            review = "dialog[id^=complete] "
            box, button = _middle(page, f"{review}input[type=checkbox]"), _middle(page, f"{review}button")
            page.evaluate("document.querySelector('dialog[id^=complete]').close()")
            sandbox.delay(delay)
            for at in (opener, box, button):
                page.mouse.click(*at)
            return _milliseconds(page, "article[data-rotation=none]")

        times = in_turns(TURNS, {"console": confirm})["console"]
    sandbox.delay(0)
    what = f"Confirming a rotation, {delay * 1000:.0f} ms a call to Stytch"
    baseline = f"{portal} ms: a portal that renders in the browser"
    return at_most(what, median(times), most, unit="ms", baseline=baseline, ratio=f"{median(times) / portal:.2f}")


@contextmanager
def _context(browser: Browser, console: Served, admin: Admin) -> Iterator[BrowserContext]:
    """A browser without a cache, signed in."""
    context = browser.new_context(base_url=console.url, viewport={"width": 1280, "height": 1200})
    context.add_cookies([{"name": COOKIE, "value": admin.cookie, "url": console.url}])
    context.add_init_script(PAINTED)
    yield context
    context.close()


def _milliseconds(page: Page, selector: str) -> float:
    milliseconds: float = page.evaluate("(selector) => painted(selector)", selector)
    return milliseconds


def _middle(page: Page, selector: str) -> tuple[float, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
