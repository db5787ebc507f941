// Jobs of a kind: listed, followed while they run, canceled, opened, and chosen for a comparison.
import { tried } from "./dialogs.js";
import { h, panel } from "./dom.js";
import { clock, words } from "./format.js";
import { polled } from "./polled.js";
import { button, Table } from "./table.js";

const LOOKS = { done: "good", failed: "alarm", cancelled: "muted", running: "notice", queued: "notice" };
const MOST = 6;
const TITLES = { backtest: "Backtests", sweep: "Sweeps", walk_forward: "Walk-forwards" };

export function jobTable(desk, kind, { open, compare = null }) {
  const chosen = new Set();
  const held = { mine: "", ended: () => {} };
  const columns = [
    { label: "Asked", text: (row) => clock(row.createdNs, "s") },
    { label: "What", long: true, text: brief },
    { label: "State", wrap: true, text: (row) => (row.error ? row.error.message : words(row.state) + (row.state === "running" ? `, ${row.stage}` : "")), look: (row) => LOOKS[row.state] },
    { label: "Done", opt: true, paint: (cell, row) => { cell.replaceChildren(progress(row)); } },
    { label: "", acts: (row) => h("span", {}, button("Open", () => open(row())), " ", button("Cancel", () => tried(() => desk.api.request("DELETE", `/api/jobs/${row().id}`), "The job is canceled"))),
      paint: (cell, row) => { const [show, stop] = cell.querySelectorAll("button"); show.hidden = row.state !== "done"; stop.hidden = !["queued", "running"].includes(row.state); } },
  ];
  if (compare) {
    columns.unshift({ label: "", acts: (row) => h("input", { type: "checkbox", "aria-label": "Choose for a comparison", onchange: (event) => pick(row().id, event.target.checked) }),
      paint: (cell, row) => { cell.firstChild.disabled = row.state !== "done"; } });
  }
  const table = new Table({ name: `Jobs: ${kind}`, tell: true, key: (row) => row.id, most: 100, nothing: ["None yet", "What is asked for runs in processes beside the order path, two at a time."], columns });
  const side = button("Compare", () => compare(held.all.filter((job) => chosen.has(job.id))), { class: "", disabled: true });
  held.panel = panel(TITLES[kind], { at: "mid", tools: compare ? [side] : [] }, table.element);
  held.all = [];

  function pick(id, on) {
    if (on) chosen.add(id);
    else chosen.delete(id);
    side.disabled = chosen.size < 2 || chosen.size > MOST;
    side.textContent = chosen.size ? `Compare ${chosen.size}` : "Compare";
  }

  const read = polled(held.panel, 2000, async () => {
    const { jobs } = await desk.api.get("/api/jobs", { kind, limit: 100 });
    for (const job of jobs) {
      const before = held.all.find((each) => each.id === job.id);
      if (["done", "failed"].includes(job.state) && job.id === held.mine && before?.state !== job.state) held.ended(job);
    }
    held.all = jobs;
    table.show(jobs);
  });
  desk.jobs.on(read);
  held.follow = (id) => { held.mine = id; held.all = held.all.filter((each) => each.id !== id); read(); };
  return held;
}

function brief({ request }) {
  const strategies = request.strategies?.map((each) => words(each.name)) ?? [words(request.strategy ?? "")];
  return `${strategies.join(" + ")} · ${(request.symbols ?? []).join(", ")} · ${String(request.startDate ?? "").slice(0, 10)} – ${String(request.endDate ?? "").slice(0, 10)}`;
}

function progress(row) {
  const share = row.state === "done" ? 1 : row.progress;
  const bar = h("div", { class: "bar", role: "progressbar", "aria-label": "Done", "aria-valuenow": String(Math.round(share * 100)) }, h("i"));
  bar.style.setProperty("--share", share);
  return bar;
}
