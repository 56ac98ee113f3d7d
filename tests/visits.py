"""A browser without a browser: follows the sandbox's redirects and links until it is sent to the application."""

import html
import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

from webapp.sandbox.identifiers import PUBLIC_TOKEN

REDIRECT_URL = "http://127.0.0.1:8000/login/callback"
VERIFIER = "a-verifier-of-at-least-forty-three-characters-long"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


def open_page(url: str) -> httpx.Response:
    """The first answer that is no redirect within the sandbox."""
    answer = httpx.get(url)
    while answer.is_redirect and urljoin(url, answer.headers["Location"]).startswith(_origin(url)):
        answer = httpx.get(urljoin(url, answer.headers["Location"]))
    return answer


def link(page: httpx.Response, text: str) -> str:
    """Where the page's link with this text leads."""
    (href,) = re.findall(rf'<a[^>]* href="([^"]*)"[^>]*>\s*{re.escape(text)}\s*</a>', page.text)
    return urljoin(str(page.url), html.unescape(href))


def start_url(origin: str, path: str, **query: str) -> str:
    """An address of Stytch's that begins a visit, with the public token unless `query` has another."""
    return f"{origin}{path}?{httpx.QueryParams({'public_token': PUBLIC_TOKEN, **query})}"


def answer_to_application(answer: httpx.Response) -> dict[str, str]:
    """The query with which the browser is sent to the application."""
    assert answer.status_code == 302
    target = urlsplit(answer.headers["Location"])
    assert target._replace(query="").geturl() == REDIRECT_URL
    return dict(parse_qsl(target.query))


def discover_by_oauth(origin: str, provider: str, press: str, **query: str) -> dict[str, str]:
    """What the application gets after a discovery visit on which the link `press` was followed."""
    path = f"/v1/b2b/public/oauth/{provider}/discovery/start"
    page = open_page(start_url(origin, path, discovery_redirect_url=REDIRECT_URL, **query))
    return answer_to_application(open_page(link(page, press)))


def visit_oauth(origin: str, provider: str, press: str, **query: str) -> dict[str, str]:
    """The same for the sign-in to one organization, which `query` names."""
    path = f"/v1/b2b/public/oauth/{provider}/start"
    page = open_page(start_url(origin, path, login_redirect_url=REDIRECT_URL, **query))
    return answer_to_application(open_page(link(page, press)))


def visit_sso(origin: str, press: str, **query: str) -> dict[str, str]:
    """The same through an IdP, whose connection or organization `query` names."""
    page = open_page(start_url(origin, "/v1/public/sso/start", login_redirect_url=REDIRECT_URL, **query))
    return answer_to_application(open_page(link(page, press)))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"
