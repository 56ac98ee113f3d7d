// What can't be read: what is wider than the screen or cut off, and text on top of other text or of a control
// (WCAG 1.4.4, 1.4.10, 1.4.12).
() => {
  // For screen readers alone: out of sight on purpose.
  const hidden = (element) => element !== null && (getComputedStyle(element).clipPath === "inset(50%)" || hidden(element.parentElement));
  const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && !hidden(element);
  const name = (element) => element.outerHTML.slice(0, 120);
  const found = [];
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > innerWidth) {
    const wide = [...document.body.querySelectorAll("*")].filter((element) => shown(element)
      && (element.getBoundingClientRect().right > width || (element.clientWidth && element.scrollWidth > element.clientWidth)));
    found.push(`wider than the screen: ${wide.slice(-1).map(name)}`);
  }
  const inside = document.querySelector("dialog:modal") ?? document.body;
  for (const element of inside.querySelectorAll("*")) {
    if (element.matches("textarea, input, select, option, svg *") || !shown(element)) continue;
    const { overflowX, overflowY } = getComputedStyle(element);
    if (overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1) found.push(`cut off: ${name(element)}`);
    if (overflowY === "hidden" && element.scrollHeight > element.clientHeight + 1) found.push(`cut off: ${name(element)}`);
  }
  // The boxes of each piece of text, and of what can be pressed.
  const boxes = [];
  const pieces = document.createTreeWalker(inside, NodeFilter.SHOW_TEXT);
  for (let node = pieces.nextNode(); node; node = pieces.nextNode()) {
    if (!node.data.trim() || !shown(node.parentElement) || node.parentElement.closest("svg, option, template, script")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) boxes.push({ node, element: node.parentElement, box });
  }
  for (const element of inside.querySelectorAll("button, input:not([type=hidden]), select, textarea")) {
    if (shown(element)) boxes.push({ node: element, element, box: element.getBoundingClientRect() });
  }
  boxes.sort((one, other) => one.box.top - other.box.top);
  boxes.forEach((one, index) => {
    for (let next = index + 1; next < boxes.length && boxes[next].box.top < one.box.bottom - 3; next += 1) {
      const other = boxes[next];
      if (one.element.contains(other.element) || other.element.contains(one.element)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 2 && down > 5) found.push(`on top of each other: ${name(one.element)} and ${name(other.element)}`);
    }
  });
  return found;
}
