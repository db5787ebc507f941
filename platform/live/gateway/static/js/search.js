// What a sweep and a walk-forward ask alike: a strategy with values of its parameters, symbols, a span, and what is best.
import { tried } from "./dialogs.js";
import { field, h, panel, select } from "./dom.js";
import { number, percent, signed, words } from "./format.js";
import { polled } from "./polled.js";
import { StrategyFields } from "./registry.js";

export const METRICS = ["sharpe", "total_return", "sortino", "max_drawdown", "profit", "trades"];

/**
 * A panel that asks for a search. ``begins`` are the fields' first values and those of parameters, by strategy;
 * ``more`` are fields of its own, ``told()`` what they add to the request.
 */
export function searchLauncher(desk, { registry, jobs, title, path, run, begins, more = [], told }) {
  const strategy = new StrategyFields(registry, { searched: true, changed: () => {
    for (const [name, values] of Object.entries(begins.grid[strategy.name.value] ?? {})) strategy.put(name, values);
  } });
  const [symbols, start, end, interval] = ["symbols", "startDate", "endDate", "interval"]
    .map((name) => h("input", { name, value: begins[name], required: true, autocomplete: "off", type: name.endsWith("Date") ? "date" : "text" }));
  const by = select(METRICS.map((each) => [each, words(each)]), { name: "by" });
  const button = h("button", { class: "primary", id: run.id, disabled: true }, run.label);
  const root = panel(title, {}, h("form", { class: "pad stack", onsubmit: submit }, field("Strategy", strategy.name), strategy.about,
    h("p", { class: "muted" }, "Values: 20 · 10,20,40 · 5:50:5"), strategy.inputs, field("Symbols", symbols), h("div", { class: "pair" }, field("From", start), field("To", end), field("Interval", interval), field("Best by", by)), more, button));
  let loaded = false;
  polled(root, 5000, async () => {
    if (!loaded) await strategy.load();
    loaded = true;
    button.disabled = false;
  });

  async function submit(event) {
    event.preventDefault();
    button.disabled = true;
    const body = { strategy: strategy.name.value, symbols: symbols.value.split(/[\s,]+/).filter(Boolean), grid: strategy.written(), startDate: start.value, endDate: end.value, interval: interval.value,
      by: by.value, lowest: false, ...told() };
    const job = await tried(() => desk.api.request("POST", path, { body }));
    button.disabled = false;
    if (job) jobs.follow(job.id ?? job.jobId);
  }

  return root;
}

/** A metric's value as people read it. */
export function measured(metric, value) {
  if (/return$|drawdown$/.test(metric)) return percent(value, 2);
  return metric === "profit" ? signed(value) : number(value, 0, 2);
}
