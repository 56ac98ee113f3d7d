"""The contrast ratio, against WCAG's own examples; and that of the stylesheet's own colours."""

import re

import pytest

from tests.test_project import ROOT
from webapp import contrast

COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", (ROOT / "static/app.css").read_text(encoding="utf-8")
    )
}


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#FFFFFF", 1.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
    ],
)
def test_ratio(one: str, other: str, expected: float) -> None:
    assert contrast.ratio(one, other) == contrast.ratio(other, one) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("shape", ["edge", "accent", "works", "leaving", "stopped"])
def test_edges_marks_and_the_focus_ring_stand_out(shape: str, scheme: int) -> None:
    """By 3 to 1 from each ground that they are on (WCAG 1.4.11)."""
    grounds = ["ground", "raised", *(name for name in COLOURS if name.endswith("-wash"))]
    ratios = {ground: contrast.ratio(COLOURS[shape][scheme], COLOURS[ground][scheme]) for ground in grounds}
    assert [ground for ground, ratio in ratios.items() if ratio < 3] == []
