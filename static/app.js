// What htmx leaves to us: busy buttons, dialogs, copying, local times, and honesty when no answer comes.
// Every action works without this file.
"use strict";

const on = (name, act) => document.addEventListener(name, act);
const say = (id, text) => { document.getElementById(id).textContent = text; };
const closeDialogs = () => document.querySelectorAll("dialog[open]:not(#session-end)").forEach((dialog) => dialog.close());

// What a part of the page asks by itself. It disturbs nobody: not what is said, nor a dialog, nor the focus.
const isQuiet = (ctx) => ctx.sourceElement?.matches?.("[data-quiet]") ?? false;

let leaving = false;

function busy(ctx, is) {
  const form = ctx.sourceElement;
  if (is) ctx.target?.setAttribute?.("aria-busy", "true");
  else ctx.target?.removeAttribute?.("aria-busy");
  for (const button of form.querySelectorAll?.("button[data-busy]") ?? []) {
    if (is && !button.label) {
      button.label = [...button.childNodes];
      button.replaceChildren(button.dataset.busy);
      button.setAttribute("aria-disabled", "true");
    } else if (!is && button.label) {
      button.replaceChildren(...button.label);
      button.label = null;
      button.removeAttribute("aria-disabled");
    }
  }
}

// The request may have been carried out all the same: say so at its card, and offer to look.
function noAnswer(ctx) {
  const failed = ctx.target?.closest?.("#session-end")?.querySelector("[data-failed]");
  if (failed) {
    failed.hidden = false;
    return say("alert", failed.textContent);
  }
  closeDialogs();
  const card = ctx.target?.closest?.("article");
  const template = card?.querySelector("template[data-no-answer]");
  if (!template) return;
  card.querySelector(".notice")?.remove();
  const notice = template.content.cloneNode(true).firstElementChild;
  card.querySelector("header").after(notice);
  htmx.process(notice);
  const title = notice.querySelector("[tabindex]");
  title.focus();
  say("alert", notice.querySelector("p").textContent);
}

on("htmx:before:request", (event) => {
  if (leaving) return event.preventDefault();
  if (isQuiet(event.detail.ctx)) {
    // Nobody looks, or somebody is at work on the same card.
    if (document.hidden || document.querySelector("article[aria-busy]")) event.preventDefault();
    return;
  }
  say("status", "");
  say("alert", "");
  busy(event.detail.ctx, true);
});
on("htmx:after:request", ({ detail: { ctx } }) => {
  leaving ||= Boolean(ctx.hx.redirect);
  if (leaving) setTimeout(() => { leaving = false; busy(ctx, false); }, 10000);
});
on("htmx:finally:request", ({ detail: { ctx } }) => { if (!leaving) busy(ctx, false); });
on("htmx:before:swap", (event) => {
  const { ctx } = event.detail;
  if (isQuiet(ctx) && ctx.response.status >= 400) {
    event.preventDefault();
  } else if (!ctx.response.headers.get("Console-Fragment")) {
    // A proxy's error page, say. It never gets into a card.
    event.preventDefault();
    if (!isQuiet(ctx)) noAnswer(ctx);
  } else if (!isQuiet(ctx) && ctx.response.status !== 422 && !ctx.target.closest("#session-end")) {
    closeDialogs();
    document.getElementById("problem").replaceChildren();
  }
});
on("htmx:error", ({ detail }) => { if (detail.ctx && !isQuiet(detail.ctx)) noAnswer(detail.ctx); });
on("htmx:after:swap", ({ detail: { ctx } }) => {
  localTimes();
  if (ctx.target.id === "session-end-body") lookAtSession();
  // What had the focus is gone, and nothing in its place asked for it.
  if (document.activeElement === document.body) document.getElementById(ctx.target.id)?.querySelector("h2")?.focus();
});

on("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    document.getElementById(opener.dataset.opens).showModal();
  }
  const closer = event.target.closest("dialog [data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
});

