// Resumable upload (tus 1.0) over the form of `macros/forms.html: upload`; without this script the form is sent as it is.
"use strict";

// Far under the 5 MiB that the server takes: what a cut line loses is one part, not half a scan.
const PART_BYTES = 1024 * 1024;
const TRIES = 5;

// Why an upload stops; each has its own words on the page, by the name of an attribute of the form.
class Stopped extends Error {}

for (const form of document.querySelectorAll("form[data-tus]")) {
  form.addEventListener("submit", (event) => {
    const file = form.elements.fichier.files[0];
    if (!file || !file.size || !window.fetch || !window.TextEncoder) return;
    event.preventDefault();
    send(form, file);
  });
}

function say(form, text) {
  form.querySelector(".upload-state").textContent = text;
}

function headers(form, more) {
  return { "Tus-Resumable": "1.0.0", "X-CSRFToken": form.elements.csrf_token.value, ...more };
}

function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

function metadata(form, file) {
  const pairs = [["filename", file.name], ["filetype", file.type]];
  for (const field of form.querySelectorAll("[data-metadata]")) pairs.push([field.name, field.value]);
  return pairs.map(([name, value]) => name + " " + base64(value)).join(",");
}

// The same file for the same purpose resumes after a reload, a crash, a night or a new sign-in.
function fingerprint(form, file) {
  return ["sejour", form.dataset.tus, metadata(form, file), file.size, file.lastModified].join("|");
}

// One request; null when the line or the service does not answer.
async function ask(address, options) {
  try {
    const answer = await fetch(address, options);
    return answer.status < 500 && answer.status !== 429 ? answer : null;
  } catch {
    return null;
  }
}

// The page as it is for who is signed in now has the form token of her session; the sign-in page has no such form.
async function renew(form) {
  const page = await ask(location.href, { headers: { Accept: "text/html" } });
  if (!page) return;
  const read = new DOMParser().parseFromString(await page.text(), "text/html");
  const token = read.querySelector("form[data-tus] [name=csrf_token]");
  if (!token) throw new Stopped("signIn");
  if (form.elements.csrf_token.value === token.value) throw new Stopped("gone");
  for (const field of document.querySelectorAll("[name=csrf_token]")) field.value = token.value;
}

// What an answer that is no success asks for: another try, or an end with its own words.
async function refused(form, answer, mark) {
  if (!answer || answer.status === 409) return;
  if (answer.status === 400 || answer.status === 401) {
    await renew(form);
    return;
  }
  localStorage.removeItem(mark);
  if (answer.status === 413) throw new Stopped("tooBig");
  if (answer.status !== 422) throw new Stopped("gone");
  const next = answer.headers.get("Sejour-Suite");
  const problem = await answer.json();
  if (next) location.assign(next);
  throw new Stopped(problem.title + " " + problem.detail);
}

// Where the upload goes on; null when nothing answered.
async function place(form, file, mark) {
  const known = localStorage.getItem(mark);
  if (known) {
    const state = await ask(known, { method: "HEAD", headers: headers(form, {}) });
    if (state && state.ok) return { address: known, offset: Number(state.headers.get("Upload-Offset")) };
    if (!state || state.status === 401) {
      await refused(form, state, mark);
      return null;
    }
    // Ended or forgotten: the same file begins again.
    localStorage.removeItem(mark);
  }
  const opened = await ask(form.dataset.tus, {
    method: "POST",
    headers: headers(form, { "Upload-Length": String(file.size), "Upload-Metadata": metadata(form, file) }),
  });
  if (!opened || !opened.ok) {
    await refused(form, opened, mark);
    return null;
  }
  const address = opened.headers.get("Location");
  localStorage.setItem(mark, address);
  return { address, offset: 0 };
}

// Sends all that lacks; gives the page to go to.
async function sendParts(form, file, mark) {
  const bar = form.querySelector("progress");
  let failed = 0;
  while (failed <= TRIES) {
    const here = await place(form, file, mark);
    let answer = null;
    if (here) {
      bar.value = (here.offset / file.size) * 100;
      say(form, form.dataset.sending + " : " + Math.floor(bar.value) + " %");
      let offset = here.offset;
      do {
        answer = await ask(here.address, {
          method: "PATCH",
          headers: headers(form, { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" }),
          body: file.slice(offset, offset + PART_BYTES),
        });
        if (!answer || !answer.ok) break;
        failed = 0;
        offset = Number(answer.headers.get("Upload-Offset"));
        bar.value = (offset / file.size) * 100;
        say(form, form.dataset.sending + " : " + Math.floor(bar.value) + " %");
        const next = answer.headers.get("Sejour-Suite");
        if (next) return next;
      } while (offset < file.size);
      if (answer && answer.status === 404) localStorage.removeItem(mark);
      else if (!answer || !answer.ok) await refused(form, answer, mark);
    }
    failed += 1;
    await new Promise((done) => setTimeout(done, 1000 * 2 ** failed));
  }
  throw new Stopped("offline");
}

async function send(form, file) {
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  const mark = fingerprint(form, file);
  button.disabled = true;
  bar.hidden = false;
  try {
    const next = await sendParts(form, file, mark);
    localStorage.removeItem(mark);
    bar.value = 100;
    say(form, form.dataset.sent);
    location.assign(next);
  } catch (error) {
    stop(form, file, error instanceof Stopped ? error.message : "offline");
  } finally {
    button.disabled = false;
  }
}

function stop(form, file, why) {
  say(form, form.dataset[why] || why);
  if (why === "signIn") {
    // The page itself leads to the sign-in page, and back here.
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = form.dataset.signInLink;
    form.querySelector(".upload-state").append(" ", link);
  }
  if (why === "offline") window.addEventListener("online", () => send(form, file), { once: true });
}
