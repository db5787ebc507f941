// Backtests: asked for as jobs, followed while they run, shown with curves and trades, compared side by side.
import { toast, tried } from "../dialogs.js";
import { empty, field, h, panel } from "../dom.js";
import { money, percent, price, quantity, side, signed, stamp, words } from "../format.js";
import { jobTable } from "../jobs.js";
import { Lines } from "../lines.js";
import { polled } from "../polled.js";
import { Registry, StrategyFields } from "../registry.js";
import { Table } from "../table.js";

const SHOWN = [["total_return", "Return", percent], ["annual_return", "A year", percent], ["annual_volatility", "Volatility", percent], ["sharpe", "Sharpe", two], ["sortino", "Sortino", two],
  ["max_drawdown", "Deepest drawdown", percent], ["profit", "Profit", signed], ["fees", "Fees", money], ["trades", "Trades", quantity], ["win_rate", "Won", percent], ["profit_factor", "Profit factor", two], ["benchmark_return", "Buy and hold", percent]];
const GAINS = new Set(["total_return", "annual_return", "profit", "benchmark_return"]);
const COLOURS = ["up", "down", "good", "notice", "alarm", "muted"];

function two(value) {
  return value === null || value === undefined ? "–" : signed(value).replace("+", "");
}

export function backtests(desk) {
  const registry = new Registry(desk.api);
  const result = panel("Result", { at: "wide" }, empty("No result yet", "Run a backtest, or choose one that is done: its curves, figures and trades come here. Choose several to compare them."));
  const jobs = jobTable(desk, "backtest", { open: (job) => open(job), compare: (all) => compare(all) });
  const first = launcher(desk, registry, jobs);
  const wanted = { id: "" };

  async function open(job) {
    wanted.id = job.id;
    const found = await tried(() => desk.api.get(`/api/jobs/${job.id}/result`));
    if (found && wanted.id === job.id) one(desk, result, job, found);
  }

  async function compare(all) {
    const found = await tried(() => Promise.all(all.map((job) => desk.api.get(`/api/jobs/${job.id}/result`))));
    if (found) several(result, all, found);
  }

  jobs.ended = (job) => { if (job.state === "done" && job.id === jobs.mine) open(job); };
  return [h("div", { class: "view side" }, first, jobs.panel), result];
}

function launcher(desk, registry, jobs) {
  const strategy = new StrategyFields(registry);
  const [symbols, start, end, capital, interval] = [["symbols", "AAPL"], ["startDate", "2023-01-01"], ["endDate", "2023-12-31"], ["initialCapital", "100000"], ["interval", "1d"]]
    .map(([name, value]) => h("input", { name, value, required: true, autocomplete: "off", type: name.endsWith("Date") ? "date" : "text" }));
  const stored = h("p", { class: "muted" });
  const run = h("button", { class: "primary", id: "run-backtest", disabled: true }, "Run backtest");
  const root = panel("New backtest", {}, h("form", { class: "pad stack", onsubmit: submit }, field("Strategy", strategy.name), strategy.about, strategy.inputs,
    field("Symbols", symbols), h("div", { class: "pair" }, field("From", start), field("To", end), field("Capital", capital), field("Interval", interval)), stored, run));
  let loaded = false;
  polled(root, 5000, async () => {
    if (loaded) return;
    await strategy.load();
    const bars = (await registry.datasets()).filter((each) => each.kind === "bars");
    stored.textContent = bars.length ? `Stored: ${bars.map((each) => `${each.symbols.slice(0, 6).join(", ")} ${each.interval}${each.synthetic ? " (synthetic)" : ""}`).join("; ")}` : "Nothing is stored yet: `lockstep data import` brings bars.";
    loaded = true;
    run.disabled = false;
  });

  async function submit(event) {
    event.preventDefault();
    run.disabled = true;
    const body = { startDate: start.value, endDate: end.value, symbols: symbols.value.split(/[\s,]+/).filter(Boolean), initialCapital: Number(capital.value), interval: interval.value,
      strategies: [{ name: strategy.name.value, parameters: strategy.values() }] };
    const job = await tried(() => desk.api.request("POST", "/api/backtest/run", { body, headers: { Prefer: "respond-async" } }));
    run.disabled = false;
    if (job) jobs.follow(job.id ?? job.jobId);
  }

  return root;
}

const numbers = (found) => h("div", { class: "figures pad" }, SHOWN.filter(([name]) => found.metrics[name] !== undefined && found.metrics[name] !== null).map(([name, label, format]) =>
  h("div", { class: "figure" }, h("span", {}, label), h("b", { class: GAINS.has(name) ? side(found.metrics[name], 4) : "" }, format(found.metrics[name])))));

const seconds = (times) => times.map((each) => Date.parse(each) / 1000);

function drawdown(values) {
  let peak = -Infinity;
  return values.map((value) => { peak = Math.max(peak, value); return value / peak - 1; });
}

const written = (parameters) => Object.entries(parameters).map(([name, value]) => `${words(name).toLowerCase()} ${value}`).join(", ");

