"""The console on a page of its own: every state in every look, and none left out."""

import pytest

from tests.browser.sweep.conftest import Stages
from tests.browser.sweep.table import look_at_all

NOT_HERE = {
    ".brand__logo",  # with a logo of one's own: tests/web/test_brand.py
    ".unscripted",  # without JavaScript: tests/browser/test_provisioning.py
    # In a frame:
    ".foot",
    ".framed",
    "_foot.html",
    "signin/_window.html",
    "signin/frame_door.html",
}


def test_every_state(stages: Stages, subtests: pytest.Subtests) -> None:
    reached = look_at_all(stages, subtests, framed=False)
    assert reached.missing(but=NOT_HERE) == ""
