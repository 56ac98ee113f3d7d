"""A person at the pretend portal, without a browser: presses its buttons, keeps its cookie."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx

from webapp.sandbox.identifiers import CONNECTED_APP_ID, CONNECTED_APP_SECRET

REDIRECT_URI = "http://127.0.0.1:8000/login/portal/callback"


@dataclass(frozen=True)
class Portal:
    """The portal in one browser."""

    http: httpx.Client

    def open(self, **changes: str | None) -> httpx.Response:
        """The authorization page, as the console asks for it but for `changes`; None leaves a parameter out."""
        asked: dict[str, str | None] = {
            "client_id": CONNECTED_APP_ID,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid email profile full_access",
            "state": "a-state",
            **changes,
        }
        params = {name: value for name, value in asked.items() if value is not None}
        return self.http.get("/_sandbox/portal/authorize", params=params)

    def press(self, page: httpx.Response, name: str) -> httpx.Response:
        """The answer to pressing the page's button; redirects within the portal are followed."""
        forms = re.findall(r'<form[^>]*method="post"(?: action="([^"]*)")?>(.*?)</form>', page.text, re.DOTALL)
        for action, form in forms:
            for attributes, text in re.findall(r"<button([^>]*)>(.*?)</button>", form, re.DOTALL):
                if html.unescape(text).strip() == name:
                    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
                    fields |= dict(re.findall(r'name="([^"]*)" value="([^"]*)"', attributes))
                    given = {key: html.unescape(value) for key, value in fields.items()}
                    answer = self.http.post(action or str(page.url), data=given)
                    if answer.is_redirect and answer.headers["Location"].startswith("/"):
                        return self.http.get(answer.headers["Location"])
                    return answer
        raise AssertionError(f"no button {name!r} on the page")

    def allowed(self, person: str, **changes: str | None) -> dict[str, str]:
        """What the application is sent when `person` ("ada@acme.example of Acme") signs in and allows it."""
        consent = self.press(self.open(**changes), person)
        return sent_to_application(self.press(consent, "Allow"))


@contextmanager
def portal(url: str) -> Iterator[Portal]:
    """The portal of the sandbox at `url`, in a new browser."""
    with httpx.Client(base_url=url) as http:
        yield Portal(http)


def sent_to_application(answer: httpx.Response) -> dict[str, str]:
    """The query with which the browser is sent to the application."""
    assert answer.status_code in (302, 303)
    target = urlsplit(answer.headers["Location"])
    assert target._replace(query="").geturl() == REDIRECT_URI
    return dict(parse_qsl(target.query))


def redeem(url: str, code: str, /, **changes: str) -> httpx.Response:
    """The token endpoint's answer to a code, with the application's secret in the body."""
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT_URI,
        "client_id": CONNECTED_APP_ID,
        "client_secret": CONNECTED_APP_SECRET,
        **changes,
    }
    return httpx.post(f"{url}/v1/oauth2/token", data=body)
