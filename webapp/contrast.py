"""How well a colour can be read on another: WCAG 2.2's contrast ratio (1.4.3)."""

ENOUGH = 4.5
"""For text of any size."""


def ratio(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white). Colours are `#rrggbb`."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
