"""Which language a page is in, and the switch."""

import re
from urllib.parse import urlsplit

import pytest

from tests.conftest import Console
from tests.signin.steps import Visitor
from tests.web.apps import app_of
from webapp.web import languages

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def language_of(visitor: Visitor, path: str = "/login", **headers: str) -> str:
    """What the page says that it is in."""
    answer = visitor.http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    (found,) = re.findall(r'<html lang="(.+?)" dir="ltr"', answer.text)
    assert answer.headers["Content-Language"] == found
    return str(found)


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT", "de"),
        ("de-AT,en;q=0.9", "de"),
        ("es-419,es;q=0.9,en;q=0.8", "es"),
        ("ja-JP", "ja"),
        ("JA-jp", "ja"),
        ("zh-Hant-TW,ja;q=0.5", "ja"),
        ("fr-CH,fr;q=0.9", "en"),
        ("de;q=0,es;q=0.1", "es"),
        ("en;q=0.3,de;q=0.7", "de"),
        ("*", "en"),
        ("not a language;;q=x,,", "en"),
    ],
)
def test_the_first_of_ours_that_the_browser_asks_for(visitor: Visitor, asked: str, got: str) -> None:
    assert language_of(visitor, Accept_Language=asked) == got


def test_caches_are_told_what_it_depends_on(visitor: Visitor) -> None:
    vary = visitor.http.get("/login").headers["Vary"]
    assert {"Accept-Language", "Cookie"} <= set(vary.split(", "))


def test_a_browser_that_asks_for_none_of_ours_gets_the_default(console: Console) -> None:
    with app_of(console, default_language="ja") as app:
        client = app.test_client()
        for asked, got in (("fr", "ja"), ("fr,de", "de")):
            page = client.get("/login", base_url=console.url, headers={"Accept-Language": asked})
            assert f'<html lang="{got}"' in page.text


def test_the_switch_is_on_every_page_in_each_languages_own_name(visitor: Visitor) -> None:
    for path in ("/login", "/nowhere"):
        page = visitor.http.get(path, headers={"Accept-Language": "es"}).text
        (switch,) = re.findall(r'<nav class="languages".*?</nav>', page, re.DOTALL)
        found = re.findall(r'href="(.+?)" lang="(\w+)" hreflang="(\w+)"( aria-current="true")?>(.+?)</a>', switch)
        assert found == [
            (f"/language/{tag}", tag, tag, ' aria-current="true"' if tag == "es" else "", name)
            for tag, name in languages.LANGUAGES.items()
        ]


def test_a_choice_is_kept_and_leads_back_to_the_page(visitor: Visitor, console: Console) -> None:
    there = f"{console.url}/login?next=%2Fhistory%3Fkind%3Drotation"
    answer = visitor.http.get("/language/de", headers=SAME_ORIGIN | {"Referer": there}, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, there.removeprefix(console.url))
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("scim_console_language=de; ")
    assert {"HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=31536000"} <= set(cookie.split("; "))
    assert language_of(visitor, Accept_Language="ja") == "de"
    visitor.http.get("/language/en", headers=SAME_ORIGIN)
    visitor.sign_in("vic@acme.example")
    assert language_of(visitor, "/connections", Accept_Language="ja") == "en"
    visitor.http.get("/language/de", headers=SAME_ORIGIN)
    assert language_of(visitor, "/connections", Accept_Language="ja") == "de"


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/%5cevil.example",
        "javascript:alert(1)",
        "/language/../../evil",
        "/nowhere",
        "/connections/x/start",  # an answer to a form
    ],
)
def test_it_leads_nowhere_else(visitor: Visitor, console: Console, back: str) -> None:
    for more in (
        {"params": {"back": back}},
        {"headers": {"Referer": back}},
        {"headers": {"Referer": console.url + back}},
    ):
        answer = visitor.http.get("/language/de", follow_redirects=False, **more)  # type: ignore[arg-type]
        to = urlsplit(answer.headers["Location"])
        assert (answer.status_code, to.netloc, to.path) == (303, "", "/")


def test_after_an_answer_to_a_form_it_leads_to_the_forms_page(visitor: Visitor, console: Console) -> None:
    page = visitor.http.get("/login").text
    (token,) = set(re.findall(r'name="csrf_token" value="(.+?)"', page))
    answer = visitor.http.post(
        "/login",
        data={"csrf_token": token, "email": "nobody", "way": "email_otp"},
        headers=SAME_ORIGIN | {"Referer": f"{console.url}/login?next=%2Fhistory"},
    )
    assert answer.status_code == 422
    assert 'href="/language/de?back=/login" ' in answer.text


def test_other_sites_choose_nothing(visitor: Visitor) -> None:
    for site in ("cross-site", "same-site"):
        answer = visitor.http.get("/language/de", headers={"Sec-Fetch-Site": site}, follow_redirects=False)
        assert answer.status_code == 303
        assert "Set-Cookie" not in answer.headers
    assert language_of(visitor) == "en"


def test_only_ours_can_be_chosen(visitor: Visitor) -> None:
    assert visitor.http.get("/language/fr").status_code == 404
    visitor.http.cookies.set("scim_console_language", "fr")
    assert language_of(visitor, Accept_Language="es") == "es"


@pytest.mark.parametrize(
    ("public_url", "name", "path"),
    [("https://console.example", "__Host-", "/"), ("https://portal.example/scim", "__Secure-", "/scim")],
)
def test_the_cookie_is_as_the_sessions(console: Console, public_url: str, name: str, path: str) -> None:
    with app_of(console, public_url=public_url) as app:
        cookie = (
            app.test_client()
            .get(f"{path.rstrip('/')}/language/ja", base_url=app.config["ORIGIN"])
            .headers["Set-Cookie"]
        )
    assert cookie.startswith(f"{name}scim_console_language=ja; ")
    assert {"Secure", f"Path={path}", "SameSite=Lax"} <= set(cookie.split("; "))


def test_a_frame_in_another_sites_page_has_a_choice_of_its_own(console: Console) -> None:
    with app_of(console, embed_origins=("https://portal.example",)) as app:
        client = app.test_client()
        client.get("/login", base_url=console.url, headers={"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "cross-site"})
        framed = {"Sec-Fetch-Dest": "iframe", "Sec-Fetch-Site": "same-origin"}
        cookie = client.get("/language/ja", base_url=console.url, headers=framed).headers["Set-Cookie"]
        assert {"Secure", "SameSite=None", "Partitioned"} <= set(cookie.split("; "))


def test_texts_that_are_not_compiled_stop_it(
    console: Console, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(languages, "FOLDER", tmp_path_factory.mktemp("none"))
    with pytest.raises(FileNotFoundError, match="make setup"), app_of(console):
        pass


def test_a_catalogue_is_read_once(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    with app_of(console) as app:
        client = app.test_client()
        german = {"Accept-Language": "de"}
        client.get("/login", base_url=console.url, headers=german)
        monkeypatch.setattr("babel.support.Translations.load", None)
        assert client.get("/login", base_url=console.url, headers=german).status_code == 200
