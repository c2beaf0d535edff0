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

// What is typed stays in this tab until the form is sent: a closed line or a battery that dies loses nothing.
for (const form of document.querySelectorAll("form[data-autosave]")) {
  const place = "sejour:" + location.pathname;
  const fields = () => [...form.elements].filter((field) => field.name && !["hidden", "password", "file", "submit"].includes(field.type));
  const kept = JSON.parse(sessionStorage.getItem(place) || "{}");
  for (const field of fields()) {
    if (field.type === "radio" || field.type === "checkbox") {
      if ((kept[field.name] || []).includes(field.value)) field.checked = true;
    } else if (!field.value && kept[field.name]) field.value = kept[field.name][0];
  }
  form.addEventListener("input", () => {
    const now = {};
    for (const field of fields()) {
      if ((field.type === "radio" || field.type === "checkbox") && !field.checked) continue;
      (now[field.name] ||= []).push(field.value);
    }
    sessionStorage.setItem(place, JSON.stringify(now));
  });
  form.addEventListener("submit", () => sessionStorage.removeItem(place));
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
