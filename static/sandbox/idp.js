// Loading the page is what provisions. Only the runs are swapped in: a token half pasted stays in its field.
function refreshLater() {
  const runs = document.querySelector("[data-refresh-url]");
  if (!runs) return;
  setTimeout(async () => {
    try {
      const response = await fetch(runs.dataset.refreshUrl);
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      runs.replaceWith(page.querySelector(".runs"));
    } finally {
      refreshLater();
    }
  }, runs.dataset.refreshSeconds * 1000);
}

refreshLater();
