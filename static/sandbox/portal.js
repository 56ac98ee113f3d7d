// What a portal does for the console in its frame: gives it the height that it asks for, and tells it the colours.
const PORTAL = { accent: "#8a4b00", "accent-ink": "#ffffff", ground: "#fbfaf6", raised: "#ffffff", ink: "#1d2321", "ink-quiet": "#57615d" };

function lookAfter(frame, choice) {
  const origin = new URL(frame.src).origin;

  addEventListener("message", (event) => {
    if (event.source !== frame.contentWindow || event.origin !== origin) return;
    if (event.data.type === "scim-console:height") frame.style.height = `${event.data.height}px`;
  });

  function tellTheme() {
    if (!choice.value) return;
    const message = choice.value === "portal" ? { theme: "light", properties: PORTAL } : { theme: choice.value };
    frame.contentWindow.postMessage({ type: "scim-console:theme", ...message }, origin);
  }
  choice.addEventListener("change", tellTheme);
  // Each page in the frame begins with the reader's own colours.
  frame.addEventListener("load", tellTheme);
}

for (const part of document.querySelectorAll("[data-console]")) lookAfter(part.querySelector("iframe"), part.querySelector("select"));
