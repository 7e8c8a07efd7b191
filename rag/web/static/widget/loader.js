// Fonte's widget: a button and a panel, or a place in the page. It needs nothing, stores nothing, and asks the server
// for the panel only once it is opened.
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || Object.hasOwn(window, "Fonte")) return;
  const VERSION = 1, PATIENCE = 5000, LOWEST = 280;
  const { widget, target, corner, color, lang, theme, greeting, label } = script.dataset;
  if (!widget) { console.warn("Fonte: the script needs data-widget."); return; }
  const home = new URL(script.src).origin;
  const page = (lang || document.documentElement.lang || navigator.language || "it").toLowerCase();
  const spoken = page.startsWith("it") ? "it" : "en";
  const says = spoken === "it"
    ? { open: "Chiedi ai documenti", close: "Chiudi", off: "L’assistente non è disponibile in questo momento." }
    : { open: "Ask the documents", close: "Close", off: "The assistant is not available right now." };
  const listeners = {}, waiting = [];
  let frame, ready = false, shown = false, timer;

  const make = (name, attributes = {}, ...inside) => {
    const made = document.createElementNS(/^(svg|path)$/.test(name) ? "http://www.w3.org/2000/svg" : "http://www.w3.org/1999/xhtml", name);
    for (const key in attributes) made.setAttribute(key, attributes[key]);
    made.append(...inside);
    return made;
  };
  const drawn = (d) => make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, make("path", { d }));

  const host = make("fonte-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet(); // a host's policy for styles has no say here
  sheet.replaceSync(`
:host{all:initial;display:contents;--a:#0b5d57;--t:#fff;color-scheme:light dark}
*{box-sizing:border-box}[hidden]{display:none!important}
button{font:600 16px/1.25 system-ui,"Segoe UI",Roboto,sans-serif;border:0;cursor:pointer;display:flex;align-items:center;gap:10px}
svg{width:20px;height:20px;flex:none;fill:none;stroke:currentColor;stroke-width:1.75;stroke-linecap:round;stroke-linejoin:round}
.open{position:fixed;bottom:20px;right:20px;z-index:2147483000;min-height:52px;max-width:calc(100vw - 40px);padding:0 20px 0 16px;border-radius:26px;color:var(--t);background:var(--a);box-shadow:0 1px 2px #0003,0 6px 20px #00000030}
.open:hover{filter:brightness(1.1)}
button:focus-visible{outline:3px solid #111;outline-offset:3px;box-shadow:0 0 0 3px #fff}
.panel{position:fixed;bottom:20px;right:20px;z-index:2147483001;width:min(420px,calc(100vw - 40px));height:min(680px,calc(100vh - 40px));height:min(680px,calc(100dvh - 40px));border-radius:14px;overflow:hidden;background:light-dark(#fbfaf7,#171614);box-shadow:0 0 0 1px light-dark(#0000001f,#ffffff24),0 12px 48px #00000040;animation:rise .18s ease-out}
.left .open,.left .panel{right:auto;left:20px}
iframe{display:block;width:100%;height:100%;border:0}
.off{position:absolute;inset:0;padding:24px;display:grid;place-content:center;justify-items:center;gap:16px;text-align:center;font:17px/1.5 system-ui,"Segoe UI",Roboto,sans-serif;color:light-dark(#1e1c19,#ece8df);background:light-dark(#fbfaf7,#171614)}
.off p{margin:0}.off button{min-height:44px;padding:0 18px;border-radius:8px;color:var(--t);background:var(--a)}
.inline{display:block;position:relative;width:100%;height:100%;min-height:${LOWEST}px}
.inline .panel{position:absolute;inset:0;width:auto;height:auto;z-index:auto;box-shadow:inset 0 0 0 1px light-dark(#0000001f,#ffffff24);animation:none}
.inline .open{position:absolute;inset:0;margin:auto;width:max-content;height:52px;z-index:auto}
@keyframes rise{from{opacity:0;transform:translateY(10px)}}
@media(max-width:520px),(max-height:480px){.float .panel{inset:0;width:auto;height:auto;border-radius:0}}
@media(prefers-reduced-motion:reduce){.panel{animation:none}}
@media print{.open,.panel{display:none}}`);
  root.adoptedStyleSheets = [sheet];

  const button = make("button", { type: "button", class: "open", "aria-expanded": "false", ...(target ? {} : { "aria-haspopup": "dialog" }) },
    drawn("M4 5h16v11H10l-5 4v-4H4zM8 9h8M8 12.500h5"), label || says.open);
  const panel = make("div", { class: "panel", hidden: "", ...(target ? {} : { role: "dialog", "aria-label": label || says.open }) });
  const box = make("div", { ...(label ? {} : { lang: spoken }), role: "complementary", "aria-label": label || says.open, class: (target ? "inline" : "float") + (corner === "left" ? " left" : "") }, button, panel);
  root.append(box);
  if (/^#[0-9a-f]{6}$/i.test(color || "")) {
    const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
    box.style.setProperty("--a", color);
    box.style.setProperty("--t", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff");
  }

  const tell = (name, detail) => { for (const listener of listeners[name] || []) listener(detail); };
  const send = (type, more) => frame.contentWindow.postMessage({ fonte: VERSION, type, ...more }, home);
  const fail = () => {
    if (ready || !frame) return;
    const close = make("button", { type: "button" }, says.close);
    close.addEventListener("click", api.close);
    panel.replaceChildren(make("div", { class: "off", role: "alert", lang: spoken }, make("p", {}, says.off), close));
    panel.removeAttribute("aria-modal");
    frame = null; // opened again, it is tried again
    if (!target) close.focus();
    tell("error", { code: "unavailable" });
  };
  const load = () => {
    frame = make("iframe", { title: label || says.open, src: `${home}/embed/${encodeURIComponent(widget)}`,
      referrerpolicy: "no-referrer", sandbox: "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms" });
    ready = false;
    frame.addEventListener("load", () => {
      send("hello", { lang, page, theme, color, greeting, floating: !target });
      clearTimeout(timer);
      timer = setTimeout(fail, PATIENCE);
    });
    timer = setTimeout(fail, 4 * PATIENCE);
    panel.replaceChildren(frame);
  };

  const api = {
    version: VERSION,
    open() {
      if (shown) return;
      shown = true;
      panel.hidden = false;
      button.hidden = true;
      button.setAttribute("aria-expanded", "true");
      if (!frame) load();
      else if (ready) send("shown");
      frame.focus();
      tell("open");
    },
    close() {
      if (!shown) return;
      shown = false;
      panel.hidden = true;
      button.hidden = false;
      button.setAttribute("aria-expanded", "false");
      button.focus();
      tell("close");
    },
    ask(question) {
      waiting.push(String(question));
      api.open();
      flush();
    },
    on(name, listener) {
      (listeners[name] ||= []).push(listener);
      return () => { listeners[name] = listeners[name].filter((other) => other !== listener); };
    },
  };
  const flush = () => { while (ready && waiting.length) send("ask", { question: waiting.shift() }); };

  addEventListener("message", ({ data, origin, source }) => {
    if (!frame || origin !== home || source !== frame.contentWindow || data?.fonte !== VERSION) return;
    if (data.type === "ready") {
      ready = true;
      clearTimeout(timer);
      if (!target) panel.setAttribute("aria-modal", "true"); // from here on the panel keeps Tab inside
      flush();
      tell("ready");
    } else if (data.type === "close") api.close();
    else if (data.type === "question" || data.type === "answer" || data.type === "error" || data.type === "forget") {
      tell(data.type, { status: data.status, code: data.code });
    }
  });
  button.addEventListener("click", api.open);
  box.addEventListener("keydown", (event) => { if (event.key === "Escape" && !target) api.close(); });
  Object.defineProperty(window, "Fonte", { value: Object.freeze(api) });

  const place = () => {
    const into = target ? document.querySelector(target) : document.body;
    if (!into) { console.warn(`Fonte: data-target="${target}" finds nothing on this page.`); return; }
    if (target && into.clientHeight < LOWEST) console.warn(`Fonte: data-target="${target}" has no height of its own, so the page moves.`);
    into.append(host);
  };
  if (document.body) place(); else addEventListener("DOMContentLoaded", place);
})();
