(async () => {
  const tag = document.currentScript;
  const answer = await fetch(tag.dataset.fragment);
  if (!answer.ok) return;
  const shown = new DOMParser().parseFromString(await answer.text(), "text/html");
  tag.after(...shown.body.childNodes);
})();
