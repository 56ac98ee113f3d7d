"""Signing in over HTTP as a browser does it: pages are read, forms filled in, buttons pressed."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.conftest import Console, Sandbox
from tests.visits import link
from webapp.sandbox.authentication import sign_in
from webapp.sandbox.sessions import email_factor
from webapp.sandbox.world import World
from webapp.web.cookies import Encryption

COOKIE = "scim_console"


@dataclass
class Form:
    """A form of a page: where it goes, what is in it, and the words on its buttons, with what each sends."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    sends: list[dict[str, str]] = field(default_factory=list)

    def sent_by(self, button: str) -> dict[str, str]:
        """What it sends when this button, named by its first words, is pressed."""
        own = next(own for words, own in zip(self.buttons, self.sends, strict=True) if words.strip().startswith(button))
        return {**self.fields, **own}


class _Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._in_button = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and self.forms and "name" in given:
            if given.get("type") in ("checkbox", "radio") and "checked" not in given:
                return
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "button" and self.forms:
            self._in_button = True
            self.forms[-1].buttons.append("")
            self.forms[-1].sends.append({given["name"]: given.get("value", "")} if "name" in given else {})

    def handle_endtag(self, tag: str) -> None:
        self._in_button = self._in_button and tag != "button"

    def handle_data(self, data: str) -> None:
        if self._in_button:
            self.forms[-1].buttons[-1] += data


def form(page: httpx.Response, button: str) -> Form:
    """The form that this button, named by its first words, sends."""
    return form_of(page.text, button)


def form_of(html: str, button: str) -> Form:
    """The same of a page's HTML."""
    forms = _Forms(html).forms
    found = [each for each in forms if any(words.strip().startswith(button) for words in each.buttons)]
    assert found, f"no button {button!r} among {[each.buttons for each in forms]}"
    return found[0]


def heading(page: httpx.Response) -> str:
    """The one heading that says what the page is."""
    (title,) = re.findall(r"<h1>(.*?)</h1>", page.text, re.DOTALL)
    return unescape(title)


def begin_session(world: World, email: str, slug: str) -> dict[str, Any]:
    """A session of an hour that Stytch has just begun, as the console's cookie keeps it."""
    organization = world.find_organization(slug)
    member = world.find_member(organization.organization_id, email=email)
    now = world.clock.now()
    answer = sign_in(world, member, (email_factor("magic_link", email, now),), 60, None)
    [session] = [each for each in world.sessions.values() if each.session_token == answer["session_token"]]
    return {
        "session_token": session.session_token,
        "session_jwt": answer["session_jwt"],
        "member_id": member.member_id,
        "email": email,
        "organization_id": organization.organization_id,
        "organization_name": organization.organization_name,
        "organization_slug": organization.organization_slug,
        "session_id": session.member_session_id,
        "started_at": session.started_at,
        "adopted": False,
        "has_second_factor": bool(member.totp_registration_id or member.mfa_phone_number),
        "ends_at": session.expires_at,
    }


class Visitor:
    """Somebody with a browser of their own. Redirects are followed; `answer.history` has them."""

    def __init__(self, console: Console, sandbox: Sandbox, http: httpx.Client) -> None:
        self.http = http
        self._console = console
        self._sandbox = sandbox
        self._encryption = Encryption([console.settings.secret_key])

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.http.get(path, **options)

    def press(self, page: httpx.Response, button: str, **fields: str | list[str]) -> httpx.Response:
        """Fills the form's fields in and presses its button."""
        pressed = form(page, button)
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": self._console.settings.origin, "Referer": str(page.url)}
        return self.http.post(
            page.url.join(pressed.action), data={**pressed.sent_by(button), **fields}, headers=headers
        )

    def click(self, page: httpx.Response, text: str) -> httpx.Response:
        """Follows the page's link with this text."""
        return self.get(link(page, text), headers={"Sec-Fetch-Site": "same-origin"})

    def ask_for_link(self, email: str, page: httpx.Response | None = None) -> httpx.Response:
        """Asks for a link on the sign-in page given; else on the console's."""
        # Stytch mails an address one link a second, by its own clock.
        self._sandbox.world.clock.advance(1)
        return self.press(page or self.get("/login"), "Email me", email=email)

    def link(self) -> str:
        """The link in the newest mail to anybody."""
        link = self._sandbox.world.inbox[0].link
        assert link
        return link

    def code(self) -> str:
        """The code in the newest mail or text message to anybody."""
        code = self._sandbox.world.inbox[0].code
        assert code
        return code

    def sign_in(
        self, email: str, organization: str | None = None, page: httpx.Response | None = None
    ) -> httpx.Response:
        """Goes the whole way, from the sign-in page given; answers the page it ends on."""
        self.ask_for_link(email, page)
        answer = self.get(self.link())
        return answer if organization is None else self.press(answer, organization)

    def arrive(self, email: str, slug: str) -> dict[str, Any]:
        """Comes with a session of an hour that Stytch has just begun, and its cookie; answers the cookie's member."""
        kept = begin_session(self._sandbox.world, email, slug)
        self.session = {"member": kept}
        return kept

    @property
    def cookie(self) -> str:
        """The session cookie as it is sent; empty when there is none."""
        return self.http.cookies.get(COOKIE) or ""

    @cookie.setter
    def cookie(self, value: str) -> None:
        self.http.cookies.clear()
        self.http.cookies.set(COOKIE, value, domain="127.0.0.1", path="/")

    @property
    def session(self) -> dict[str, Any]:
        """What is in the session cookie."""
        opened: dict[str, Any] = self._encryption.loads(self.cookie)
        return opened

    @session.setter
    def session(self, content: dict[str, Any]) -> None:
        self.cookie = self._encryption.dumps(content)

    def requests(self) -> list[str]:
        """What Stytch's API was asked since the last look, oldest first, such as `POST sessions/authenticate`."""
        world = self._sandbox.world
        with world.lock:
            asked = [entry for entry in reversed(world.requests) if entry.path.startswith("/v1/b2b/")]
            world.requests.clear()
        return [f"{entry.method} {entry.path.removeprefix('/v1/b2b/')}" for entry in asked]


@contextmanager
def visitor_of(console: Console, sandbox: Sandbox) -> Iterator[Visitor]:
    """A visitor with a new browser."""
    with httpx.Client(base_url=console.url, follow_redirects=True, timeout=15) as http:
        yield Visitor(console, sandbox, http)
