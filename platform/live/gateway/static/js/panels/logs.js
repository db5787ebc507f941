// What the session says of itself beside orders and fills: feeds, modes, commands, troubles.
import { h, panel, select } from "../dom.js";
import { sentence, stamp, words } from "../format.js";
import { polled } from "../polled.js";
import { Table } from "../table.js";

const LOUD = /fail|halt|stall|gap|stale|disconnect|refused|unknown|kill|lost|late/;
const ENTRY = ["seq", "timestamp", "event", "level", "logger"];
const QUIET = ["intent", "risk", "fill", "order", "flow", "state", "final_state", "snapshot"];

export function logs(desk) {
  return [ofSession(desk), ofGateway(desk)];
}

/** What the gateway itself has logged. */
function ofGateway(desk) {
  const level = select([["info", "Everything"], ["warning", "Warnings"], ["error", "Errors"]], { "aria-label": "Level", onchange: () => { entries = []; last = 0; read(); } });
  const table = new Table({
    name: "Log of the gateway", tell: true, key: (row) => row.seq, most: 400, nothing: ["Nothing was logged", "Refused requests, webhooks, files that can't be read and faults stand here."],
    columns: [
      { label: "Time (UTC)", text: (row) => stamp(row.timestamp) },
      { label: "What", text: (row) => words(row.event), look: (row) => ({ error: "alarm", critical: "alarm", warning: "notice" }[row.level] ?? "") },
      { label: "How", long: true, text: (row) => sentence(Object.fromEntries(Object.entries(row).filter(([name]) => !ENTRY.includes(name)))) },
    ],
  });
  const root = panel("Log of the gateway", { at: "tall", tools: [level] }, table.element);
  let [entries, last] = [[], 0];
  const read = polled(root, 3000, async () => {
    const told = await desk.api.get("/api/logs", { after: last, level: level.value, limit: 400 });
    // Numbers begin anew with the gateway.
    if (told.last < last) entries = [];
    else entries = [...told.entries.reverse(), ...entries].slice(0, 400);
    last = told.last < last ? 0 : told.last;
    table.show(entries);
  });
  return root;
}

function ofSession(desk) {
  const filter = h("input", { type: "search", placeholder: "shows lines with this", "aria-label": "Filter", oninput: () => paint() });
  const table = new Table({
    name: "Log", tell: true, key: (row) => row.seq, most: 400, nothing: ["Nothing was said yet", "Feeds that come and go, commands, changes of mode and troubles stand here."],
    columns: [
      { label: "Time (UTC)", text: (row) => stamp(row.timeNs) },
      { label: "What", text: (row) => words(row.event), look: (row) => (LOUD.test(row.event) ? "alarm" : "") },
      { label: "Where", text: (row) => [row.strategyId, row.symbol].filter(Boolean).join(" · ") || "session" },
      { label: "How", long: true, text: (row) => sentence(row.content) },
    ],
  });
  let older = [];
  const root = panel("Log of the session", { at: "tall", tools: [filter] }, table.element);
  const paint = () => {
    const wanted = filter.value.toLowerCase();
    const known = new Map([...older, ...desk.logs.value].map((row) => [row.seq, row]));
    const rows = [...known.values()].sort((a, b) => b.seq - a.seq);
    table.show(wanted ? rows.filter((row) => JSON.stringify(row).toLowerCase().includes(wanted)) : rows);
  };
  desk.logs.on(paint);
  desk.session.on(() => { older = []; paint(); });
  // What was said before this page was opened.
  polled(root, 15000, async () => {
    if (older.length) return;
    const kinds = ["session_started", "session_recovered", "session_ended", "proof", "disk", "strategy_stalled", "trading_halted", "risk_state", "venue_lost", "feed_connected", "feed_disconnected", "feed_gap", "feed_stale", "feed_fresh", "feed_switched", "feed_ended", "limit_change", "kill", "release", "mode_change", "flatten", "cancel_all", "strategy_halted", "trading_state", "submit_order", "cancel_order", "replace_order"];
    const { rows } = await desk.get("/api/audit", { kind: kinds, limit: 200 });
    older = rows.filter((row) => !QUIET.includes(row.kind)).map((row) => ({ seq: row.row, event: row.kind, timeNs: row.timeNs, strategyId: row.lane.split(":")[0], symbol: row.symbol, content: row.body }));
    paint();
  });
  return root;
}