function title(found) {
  const of = found.strategies.map((each) => words(each.id)).join(" + ");
  return `${of} on ${found.symbols.join(", ")}, ${found.start.slice(0, 10)} to ${found.end.slice(0, 10)}, ${found.interval}${found.resampledFrom ? ` of ${found.resampledFrom}` : ""}`;
}

function one(desk, root, job, found) {
  const { time, equity } = found.equity.total;
  const axis = (value) => quantity(Math.round(value));
  const curve = new Lines({ name: "Equity", height: 200, times: false, axis, sync: job.id, series: [{ label: "Equity", colour: "up", fill: true }] });
  const fall = new Lines({ name: "Drawdown", height: 110, axis: (value) => percent(value, 0), sync: job.id, zero: true, series: [{ label: "Drawdown", colour: "down", fill: true, fillTo: 0 }] });
  const table = new Table({
    name: "Trades", key: (row) => `${row.symbol} ${row.entryRow} ${row.exitRow} ${row.direction}`, most: 300, nothing: ["No trades", "The strategy never entered: look at its parameters and the span."],
    columns: [
      { label: "Symbol", text: (row) => row.symbol }, { label: "Side", text: (row) => (row.direction > 0 ? "▲ long" : "▼ short"), look: (row) => (row.direction > 0 ? "up" : "down") },
      { label: "Entered", text: (row) => stamp(row.entryTime) }, { label: "Left", opt: true, text: (row) => (row.open ? "still open" : stamp(row.exitTime)) },
      { label: "Quantity", num: true, opt: true, text: (row) => quantity(row.quantity) }, { label: "In at", num: true, text: (row) => price(row.entryPrice) }, { label: "Out at", num: true, text: (row) => price(row.exitPrice) },
      { label: "Profit", num: true, text: (row) => signed(row.pnl), look: (row) => side(row.pnl) }, { label: "Return", num: true, opt: true, text: (row) => percent(row.return, 2), look: (row) => side(row.return, 4) },
    ],
  });
  const badge = found.source.includes("synthetic") ? h("span", { class: "badge notice" }, "SYNTHETIC") : null;
  put(root, `Result: ${title(found)}`, [badge, h("a", { href: `/api/jobs/${job.id}/report`, target: "_blank", rel: "noopener", onclick: (event) => { if (desk.api.token) { event.preventDefault(); report(desk, job); } } }, "Full report")],
    [numbers(found), h("div", { class: "curves" }, h("h3", {}, "Equity"), curve.element, h("h3", {}, "Drawdown"), fall.element), h("div", { class: "mid scroll" }, table.element)]);
  const times = seconds(time);
  curve.show([times, equity]);
  fall.show([times, drawdown(equity)]);
  table.show(found.trades);
}

/** A tab can't be given a token: it is sent to a link that opens the report once. */
async function report(desk, job) {
  const tab = open("", "_blank"); // now, while it counts as asked for
  if (tab) tab.opener = null;
  const link = await tried(() => desk.api.get(`/api/jobs/${job.id}/report-link`));
  if (!link) return tab?.close();
  if (tab) tab.location.replace(link.url);
  else toast("The browser has shut the report's tab", "Allow pop-ups of this page, and ask again.", true);
  return undefined;
}

function several(root, jobs, found) {
  const names = found.map((each) => `${title(each)}: ${each.strategies.map((one) => written(one.parameters)).join("; ")}`);
  // Curves of several spans stand on one axis of time, each as a multiple of where it began.
  const times = [...new Set(found.flatMap((each) => seconds(each.equity.total.time)))].sort((a, b) => a - b);
  const at = new Map(times.map((time, k) => [time, k]));
  const curves = found.map(({ equity: { total } }) => {
    const line = new Array(times.length).fill(null);
    seconds(total.time).forEach((time, k) => { line[at.get(time)] = total.equity[k] / total.equity[0]; });
    return line;
  });
  const lines = new Lines({ name: "Equity of several backtests", height: 260, axis: (value) => `${value.toFixed(2)} ×`, series: found.map((_, k) => ({ label: String(k + 1), colour: COLOURS[k % COLOURS.length], dash: k >= COLOURS.length ? [6, 4] : undefined })) });
  const rows = SHOWN.map(([name, label, format]) => h("tr", {}, h("th", { scope: "row" }, label), found.map((each) => h("td", { class: `num ${GAINS.has(name) ? side(each.metrics[name], 4) : ""}` }, format(each.metrics[name])))));
  put(root, `Comparison of ${found.length} backtests`, [], [h("div", { class: "curves" }, lines.element), h("ol", { class: "pad names" }, names.map((each) => h("li", {}, each))),
    h("div", { class: "scroll" }, h("table", {}, h("thead", {}, h("tr", {}, h("th", {}, ""), found.map((_, k) => h("th", { class: "num", scope: "col" }, String(k + 1))))), h("tbody", {}, rows)))]);
  lines.show([times, ...curves]);
}

function put(root, heading, tools, content) {
  const head = root.querySelector("header");
  head.replaceChildren(h("h2", { id: root.getAttribute("aria-labelledby") }, heading), ...tools.filter(Boolean));
  root.querySelector(".body").replaceChildren(...content);
  root.scrollIntoView({ block: "nearest", behavior: "smooth" });
}
