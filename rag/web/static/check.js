// The check tab: a text is split into its claims by the server, each is then checked and shown as soon as it is.
"use strict";
window.fonteCheck = (() => {
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
    say(word("checking"));
    const split = await server.split({ text, page: lang }).catch(() => ({ fault: "check_failed" }));
    if (mine !== run) return;
    if (split.fault) { say(word(split.fault)); return; }
    part("#set-aside").innerHTML = split.aside;
    if (split.none) { part("#checking").innerHTML = split.none; return; }
    const items = split.claims.map(item);
    part("#checks").append(...items);
    for (const [n, claim] of split.claims.entries()) {
      const told = await server.check({ ...claim, as_of: asOf || null }).catch(() => ({ fault: "check_failed" }));
      if (mine !== run) return;
      if (told.fault) items[n].lastElementChild.replaceWith(fault(told.fault));
      else items[n].innerHTML = told.html;
      say(word("checking_all").replace("{done}", n + 1).replace("{count}", items.length));
    }
    say(word("check_done").replace("{count}", items.length));
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
  function view() { // "#check=…" brings a text from the reading room, once
    const brought = location.hash.startsWith("#check=") ? decodeURIComponent(location.hash.slice(7)) : "";
    if (!brought || brought === taken) return;
    taken = part("#draft").value = draft = brought;
    submit();
  }

  return { draw, view };
})();
