"""What has to hold of a page in every look: light, dark and forced colours, as wide as a phone, a tablet, a desk.

Nothing is loaded anew: the viewport and the emulated media change on the page. All of axe's rules take a fifth of a
second for a page, so they run once, as wide as a phone in light colours. At the other widths those run that measure.
Those that read colours run in each of the three sets of colours, and again at a width at which any element that is
shown has another colour, ground or font than at a width before. 320 px is also what 400 % zoom leaves of 1280; 640
is what 200 % does, and there it is looked at that nothing is lost.
"""

from pathlib import Path
from typing import Any

from playwright.sync_api import Frame, Page

AXE = (Path(__file__).parents[3] / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
"""`target-size` is off by default, and runs because `wcag22aa` is asked for."""
EXPERIMENTAL = [
    "css-orientation-lock",
    "focus-order-semantics",
    "label-content-name-mismatch",
    "p-as-heading",
    "table-fake-caption",
    "td-has-header",
]
"""Off by default, and asked for by name: they fit these pages."""
WIDTHS = (320, 640, 768, 1280)
ZOOMED = 640
SCHEMES = {"light": ("light", "none"), "dark": ("dark", "none"), "forced colours": ("dark", "active")}
COLOURS = ["color-contrast", "link-in-text-block"]
SIZES = ["target-size", "scrollable-region-focusable"]

JUDGED = {
    ("color-contrast", "pseudoContent"): "the number of a step stands beside its words, on a ground of its own",
    ("color-contrast", "shortTextContent"): "one character: a mark beside words that say the same",
    ("color-contrast", "nonBmp"): "an arrow in the colour of the names beside it",
}
"""What axe leaves to people to decide, by rule and reason, and what was decided."""

# In forced colours Chromium tells this one property as the author had it, not as it is painted; axe reads it first.
_AS_PAINTED = """() => {
  const told = CSSStyleDeclaration.prototype.getPropertyValue;
  CSSStyleDeclaration.prototype.getPropertyValue = function (name) {
    return told.call(this, name === "-webkit-text-fill-color" ? "color" : name);
  };
}"""
_RUN = """async options => {
  const { violations, incomplete } = await axe.run(document, options);
  const reason = node => [...node.any, ...node.all, ...node.none].map(check => check.data?.messageKey).find(key => key);
  return {
    violations: violations.map(({ id, nodes }) => [id, ...nodes.map(node => node.html + " " + node.failureSummary)]),
    undecided: incomplete.flatMap(({ id, nodes }) => nodes.map(node => [id, reason(node) ?? "", node.html])),
  };
}"""
_COLOURS = """() => [...document.body.querySelectorAll("*")].filter(each => each.checkVisibility()).map(element => {
  const { color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight } = getComputedStyle(element);
  return [color, backgroundColor, backgroundImage, opacity, fontSize, fontWeight].join();
}).join(";")"""
_SPACED = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_PLAIN = "() => { document.adoptedStyleSheets = []; }"
_LOST = (Path(__file__).parent / "lost.js").read_text(encoding="utf-8")
_AMISS = (Path(__file__).parent / "amiss.js").read_text(encoding="utf-8")


def look_at(page: Page, view: Frame) -> list[str]:
    """What is wrong with the console's page as it is: `view` is the page itself, or the frame with it."""
    if not view.evaluate("'axe' in window"):
        view.evaluate(_AS_PAINTED)
        view.evaluate(AXE)
    wrong: list[str] = []
    colours: dict[str, set[str]] = {name: set() for name in SCHEMES}
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for name, (scheme, forced) in SCHEMES.items():
            page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")  # type: ignore[arg-type]
            look = f"{width} px, {name}: "
            if name == "light":
                wrong += [look + each for each in _lost(view)]
                if width != ZOOMED:
                    wrong += [look + each for each in _axe(view, _EVERY if width == WIDTHS[0] else _rules(SIZES))]
            shown = view.evaluate(_COLOURS)
            if shown not in colours[name] and (width, name) != (WIDTHS[0], "light"):
                wrong += [look + each for each in _axe(view, _rules(COLOURS))]
            colours[name].add(shown)
    return [*wrong, *view.evaluate(_AMISS)]


_EVERY = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {rule: {"enabled": True} for rule in EXPERIMENTAL}}


def _rules(names: list[str]) -> dict[str, Any]:
    return {"runOnly": {"type": "rule", "values": names}}


def _axe(view: Frame, rules: dict[str, Any]) -> list[str]:
    found = view.evaluate(_RUN, {**rules, "resultTypes": ["violations", "incomplete"]})
    undecided = [each for each in found["undecided"] if (each[0], each[1]) not in JUDGED]
    return [*map(str, found["violations"]), *(f"to be judged: {each}" for each in undecided)]


def _lost(view: Frame) -> list[str]:
    """What can't be read as the page is, and with the space in its text that WCAG 1.4.12 wants it to bear."""
    as_it_is = view.evaluate(_LOST)
    view.evaluate(_SPACED)
    spaced = view.evaluate(_LOST)
    view.evaluate(_PLAIN)
    return [*as_it_is, *(f"with more space in its text, {each}" for each in spaced)]
