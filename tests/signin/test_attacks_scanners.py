"""Mail scanners, and browsers that load ahead: whoever does not open a mailed link does not use it up."""

import pytest

from tests.conftest import Console, Sandbox
from tests.signin.steps import Visitor
from tests.signin.ways import COMING_BACK, MAILED, ask_for_mail, come_back, finish, last_hop

PREFETCH = {"Sec-Purpose": "prefetch", "Purpose": "prefetch"}
PRERENDER = {"Sec-Purpose": "prefetch;prerender"}


@pytest.mark.parametrize("way", MAILED)
def test_a_scanner_uses_nothing_up(
    visitor: Visitor, other_browser: Visitor, sandbox: Sandbox, console: Console, way: str
) -> None:
    ask_for_mail(visitor, way, sandbox, "vic@acme.example")
    link = visitor.link()
    visitor.requests()
    for _ in range(2):
        other_browser.http.head(link)
        other_browser.get(link)
        other_browser.get(link, headers=PREFETCH)
        other_browser.get(link, headers=PRERENDER)
    assert visitor.requests() == []
    assert finish(visitor, way, last_hop(visitor, link, console)).url.path == "/connections"


@pytest.mark.parametrize("way", COMING_BACK)
def test_nor_does_the_same_browser_by_looking_ahead(
    visitor: Visitor, sandbox: Sandbox, console: Console, way: str
) -> None:
    url = come_back(visitor, way, sandbox, console)
    before = visitor.cookie
    visitor.requests()
    head = visitor.http.head(url)
    assert (head.status_code, head.text) == (204, "")
    for ahead in (PREFETCH, PRERENDER):
        # Browsers keep a page that was loaded ahead for the click, unless it failed.
        assert visitor.get(url, headers=ahead).status_code == 503
    assert visitor.requests() == []
    assert visitor.cookie == before
    assert finish(visitor, way, url).url.path == "/connections"


@pytest.mark.parametrize("path", ["/authenticate/oauth/google_oauth", "/authenticate/portal", "/login/hooli"])
def test_nor_does_it_begin_another_sign_in_by_that(visitor: Visitor, path: str) -> None:
    visitor.ask_for_link("vic@acme.example")
    before = visitor.session["attempt"]
    visitor.http.head(path)
    visitor.get(path, headers=PREFETCH)
    assert visitor.session["attempt"] == before
    assert visitor.get(visitor.link()).url.path == "/connections"
