"""The contrast ratio, against WCAG's own examples."""

import pytest

from webapp import contrast


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
