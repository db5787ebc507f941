// Strategies: what each does, its profit, and whether it is to go on.
import { confirm, form, toast, tried } from "../dialogs.js";
import { field, figure, h, panel } from "../dom.js";
import { money, quantity, side, signed, words } from "../format.js";
import { button, Table } from "../table.js";
import { polled } from "../polled.js";
import { Registry, StrategyFields } from "../registry.js";

export function strategies(desk) {
  const table = new Table({
    name: "Strategies", asked: true, key: (row) => row.id, nothing: ["No strategy", "Add one here, or open a session with it: see Sessions under System."],
    columns: [
      { label: "Strategy", text: (row) => row.id },
      { label: "Runs", opt: true, text: (row) => row.name },
      { label: "State", text: (row) => words(row.state), look: (row) => (row.enabled ? "good" : row.state === "disabled" ? "" : "alarm") },
      { label: "Symbols", opt: true, wrap: true, text: (row) => row.symbols.join(", ") },
      { label: "Profit", num: true, text: (row) => signed(row.profit), look: (row) => side(row.profit) },
      { label: "Realised", num: true, text: (row) => signed(row.realised), look: (row) => side(row.realised) },
      { label: "Fees", num: true, opt: true, text: (row) => money(row.fees) },
      { label: "Fills", num: true, text: (row) => quantity(row.fills) },
      { label: "Fills an order", num: true, opt: true, text: (row) => (row.sent ? (row.fills / row.sent).toFixed(2) : "–"), hint: "an order may be filled in several parts" },
      { label: "Sent", num: true, opt: true, text: (row) => quantity(row.sent) },
      { label: "Refused", num: true, opt: true, text: (row) => quantity(row.refused), look: (row) => (row.refused ? "alarm" : "") },
      { label: "Working", num: true, opt: true, text: (row) => quantity(row.openOrders) },
      { label: "Parameters", opt: true, wrap: true, text: (row) => Object.entries(row.parameters ?? {}).map(([name, value]) => `${words(name).toLowerCase()} ${value}`).join(" · ") },
      { label: "", acts: (row) => h("span", {}, button("Disable", () => disable(desk, row(), again)), " ", button("Enable", () => change(desk, row(), { enabled: true }, again))),
        paint: (cell, row) => { const [off, on] = cell.querySelectorAll("button"); cell.hidden = row.byHand; off.hidden = !row.enabled; on.hidden = row.enabled; } },
    ],
  });
  const lanes = new Table({
    name: "Strategies by symbol", key: (row) => row.name, nothing: ["", ""],
    columns: [
      { label: "By symbol", text: (row) => row.name.split(":")[0] }, { label: "Symbol", text: (row) => row.symbol },
      { label: "State", text: (row) => words(row.state) + (row.halted ? `: ${row.halted}` : ""), look: (row) => (row.state === "halted" || row.state === "stalled" ? "alarm" : "") },
      { label: "Equity", num: true, opt: true, text: (row) => money(row.equity) }, { label: "Profit", num: true, text: (row) => signed(row.profit), look: (row) => side(row.profit) },
      { label: "Fills", num: true, text: (row) => quantity(row.fills) }, { label: "Canceled", num: true, opt: true, text: (row) => quantity(row.canceled) }, { label: "Rejected", num: true, opt: true, text: (row) => quantity(row.rejected) },
      { label: "", paint: (cell, row) => share(cell, row) },
    ],
  });
  const sums = h("div", { class: "figures pad" });
  const root = panel("Strategies", { tools: [button("Add a strategy", () => add(desk, again), { class: "" })] }, sums, table.element, h("div", { class: "pad" }), lanes.element);
  const again = polled(root, 2000, async () => {
    const answer = await desk.get("/api/strategies");
    const rows = answer.strategies.map((each) => ({ ...each, ...summed(each.lanes) }));
    table.show(rows);
    const all = rows.flatMap((each) => each.lanes);
    const most = Math.max(...all.map((each) => Math.abs(each.profit ?? 0)), 1e-9);
    lanes.show(all.map((each) => ({ ...each, most })));
    const total = summed(rows);
    sums.replaceChildren(figure("Profit", signed(total.profit), side(total.profit)), figure("Realised", signed(total.realised), side(total.realised)),
      figure("Fees", money(total.fees)), figure("Fills", quantity(total.fills)), figure("Refused by the risk check", quantity(total.refused), total.refused ? "alarm" : ""));
  });
  return root;
}

const ADDED = ["profit", "realised", "fees", "fills", "sent", "refused", "openOrders"];
const summed = (lanes) => Object.fromEntries(ADDED.map((name) => [name, lanes.reduce((sum, each) => sum + (each[name] ?? 0), 0)]));

async function add(desk, again) {
  const strategy = new StrategyFields(new Registry(desk.api));
  const input = (name, value, placeholder) => h("input", { name, value, placeholder, autocomplete: "off" });
  const [id, symbols, share, bars] = [input("id", "", "its name"), input("symbols", "", "all"), input("allocation", "", "as the others"), input("bars", "1m", "")];
  await tried(() => strategy.load());
  form({
    title: "Add a strategy", yes: "Add",
    content: [h("p", { class: "muted" }, "It is compiled first, which may take half a minute; the session goes on meanwhile. Its cash comes on top of the session's."),
      field("Strategy", strategy.name), strategy.about, strategy.inputs, h("div", { class: "pair" }, field("Id", id), field("Symbols", symbols), field("Share of the capital", share, "0.5 is half of what the session began with"), field("Bars", bars, "how long bars are that are built for it, where it trades over bars"))],
    send: async () => {
      const added = await desk.send("POST", "/api/strategies", { body: {
        name: strategy.name.value, id: id.value.trim(), symbols: symbols.value.split(/[\s,]+/).filter(Boolean), parameters: strategy.values(),
        allocation: share.value.trim() || null, bars: bars.value.trim() || null,
      } });
      toast(`${added.id} has joined`);
      again();
    },
  });
}

async function change(desk, row, body, again) {
  await tried(() => desk.send("PATCH", `/api/strategies/${encodeURIComponent(row.id)}`, { body }), `${row.id} is ${body.enabled ? "enabled" : "disabled"}`);
  again();
}

async function disable(desk, row, again) {
  const sure = await confirm({ title: `Disable ${row.id}?`, text: "Its orders are canceled and none leaves until it is enabled; it goes on hearing the market, and its position stays.", yes: "Disable", look: "kill", extra: "then close its position at the market", reason: true });
  if (sure) await change(desk, row, { enabled: false, flatten: sure.extra, why: sure.why }, again);
}

/** Profit as a bar, to be compared at a glance. */
function share(cell, row) {
  if (!cell.firstChild) cell.append(h("div", { class: "bar", "aria-hidden": "true" }, h("i")));
  cell.firstChild.style.setProperty("--share", Math.abs((row.profit ?? 0) / row.most).toFixed(3));
  cell.firstChild.className = (row.profit ?? 0) < 0 ? "bar high" : "bar";
}
