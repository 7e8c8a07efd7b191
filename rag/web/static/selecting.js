// Selected words of a document: a small bar offers to check them, or to open them as a passage with an address.
"use strict";
(() => {
  const article = document.getElementById("text");
  const bar = document.getElementById("selecting");
  if (!article || !bar) return;
  const limit = Number(bar.dataset.limit);
  const [check, cite] = ["check", "cite"].map((name) => bar.querySelector(`[data-do="${name}"]`));
  const folded = (text) => text.replace(/\s+/g, " ");
  const seen = (range) => { // what is read aloud only is no part of the text
    const part = range.cloneContents();
    for (const unseen of part.querySelectorAll(".unseen")) unseen.remove();
    return folded(part.textContent);
  };

  const before = (range, words) => { // how often they stand in the text above
    const above = document.createRange();
    above.setStart(article, 0);
    above.setEnd(range.startContainer, range.startOffset);
    return seen(above).split(words).length - 1;
  };
  const show = () => {
    const chosen = getSelection();
    const range = chosen.rangeCount && !chosen.isCollapsed ? chosen.getRangeAt(0) : null;
    const words = range && article.contains(range.commonAncestorContainer) ? seen(range).trim() : "";
    bar.hidden = !words;
    if (!words) return;
    if (check) check.href = `/#check=${encodeURIComponent(words)}`;
    cite.hidden = words.length > limit;
    const asked = new URLSearchParams({ version: bar.dataset.version, words, before: before(range, words), lang: document.documentElement.lang });
    cite.href = `${location.pathname}/passage?${asked}`;
    const box = range.getBoundingClientRect();
    bar.style.setProperty("--top", `${Math.max(8, box.bottom + scrollY + 8)}px`);
    bar.style.setProperty("--left", `${Math.max(8, Math.min(box.left, innerWidth - bar.offsetWidth - 8))}px`);
  };
  let wait;
  document.addEventListener("selectionchange", () => { clearTimeout(wait); wait = setTimeout(show, 120); });
  window.addEventListener("resize", () => { if (!bar.hidden) show(); }); // a phone that is turned round
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") bar.hidden = true; });
})();
