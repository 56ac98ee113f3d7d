// The window that signs in for a portal's frame: it tells the frame the one-time code, and closes.
"use strict";
{
  // Another site's page, or one of ours that this window can no longer see, is not told anything.
  const there = () => {
    try { return opener.location.origin === location.origin; } catch { return false; }
  };
  for (const part of document.querySelectorAll("[data-opener]")) part.hidden = (part.dataset.opener === "there") !== there();
  const code = document.querySelector("[data-handover]")?.dataset.handover;
  if (code && there()) {
    opener.postMessage({ type: "scim-console:handover", code }, location.origin);
    close();
  }
}
