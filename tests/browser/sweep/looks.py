"""What has to hold of a page in every look: light, dark and forced colours, as wide as a phone, a tablet, a desk.

axe's rules take about 150 ms for a page. So all of them run at each width in light colours; in dark and in forced ones
only those run again that read colours. Nothing is loaded anew: the viewport and the emulated media change on the page. 320 px is also what 400 % zoom leaves of
1280, and 640 lies between two of the widths.
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
WIDTHS = (320, 768, 1280)
COLOURS = ["color-contrast", "link-in-text-block"]

JUDGED = {
    ("color-contrast", "pseudoContent"): "the number of a step stands beside its words, on a ground of its own",
    ("color-contrast", "shortTextContent"): "one character: a mark beside words that say the same",
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
    every = {"runOnly": {"type": "tag", "values": TAGS}, "rules": {rule: {"enabled": True} for rule in EXPERIMENTAL}}
    colours = {"runOnly": {"type": "rule", "values": COLOURS}}
    wrong: list[str] = view.evaluate(_AMISS)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for scheme, forced, rules in (("dark", "active", colours), ("dark", "none", colours), ("light", "none", every)):
            page.emulate_media(color_scheme=scheme, forced_colors=forced, reduced_motion="reduce")  # type: ignore[arg-type]
            look = f"{width} px, {'forced colours' if forced == 'active' else scheme}"
            wrong += [f"{look}: {each}" for each in _axe(view, rules)]
        wrong += [f"{width} px: {each}" for each in view.evaluate(_LOST)]
        view.evaluate(_SPACED)
        wrong += [f"{width} px, with more space in its text: {each}" for each in view.evaluate(_LOST)]
        view.evaluate(_PLAIN)
    return wrong


def _axe(view: Frame, rules: dict[str, Any]) -> list[str]:
    found = view.evaluate(_RUN, {**rules, "resultTypes": ["violations", "incomplete"]})
    undecided = [each for each in found["undecided"] if (each[0], each[1]) not in JUDGED]
    return [*map(str, found["violations"]), *(f"to be judged: {each}" for each in undecided)]
