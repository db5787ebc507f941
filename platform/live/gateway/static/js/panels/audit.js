// Search in what the session has recorded, and how it stood as of a row.
import { inform, tried } from "../dialogs.js";
import { choice, empty, fault, field, h, panel } from "../dom.js";
import { quantity, stamp, words } from "../format.js";
import { button, Table } from "../table.js";

const PAGE = 100;
const FIRST = ["order", "action", "type", "side", "quantity", "price", "state", "why", "name", "message", "maker", "fee", "realised", "position"];
/** Of these a row says 0 where it has none, as a market order has no price. */
const NONE_IS_0 = ["quantity", "price"];

export function audit(desk) {
  const text = h("input", { id: "audit-text", type: "search", placeholder: "in kind or body", maxlength: 200 });
  const kind = h("input", { placeholder: "fill, risk, limit_change …", list: "audit-kinds" });
  const kinds = h("datalist", { id: "audit-kinds" }, ["intent", "order", "fill", "risk", "limit_change", "kill", "release", "trading_state", "submit_order", "cancel_order", "replace_order", "feed_connected", "feed_gap", "mode_change", "state"].map((value) => h("option", { value })));
  const symbol = h("input", { placeholder: "any" });
  const strategy = h("input", { placeholder: "any" });
  const since = h("input", { type: "datetime-local", step: 1 });
  const until = h("input", { type: "datetime-local", step: 1 });
  const trouble = h("div");
  let [rows, next, technical] = [[], null, false];
  const table = new Table({
    name: "Recorded rows", asked: true, key: (row) => row.row, most: 1000, tell: true, open: (row) => show(desk, row), nothing: ["No row fits", "Leave fields empty to see more; all rows are told with fingerprints and snapshots, by which a session is proven and resumed."],
    columns: [
      { label: "Row", num: true, opt: true, text: (row) => String(row.row) },
      { label: "Time (UTC)", text: (row) => stamp(row.timeNs) },
      { label: "Kind", text: (row) => words(row.kind), look: (row) => (row.kind === "risk" || row.kind === "kill" ? "alarm" : "") },
      { label: "Strategy", opt: true, text: (row) => row.lane },
      { label: "Symbol", text: (row) => row.symbol },
      { label: "Body", long: true, text: (row) => brief(row.body) },
      { label: "", acts: (row) => button("Open", () => show(desk, row())) },
    ],
  });
  const more = button("Older rows", () => read(true), { class: "", hidden: true });
  const made = h("form", { class: "row pad", role: "search", onsubmit: (event) => { event.preventDefault(); read(); } },
    field("Text", text), field("Kind", kind), kinds, field("Symbol", symbol), field("Strategy", strategy), field("From (UTC)", since), field("To (UTC)", until), h("button", { class: "primary" }, "Search"));
  const which = choice("Rows", [["told", "Orders, fills, commands"], ["all", "All rows"]], "told", (each) => { technical = each === "all"; read(); });
  const root = panel("Audit", { at: "tall", tools: [which], note: "every decision, in the order of its journal" }, made, trouble, table.element, h("div", { class: "more" }, more));

  let asks = 0;
  async function read(on = false) {
    const mine = ++asks;
    try {
      const answer = await desk.get("/api/audit", { text: text.value, kind: kind.value.split(/[\s,]+/).filter(Boolean), symbol: symbol.value, strategyId: strategy.value, technical,
        since: utc(since.value), until: utc(until.value), limit: PAGE, cursor: on ? next : undefined });
      if (mine !== asks) return; // something else was searched for meanwhile
      rows = on ? [...rows, ...answer.rows] : answer.rows;
      next = answer.next;
      table.show(rows);
      more.hidden = !next;
      trouble.replaceChildren();
    } catch (problem) {
      if (mine === asks) trouble.replaceChildren(fault(problem));
    }
  }

  document.addEventListener("lockstep:shown", () => { if (root.offsetParent && !rows.length && desk.session.value) read(); }, true);
  desk.session.on((id) => { rows = []; if (id && root.offsetParent) read(); });
  return root;
}

const utc = (value) => (value ? `${value}Z` : "");
/** The heart of a row's body, what people look for first; moments and ticks are seen when it is opened. */
function brief(body) {
  const known = FIRST.filter((name) => name in body);
  const rest = Object.keys(body).filter((name) => !FIRST.includes(name) && !/_ns$|^(tick|lots|display|prevention)$/.test(name));
  const told = [...known, ...rest].filter((name) => body[name] !== null && body[name] !== "" && typeof body[name] !== "object" && !(NONE_IS_0.includes(name) && body[name] === 0));
  return told.slice(0, 9).map((name) => `${words(name).toLowerCase()} ${typeof body[name] === "number" ? quantity(Number(body[name].toPrecision(10))) : body[name]}`).join(" · ");
}

async function show(desk, row) {
  const state = await tried(() => desk.get("/api/audit/state", { row: row.row }));
  inform(`Row ${row.row}: ${words(row.kind)}`, h("p", { class: "muted" }, `${stamp(row.timeNs)} UTC · ${row.lane || "session"} ${row.symbol}`),
    h("pre", { class: "body" }, JSON.stringify(row.body, null, 2)), h("p", { class: "mono muted" }, row.hash),
    state ? h("h3", {}, h("b", {}, "As it stood then")) : null,
    state ? (state.positions.length ? h("table", {}, h("tbody", {}, state.positions.map((each) => h("tr", {}, h("td", {}, each.lane), h("td", {}, each.symbol), h("td", { class: "num" }, quantity(each.quantity)))))) : empty("", "No positions")) : null,
    state ? h("p", { class: "muted" }, `${state.orders.length} orders were working`) : null);
}