// "Copied" only when it was; else the text is selected, so that the keyboard can do it.
async function copy(button) {
  const source = document.getElementById(button.dataset.copy);
  const label = button.querySelector("[data-copy-label]");
  const words = document.body.dataset;
  label.own ??= label.textContent;
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent.trim());
    label.textContent = words.copied;
    say("status", words.copied);
  } catch {
    if (source.select) { source.focus(); source.select(); } else { getSelection().selectAllChildren(source); }
    label.textContent = words.selected;
    say("alert", words.copyByHand);
  }
  setTimeout(() => { label.textContent = label.own; }, 4000);
}
on("focusin", (event) => { if (event.target.matches("[data-secret] textarea")) event.target.select(); });

// As the page's language writes them; its English is not American.
const language = document.documentElement.lang;
const region = language === "en" ? "en-GB" : language;

function localTimes() {
  const day = { day: "numeric", month: "short", year: "numeric" };
  const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const zone = { timeZoneName: "short" };
  const second = { ...clock, second: "2-digit", ...zone };
  const now = new Date().toDateString();
  for (const time of document.querySelectorAll("time[data-local]")) {
    const at = new Date(time.dateTime);
    const today = at.toDateString() === now;
    const options = {
      date: { ...day, ...clock, ...zone },
      clock: { ...clock, ...zone },
      second: today ? second : { ...day, ...second },
      day: today ? clock : day,
    };
    time.textContent = at.toLocaleString(region, options[time.dataset.local]);
    time.removeAttribute("data-local");
  }
}
localTimes();

// For how long a leak has been known, second by second, in the two largest units as the server has it.
const counted = (count, unit) => count.toLocaleString(language, { style: "unit", unit, unitDisplay: "long" });
function sinceThen() {
  for (const time of document.querySelectorAll("time[data-since]")) {
    let left = Math.max(0, Math.floor((Date.now() - new Date(time.dateTime)) / 1000));
    const parts = [];
    for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
      const count = Math.floor(left / size);
      left %= size;
      if (count) parts.push(counted(count, unit));
    }
    time.textContent = parts.slice(0, 2).join(" ") || counted(0, "second");
  }
}
sinceThen();
setInterval(sinceThen, 1000);

// Two minutes before the session ends the page says so, and one key makes it last longer. The page itself stays.
const WARNING_SECONDS = 120;
let sessionEnds = 0;
let sessionTimer;

function watchSession(seconds) {
  if (document.getElementById("session-end-body") === null) return;
  sessionEnds = Date.now() + seconds * 1000;
  lookAtSession();
}

function lookAtSession() {
  clearTimeout(sessionTimer);
  const left = Math.round((sessionEnds - Date.now()) / 1000);
  const dialog = document.getElementById("session-end");
  const phase = left <= 0 ? "over" : left <= WARNING_SECONDS ? "soon" : "";
  for (const part of dialog.querySelectorAll("[data-phase]")) part.hidden = part.dataset.phase !== phase;
  if (!phase) dialog.close();
  else if (dialog.phase !== phase && !dialog.open) dialog.showModal();
  const heading = dialog.querySelector(`[data-phase="${phase}"] h2`);
  if (heading && dialog.phase !== phase) say("alert", heading.textContent);
  dialog.phase = phase;
  const next = phase === "over" ? 0 : phase === "soon" ? left : left - WARNING_SECONDS;
  // A timer of more than 24 days would fire at once.
  if (next) sessionTimer = setTimeout(lookAtSession, Math.min(next, 86400) * 1000);
}
if (document.getElementById("session-end-body")) {
  watchSession(Number(document.getElementById("session-end-body").dataset.seconds));
  // A computer that slept has missed its timers.
  on("visibilitychange", lookAtSession);
}
on("htmx:after:request", ({ detail: { ctx } }) => {
  const seconds = ctx.response?.headers.get("Console-Session-Seconds");
  if (seconds) watchSession(Number(seconds));
});

// A token on screen, or on its way, is nowhere else: leaving asks first, and no copy of the page keeps it.
addEventListener("beforeunload", (event) => {
  const atWork = !leaving && document.querySelector("article[aria-busy]");
  if (atWork || document.querySelector("[data-secret]")) event.preventDefault();
});
addEventListener("pagehide", () => document.querySelectorAll("[data-secret] textarea, [data-pasted]").forEach((field) => { field.value = ""; }));
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
