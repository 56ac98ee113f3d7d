(known) => {
  const found = { untranslated: [], cut: [], overlapping: [] };
  const root = document.querySelector("dialog[open]") ?? document.body;
  const data = new RegExp([...known, String.raw`\S+@\S+`, String.raw`https?:\S+`, String.raw`\b[\w-]+-test-[\w-]+`, "UTC"].join("|"), "g");
  const left = (text) => /[A-Za-z]{2}/.test(text.replace(data, ""));
  const where = (element) => `${element.tagName.toLowerCase()}.${element.className?.baseVal ?? element.className}`;
  const hidden = (element) => element.closest(".skip") !== null || isClipped(element);
  const isClipped = (element) => element !== null && (getComputedStyle(element).clipPath !== "none" || isClipped(element.parentElement));

  const pieces = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const element = node.parentElement;
    const text = node.textContent.trim();
    if (!text || element.closest("script, style, template, textarea, noscript") || !element.checkVisibility()) continue;
    if (!element.closest("code, time, [lang]:not(html)") && left(text)) found.untranslated.push(text);
    if (hidden(element) || element.closest("svg, option")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const { left, right, top, bottom } of range.getClientRects()) {
      if (right - left < 1) continue;
      // Fonts that stand in for others are higher than their lines.
      const slack = (bottom - top) / 4;
      pieces.push({ element, text, left, right, top: top + slack, bottom: bottom - slack });
      if (left < -1 || right > innerWidth + 1) found.cut.push(`${where(element)}: ${text}`);
    }
  }
  for (const element of root.querySelectorAll("*")) {
    if (!element.checkVisibility() || hidden(element) || element.closest("svg")) continue;
    for (const name of ["aria-label", "alt", "placeholder", "data-busy"]) {
      const text = element.getAttribute(name);
      if (text && left(text)) found.untranslated.push(`${name}: ${text}`);
    }
    const title = element.tagName !== "TIME" && element.getAttribute("title");
    if (title && left(title)) found.untranslated.push(`title: ${title}`);
    const { overflowX, overflowY } = getComputedStyle(element);
    if (element.matches("textarea, input, select, dialog")) continue;
    if (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1) found.cut.push(where(element));
    if (overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1) found.cut.push(where(element));
    if (element.matches("button, .button") && element.scrollWidth > element.clientWidth + 1) found.cut.push(where(element));
  }
  for (const text of [document.title, ...Object.values(document.body.dataset)]) {
    if (left(text)) found.untranslated.push(`page: ${text}`);
  }
  for (const [index, one] of pieces.entries()) {
    for (const other of pieces.slice(index + 1)) {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (wide > 2 && high > 2) found.overlapping.push(`${where(one.element)}: ${one.text} / ${where(other.element)}: ${other.text}`);
    }
  }
  return found;
}
