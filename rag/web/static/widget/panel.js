// The widget's panel. It shows what the server tells as text, never as markup; the conversation lives in this page's
// memory and nowhere else; it speaks with the page around it only if that page is one of the allowed.
"use strict";
(() => {
  const VERSION = 1, SILENCE = 45000, KEPT = 3, CUT = 4000;
  const $ = (id) => document.getElementById(id);
  const config = JSON.parse($("config").textContent);
  const here = `/embed/${encodeURIComponent(config.id)}`;
  const base = document.documentElement;
  let lang, parentOrigin = "", floating = false, token = "", turns = [], running = null, next = "", given = {};

  // Words and looks
  const word = (key, values = {}) => config.words[lang][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const counted = (key, count) => word(`${key}_${count === 1 ? "one" : "many"}`, { count });
  const make = (name, attributes = {}, ...inside) => {
    const made = document.createElementNS(/^(svg|path|circle)$/.test(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (const key in attributes) if (attributes[key] !== null) made.setAttribute(key, attributes[key]);
    made.append(...inside);
    return made;
  };
  const asking = (button, act) => button.addEventListener("click", ({ detail }) => {
    act();
    if (!detail) $("question").focus(); // the button is gone: keys go on in the field, a finger needs no keyboard
  });
  const speak = (language) => {
    lang = language;
    base.lang = lang;
    for (const node of document.querySelectorAll("[data-word]")) node.textContent = word(node.dataset.word);
    for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", word(node.dataset.label));
    for (const node of document.querySelectorAll("button[data-label]")) node.title = word(node.dataset.label);
    $("question").placeholder = word("placeholder");
    document.title = $("scroll").ariaLabel = document.querySelector("h1").textContent = config.title[lang] || word("title");
    $("greeting").textContent = given.greeting || config.greeting[lang] || word("greeting");
    const own = config.examples.filter(([spoken]) => spoken === lang);
    const shown = (own.length ? own : config.examples).map(([spoken, question]) => {
      const button = make("button", { type: "button", lang: spoken }, question);
      asking(button, () => ask(question));
      return make("li", {}, button);
    });
    $("examples").hidden = !shown.length;
    $("examples").querySelector("ul").replaceChildren(...shown);
  };
  const chosen = () => {
    const options = [given.lang, config.language, given.page, ...(navigator.languages || [])];
    return options.map((name) => String(name || "").slice(0, 2).toLowerCase()).find((name) => config.words[name]) || "it";
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 3294.6 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const readable = (rgb, paper, towards) => { // as little darker or lighter as words on a wash of it need
    const wash = () => rgb.map((c, n) => c * 0.12 + paper[n] * 0.88);
    const apart = () => { const [a, b] = [light(rgb), light(wash())].sort((x, y) => y - x); return (a + 0.05) / (b + 0.05); };
    for (let n = 0; n < 60 && apart() < 4.6; n++) rgb = rgb.map((c) => Math.round(c + (towards - c) * 0.06));
    return `rgb(${rgb.join(" ")})`;
  };
  const look = () => {
    const theme = /^(light|dark)$/.test(given.theme) ? given.theme : config.theme;
    if (theme !== "auto") base.style.colorScheme = theme;
    const color = /^#[0-9a-f]{6}$/i.test(given.color || "") ? given.color : config.accent;
    if (!color) return;
    const rgb = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    const [day, night] = [readable(rgb, [251, 250, 247], 0), readable(rgb, [23, 22, 20], 255)];
    base.style.setProperty("--accent", `light-dark(${day}, ${night})`);
    base.style.setProperty("--on-accent", "light-dark(#fff, #141311)");
    base.style.setProperty("--wash", "color-mix(in srgb, var(--accent) 12%, var(--paper))");
  };

  // The page around
  const allowed = (origin) => config.origins.some((own) => (own.endsWith(":*") ? origin.replace(/:\d+$/, "") === own.slice(0, -2) : origin === own));
  const tell = (type, more) => { if (parentOrigin) parent.postMessage({ fonte: VERSION, type, ...more }, parentOrigin); };
  addEventListener("message", ({ data, origin, source }) => {
    if (parent === window || source !== parent || !allowed(origin) || data?.fonte !== VERSION) return;
    if (data.type === "hello" && !parentOrigin) {
      parentOrigin = origin;
      const text = (name) => (typeof data[name] === "string" ? data[name].slice(0, 300) : "");
      given = { lang: text("lang"), page: text("page"), theme: text("theme"), color: text("color"), greeting: text("greeting") };
      floating = data.floating === true;
      $("close").hidden = !floating;
      look();
      speak(chosen());
      if (floating) $("question").focus();
      tell("ready");
    } else if (!parentOrigin) return;
    else if (data.type === "shown") $("question").focus();
    else if (data.type === "ask" && typeof data.question === "string") ask(data.question.slice(0, config.limit));
  });

  // What is said once, for those who listen
  const ended = (text) => (/[.!?…]["»”’)]*$/.test(text) ? text : `${text}.`);
  const say = (...told) => { $("said").textContent = ""; setTimeout(() => $("said").replaceChildren(...told), 60); };

  // One question and its answer
  const icon = (status) => make("svg", { viewBox: "0 0 16 16", "aria-hidden": "true" },
    make("circle", { cx: 8, cy: 8, r: 6.5, ...(status === "answered" ? { class: "full" } : {}) }),
    ...(status === "partial" ? [make("path", { d: "M8 1.5a6.500 6.500 0 0 0 0 13z", class: "full" })] : []));
  const bold = (text) => text.split("**").map((piece, n) => (n % 2 ? make("strong", {}, piece) : piece));
  const foreign = (spoken, answer) => (spoken === answer ? [] : [" ", make("span", { class: "foreign" }, `(${word(`in_${spoken}`)})`)]);
  const marks = (numbers, turn) => numbers.flatMap((number) => {
    const mark = make("button", { type: "button", class: "mark", "aria-label": word("source", { number }) }, `[${number}]`);
    mark.addEventListener("click", () => {
      const source = turn.node.querySelector(`[data-n="${number}"]`);
      source.open = true;
      source.querySelector("summary").focus({ preventScroll: true });
      source.scrollIntoView({ block: "nearest" });
    });
    return [" ", mark];
  });
  const card = (source, spoken, isOpen = false) => {
    const named = source.number ? [make("span", { class: "number" }, `[${source.number}]`), " "] : [];
    const inside = [make("blockquote", { lang: source.language }, source.quote)];
    if (source.link) {
      inside.push(make("a", { href: source.link.href, target: "_blank", rel: "noopener noreferrer" },
        word(source.link.place), make("span", { class: "unseen" }, ` (${word("new_tab")})`)));
    }
    return make("li", {}, make("details", { "data-n": source.number || null, open: isOpen ? "" : null },
      make("summary", {}, ...named, make("cite", { lang: source.language }, source.title), make("span", { class: "facts", lang: spoken }, source.facts)), ...inside));
  };
  const toTop = (node) => { // within the panel: scrollIntoView would move the page around it as well
    const scroll = $("scroll"), below = () => node.getBoundingClientRect().top + 1; // under its rule
    scroll.scrollTop += below() - scroll.getBoundingClientRect().top;
    if (getComputedStyle(scroll).overflowY === "visible") scrollBy(0, below()); // a low panel scrolls as a whole
  };
  const add = (question) => {
    const turn = { question, text: "", done: false };
    turn.state = make("p", { class: "state" });
    turn.body = make("div", { class: "body" });
    turn.sources = make("ul", { class: "sources", "aria-label": word("sources"), hidden: "" });
    turn.foot = make("div", { class: "foot" });
    turn.node = make("li", { class: "turn" }, make("h2", {}, question), turn.state, turn.body, turn.sources, turn.foot);
    turns.push(turn);
    $("thread").append(turn.node);
    mode();
    toTop(turn.node);
    return turn;
  };
  const mode = () => {
    base.classList.toggle("begun", turns.length > 0);
    base.classList.toggle("running", Boolean(running));
    $("forget").hidden = !turns.length;
    const does = word(running ? "stop" : "ask");
    $("go").setAttribute("aria-label", does);
    $("go").title = does;
  };
  const wait = (turn, ahead) => {
    if (!turn.state.firstChild) turn.state.append(make("span", { class: "busy", "aria-hidden": "true" }), " "); // it turns on
    turn.state.lastChild.data = ahead > 1 ? counted("waiting", ahead - 1) : word("searching");
  };
  const receive = {
    place: (turn, { ahead }) => wait(turn, ahead),
    ping: () => {},
    sources(turn, { sources, language }) {
      for (const source of sources.slice(turn.sources.children.length)) turn.sources.append(card(source, language));
      turn.sources.hidden = !turn.sources.children.length;
    },
    statement(turn, { text, kind, language, sources }) {
      const inside = [make("span", { lang: language }, ...(kind === "frame" ? bold(text) : [text])), ...marks(sources, turn)];
      turn.first ||= { text: text.replaceAll("**", ""), language };
      turn.body.append(make(kind === "quote" ? "blockquote" : "p", { class: kind }, ...inside, ...(kind === "quote" ? foreign(language, lang) : [])));
    },
    done(turn, answer) {
      turn.done = true;
      receive.sources(turn, answer);
      turn.text = answer.text;
      turn.node.dataset.status = answer.status;
      turn.state.replaceChildren(icon(answer.status), answer.label);
      turn.state.lang = answer.language;
      turn.state.classList.add(answer.status);
      if (answer.headline) turn.body.prepend(make("p", { class: "headline", lang: answer.headline.language }, make("strong", {}, answer.headline.text)));
      for (const note of answer.notes) turn.body.append(make("p", { class: "note", lang: answer.language }, ...note.pieces.map(({ text, language }) => make("span", { lang: language }, text)), ...marks(note.sources, turn)));
      if (answer.nearest.length) {
        turn.body.append(make("div", { class: "nearest" }, make("p", { lang: answer.language }, answer.nearest_label), make("ul", { class: "sources" }, ...answer.nearest.map((source) => card(source, answer.language, true)))));
      }
      if (answer.mode === "generate") turn.foot.append(make("p", { class: "written" }, word("written")));
      turn.foot.append(make("p", { lang: answer.language }, answer.searched), thumbs(turn, answer));
      const count = turn.sources.children.length;
      const told = [{ text: answer.label, language: answer.language }, answer.headline || turn.first, count && { text: counted("said_sources", count), language: lang }];
      say(...told.filter(Boolean).map(({ text, language }, n) => make("span", { lang: language }, (n ? " " : "") + ended(text))));
      tell("answer", { status: answer.status });
    },
    error(turn, { error }) { fault(turn, { not_found: "off", not_ready: "starting", busy: "busy", invalid_input: "invalid" }[error.code] || "failed"); },
  };
  const duration = (seconds) => {
    const [unit, size] = seconds < 100 ? ["seconds", 1] : seconds < 5400 ? ["minutes", 60] : ["hours", 3600];
    return counted(unit, Math.ceil(seconds / size));
  };
  const fault = (turn, name, seconds = 5) => {
    turn.state.replaceChildren();
    const told = name === "stopped" ? word(name) : word(`fault_${name}`, { wait: duration(seconds) });
    const again = make("button", { type: "button" }, word("again"));
    asking(again, () => {
      turns = turns.filter((other) => other !== turn);
      turn.node.remove();
      ask(turn.question);
    });
    turn.foot.replaceChildren(make("div", { class: "fault" }, make("p", {}, told), ...(name === "off" ? [] : [again])));
    turn.node.dataset.status = name;
    say(told);
    if (name !== "stopped") tell("error", { code: name });
  };
  const thumbs = (turn, answer) => {
    const group = make("div", { class: "thumbs", role: "group", "aria-label": word("rate") }), fate = make("span");
    for (const [verdict, name] of [["up", "helpful"], ["down", "unhelpful"]]) {
      const button = make("button", { type: "button", "aria-pressed": "false" }, word(name));
      button.addEventListener("click", async () => {
        const reply = await post("feedback", { answer: answer.id, status: answer.status, verdict }).catch(() => null);
        fate.textContent = reply?.ok ? "" : word("unkept");
        say(reply?.ok ? word("thanks") : fate.textContent);
        if (reply?.ok) for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      });
      group.append(button);
    }
    group.append(fate);
    return group;
  };

  // Asking
  const post = async (what, body, signal, isSecond) => {
    if (!token) {
      const visit = await fetch(`${here}/visit`, { method: "POST", credentials: "omit", signal });
      if (!visit.ok) return visit;
      token = (await visit.json()).token;
    }
    const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
    const reply = await fetch(`${here}/${what}`, { method: "POST", credentials: "omit", headers, body: JSON.stringify(body), signal });
    if (reply.status !== 401 || isSecond) return reply;
    token = ""; // it has run out: another, once
    return post(what, body, signal, true);
  };
  const refusal = (reply) => {
    const seconds = Number(reply.headers.get("Retry-After")) || 5;
    if (reply.status === 503) return reply.json().then(({ error }) => [error.code === "busy" ? "busy" : "starting", seconds], () => ["starting", seconds]);
    return [{ 404: "off", 413: "invalid", 422: "invalid", 429: "limit" }[reply.status] || "failed", seconds];
  };
  const over = () => $("question").value.trim().length - config.limit;

  async function ask(question) {
    question = question.trim();
    if (!question || question.length > config.limit) return;
    if (running) { next = question; return; } // the last that came meanwhile has its turn afterwards
    const before = turns.filter((turn) => turn.done).slice(-KEPT);
    const history = before.flatMap((turn) => [{ role: "user", content: turn.question }, { role: "assistant", content: turn.text.slice(0, CUT) || "–" }]);
    const stop = running = new AbortController();
    const turn = add(question);
    wait(turn, 0);
    say(word("searching"));
    tell("question");
    let stillness = setTimeout(() => stop.abort("gone"), SILENCE);
    const heard = () => { clearTimeout(stillness); stillness = setTimeout(() => stop.abort("gone"), SILENCE); };
    try {
      const reply = await post("ask", { question, history, language: lang }, stop.signal);
      if (!reply.ok) fault(turn, ...(await refusal(reply)));
      else await follow(reply, turn, heard);
    } catch {
      if (turns.includes(turn)) fault(turn, stop.signal.reason === "stopped" ? "stopped" : "gone");
    }
    clearTimeout(stillness);
    if (running !== stop) return; // forgotten meanwhile
    running = null;
    mode();
    [question, next] = [next, ""];
    ask(question);
  }
  async function follow(reply, turn, heard) {
    const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      heard();
      const pieces = (rest + value).split("\n\n");
      rest = pieces.pop();
      for (const piece of pieces) {
        const [, name, data] = /^event: (\w+)\ndata: (.*)$/s.exec(piece) || [];
        if (receive[name]) receive[name](turn, JSON.parse(data));
      }
    }
    if (!turn.done && !turn.node.dataset.status) fault(turn, "gone");
  }

  const forget = () => {
    running?.abort("forgotten");
    running = null;
    turns = [];
    token = next = "";
    $("thread").replaceChildren();
    $("question").value = "";
    size();
    mode();
    say(word("forgotten"));
    tell("forget");
    $("question").focus();
  };

  // The field and the keys
  const size = () => {
    const field = $("question");
    field.style.height = "auto";
    field.style.height = `${Math.min(field.scrollHeight, 140)}px`;
    const told = over() > 0 ? counted("too_long", over()) : "";
    if (told && !$("excess").textContent) say(told); // once, not at every key
    $("excess").textContent = told;
  };
  $("question").addEventListener("input", size);
  $("question").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); if (!running) $("form").requestSubmit(); }
  });
  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (running) { running.abort("stopped"); return; }
    const question = $("question").value;
    if (!question.trim() || over() > 0) return;
    $("question").value = "";
    size();
    ask(question);
  });
  $("forget").addEventListener("click", forget);
  $("close").addEventListener("click", () => tell("close"));
  addEventListener("keydown", (event) => {
    if (event.isComposing || !floating) return;
    if (event.key === "Escape") tell("close");
    if (event.key !== "Tab") return;
    const reached = [...document.querySelectorAll("button, a[href], textarea, summary")].filter((node) => node.checkVisibility());
    const [first, last] = [reached[0], reached.at(-1)];
    const leaving = event.shiftKey ? document.activeElement === first || document.activeElement === document.body : document.activeElement === last;
    if (leaving) { event.preventDefault(); (event.shiftKey ? last : first).focus(); }
  });

  look();
  speak(chosen());
  mode();
  $("question").disabled = $("go").disabled = false; // closed until now: an Enter that nobody heard would be lost
})();
