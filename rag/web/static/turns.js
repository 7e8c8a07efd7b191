// The conversation as this browser keeps it. All its tabs share it; each answers only for the questions that it asked.
"use strict";
window.fonteTurns = (() => {
  const KEEP = 30; // questions
  const LONGEST = 20_000; // characters of a question or an answer, as the server reads them
  const STAGES = ["waiting", "searching", "writing", "answering", "done", "stopped", "fault"];
  const drawn = () => Math.random().toString(36).slice(2, 10);
  const over = (turn) => ["done", "stopped", "fault"].includes(turn.stage);
  const get = (key, fallback) => { try { return JSON.parse(localStorage.getItem("fonte." + key)) ?? fallback; } catch { return fallback; } };
  const set = (key, value) => { try { localStorage.setItem("fonte." + key, JSON.stringify(value)); } catch { /* full or forbidden: not kept */ } };
  const change = (how) => set("turns", how(all()).slice(-KEEP)); // never the whole of what one tab knows

  // Another program of this address may have written here before: only what a turn holds is taken, and no markup that acts.
  const TAGS = new Set("a b blockquote button circle cite details div em h4 li ol p path span strong summary svg ul".split(" "));
  const NAMES = /^(?:aria-[a-z]+|data-[a-z]+|class|cx|cy|d|fill|href|id|lang|r|rel|tabindex|target|title|viewBox)$/;
  const isHere = (link) => /^[#/]/.test(link) && URL.canParse(link, location) && new URL(link, location).origin === location.origin;
  function harmless(html, id) {
    const made = document.createElement("template"); // nothing in it loads or runs
    made.innerHTML = html;
    for (const item of made.content.querySelectorAll("*")) {
      if (!TAGS.has(item.localName)) item.remove();
      for (const { name, value } of [...item.attributes]) {
        const isMeant = name === "id" ? value.startsWith(id + "-") : !name.endsWith("href") || isHere(value);
        if (!NAMES.test(name) || !isMeant) item.removeAttribute(name);
      }
    }
    return made.innerHTML;
  }
  const text = (value) => (typeof value === "string" ? value.slice(0, LONGEST) : "");
  function taken(t) { // null for what is no turn
    if (typeof t?.id !== "string" || !/^t[a-z0-9]+$/.test(t.id) || !text(t.question)) return null;
    const html = (value) => (typeof value === "string" ? harmless(value, t.id) : "");
    const htmls = (values, opening) => (Array.isArray(values) ? values.map(html).filter((made) => made.startsWith(opening)) : []);
    const words = Object.fromEntries(["id", "tab", "question", "text", "status", "fault", "thumb", "ballot"].map((k) => [k, text(t[k])]));
    const drawings = { state: html(t.state), foot: html(t.foot), parts: htmls(t.parts, "<"), sources: htmls(t.sources, "<li") };
    const copy = { text: text(t.copy?.text), html: text(t.copy?.html) };
    return { ...words, ...drawings, copy, seconds: Number.isInteger(t.seconds) ? t.seconds : 0, stage: STAGES.includes(t.stage) ? t.stage : "stopped" };
  }
  function all() {
    const found = get("turns", []);
    return Array.isArray(found) ? found.slice(-KEEP).map(taken).filter(Boolean) : [];
  }

  let tab; // a name that stays over a reload; a copy of the tab gets one of its own
  try { tab = sessionStorage.getItem("fonte.tab"); sessionStorage.removeItem("fonte.tab"); } catch { /* forbidden */ }
  tab ||= drawn();
  window.addEventListener("pagehide", () => { try { sessionStorage.setItem("fonte.tab", tab); } catch { /* forbidden */ } });

  return {
    drawn, over, get, set,
    begin: (question) => ({ id: "t" + drawn(), tab, question, stage: "waiting" }),
    load: () => all().map((t) => (over(t) ? t : { ...t, parts: [], sources: [], stage: t.tab === tab ? "waiting" : "stopped" })),
    add: (turn, instead) => change((turns) => {
      const at = turns.findIndex((t) => t.id === instead?.id);
      return at < 0 ? [...turns, turn] : turns.with(at, turn);
    }),
    update: (turn) => change((turns) => turns.map((t) => (t.id === turn.id ? turn : t))), // one that another tab removed stays away
    remove: (gone) => change((turns) => turns.filter((t) => !gone.some((g) => g.id === t.id))),
    clear: () => set("turns", []),
    watch: (told) => window.addEventListener("storage", ({ key }) => { if (key === null || key === "fonte.turns") told(); }),
  };
})();
