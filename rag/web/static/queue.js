// A question through Gradio's queue, in a session of its own. Gradio's script asks nothing more once a stream has broken;
// here that is the end of one question only.
"use strict";
window.fonteQueue = (() => {
  const post = (path, body) =>
    fetch("gradio_api/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const changed = (was, edits) => edits.reduce((text, [kind, , more]) => (kind === "append" ? text + more : more), was);

  // `heard` gets every message, `ended` is told when no more will come, whyever; returns what stops it.
  function ask(sent, heard, ended) {
    const { id } = window.gradio_config.dependencies.find((d) => d.targets[0]?.[1] === "ask");
    const job = { session_hash: window.fonteTurns.drawn(), fn_index: id };
    let events, stopped = false, value = "";
    const end = () => { events?.close(); if (!stopped) ended(); };
    function read({ data }) {
      const { msg, output } = JSON.parse(data);
      if (msg === "process_completed" || msg === "unexpected_error") { end(); return; }
      if (msg !== "process_generating") return;
      const [made] = output.data; // the first time whole, then what changed
      value = typeof made === "string" ? made : changed(value, made);
      heard(JSON.parse(value));
    }
    async function begin() {
      const reply = await post("queue/join", { ...job, data: [], event_data: sent });
      if (!reply.ok) throw new Error(reply.statusText);
      job.event_id = (await reply.json()).event_id;
      if (stopped) { cancel(); return; }
      events = new EventSource("gradio_api/queue/data?session_hash=" + job.session_hash);
      events.onmessage = read;
      events.onerror = end;
    }
    const cancel = () => post("cancel", job).catch(() => { /* gone, and the question with it */ });
    begin().catch(end);
    return () => {
      stopped = true;
      events?.close();
      if (job.event_id) cancel();
    };
  }
  return { ask };
})();
