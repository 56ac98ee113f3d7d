"""People at the console, and the two ways in which a browser sends a form."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from html import unescape

import httpx
import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor, form, visitor_of

Enter = Callable[..., tuple[Visitor, httpx.Response]]
Press = Callable[..., httpx.Response]


@pytest.fixture
def enter(console: Console, sandbox: Sandbox) -> Iterator[Enter]:
    """Signs somebody in with a browser of their own: that, and the page they are on; no call to Stytch yet counted."""
    with ExitStack() as browsers:

        def run(email: str = "olga@acme.example", organization: str | None = None) -> tuple[Visitor, httpx.Response]:
            visitor = browsers.enter_context(visitor_of(console, sandbox))
            page = visitor.sign_in(email, organization)
            sandbox.world.requests.clear()
            return visitor, page

        yield run


def press_plainly(visitor: Visitor, page: httpx.Response, button: str, **fields: str | list[str]) -> httpx.Response:
    """The form as browsers send it; redirects are followed."""
    return visitor.press(page, button, **fields)


def press_by_htmx(visitor: Visitor, page: httpx.Response, button: str, **fields: str | list[str]) -> httpx.Response:
    """The form as htmx sends it."""
    pressed = form(page, button)
    return visitor.http.post(pressed.action, data={**pressed.fields, **fields}, headers=htmx(page))


def htmx(page: httpx.Response) -> dict[str, str]:
    """What htmx sends with a request from a page, or from what it swapped into one."""
    origin = f"{page.url.scheme}://{page.url.netloc.decode()}"
    return {
        "Sec-Fetch-Site": "same-origin",
        "Origin": origin,
        "HX-Request": "true",
        "HX-Request-Type": "partial",
        "HX-Current-URL": page.request.headers.get("HX-Current-URL", str(page.url)),
    }


@pytest.fixture(params=[press_plainly, press_by_htmx], ids=["plain", "htmx"])
def press(request: pytest.FixtureRequest) -> Press:
    """Presses a button, named by its first words."""
    pressing: Press = request.param
    return pressing


def words(answer: httpx.Response) -> str:
    """All of an answer's text, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


def notice(answer: httpx.Response) -> str:
    """The text of the message at the card as eyes see it; empty when there is none."""
    found = re.search(r'<section class="notice[^>]*>(.*?)</section>', answer.text.split("<template")[0], re.DOTALL)
    if not found:
        return ""
    seen = found[1].replace('<span class="visually-hidden">token ending in </span>', "")
    within = re.sub(r"</?(?:code|span|time)\b[^>]*>", "", seen)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", within)).split())


def _own(html: str) -> str:
    """The page without the dialog that every page has, about the session's end."""
    return html.partition('<dialog id="session-end"')[0]


def buttons(answer: httpx.Response) -> list[str]:
    """The words on the answer's buttons, but for those that copy."""
    found = re.findall(r"<button(?![^>]*data-copy)[^>]*>(.*?)</button>", _own(answer.text), re.DOTALL)
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", each)).split()) for each in found]


def changing(names: list[str]) -> list[str]:
    """Those of the buttons that change a connection."""
    return [name for name in names if name.startswith(("Start", "Complete", "Cancel"))]


def rotation(answer: httpx.Response) -> str:
    """Whether the card says that a rotation is open: `none` or `started`; empty without a card."""
    _, _, rest = answer.text.partition('data-rotation="')
    return rest.partition('"')[0]
