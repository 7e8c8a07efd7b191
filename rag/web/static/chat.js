// The chat page's behaviour. The server renders every answer; this puts the pieces in their places, keeps the
// conversation in this browser, and never moves what is being read.
"use strict";
window.fonteChat = (() => {
  const kept = window.fonteTurns, over = kept.over;
  const $ = (id) => document.getElementById(id);
  let props, server, root; // what Gradio gives
  const isSpoken = (l) => typeof l === "string" && /^(it|en)/i.test(l);
  let lang = [kept.get("lang"), ...(navigator.languages || [])].find(isSpoken)?.slice(0, 2).toLowerCase() || "it";
  let turns = kept.load();
  let ready = false, editing = "", filters = {}, poll, draft = "", halt = () => {};

  const template = (name) => $("t-" + name).content.cloneNode(true);
  const words = (name) => $("t-" + name).content.textContent;
  const pending = () => turns.find((t) => !over(t));
  const node = (turn) => root.querySelector(`[data-turn="${turn.id}"]`);
  function say(text, language = lang) { // to a screen reader, in the language that it is in
    Object.assign($("said"), { textContent: "", lang: language });
    setTimeout(() => { $("said").textContent = text; }, 50);
  }

  const { copy, thumbed, judge } = window.fonteActs({ words, template, node, say, alive, tell: (said) => server.judge(said) });

  // The frame, in one language
  function draw() {
    document.documentElement.lang = lang;
    root.innerHTML = props[lang];
    document.querySelector('meta[name="description"]').content = words("tagline");
    turns.forEach(add);
    $("question").value = draft;
    window.fonteCheck.draw($("check"), server, lang);
    view();
    mode();
  }
  const looking = (name) => (location.hash.match(/^#(documents|check)(?![a-z])/)?.[1] || "ask") === name;
  function view() {
    const name = ["documents", "check"].find(looking) || "ask";
    for (const link of root.querySelectorAll("nav a")) {
      if (link.dataset.view === name) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
      $(link.dataset.view).hidden = link.dataset.view !== name;
    }
    status();
    documents();
    if (name === "ask") size();
    if (name === "check") window.fonteCheck.view();
  }
  function mode() { // what is shown beside the thread
    root.classList.toggle("begun", turns.length > 0);
    root.querySelector('[data-do="new"]').hidden = turns.length === 0;
    $("go").classList.toggle("stopping", Boolean(pending()));
    $("editing").hidden = !editing;
  }

  // One question with its answer
  function add(turn) {
    const item = template("turn").firstElementChild;
    item.dataset.turn = turn.id;
    item.querySelector("h2").textContent = turn.question;
    const later = turns.slice(turns.indexOf(turn) + 1).map(node).find(Boolean);
    $("thread").insertBefore(item, later || null);
    fill(turn);
  }

  function fill(turn) { // only ever appends: what is being read stays where it is
    const item = node(turn);
    if (!item) return;
    const state = item.querySelector(".state"), body = item.querySelector(".body"), cards = item.querySelector(".cards");
    if (item.dataset.stage !== turn.stage) {
      item.dataset.stage = turn.stage;
      $("composer").after($("starting"));
      if (turn.stage === "done") state.innerHTML = turn.state;
      else if (turn.stage !== "answering") state.replaceChildren(fault(turn) || template(turn.stage));
      if (turn.stage === "waiting") state.append($("starting"));
    }
    for (const part of (turn.parts || []).slice(body.children.length)) body.insertAdjacentHTML("beforeend", part);
    for (const [at, source] of (turn.sources || []).entries()) row(cards, at, source, turn.stage === "done");
    item.querySelector(".sources").hidden = !cards.children.length;
    const foot = item.querySelector(".foot");
    if (turn.stage === "done" && !foot.children.length) {
      foot.innerHTML = turn.foot;
      foot.append(template("acts"));
    }
    if (turn.thumb) thumbed(item, turn.thumb);
  }
  function row(cards, at, source, isLast) { // a row of the sources; what later ones change in it is told at the end
    const made = document.createElement("template"), shown = cards.children[at];
    made.innerHTML = source;
    const item = made.content.firstElementChild, slot = item.querySelector("[data-slot]");
    if (!shown) {
      cards.append(item);
      if (slot) { slot.lang = lang; slot.append(template("card")); slot.querySelector("a").href = slot.dataset.href; }
    } else if (isLast && slot) shown.querySelector("a.open").href = slot.dataset.href;
    else if (isLast) shown.replaceChildren(...item.childNodes);
  }
  function fault(turn) {
    if (turn.stage === "stopped") return template("stopped");
    if (turn.stage !== "fault") return null;
    const shown = template("fault-" + ($("t-fault-" + turn.fault) ? turn.fault : "failed"));
    const hint = shown.querySelector("p + p");
    hint.textContent = hint.textContent.replace("{seconds}", turn.seconds || 5);
    return shown;
  }

  // Asking
  function submit() {
    const text = $("question").value.trim();
    if (!text || excess() > 0 || pending()) return;
    const at = turns.findIndex((t) => t.id === editing);
    if (at >= 0) { kept.remove(turns.splice(at)); cut(); }
    editing = "";
    $("question").value = draft = "";
    size();
    ask(text);
  }
  function cut() { // take the removed questions off the page
    for (const item of root.querySelectorAll(".turn")) {
      if (turns.some((t) => t.id === item.dataset.turn)) continue;
      if (item.contains($("starting"))) $("composer").after($("starting"));
      if (item.dataset.turn === editing) editing = "";
      item.remove();
    }
  }
  function adopt() { // another tab has asked, was answered, or has taken questions away
    const mine = pending(), known = turns;
    turns = kept.load().map((t) => {
      const own = known.find((k) => k.id === t.id);
      return !own ? t : own === mine ? own : Object.assign(own, t);
    });
    if (mine && !turns.includes(mine)) halt();
    cut();
    for (const turn of turns) if (node(turn)) fill(turn); else add(turn);
    mode();
  }

  function ask(question, instead) { // at the end, or in the place of a question that is asked again
    const turn = kept.begin(question), at = turns.indexOf(instead);
    if (at < 0) turns.push(turn); else turns[at] = turn;
    kept.add(turn, instead);
    cut();
    add(turn);
    mode();
    if (!$("composer").contains(document.activeElement)) node(turn).querySelector("h2").focus({ preventScroll: true });
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    node(turn).scrollIntoView({ block: "start", behavior: calm ? "auto" : "smooth" });
    if (ready) send(turn);
  }
  async function send(turn) {
    const before = turns.slice(0, turns.indexOf(turn)).filter((t) => t.stage === "done").slice(-5);
    const history = before.flatMap((t) => [{ role: "user", content: t.question }, { role: "assistant", content: t.text }]);
    turn.stage = "searching";
    fill(turn);
    const why = await alive();
    if (turn !== pending()) return;
    if (why) { end(turn, { stage: "fault", fault: why }); return; }
    const sent = { turn: turn.id, question: turn.question, history, page: lang, filters };
    const stop = window.fonteQueue.ask(sent, receive, async () => {
      const cause = (await alive()) || "failed";
      if (halt === stop && turn === pending()) end(turn, { stage: "fault", fault: cause });
    });
    halt = stop;
    watch(turn, stop, 0);
  }
  function watch(turn, stop, missed) { // a question under way whose server has gone must not wait for ever
    setTimeout(async () => {
      if (pending() !== turn || halt !== stop) return;
      const why = await alive();
      if (pending() !== turn || halt !== stop) return;
      if (why && missed > 0) { stop(); end(turn, { stage: "fault", fault: why }); } else watch(turn, stop, why ? missed + 1 : 0);
    }, 2500);
  }
  async function alive() { // "" if the server answers, else which fault it is
    try {
      const reply = await fetch("site/chat.js", { method: "HEAD", cache: "no-store", signal: AbortSignal.timeout(4000), redirect: "manual" });
      return reply.ok ? "" : [401, 403].includes(reply.status) || reply.type === "opaqueredirect" ? "signed_out" : "gone";
    } catch { return "gone"; }
  }

  function receive({ turn: id, ...message }) {
    const turn = turns.find((t) => t.id === id);
    if (!turn || turn !== pending()) return; // stopped or removed meanwhile
    if (message.fault === "not_ready") { // it leaves again once the server is ready
      [turn.stage, ready, halt] = ["waiting", false, () => {}];
      fill(turn);
      clearTimeout(poll);
      poll = setTimeout(status, 300);
    } else if (over(message)) end(turn, message);
    else { Object.assign(turn, message); fill(turn); }
  }
  function end(turn, message) {
    Object.assign(turn, message);
    fill(turn);
    mode();
    kept.update(turn);
    say(message.said || node(turn)?.querySelector(".state").textContent || "", message.language);
  }

  // The field
  const excess = () => $("question").value.trim().length - Number($("excess").dataset.limit);
  function size() {
    const field = $("question"), told = $("excess"), count = excess();
    field.style.height = "auto";
    field.style.height = Math.min(field.scrollHeight, 200) + "px";
    const text = count > 0 ? told.dataset.text.replace("{count}", count).replace("{limit}", told.dataset.limit) : "";
    if (told.textContent !== text) told.textContent = text;
    field.setAttribute("aria-invalid", String(count > 0));
  }
  function choose() { // what was chosen before the filters were drawn anew
    for (const i of $("filters").querySelectorAll("[name]"))
      if (i.type === "date") i.value = filters[i.name] || ""; else i.checked = filters[i.name]?.includes(i.value);
    narrow();
  }
  function sift(field) { // of many documents, those whose title holds these words, and what is chosen
    const wanted = field.value.trim().toLowerCase();
    for (const chip of field.closest("fieldset").querySelectorAll(".chip"))
      chip.hidden = !chip.textContent.toLowerCase().includes(wanted) && !chip.firstElementChild.checked;
  }
  function narrow() {
    const form = new FormData($("composer"));
    for (const name of ["kinds", "languages", "documents"]) filters[name] = form.getAll(name);
    for (const name of ["since", "until"]) filters[name] = form.get(name) || null;
    const some = Object.values(filters).some((v) => v && v.length);
    const told = $("filter").querySelector("b");
    told.textContent = some ? told.dataset.some : told.dataset.all;
  }

  // What the server says of itself
  function put(id, html) { // only what changed: nothing flickers, no choice is lost
    const place = $(id), changed = place.dataset.html !== html;
    if (changed) place.innerHTML = place.dataset.html = html;
    place.hidden = !html;
    return changed;
  }

  async function status() {
    clearTimeout(poll);
    let wait = 1500;
    try {
      const told = await server.status(lang);
      put("starting", told.html);
      const worked = put("syncing", told.syncing);
      if (told.examples !== null) put("examples", told.examples);
      if (told.ready && !ready) {
        ready = true;
        documents();
        const waiting = pending();
        if (waiting?.stage === "waiting") send(waiting);
      }
      ready = told.ready;
      if (worked && ready) documents(); // a sync goes on, or has ended
      if (ready && !told.syncing) wait = looking("documents") || told.examples === null ? 3000 : 60000;
      if (!ready && looking("documents")) documents();
    } catch { wait = 4000; }
    clearTimeout(poll);
    poll = setTimeout(status, wait);
  }
  async function documents() {
    try {
      const told = await server.documents(lang);
      put("documents-body", told.html);
      if (put("filters", told.filters)) choose();
      $("filter").hidden = !told.filters.includes("fieldset");
    } catch {
      const body = $("documents-body");
      if (!body.innerHTML) { body.replaceChildren(template("fault-" + ((await alive()) || "failed"))); body.hidden = false; }
    }
  }

  // What people do
  const acts = {
    skip: () => $("question").focus(),
    lang: (b) => { kept.set("lang", lang = b.dataset.lang); draw(); root.querySelector('[data-do="lang"][aria-pressed="true"]').focus(); },
    new: () => { if (pending()) stop(); turns = []; kept.clear(); cut(); go("#ask"); write("", $("question").value); },
    example: (b) => { if (!pending()) ask(b.textContent); },
    unedit: () => write("", ""),
    edit: (b, turn) => write(turn.id, turn.question),
    unfilter: () => { filters = {}; choose(); },
    again: (b, turn) => {
      if (!turn) documents();
      else if (!pending()) ask(turn.question, turn);
    },
    back: (b, turn, item) => item.querySelector(`.mark[data-n="${b.dataset.n}"]`)?.focus(),
    copy: (b, turn) => copy(b, b.closest(".card")?.dataset || turn.copy),
    thumb: (b, turn) => { if (turn.thumb !== b.dataset.verdict) judge(turn, b.dataset.verdict); }, // else its reasons stay
  };
  function write(id, text) { // the question of that turn, or "": a new one
    editing = id;
    $("question").value = draft = text;
    size();
    mode();
    $("question").focus();
  }
  function stop() {
    halt();
    end(pending(), { stage: "stopped" });
  }
  const go = (hash) => { if (location.hash !== hash) history.pushState(null, "", location.pathname + location.search + hash); view(); };
  function light(event) { // [1] and its passage, together
    const on = event.target.closest?.(".turn [data-n]");
    for (const lit of root.querySelectorAll(".lit")) lit.classList.remove("lit");
    const turn = on?.closest(".turn");
    if (turn) for (const each of turn.querySelectorAll(`[data-n="${on.dataset.n}"]`)) each.classList.add("lit");
  }

  function listen() {
    root.addEventListener("click", (event) => {
      const on = (selector) => event.target.closest(selector);
      const mark = on(".mark"), link = on("nav a"), b = on("[data-do]"), paper = on('a:is([href^="/documents/"], [href^="/proofs/"])');
      if (paper) { const to = new URL(paper.href); to.searchParams.set("lang", lang); paper.href = to; } // as this page is
      if (mark || link || b?.tagName === "A") event.preventDefault();
      if (mark) $(mark.getAttribute("href").slice(1))?.focus();
      else if (link) go(link.getAttribute("href"));
      else if (b) acts[b.dataset.do](b, turns.find((t) => t.id === on(".turn")?.dataset.turn), on(".turn"));
    });
    root.addEventListener("submit", (event) => {
      if (event.target.action.endsWith("/sign-out")) { kept.clear(); return; } // nothing stays for the next person
      event.preventDefault();
      const turn = turns.find((t) => t.id === event.target.closest(".turn")?.dataset.turn);
      if (turn) judge(turn, turn.thumb, event.target);
      else if (pending()) stop();
      else submit();
    });
    root.addEventListener("input", ({ target }) => {
      if (target.id === "question") { draft = target.value; size(); } else if (target.type === "search") sift(target);
    });
    root.addEventListener("change", (event) => { if (event.target.closest("#filters")) narrow(); });
    root.addEventListener("keydown", (event) => {
      const enter = event.key === "Enter" && !event.shiftKey && !event.isComposing;
      if (enter && event.target.matches("#question, #filters input")) event.preventDefault();
      if (enter && event.target.id === "question") submit();
      if (event.key === "Escape" && $("filter").contains(event.target)) { $("filter").open = false; $("filter").firstElementChild.focus(); }
    });
    for (const kind of ["mouseover", "focusin"]) root.addEventListener(kind, light);
    for (const kind of ["popstate", "hashchange"]) window.addEventListener(kind, view);
    window.addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); }); // Back, after signing out
    document.addEventListener("visibilitychange", () => { if (!document.hidden) status(); });
  }
  function start(given) {
    ({ props, server } = given);
    root = $("fonte");
    listen();
    draw();
    kept.watch(adopt);
  }

  return { start };
})();
