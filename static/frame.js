// The console in a frame of a portal's page: its height, the portal's colours, and a sign-in that comes from a window
// of its own (docs/embed.md).
"use strict";
{
  const root = document.documentElement;
  const portals = document.body.dataset.portals.split(" ");
  // Older Firefoxes do not tell frames what they are in; then it is whom the frame was loaded by.
  const around = location.ancestorOrigins?.[0] ?? document.body.dataset.portal;

  // No one else is told anything: whoever frames us without being listed is stopped by the browser before this.
  if (portals.includes(around)) {
    new ResizeObserver(() => {
      parent.postMessage({ type: "scim-console:height", height: Math.ceil(root.getBoundingClientRect().height) }, around);
    }).observe(root);
  }

  const NAMES = ["ink", "ink-quiet", "ground", "raised", "hairline", "edge", "accent", "accent-ink"];
  const COLOUR = /^(#[0-9a-f]{6}|rgb\(\d{1,3}, \d{1,3}, \d{1,3}\))$/i;
  addEventListener("message", (event) => {
    if (event.source !== parent || !portals.includes(event.origin) || event.data?.type !== "scim-console:theme") return;
    const { theme, properties } = event.data;
    if (theme === "light" || theme === "dark") root.dataset.theme = theme;
    for (const name of NAMES) {
      const colour = properties?.[name];
      if (typeof colour === "string" && COLOUR.test(colour)) root.style.setProperty(`--${name}`, colour);
    }
  });

  const form = document.getElementById("handover");

  if (form) {
    // The link opens a tab as well; a small window leaves the portal in sight. Whether one came can't be told where the
    // portal cuts it off from us, so the second press is left to the link.
    const hint = document.querySelector("[data-no-window]");
    document.querySelector("[data-window] a").addEventListener("click", (event) => {
      if (!hint.hidden) return;
      event.preventDefault();
      hint.hidden = Boolean(open(event.currentTarget.href, "_blank", "popup,width=560,height=760"));
    });
    addEventListener("message", (event) => {
      if (event.origin !== location.origin || event.source?.opener !== window) return;
      if (event.data?.type !== "scim-console:handover") return;
      form.elements.code.value = event.data.code;
      form.submit();
    });
    fetch(form.dataset.asks).then((answer) => answer.json()).then(({ arrived }) => {
      document.querySelector("[data-window]").hidden = !arrived;
      document.querySelector("[data-no-cookie]").hidden = arrived;
    });
  }

  // Whoever signs in in another tab comes back signed in here too: in the same site both have one cookie.
  let elsewhere = false;
  for (const link of document.querySelectorAll("a[data-elsewhere]")) {
    link.addEventListener("click", () => { elsewhere = true; });
  }
  addEventListener("focus", () => { if (elsewhere) location.assign(location.href); });
  document.addEventListener("visibilitychange", () => {
    if (elsewhere && document.visibilityState === "visible") location.assign(location.href);
  });
}
