"""Two languages that nobody speaks: every text longer and in other letters, so that what was not translated shows.

Each is filed under a real one, whose dates and numbers and direction it has; neither of those is in Latin letters.
"""

import re
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from tools import translations

ROOT = Path(__file__).parents[2]
ACCENTED, FROM_RIGHT_TO_LEFT = "el", "he"
LONGER = 1.4

_KEPT = re.compile(r"%\(\w+\)[a-z]|%%|<[^>]*>|&\w+;")
_LETTERS = {
    ACCENTED: str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "áƀćďéƒǵĥíĵķĺḿńóṕʠŕśťúṽŵẋýźÁɃĆĎÉƑǴĤÍĴĶĹḾŃÓṔɊŔŚŤÚṼŴẊÝŹ",
    ),
    FROM_RIGHT_TO_LEFT: str.maketrans(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "אבגדהוזחטיכלמנסעפצקרשתאבגדאבגדהוזחטיכלמנסעפצקרשתאבגד",
    ),
}


def pseudo(text: str, language: str = ACCENTED) -> str:
    """A text in that language: in brackets, 40 % longer at least, with what is filled in and marked up as it was."""
    parts = _KEPT.split(text)
    kept = [*_KEPT.findall(text), ""]
    words = "".join(part.translate(_LETTERS[language]) + same for part, same in zip(parts, kept, strict=True))
    missing = int(len("".join(parts)) * (LONGER - 1)) + 1
    longer = ("lorem ipsum dolor " * (missing // 18 + 1))[:missing].rstrip().translate(_LETTERS[language])
    return f"⟦{words} {longer}⟧"


def write(folder: Path) -> dict[str, str]:
    """Compiles both below the folder; returns their names by tag."""
    messages = translations.extract(ROOT)
    for language in _LETTERS:
        catalog = Catalog(locale=language, domain="messages")
        for message in messages:
            if isinstance(message.id, str):
                translated: str | list[str] = pseudo(message.id, language)
            else:
                forms = [message.id[0], *[message.id[1]] * (catalog.num_plurals - 1)]
                translated = [pseudo(form, language) for form in forms]
            if message.id:
                catalog.add(message.id, translated, context=message.context)
        compiled = BytesIO()
        write_mo(compiled, catalog)
        file = folder / language / "LC_MESSAGES/messages.mo"
        file.parent.mkdir(parents=True)
        file.write_bytes(compiled.getvalue())
    return {ACCENTED: "Accented", FROM_RIGHT_TO_LEFT: "From right to left"}
