// Walk-forwards: chosen on one part of a history, tested on the next; the windows, and the curve out of sample.
import { tried } from "../dialogs.js";
import { empty, field, figure, h, panel, select } from "../dom.js";
import { number, percent, quantity, side, words } from "../format.js";
import { jobTable } from "../jobs.js";
import { Lines } from "../lines.js";
import { Registry } from "../registry.js";
import { measured, searchLauncher } from "../search.js";
import { Table } from "../table.js";

const BEGINS = { symbols: "AAPL", startDate: "2023-01-01", endDate: "2023-12-31", interval: "1d", grid: { mean_reversion: { lookback: "10,20,40", entryZScore: "1:2:0.5" } } };
const SCHEMES = [["rolling", "Rolling"], ["anchored", "Anchored at the start"], ["kfold", "Purged k-fold"], ["cpcv", "Combinatorial purged"]];
/** What each scheme asks: name, label, first value. */
const ASKED = {
  rolling: [["train", "Train on", "120"], ["test", "Test on", "30"]], anchored: [["train", "Train on, at first", "120"], ["test", "Test on", "30"]],
  kfold: [["folds", "Folds", "5"], ["purge", "Purge", "1"]], cpcv: [["folds", "Parts", "6"], ["tested", "Tested of them", "2"]],
};
const WHOLE = ["folds", "tested", "purge"];

export function walkForwards(desk) {
  const registry = new Registry(desk.api);
  const result = panel("Out of sample", { at: "wide" }, empty("No walk-forward yet", "Run one, or open one that is done: what was chosen in each window, and what it came to in the days behind it."));
  const jobs = jobTable(desk, "walk_forward", { open });
  jobs.ended = (job) => { if (job.state === "done") open(job); };

  async function open(job) {
    const found = await tried(() => desk.api.get(`/api/jobs/${job.id}/result`));
    if (found) shown(result, job, found);
  }

  const lengths = h("div", { class: "pair" });
  const scheme = select(SCHEMES, { name: "scheme", onchange: ask });
  function ask() {
    lengths.replaceChildren(...ASKED[scheme.value].map(([name, label, value]) => field(label, h("input", { class: "number", name, value, required: true, autocomplete: "off" }), "days of trading, or 6mo, 2y")));
  }
  ask();
  const told = () => Object.fromEntries([["scheme", scheme.value], ...[...lengths.querySelectorAll("input")].map((each) => [each.name, WHOLE.includes(each.name) ? Number(each.value) : each.value.trim()])]);
  const launcher = searchLauncher(desk, { registry, jobs, title: "New walk-forward", path: "/api/walk-forwards", run: { id: "run-walk-forward", label: "Run walk-forward" }, begins: BEGINS, more: [field("Windows", scheme), lengths], told });
  return [h("div", { class: "view side" }, launcher, jobs.panel), result];
}

function shown(root, job, found) {
  const { about } = found;
  const curves = found.curves.map((each) => [`${each.symbol} ${each.path}`, each.symbol + (each.path ? ` · path ${each.path + 1}` : "")]);
  const which = select(curves, { "aria-label": "Curve", onchange: paint });
  const figures = h("div", { class: "figures pad" });
  const equity = new Lines({ name: "Equity out of sample", height: 230, axis: (value) => quantity(Math.round(value)), series: [{ label: "Out of sample", colour: "up" }, { label: "Buy and hold", colour: "muted", dash: [5, 4] }] });
  const badge = about.source.includes("synthetic") ? h("span", { class: "badge notice" }, "SYNTHETIC") : null;
  root.querySelector("header").replaceChildren(h("h2", { id: root.getAttribute("aria-labelledby") },
    `Out of sample: ${about.strategy_title} on ${about.symbols.join(", ")}, ${job.request.scheme ?? "rolling"}`, h("small", {}, `chosen by the ${about.pick} ${words(about.score).toLowerCase()} of ${quantity(about.space.sets)} sets`)),
  ...[badge, curves.length > 1 ? which : null].filter(Boolean));
  const table = windows(about);
  root.querySelector(".body").replaceChildren(figures, curves.length ? h("div", { class: "curves" }, equity.element) : empty("Tests overlap", "They make no single curve: the windows tell how each went."), table.element);
  table.show(found.splits);
  paint();
  root.scrollIntoView({ block: "nearest", behavior: "smooth" });

  function paint() {
    const curve = found.curves.find((each) => `${each.symbol} ${each.path}` === which.value);
    const { metrics } = found.outOfSample.find((each) => `${each.symbol} ${each.path}` === which.value) ?? {};
    const ran = found.splits.filter((each) => !curve || each[about.across] === curve.symbol);
    const worse = ran.filter((each) => each.degradation > 0).length;
    figures.replaceChildren(...(metrics ? [["Return", "total_return"], ["Buy and hold", "benchmark_return"], ["Sharpe", "sharpe"], ["Deepest drawdown", "max_drawdown"], ["Trades", "trades"]].map(([label, name]) =>
      figure(label, measured(name, metrics[name]), /return/.test(name) ? side(metrics[name], 4) : "")) : []),
    figure("Worse than in training", `${worse} of ${ran.length}`, worse * 2 > ran.length ? "alarm" : ""));
    if (curve) equity.show([curve.time.map((each) => Date.parse(each) / 1000), curve.equity, curve.benchmark]);
  }
}

function windows(about) {
  const [score, names] = [about.score, Object.keys(about.space.parameters)];
  return new Table({
    name: "Windows", key: (row) => `${row[about.across]} ${row.split}`, most: 500, nothing: ["No window", "The history is shorter than training and test together."],
    columns: [
      { label: "Tested", wrap: true, text: (row) => row.name }, { label: "Of", opt: true, text: (row) => row[about.across] },
      { label: "Trained", opt: true, text: (row) => `${row.train_start} – ${row.train_end}` },
      { label: "Chosen", wrap: true, text: (row) => names.map((name) => `${words(name).toLowerCase()} ${number(row[name])}`).join(" · ") },
      { label: `${words(score)} in training`, num: true, opt: true, text: (row) => measured(score, row[`train_${score}`]) },
      { label: `${words(score)} in the test`, num: true, text: (row) => measured(score, row[`test_${score}`]), look: (row) => side(row[`test_${score}`]) },
      { label: "Lost", num: true, opt: true, hint: "by how much training was better", text: (row) => number(row.degradation, 2, 2) },
      { label: "Return", num: true, text: (row) => percent(row.test_total_return, 2), look: (row) => side(row.test_total_return, 4) },
      { label: "Trades", num: true, opt: true, text: (row) => quantity(row.test_trades) },
    ],
  });
}
