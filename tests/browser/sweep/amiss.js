// What axe has no rule for.
() => {
  const found = [];
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) => element.outerHTML.slice(0, 160);
  const amiss = (what, element) => found.push(element ? `${what}: ${name(element)}` : what);
  // 2.4.2
  const wrong = [...document.querySelectorAll("main [aria-invalid=true]")].filter(shown);
  if (!/^\S.* – \S/.test(document.title)) amiss(`no title of its own: ${document.title}`);
  // 3.3.1, 3.3.3: what is wrong, and what to do, is said beside the field and read out with it.
  for (const field of wrong) {
    const texts = (field.getAttribute("aria-describedby") ?? "").split(" ").map((id) => document.getElementById(id));
    const fieldset = field.closest("fieldset")?.getAttribute("aria-describedby");
    if (fieldset) texts.push(...fieldset.split(" ").map((id) => document.getElementById(id)));
    const problem = texts.find((text) => text?.textContent.startsWith("Error: "));
    if (!problem || !shown(problem)) amiss("nothing says what is wrong", field);
    else if (!field.closest(".field, fieldset")?.contains(problem)) amiss("said elsewhere", field);
  }
  // 1.3.5: what is asked about the person has its token; what is not says so.
  const TOKENS = ["off", "name", "username", "current-password", "new-password", "one-time-code", "tel"];
  for (const field of document.querySelectorAll("input:not([type=hidden], [type=checkbox], [type=radio], [type=date])")) {
    if (!TOKENS.includes(field.autocomplete)) amiss("autocomplete", field);
    if (["email", "tel", "password"].includes(field.type) && field.autocomplete === "off") amiss("autocomplete", field);
  }
  // 3.3.8: nothing keeps a password manager or the clipboard out.
  for (const field of document.querySelectorAll("[onpaste], [oncopy], [oncut], [ondrop]")) amiss("no paste", field);
  // 2.3.3: nothing moves for whoever asked for that.
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    for (const element of document.querySelectorAll("*")) {
      const { transitionDuration, animationName } = getComputedStyle(element);
      if (/[1-9]/.test(transitionDuration) || animationName !== "none") amiss("moves", element);
    }
  }
  return found;
}
