// The check tab: a text is split into its claims by the server, each is then checked and shown as soon as it is.
"use strict";
window.fonteCheck = (() => {
  const TRIES = 3, PAUSE = 2000; // ms
  let section, server, lang, draft = "", asOf = "", run = 0, taken = "";

  const part = (selector) => section.querySelector(selector);
  const word = (key) => part(`[data-word="${key}"]`).content.textContent;
  const say = (text) => { part("#checking").textContent = text; };
  const item = (claim) => { // a claim that waits for its verdict
    const made = document.createElement("li"), told = document.createElement("h3"), state = document.createElement("p");
    told.textContent = claim.claim;
    told.lang = claim.language;
    state.className = "status busy";
    state.textContent = word("checking");
    made.append(told, state);
    return made;
  };

  async function submit() {
    const text = part("#draft").value.trim(), mine = ++run; // a later one ends this
    if (!text) return;
    part("#checks").replaceChildren();
    part("#set-aside").replaceChildren();
    part("#check-proof").replaceChildren();
    say(word("checking"));
    const split = await server.split({ text, page: lang, as_of: asOf || null }).catch(() => null) ?? { fault: "check_failed" };
    if (mine !== run) return;
    if (split.fault) { say(word(split.fault)); return; }
    part("#set-aside").innerHTML = split.aside;
    if (split.none) { part("#checking").innerHTML = split.none; return; }
    const items = split.claims.map(item);
    part("#checks").append(...items);
    let done = 0;
    for (const [number, item] of items.entries()) {
      const told = await server.check({ run: split.run, number }).catch(() => null) ?? { fault: "check_failed" };
      if (mine !== run) return;
      if (told.fault) item.lastElementChild.replaceWith(fault(told.fault));
      else { item.innerHTML = told.html; done += 1; }
      say(word("checking_all").replace("{done}", number + 1).replace("{count}", items.length));
    }
    let kept = {};
    for (let tries = 0; tries < TRIES; tries += 1) { // while the server is busy, it can be asked again
      if (tries) await new Promise((wake) => { setTimeout(wake, PAUSE); });
      kept = await server.keep({ run: split.run }).catch(() => null) ?? { fault: "proof_failed" };
      if (mine !== run) return;
      if (kept.fault !== "check_busy") break;
    }
    if (kept.fault) part("#check-proof").replaceChildren(fault("proof_failed"));
    else part("#check-proof").innerHTML = kept.html;
    const told = word(kept.html && done < items.length ? "check_some" : "check_done");
    say(told.replace("{done}", done).replace("{count}", kept.html ? items.length : done));
  }
  function fault(key) {
    const made = document.createElement("p");
    made.className = "fault";
    made.textContent = word(key);
    return made;
  }

  function draw(made, given, language) { // a new frame: nothing was checked in it yet
    [section, server, lang] = [made, given, language];
    run += 1;
    part("#draft").value = draft;
    part("[name=as_of]").value = asOf;
    section.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); submit(); });
    section.addEventListener("input", () => { draft = part("#draft").value; asOf = part("[name=as_of]").value; });
  }
  function brought() { // "#check=…" brings a text
    try { return location.hash.startsWith("#check=") ? decodeURIComponent(location.hash.slice(7)) : ""; }
    catch { return ""; } // no text, but something that looks like one
  }
  const isOurs = () => { // another site's link must not have staff check, and keep, its text
    const from = URL.canParse(document.referrer) ? new URL(document.referrer) : null;
    return from?.origin === location.origin && from.pathname.includes("/documents/");
  };
  function view() { // once for each text; only the reading room's is checked right away
    const text = brought();
    if (!text || text === taken) return;
    taken = part("#draft").value = draft = text;
    if (isOurs()) submit();
  }

  return { draw, view };
})();
