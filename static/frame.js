// The console in a frame of a portal's page: a sign-in that comes from a window of its own (docs/embed.md).
"use strict";
{
  const form = document.getElementById("handover");

  if (form) {
    // The link opens a tab as well; a small window leaves the portal in sight.
    document.querySelector("[data-window] a").addEventListener("click", (event) => {
      if (open(event.currentTarget.href, "_blank", "popup,width=560,height=760")) event.preventDefault();
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
