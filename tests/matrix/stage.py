"""One console before one sandbox, on real sockets, where the same scene is played again and again."""

import io
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx
from flask import Flask

from tests.conftest import Console, Sandbox
from tests.connections.conftest import press_by_htmx, press_plainly
from tests.signin.steps import Visitor
from webapp.history.database import Database
from webapp.rotation import Lifecycle, Rotations

READ_SECONDS, TOTAL_SECONDS = 0.3, 2.0
"""As 5 to 8 in production: a second try fits in after the first one's time is up."""
BUTTONS = {"start": "Start rotation", "complete": "Complete: switch off", "cancel": "Cancel: switch off"}
CHECK_AGAIN = {"Sec-Fetch-Site": "same-origin", "HX-Request": "true", "HX-Request-Type": "partial"}
Press = Callable[..., httpx.Response]


@dataclass
class Stage:
    """The console, the sandbox, and olga@acme.example's browser.

    The console's rotations keep the sandbox's time: what is late arrives, and what has to settle settles, by its clock.
    Of the scene so far there are: the console's `answers`, all `tokens` that Stytch had, oldest first, and the
    `secrets` of Olga's sessions.
    """

    app: Flask
    console: Console
    sandbox: Sandbox
    visitor: Visitor
    logs: io.StringIO
    empty_history: Path
    folder: Path
    answers: list[httpx.Response] = field(default_factory=list)
    scenes: int = 0
    history: Database = field(init=False)
    history_file: Path = field(init=False)
    secrets: list[str] = field(init=False)
    member_id: str = field(init=False)
    tokens: list[str] = field(init=False)

    def begin(self) -> None:
        """A new scene: the world of the first minute, no history, and Olga signed in."""
        world = self.sandbox.world
        world.reset()
        if self.scenes:
            self.history.close()
        self.scenes += 1
        self.history_file = Path(shutil.copy(self.empty_history, self.folder / f"history-{self.scenes}.sqlite3"))
        self.history = Database(f"sqlite:///{self.history_file}")
        rotations = Rotations(self.app.extensions["stytch"], self.history, world.clock.now)
        lifecycle = Lifecycle(self.app.extensions["stytch"], self.history, world.clock.now)
        services = {"rotations": rotations, "lifecycle": lifecycle}
        self.app.extensions.update(services, history=self.history, now=world.clock.now)
        self.secrets = []
        self.logs.seek(0)
        self.logs.truncate()
        self.sign_in()
        self.visitor.http.event_hooks = {"response": [httpx.Response.read, self.answers.append]}
        self.answers.clear()
        self.tokens = []
        self.note_tokens()

    def sign_in(self) -> None:
        """A new session of Olga's, in her cookie."""
        kept = self.visitor.arrive("olga@acme.example", "acme")
        self.member_id = kept["member_id"]
        self.secrets += [kept["session_token"], kept["session_jwt"]]

    def let_jwt_run_out(self) -> None:
        """Only Stytch can confirm the session from now on."""
        content = self.visitor.session
        self.visitor.session = {**content, "member": {**content["member"], "session_jwt": ""}}

    @property
    def path(self) -> str:
        """The page of Acme's connection."""
        return f"/connections/{self.sandbox.connection().connection_id}"

    def look(self, press: Press = press_plainly) -> httpx.Response:
        """Opens the connection's page, or asks for its card as “Check again” does."""
        headers = CHECK_AGAIN | {"HX-Current-URL": self.console.url + self.path} if press is press_by_htmx else {}
        answer = self.at_sign_in(self.visitor.get(self.path, headers=headers))
        self.note_tokens()
        return answer

    def press(self, press: Press, page: httpx.Response, call: str, **fields: str) -> httpx.Response:
        """Presses the button for a change; where htmx is told to leave for another page, that page."""
        given = {"confirmed": "yes"} if call == "complete" else {}
        answer = self.at_sign_in(press(self.visitor, page, BUTTONS[call], **given, **fields))
        self.note_tokens()
        return answer

    def at_sign_in(self, answer: httpx.Response) -> httpx.Response:
        """The page to which htmx leaves, else the answer itself."""
        to = answer.headers.get("HX-Redirect")
        return self.visitor.get(to) if to else answer

    def note_tokens(self) -> None:
        """Remembers the tokens that Stytch has now: none of them may ever be where it does not belong."""
        connection = self.sandbox.world.connection_of(self.sandbox.world.find_organization("acme").organization_id)
        for token in (connection.bearer_token, connection.next_bearer_token) if connection else ():
            if token and token not in self.tokens:
                self.tokens.append(token)

    def shown(self, token: str) -> list[httpx.Response]:
        """The answers in whose bodies this token stands."""
        return [answer for answer in self.answers if token in answer.text]

    def changes(self, call: str) -> int:
        """How often Stytch was asked for this change in the scene."""
        return self.sandbox.calls().count(f"POST {call}")


def title(answer: httpx.Response) -> str:
    """What the answer says first: the title of its notice, else of its page; a card alone is all that its page is."""
    html = answer.text.split("<template")[0]
    found = re.search(r'class="notice__title"[^>]*>(.*?)</h\d>', html) or re.search(r"<h1>(.*?)</h1>", html)
    return unescape(found[1]) if found else "SCIM connection"


def lanes(answer: httpx.Response) -> list[tuple[str, str]]:
    """The tokens on the card: what the picture says of each, and its last four."""
    return re.findall(r'class="lane lane--(\w+)[^"]*">.*?token ending in </span>([\w-]{4})', answer.text, re.DOTALL)
