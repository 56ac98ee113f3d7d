"""The catalogues hold every text of code and templates, translated, with all that is filled in."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tools import translations
from webapp.settings import Settings
from webapp.web.languages import LANGUAGES

PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|%(?!\()")
TAG = re.compile(r"</?[a-z][^>]*>")


@pytest.fixture(scope="module")
def messages() -> Catalog:
    """What code and templates say."""
    return translations.extract(Path(__file__).parents[1])


def forms(message: Message) -> list[str]:
    """The translations of a message, one for each plural form; empty where there is none."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [""])


def sources(message: Message) -> list[str]:
    """The English of a message: one and many, where it has a plural."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def filled_in(text: str) -> list[str]:
    """What stands for something else in a text, in whichever order."""
    return sorted(PLACEHOLDER.findall(text))


def test_each_language_has_a_catalogue() -> None:
    assert set(translations.LANGUAGES) == set(LANGUAGES) - {"en"}
    allowed = Settings.model_fields["default_language"].annotation
    assert set(allowed.__args__) == set(LANGUAGES)  # type: ignore[union-attr]


def test_there_is_something_to_translate(messages: Catalog) -> None:
    assert len(messages) > 500
    assert not [message.id for message in messages if any("sandbox" in file for file, _ in message.locations)]


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_a_language_is_complete(messages: Catalog, language: str) -> None:
    catalog = translations.read(language)
    wanted = {(message.context, message.id) for message in messages if message.id}
    found = {(message.context, message.id) for message in catalog if message.id}
    assert wanted - found == set(), "`make messages` adds what is new"
    assert found - wanted == set(), "`make messages` removes what is gone"
    assert list(catalog.obsolete) == []
    assert [message.id for message in catalog if message.fuzzy and message.id] == []
    assert [message.id for message in catalog if not all(forms(message))] == []
    for message in catalog:
        assert len(forms(message)) == (1 if isinstance(message.id, str) else catalog.num_plurals), message.id


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_is_filled_in_and_marked_up_stays(language: str) -> None:
    """`one group` may do without its number; the last plural form, which is for most numbers, may not."""
    for message in translations.read(language):
        if not message.id or not all(forms(message)):
            continue
        *others, last = forms(message)
        assert filled_in(last) == filled_in(sources(message)[-1]), message.id
        for form in others:
            assert filled_in(form) in [filled_in(source) for source in sources(message)], message.id
        for form in (*others, last):
            assert sorted(TAG.findall(form)) == sorted(TAG.findall(sources(message)[-1])), message.id
