"""Where a walk takes place: somebody's browser at the console, alone on its page or in a frame of a portal's page."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx
from playwright.sync_api import Frame, Locator, Page, Response, expect

from tests.browser.steps import ask, give_code, newest_code
from tests.conftest import Console, Sandbox
from tests.signin.steps import COOKIE, Visitor
from webapp.history.database import Database

TEMPLATES = "x-templates"
"""The header of an answer that names the templates it was made of."""


@dataclass
class Stage:
    """`view` is what shows the console: the page itself, or the frame in it when `framed`."""

    page: Page
    view: Frame
    console: Console
    sandbox: Sandbox
    history: Database
    framed: bool
    templates: set[str] = field(default_factory=set)
    """Those that the page on show was made of, with what was swapped into it since."""

    def __post_init__(self) -> None:
        self.show(self.page, self.view)

    def show(self, page: Page, view: Frame) -> None:
        """Goes on in another window, or in another frame."""
        if page is not self.page or view is self.view:
            page.on("response", self._note)
            page.on("dialog", lambda dialog: dialog.accept())  # a page with a token asks before it is left
        self.page, self.view = page, view

    def _note(self, response: Response) -> None:
        if TEMPLATES not in response.headers:
            return
        if response.request.is_navigation_request() and response.frame == self.view:
            self.templates.clear()
        self.templates.update(response.headers[TEMPLATES].split())

    def arrive(self, email: str = "ada@acme.example", slug: str = "acme", path: str = "/connections") -> None:
        """Somebody's session begins at Stytch and here, and they look at the path."""
        with httpx.Client(base_url=self.console.url) as http:
            visitor = Visitor(self.console, self.sandbox, http)
            visitor.arrive(email, slug)
            self.page.context.clear_cookies()
            self.page.context.add_cookies([{"name": COOKIE, "value": visitor.cookie, "url": self.console.url}])
        self.goto(path)

    def goto(self, path: str) -> None:
        """Opens a path of the console, or a whole URL."""
        self.view.goto(path if "://" in path else self.console.url + path)

    def link(self, name: str) -> Locator:
        """The link of this name in the page's main part."""
        return self.view.get_by_role("main").get_by_role("link", name=name)

    def see(self, title: str) -> None:
        """Waits for a heading of exactly this text."""
        expect(self.view.get_by_role("heading", name=title, exact=True)).to_be_visible()

    def prove_address(self, email: str, door: str = "/login") -> None:
        """Signs in at a door by a mailed code, as far as that suffices."""
        self.goto(door)
        ask(self.view, email, "Email me a code")
        self.see("Enter the code")
        give_code(self.view, self.code(email))

    def code(self, to: str) -> str:
        """The code in the newest mail to this address, or text message to this number."""
        return newest_code(self.sandbox, to)


Walk = Callable[[Stage], Iterator[str]]
"""Goes from state to state, and yields the name of each once the page shows it."""
