"""The console under another name, with another logo and colour."""

import re

import pytest

from tests.conftest import Console
from tests.signin.steps import Visitor
from tests.web.apps import app_of
from tests.web.test_headers import directives
from webapp.settings import GROUNDS
from webapp.web.assets import STATIC

HTTPS = "https://console.example.com"


def test_it_is_itself_unless_told_otherwise(visitor: Visitor) -> None:
    page = visitor.get("/login")
    assert page.text.count("SCIM Console") == 2
    assert "brand.css" not in page.text
    assert directives(page)["img-src"] == ["'self'"]
    assert visitor.get("/brand.css").status_code == 404


def test_another_name_and_logo(console: Console) -> None:
    logo = "https://portal.example.com/logo.svg"
    with app_of(console, public_url=HTTPS, brand_name="Acme & Co", brand_logo_url=logo) as app:
        page = app.test_client().get("/login")
    assert page.text.count("Acme &amp; Co") == 2
    assert "SCIM Console" not in page.text
    assert f'src="{logo}" alt=""' in page.text
    assert directives(page)["img-src"] == ["'self'", "https://portal.example.com"]
    assert page.headers["Cross-Origin-Embedder-Policy"] == "credentialless"


def test_the_logo_is_beside_an_organization_s_own(console: Console) -> None:
    with app_of(console, brand_logo_url="http://portal.example/logo.svg") as app:
        page = app.test_client().get("/login/acme", base_url=console.url)
    assert len(directives(page)["img-src"]) == 3


def test_another_colour_comes_in_a_stylesheet_of_its_own(console: Console) -> None:
    with app_of(console, brand_accent=("#5b2a86", "#c9a5f0")) as app:
        page = app.test_client().get("/login", base_url=console.url).text
        path, integrity = re.findall(r'href="(/brand\.css.*?)" integrity="(.+?)"', page)[0]
        sheet = app.test_client().get(path, base_url=console.url)
    assert sheet.text == ":root { --accent: light-dark(#5b2a86, #c9a5f0); }\n"
    assert sheet.mimetype == "text/css"
    assert "immutable" in sheet.headers["Cache-Control"]
    assert "Set-Cookie" not in sheet.headers
    assert integrity.startswith("sha384-")
    assert page.index("/app.") < page.index("/brand.css")
    assert "style=" not in page


@pytest.mark.parametrize("which", [0, 1], ids=["light", "dark"])
def test_contrast_is_checked_with_the_colours_that_there_are(which: int) -> None:
    css = (STATIC / "app.css").read_text()
    pairs = re.findall(r"--(ground|raised|accent-ink|[a-z]+-wash): light-dark\((#\w+), (#\w+)\)", css)
    assert len(pairs) == 6
    assert {pair[1 + which] for pair in pairs} == set(GROUNDS[which])
