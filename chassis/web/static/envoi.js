// Resumable upload (tus 1.0) over the form of `macros/forms.html: upload`; when anything is missing, the form is sent as it is.
"use strict";

const PART_BYTES = 5 * 1024 * 1024;
const TRIES = 5;

class TooBig extends Error {}

for (const form of document.querySelectorAll("form[data-tus]")) {
  form.addEventListener("submit", (event) => {
    const file = form.elements.fichier.files[0];
    if (!file || !file.size || !window.fetch || !window.TextEncoder) return;
    event.preventDefault();
    send(form, file).catch((error) => say(form, error instanceof TooBig ? form.dataset.tooBig : form.dataset.failed));
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

// The same file for the same purpose resumes after a reload, a crash or a night.
function fingerprint(form, file) {
  return ["sejour", form.dataset.tus, metadata(form, file), file.size, file.lastModified].join("|");
}

async function place(form, file, mark) {
  const known = localStorage.getItem(mark);
  if (known) {
    const state = await fetch(known, { method: "HEAD", headers: headers(form, {}) });
    if (state.ok) return { address: known, offset: Number(state.headers.get("Upload-Offset")) };
    localStorage.removeItem(mark);
  }
  const opened = await fetch(form.dataset.tus, {
    method: "POST",
    headers: headers(form, { "Upload-Length": String(file.size), "Upload-Metadata": metadata(form, file) }),
  });
  // Nothing was sent yet: another try with the same file would end the same way.
  if (opened.status === 413 && form.dataset.tooBig) throw new TooBig();
  if (!opened.ok) throw new Error(String(opened.status));
  const address = opened.headers.get("Location");
  localStorage.setItem(mark, address);
  return { address, offset: 0 };
}

async function send(form, file) {
  const bar = form.querySelector("progress");
  const button = form.querySelector("button");
  const mark = fingerprint(form, file);
  button.disabled = true;
  bar.hidden = false;
  try {
    let { address, offset } = await place(form, file, mark);
    let next = "";
    let failed = 0;
    do {
      bar.value = (offset / file.size) * 100;
      say(form, form.dataset.sending + " : " + Math.floor(bar.value) + " %");
      let answer = null;
      try {
        answer = await fetch(address, {
          method: "PATCH",
          headers: headers(form, { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" }),
          body: file.slice(offset, offset + PART_BYTES),
        });
      } catch {
        answer = null;
      }
      if (answer && answer.ok) {
        offset = Number(answer.headers.get("Upload-Offset"));
        next = answer.headers.get("Sejour-Suite") || "";
        failed = 0;
        continue;
      }
      if (answer && answer.status !== 409 && answer.status < 500) {
        // The file itself is refused: the plain form says why, in a page.
        localStorage.removeItem(mark);
        form.submit();
        return;
      }
      if (++failed > TRIES) throw new Error("stopped");
      await new Promise((done) => setTimeout(done, 1000 * 2 ** failed));
      ({ address, offset } = await place(form, file, mark));
    } while (offset < file.size || !next);
    localStorage.removeItem(mark);
    bar.value = 100;
    say(form, form.dataset.sent);
    location.assign(next || location.href);
  } finally {
    button.disabled = false;
  }
}
