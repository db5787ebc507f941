// Sessions of this gateway: opened, shown, ended.
import { confirm, form, tried } from "../dialogs.js";
import { field, h, panel } from "../dom.js";
import { quantity } from "../format.js";
import { button, Table } from "../table.js";

export function sessions(desk) {
  const table = new Table({
    name: "Sessions", key: (row) => row.id, chosen: (row) => row.id === desk.session.value, nothing: ["No session", "Open one: it gets a process of its own, and outlives this gateway."],
    columns: [
      { label: "Session", text: (row) => row.id },
      { label: "State", text: (row) => row.state, look: (row) => (row.state === "running" ? "good" : row.state === "failed" ? "alarm" : "notice") },
      { label: "Mode", text: (row) => row.mode },
      { label: "Source", opt: true, text: (row) => row.source },
      { label: "Symbols", opt: true, text: (row) => row.symbols.join(", ") },
      { label: "Strategies", opt: true, text: (row) => row.strategies.join(", ") },
      { label: "Begun again", num: true, opt: true, text: (row) => quantity(row.restarts) },
      { label: "Trouble", wrap: true, opt: true, text: (row) => row.trouble },
      { label: "", acts: (row) => h("span", {}, button("Show", () => desk.choose(row().id)), " ", button("End", () => end(desk, row().id))) },
    ],
  });
  desk.sessions.on((rows) => table.show(rows));
  desk.session.on(() => table.show(desk.sessions.value));
  return panel("Sessions", { at: "wide", tools: [button("Open a paper session", () => open(desk), { class: "" })] }, table.element);
}

async function end(desk, id) {
  const sure = await confirm({ title: `End session ${id}?`, text: "It ends in order and for good: its orders are canceled, its recording is proven and stays.", yes: "End it", look: "kill" });
  if (sure) await tried(() => desk.api.request("DELETE", `/api/sessions/${encodeURIComponent(id)}`), `${id} has ended`);
  desk.look();
}

function open(desk) {
  const inputs = Object.fromEntries(Object.entries({ id: "desk", symbols: "AAPL, MSFT", source: "synthetic", strategies: "manual, simple_market_maker", initialCapital: "100000" })
    .map(([name, value]) => [name, h("input", { name, value, required: true, autocomplete: "off" })]));
  const list = (name) => inputs[name].value.split(/[\s,]+/).filter(Boolean);
  form({
    title: "Open a paper session", yes: "Open",
    content: [field("Name", inputs.id), field("Symbols", inputs.symbols), field("Source", inputs.source, "synthetic, replay:DATASET@10x, feed:ADDRESS"), field("Strategies", inputs.strategies), field("Capital", inputs.initialCapital)],
    send: async () => {
      await desk.api.request("POST", "/api/sessions", { body: { mode: "paper", id: inputs.id.value.trim(), symbols: list("symbols"), source: inputs.source.value.trim(), initialCapital: inputs.initialCapital.value, strategies: list("strategies").map((name) => ({ name })) } });
      await desk.look();
      desk.choose(inputs.id.value.trim());
    },
  });
}
