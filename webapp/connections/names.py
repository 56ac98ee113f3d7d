"""What a connection may be called here. Stytch may have taken other names from elsewhere."""

import re

from flask_babel import gettext as _
from flask_babel import ngettext

MOST = 128
"""Characters in a name."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def problem(name: str) -> str:
    """What is wrong with a name that was typed, for its field; empty when nothing is."""
    longer = len(name) - MOST
    if not seen(name):
        return _("Give it a name.")
    if longer > 0:
        return ngettext(
            "Make it shorter by %(num)s character: %(most)s are the most.",
            "Make it shorter by %(num)s characters: %(most)s are the most.",
            longer,
            most=MOST,
        )
    if _CONTROL.search(name):
        return _("Leave out line breaks and other characters that can't be seen.")
    return ""


def seen(name: str) -> str:
    """What can be seen of a name, and typed again: with single spaces, and without marks such as of a direction."""
    return " ".join("".join(each for each in name if each.isprintable() or each.isspace()).split())
