// Sweeps: every set of a grid, shown as a heat map of two parameters.
import { inform, tried } from "../dialogs.js";
import { empty, figure, h, panel, select } from "../dom.js";
import { number, quantity, words } from "../format.js";
import { heatMap } from "../heat.js";
import { jobTable } from "../jobs.js";
import { Registry } from "../registry.js";
import { measured, METRICS, searchLauncher } from "../search.js";
import { Table } from "../table.js";

const MOST_SETS = 2500;
const BEGINS = { symbols: "AAPL", startDate: "2023-01-01", endDate: "2023-03-31", interval: "1m", grid: { mean_reversion: { lookback: "5:50:5", entryZScore: "1:3:0.25" } } };

export function sweeps(desk) {
  const registry = new Registry(desk.api);
  const result = panel("Heat map", { at: "wide" }, empty("No sweep yet", "Run one over two parameters, or open one that is done."));
  const jobs = jobTable(desk, "sweep", { open });
  jobs.ended = (job) => { if (job.state === "done") open(job); };

  async function open(job) {
    const found = await tried(() => desk.api.get(`/api/jobs/${job.id}/result`));
    if (found) shown(desk, result, job, found);
  }

  const launcher = searchLauncher(desk, { registry, jobs, title: "New sweep", path: "/api/sweeps", run: { id: "run-sweep", label: "Run sweep" }, begins: BEGINS, told: () => ({ top: MOST_SETS, metrics: METRICS }) });
  return [h("div", { class: "view side" }, launcher, jobs.panel), result];
}

function shown(desk, root, job, found) {
  const names = found.space.dims.filter((name) => found.space.parameters[name]?.length > 1);
  const metric = select(METRICS.filter((each) => found.best[0]?.metrics[each] !== undefined).map((each) => [each, words(each)]), { "aria-label": "Metric", onchange: paint });
  metric.value = found.by;
  const [across, down] = [select(names.map((each) => [each, words(each)]), { "aria-label": "Across", onchange: paint }), select(names.map((each) => [each, words(each)]), { "aria-label": "Down", onchange: paint })];
  if (names.length > 1) down.value = names[1];
  const area = h("div");
  const list = new Table({
    name: "Best sets", key: (row) => JSON.stringify(row.parameters), most: 20, nothing: ["No set came through", "The reasons stand in the job."],
    columns: [{ label: "Parameters", wrap: true, text: (row) => Object.entries(row.parameters).map(([name, value]) => `${words(name).toLowerCase()} ${value}`).join(" · ") },
      ...METRICS.map((each) => ({ label: words(each), num: true, text: (row) => measured(each, row.metrics[each]) }))],
  });
  const judged = found.report?.sentences?.[0] ?? "";
  root.querySelector("header").replaceChildren(h("h2", { id: root.getAttribute("aria-labelledby") }, `Heat map: ${words(found.strategy)} on ${found.symbols.join(", ")}`, h("small", {}, `${quantity(found.space.sets)} sets, ${number(found.seconds, 0, 2)} s`)), metric, down, across);
  root.querySelector(".body").replaceChildren(judged ? h("p", { class: "pad" }, judged) : "", h("div", { class: "pad" }, area), list.element);
  list.show(found.best);
  paint();

  function paint() {
    if (!names.length) return area.replaceChildren(empty("Nothing to draw", "No parameter had more than one value."));
    const [r, c] = [down.value || names[0], across.value || names[0]];
    const values = (name) => found.space.parameters[name];
    // Of sets that agree in both parameters the best is drawn; those are in order.
    const best = new Map();
    for (const each of found.best) {
      const key = `${each.parameters[r]} ${each.parameters[c]}`;
      if (!best.has(key)) best.set(key, each);
    }
    const at = (row, column) => (r === c ? found.best.find((each) => each.parameters[c] === column) : best.get(`${row} ${column}`));
    area.replaceChildren(heatMap({
      name: `${words(metric.value)} by ${words(r)} and ${words(c)}`, rows: r === c ? ["all"] : values(r), columns: values(c), rowName: r === c ? "" : words(r), columnName: words(c),
      value: (row, column) => at(row, column)?.metrics[metric.value] ?? NaN, chosen: (row, column) => open(at(row, column)),
    }));
    return undefined;
  }

  /** A set of its own: what it came to, and how to see it as a backtest. */
  function open(set) {
    const run = h("button", { type: "button", onclick: () => tried(() => backtest(desk, job, set), "The backtest runs: it is listed under Backtests") }, "Run it as a backtest");
    inform(words(found.strategy), h("p", {}, Object.entries(set.parameters).map(([name, value]) => `${words(name).toLowerCase()} ${value}`).join(" · ")),
      h("div", { class: "figures" }, METRICS.filter((each) => set.metrics[each] !== undefined).map((each) => figure(words(each), measured(each, set.metrics[each])))), run);
  }
}

const backtest = (desk, { request: { symbols, startDate, endDate, interval, strategy } }, { parameters }) => desk.api.request("POST", "/api/backtest/run",
  { body: { symbols, startDate, endDate, interval, strategies: [{ name: strategy, parameters }] }, headers: { Prefer: "respond-async" } });
