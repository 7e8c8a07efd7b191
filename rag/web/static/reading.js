// Scrolls to the quoted passage, and searches the text; without this script the page reads just the same.
"use strict";
(() => {
  const article = document.getElementById("text");
  const quote = document.getElementById("quote");
  const form = document.getElementById("find");
  for (const link of document.querySelectorAll(".permalink")) link.dataset.address = link.href; // whole, for print
  if (quote && !location.hash) quote.scrollIntoView({ block: "center" });
  if (!article || !form || !("highlights" in CSS)) return;
  const input = form.querySelector("input");
  const output = form.querySelector("output");
  const BLOCKS = "p, li, h1, h2, h3, h4, h5, h6, td, th, pre";
  let text = "", places = [], found = [], at = -1;

  // Letters without accents or case, each with the place it came from; spaces run together, blocks stay apart.
  const read = () => {
    const letters = [];
    const walker = document.createTreeWalker(article, NodeFilter.SHOW_TEXT);
    let before = null;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (node.parentElement.closest(".unseen")) continue;
      const block = node.parentElement.closest(BLOCKS);
      if (before && block !== before) add(letters, "\n", node, 0);
      before = block;
      for (let i = 0; i < node.data.length; i++) {
        const letter = node.data[i].normalize("NFD")[0].toLowerCase()[0];
        if (/\p{M}/u.test(letter)) continue;
        if (!/\s/.test(letter)) add(letters, letter === "’" ? "'" : letter, node, i);
        else if (letters.length && letters[letters.length - 1] !== " ") add(letters, " ", node, i);
      }
    }
    text = letters.join("");
  };
  const add = (letters, letter, node, offset) => { letters.push(letter); places.push([node, offset]); };
  const folded = (words) =>
    words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/’/g, "'").replace(/\s+/g, " ").trim();

  const range = (start, length) => {
    const made = document.createRange();
    made.setStart(...places[start]);
    const [node, offset] = places[start + length - 1];
    made.setEnd(node, offset + 1);
    return made;
  };
  const show = () => {
    CSS.highlights.set("found", new Highlight(...found));
    CSS.highlights.set("found-now", new Highlight(...found.slice(at, at + 1)));
    output.textContent = input.value.trim() ? `${found.length ? at + 1 : 0} / ${found.length}` : "";
    if (at >= 0) found[at].startContainer.parentElement.scrollIntoView({ block: "center" });
  };
  const search = () => {
    if (!text) read();
    const words = folded(input.value);
    found = [];
    for (let i = words ? text.indexOf(words) : -1; i >= 0; i = text.indexOf(words, i + words.length))
      found.push(range(i, words.length));
    at = found.length ? 0 : -1;
    show();
  };
  const step = (by) => {
    if (found.length) at = (at + by + found.length) % found.length;
    show();
  };

  form.hidden = false;
  input.addEventListener("input", search);
  form.addEventListener("submit", (event) => { event.preventDefault(); step(1); });
  for (const button of form.querySelectorAll("button"))
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.activeElement === input) { input.value = ""; search(); input.blur(); }
    if (event.key === "Enter" && event.shiftKey && document.activeElement === input) { event.preventDefault(); step(-1); }
  });
})();
