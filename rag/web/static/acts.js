// What is done with an answer: it is copied, with its sources as text and HTML, and judged.
"use strict";
window.fonteActs = ({ words, template, node, say, alive, tell }) => {
  const kept = window.fonteTurns;

  async function copy(button, data) {
    const link = (s) => s.replaceAll("{origin}", location.origin);
    const forms = { "text/plain": link(data.text), "text/html": link(data.html) };
    let told = "copied";
    try {
      const items = Object.entries(forms).map(([type, text]) => [type, new Blob([text], { type })]);
      await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(items))]);
    } catch { // no permission, or no HTTPS: the older way
      const put = (event) => { for (const type in forms) event.clipboardData.setData(type, forms[type]); event.preventDefault(); };
      document.addEventListener("copy", put, { once: true });
      if (!document.execCommand("copy")) told = "not-copied";
      document.removeEventListener("copy", put);
    }
    const name = button.querySelector("span"), before = name.textContent;
    name.textContent = words(told);
    say(words(told));
    setTimeout(() => { name.textContent = before; }, 1800);
  }
  function thumbed(item, verdict) {
    for (const b of item.querySelectorAll('[data-do="thumb"]')) b.setAttribute("aria-pressed", String(b.dataset.verdict === verdict));
  }
  async function judge(turn, verdict, form) { // a thumb, or the form with its reasons
    const given = form ? new FormData(form) : new FormData();
    turn.ballot ||= kept.drawn() + kept.drawn(); // a verdict cannot be joined with the answer's own id
    const said = { reasons: given.getAll("reason"), more: given.get("more") || "", question: given.get("consent") ? turn.question : null };
    const taken = await tell({ ballot: turn.ballot, status: turn.status, verdict, ...said }).catch(() => false);
    const item = node(turn), why = item?.querySelector(".why");
    if (!why) return;
    if (taken) { turn.thumb = verdict; thumbed(item, verdict); kept.update(turn); }
    if (taken && !form) {
      why.replaceChildren(template("reasons-" + verdict));
      why.scrollIntoView({ block: "nearest" });
      return;
    }
    const told = taken ? words("thanks") : template("fault-" + ((await alive()) || "failed")).querySelector("strong").textContent;
    (taken ? why : why.querySelector("output") || why).textContent = told; // what was written stays where it was not taken
    if (taken) why.focus(); else say(told);
  }

  return { copy, thumbed, judge };
};
