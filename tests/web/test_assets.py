"""Static files: named after their content, kept for ever, and checked by browsers."""

import base64
import gzip
import hashlib
import re
from pathlib import Path

import pytest

from tests.conftest import Console
from tests.signin.steps import Visitor
from tests.web.apps import app_of
from webapp.web import assets


def of_page(visitor: Visitor) -> dict[str, str]:
    """Path → integrity of the page's files; an icon has none."""
    page = visitor.get("/login").text
    tags = re.findall(r"<(?:link|script)\b[^>]*>", page)
    found = {}
    for tag in tags:
        path = re.findall(r'(?:href|src)="(.+?)"', tag)[0]
        found[path] = "".join(re.findall(r'integrity="(.+?)"', tag))
    return found


def test_each_is_named_after_its_content_and_kept_for_ever(visitor: Visitor) -> None:
    files = of_page(visitor)
    assert len(files) == 5
    for path, integrity in files.items():
        answer = visitor.get(path)
        assert answer.headers["Cache-Control"] == "max-age=315360000, public, immutable"
        assert hashlib.sha256(answer.content).hexdigest()[:12] == path.split(".")[-2]
        digest = base64.b64encode(hashlib.sha384(answer.content).digest()).decode()
        assert integrity == f"sha384-{digest}" or (path.endswith(".svg") and not integrity)


def sent(visitor: Visitor, path: str, encodings: str) -> tuple[str, int]:
    """How a file is encoded for a browser that takes these, and how many bytes then travel."""
    with visitor.http.stream("GET", path, headers={"Accept-Encoding": encodings}) as answer:
        return answer.headers.get("Content-Encoding", ""), len(b"".join(answer.iter_raw()))


@pytest.mark.parametrize(("encodings", "encoding"), [("gzip, deflate, br, zstd", "br"), ("gzip", "gzip"), ("", "")])
def test_each_is_sent_as_small_as_the_browser_takes_it(visitor: Visitor, encodings: str, encoding: str) -> None:
    for path in of_page(visitor):
        assert sent(visitor, path, encodings)[0] == encoding
        answer = visitor.get(path, headers={"Accept-Encoding": encodings})
        assert hashlib.sha256(answer.content).hexdigest()[:12] == path.split(".")[-2]
        assert answer.headers["Vary"] == "Accept-Encoding"


def test_the_first_page_needs_no_more_than_thirty_kilobytes(visitor: Visitor) -> None:
    """The page counted as if it were compressed, which for its secrets' sake it is not."""
    page = visitor.sign_in("olga@acme.example")
    files = {path: sent(visitor, path, "br") for path in of_page(visitor)}
    assert len(gzip.compress(page.content)) + sum(size for _, size in files.values()) <= 30 * 1024
    names = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    assert set(names) == set(files), "and the page names them all, so that one round trip after it brings them"


def test_types_are_said(visitor: Visitor) -> None:
    types = {path.rpartition(".")[2]: visitor.get(path).headers["Content-Type"] for path in of_page(visitor)}
    assert types == {
        "js": 'text/javascript; charset="utf-8"',
        "css": 'text/css; charset="utf-8"',
        "svg": "image/svg+xml",
    }


def test_a_file_that_is_known_is_not_sent_again(visitor: Visitor) -> None:
    path = next(iter(of_page(visitor)))
    modified = visitor.get(path).headers["Last-Modified"]
    assert visitor.get(path, headers={"If-Modified-Since": modified}).status_code == 304


def test_what_browsers_ask_for_unasked(visitor: Visitor) -> None:
    answer = visitor.get("/favicon.ico")
    assert (answer.status_code, answer.history, answer.content[:4]) == (200, [], b"\0\0\1\0")
    assert answer.headers["Content-Type"] in ("image/x-icon", "image/vnd.microsoft.icon")
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    "path",
    [
        "/static/app.css",
        "/static/sandbox/sandbox.css",
        "/static/vendor/vendor.stamp",
        "/static/../wsgi.py",
        "/static/%2e%2e/wsgi.py",
        "/static/",
    ],
)
def test_nothing_else_is_served(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_without_htmx_it_does_not_start_and_says_what_to_do(
    console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(assets, "STATIC", tmp_path)
    with (
        pytest.raises(FileNotFoundError, match=r"static/vendor/htmx-4\.0\.1\.min\.js is missing: `make` installs it"),
        app_of(console),
    ):
        pass
