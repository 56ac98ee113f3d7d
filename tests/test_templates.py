"""Templates keep their promises: pages and fragments are what their names say, and nothing needs an inline script."""

import re
from pathlib import Path

import pytest

from tests.conftest import Console
from tests.web.apps import app_of

TEMPLATES = Path(__file__).parents[1] / "templates"
# The sandbox's pages are not the product's.
ALL = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.html")
    if "sandbox" not in path.relative_to(TEMPLATES).parts
)
FRAGMENTS = [name for name in ALL if Path(name).name.startswith("_")]
PAGES = [name for name in ALL if name not in FRAGMENTS and name != "layout.html"]
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def source(name: str) -> str:
    return (TEMPLATES / name).read_text()


def tags(name: str, kind: str = r"[a-z][\w-]*") -> list[str]:
    """The start tags of one kind, template expressions included."""
    return re.findall(rf"<{kind}(?=[\s>])(?:{EXPRESSION.pattern}|[^>])*>", source(name), re.DOTALL)


def plain_tags(name: str) -> list[str]:
    """All start tags, without the expressions."""
    return re.findall(r"<[a-z][^>]*>", EXPRESSION.sub("", source(name)))


def test_there_is_something_to_look_at() -> None:
    assert len(PAGES) > 5
    assert len(FRAGMENTS) > 5
    assert len([tag for name in ALL for tag in tags(name, "form") if " hx-post=" in tag]) >= 2
    assert len([tag for name in ALL for tag in tags(name, "a") if " hx-get=" in tag]) >= 1


@pytest.mark.parametrize("name", PAGES)
def test_a_page_extends_the_layout_and_has_a_title(name: str) -> None:
    assert source(name).startswith('{% extends "layout.html" %}\n')
    (title,) = re.findall(r"\{% block title %\}(.+?)\{% endblock %\}", source(name), re.DOTALL)
    assert title.strip()
    assert len(re.findall(r"<h1[ >]", source(name))) >= 1


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_extends_nothing_and_is_no_page(name: str) -> None:
    assert not re.search(r"\{%-? *(extends|block)", source(name))
    assert not re.search(r"<(html|head|body|h1)\b", source(name))


@pytest.mark.parametrize("name", ALL)
def test_what_htmx_acts_on_carries_the_nonce_and_says_what_is_swapped(name: str) -> None:
    for tag in tags(name):
        if re.search(r"\shx-(get|post|put|patch|delete)=", tag):
            assert 'hx-nonce="{{ csp_nonce() }}"' in tag
            assert re.search(r'\shx-target="#[^"]+"', tag)
            assert re.search(r'\shx-swap="[^"]+"', tag)


@pytest.mark.parametrize("name", ALL)
def test_what_htmx_does_works_without_it(name: str) -> None:
    for tag in tags(name):
        by_htmx = re.search(r'\shx-(get|post)="(.+?)"', tag)
        # A field that asks while it is filled in: its form, once sent, says the same.
        if by_htmx and not (tag.startswith("<input") and 'hx-trigger="change"' in tag):
            plain = f' action="{by_htmx[2]}"' if tag.startswith("<form") else f' href="{by_htmx[2]}"'
            assert plain in tag
            assert not tag.startswith("<form") or f' method="{by_htmx[1]}"' in tag


@pytest.mark.parametrize("name", ALL)
def test_a_form_that_changes_something_posts_and_carries_its_token(name: str) -> None:
    seen = source("connections/_seen.html")
    token = '<input type="hidden" name="csrf_token" value="{{ csrf_token() }}">'
    assert token in seen
    for form in re.findall(r"<form\b.*?</form>", source(name), re.DOTALL):
        (method,) = re.findall(r'<form\b[^>]*\smethod="(post|get)"[^>]*\saction="[^"]+"', form)
        carries = token in form or '{% include "connections/_seen.html" %}' in form
        # A form that asks would show the token in the address.
        assert carries == (method == "post")


@pytest.mark.parametrize("name", ALL)
def test_nothing_is_inline_and_nothing_is_unescaped(name: str) -> None:
    for tag in plain_tags(name):
        assert not re.search(r"\s(style|on[a-z]+|hx-on[\w:-]*|hx-vals)=", tag)
        assert "javascript:" not in tag
    assert not re.search(r"\|\s*safe\b|autoescape|<style\b|<base\b", source(name))
    for script in re.findall(r"<script\b.*?</script>", source(name), re.DOTALL):
        assert re.search(
            r'src="\{\{ asset\(.+?\) \}\}".* integrity=".+" nonce="\{\{ csp_nonce\(\) \}\}"[^>]*></script>', script
        )


def test_each_compiles_and_is_used(console: Console) -> None:
    with app_of(console) as app:
        for name in ALL:
            app.jinja_env.get_template(name)
    code = "".join(path.read_text() for path in (TEMPLATES.parent / "webapp").rglob("*.py"))
    code += "".join(map(source, ALL))
    assert [name for name in ALL if f'"{name}"' not in code] == []
