// Comfort only: every page does its work without this file.
"use strict";

// After a refusal, people who listen to the page start at what is to be corrected.
document.querySelector("[data-focus]")?.focus();

// Leaving a half-written form asks first; sending it does not.
for (const form of document.querySelectorAll("form[data-confirm-leave]")) {
  let written = false;
  form.addEventListener("input", () => { written = true; });
  form.addEventListener("submit", () => { written = false; });
  window.addEventListener("beforeunload", (event) => { if (written) event.preventDefault(); });
}

// What a signed-in person types stays on this device for her alone, until the service says that her form is done.
const PLACE = "sejour:", DAYS_KEPT = 7;
const person = document.body.dataset.person;

function drafts() {
  return Object.keys(localStorage).filter((key) => key.startsWith(PLACE)).map((key) => [key, JSON.parse(localStorage.getItem(key))]);
}

// Whoever comes next at a shared computer is offered nothing, and leaves nothing of the one before.
function forgetOthers() {
  const oldest = Date.now() - DAYS_KEPT * 86400000;
  for (const [key, draft] of drafts()) {
    const done = draft.sent && draft.sent === document.body.dataset.received;
    if (done || draft.time < oldest || (person && !key.startsWith(PLACE + person))) localStorage.removeItem(key);
  }
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type) && field.name !== "code");
}

function typedIn(form) {
  const typed = new Map();
  for (const field of fieldsOf(form)) {
    if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
    typed.set(field.name, [...(typed.get(field.name) || []), field.value]);
  }
  return Object.fromEntries(typed);
}

function fill(form, typed) {
  const left = structuredClone(typed);
  for (const field of fieldsOf(form)) {
    if (["radio", "checkbox"].includes(field.type)) field.checked = (typed[field.name] || []).includes(field.value);
    else if (left[field.name]?.length) field.value = left[field.name].shift();
  }
}

function offer(form, key, typed) {
  const words = document.getElementById("reprise-appareil").content.cloneNode(true);
  const [notice, take, forget] = [words.firstElementChild, ...words.querySelectorAll("button")];
  take.addEventListener("click", () => { fill(form, typed); notice.remove(); fieldsOf(form)[0].focus(); });
  forget.addEventListener("click", () => { localStorage.removeItem(key); notice.remove(); });
  form.before(notice);
}

function keepDrafts(form) {
  const key = [PLACE + person, location.pathname, form.getAttribute("action")].join(" ");
  const draft = JSON.parse(localStorage.getItem(key) || "null");
  const shown = typedIn(form);
  // A page that comes back filled has the last word.
  const filled = document.querySelector(".errors, [data-shown-again]");
  if (draft && !filled && JSON.stringify(draft.typed) !== JSON.stringify(shown)) offer(form, key, draft.typed);
  const keep = (more) => localStorage.setItem(key, JSON.stringify({ typed: typedIn(form), time: Date.now(), ...more }));
  form.addEventListener("input", () => keep({}));
  form.addEventListener("submit", () => { if (localStorage.getItem(key)) keep({ sent: form.elements.request_id.value }); });
}

forgetOthers();
for (const form of document.querySelectorAll("form[method=post]")) {
  if (form.action.endsWith("/deconnexion")) form.addEventListener("submit", () => drafts().forEach(([key]) => localStorage.removeItem(key)));
  else if (person && fieldsOf(form).length) keepDrafts(form);
}

// Queues read themselves again, unless somebody is working inside them or looking elsewhere.
for (const region of document.querySelectorAll("[data-refresh]")) {
  const every = Math.max(5, Number(region.dataset.seconds) || 20) * 1000;
  setInterval(async () => {
    if (document.hidden || region.contains(document.activeElement)) return;
    try {
      const answer = await fetch(region.dataset.refresh, { headers: { "X-Fragment": "1" }, credentials: "same-origin" });
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const text = await answer.text();
      if (text !== region.dataset.shown) {
        const parsed = new DOMParser().parseFromString(text, "text/html");
        region.replaceChildren(...parsed.body.childNodes);
        region.dataset.shown = text;
      }
      region.classList.remove("stale");
    } catch {
      region.classList.add("stale");
    }
  }, every);
}
