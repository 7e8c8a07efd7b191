// The conversation as this browser keeps it. All its tabs share it; each answers only for the questions that it asked.
"use strict";
window.fonteTurns = (() => {
  const KEEP = 30; // questions
  const drawn = () => Math.random().toString(36).slice(2, 10);
  const over = (turn) => ["done", "stopped", "fault"].includes(turn.stage);
  const get = (key, fallback) => { try { return JSON.parse(localStorage.getItem("fonte." + key)) ?? fallback; } catch { return fallback; } };
  const set = (key, value) => { try { localStorage.setItem("fonte." + key, JSON.stringify(value)); } catch { /* full or forbidden: not kept */ } };
  const change = (how) => set("turns", how(get("turns", [])).slice(-KEEP)); // never the whole of what one tab knows

  let tab; // a name that stays over a reload; a copy of the tab gets one of its own
  try { tab = sessionStorage.getItem("fonte.tab"); sessionStorage.removeItem("fonte.tab"); } catch { /* forbidden */ }
  tab ||= drawn();
  window.addEventListener("pagehide", () => { try { sessionStorage.setItem("fonte.tab", tab); } catch { /* forbidden */ } });

  return {
    drawn, over, get, set,
    begin: (question) => ({ id: "t" + drawn(), tab, question, stage: "waiting" }),
    load: () => get("turns", []).map((t) => (over(t) ? t : { ...t, parts: [], sources: [], stage: t.tab === tab ? "waiting" : "stopped" })),
    add: (turn, instead) => change((all) => {
      const at = all.findIndex((t) => t.id === instead?.id);
      return at < 0 ? [...all, turn] : all.with(at, turn);
    }),
    update: (turn) => change((all) => all.map((t) => (t.id === turn.id ? turn : t))), // one that another tab removed stays away
    remove: (gone) => change((all) => all.filter((t) => !gone.some((g) => g.id === t.id))),
    clear: () => set("turns", []),
    watch: (told) => window.addEventListener("storage", ({ key }) => { if (key === null || key === "fonte.turns") told(); }),
  };
})();
