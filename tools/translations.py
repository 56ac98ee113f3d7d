"""The catalogues of texts: compiled for the console, and brought up to date with what code and templates say."""

import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

FOLDER = Path("webapp/translations")
LANGUAGES = {"de": "German", "es": "Spanish", "ja": "Japanese"}

# The sandbox and its pages are the developers' own, and stay English. The rest is as webapp/__init__.py sets Jinja up.
_METHODS = [
    ("webapp/sandbox/**", "ignore"),
    ("templates/sandbox/**", "ignore"),
    ("webapp/**.py", "python"),
    ("templates/**.html", "jinja2"),
]
_OPTIONS = {
    "templates/**.html": {"trimmed": "true", "trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"},
}
_CALLS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
_LEFT_OUT = (b'"Project-Id', b'"Report-Msgid', b'"POT-Creation', b'"PO-Revision', b'"Last-Translator', b'"Generated-By')
"""Header lines that would differ from one run to the next, or say nothing."""


def file_of(language: str) -> Path:
    """Where the texts of a language are."""
    return FOLDER / language / "LC_MESSAGES/messages.po"


def compile_all() -> None:
    """Writes the .mo file beside each .po file. Texts that are fuzzy stay out, so they are seen in English."""
    for language in LANGUAGES:
        file = file_of(language)
        with file.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read(language))


def read(language: str) -> Catalog:
    """The texts of a language, as translators left them."""
    with file_of(language).open("rb") as file:
        return read_po(file, locale=language, domain="messages")


def extract(root: Path = Path()) -> Catalog:
    """Every message of code and templates, with no translation. Raises on a template that can't be parsed."""
    messages = Catalog(domain="messages", charset="utf-8")
    for folder in ("webapp", "templates"):
        here = [(pattern.removeprefix(f"{folder}/"), how) for pattern, how in _METHODS if pattern.startswith(folder)]
        options = {pattern.removeprefix(f"{folder}/"): each for pattern, each in _OPTIONS.items()}
        found = extract_from_dir(
            root / folder, here, options, keywords=_CALLS, comment_tags=("Translators:",), strip_comment_tags=True
        )
        for name, _line, message, comments, context in found:
            messages.add(message, locations=[(f"{folder}/{name}", 0)], auto_comments=comments, context=context)
    return messages


def update_all() -> None:
    """Brings each .po file up to date: new messages without a translation, none that are gone, and nothing guessed."""
    messages = extract()
    for language, name in LANGUAGES.items():
        file = file_of(language)
        catalog = read(language) if file.exists() else Catalog(language, domain="messages")
        catalog.language_team = name
        catalog.update(messages, no_fuzzy_matching=True, update_header_comment=False)
        catalog.header_comment = f"# The texts of SCIM Console in {name}. docs/languages.md says how they are written."
        catalog.fuzzy = False
        written = BytesIO()
        write_po(written, catalog, width=0, sort_output=True, ignore_obsolete=True, include_lineno=False)
        lines = [line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(_LEFT_OUT)]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"".join(lines))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["compile"]:
            compile_all()
        case ["update"]:
            update_all()
        case _:
            sys.exit("usage: translations.py compile | update")
