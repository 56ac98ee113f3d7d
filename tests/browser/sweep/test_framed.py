"""The console in a frame of a portal's page: every state in every look, and none left out."""

import pytest

from tests.browser.sweep.conftest import Stages
from tests.browser.sweep.table import look_at_all

NOT_HERE = {
    ".brand__logo",  # with a logo of one's own: tests/web/test_brand.py
    ".unscripted",  # without JavaScript: tests/browser/test_provisioning.py
    # On a page of its own:
    ".brand",
    ".brand__mark",
    ".brand__off",
    ".masthead",
    ".masthead__inner",
    ".masthead__nav",
    ".masthead__person",
    ".masthead__who",
    ".skip",
    "signin/handed_over.html",
    "signin/handover.html",
}


def test_every_state(stages: Stages, subtests: pytest.Subtests) -> None:
    reached = look_at_all(stages, subtests, framed=True)
    assert reached.missing(but=NOT_HERE) == ""
