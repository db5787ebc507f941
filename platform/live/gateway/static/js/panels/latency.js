// How long things take: quantiles of the session's own clock and of the gateway's histograms.
import { h, panel } from "../dom.js";
import { micros, quantity, words } from "../format.js";
import { polled } from "../polled.js";
import { histograms, readMetrics } from "../prometheus.js";
import { Table } from "../table.js";

const OWN = { decision: "Event → decision recorded, last minute", durable: "Row given → durable, last minute" };

export function latency(desk) {
  const table = new Table({
    name: "Latencies", key: (row) => row.name, nothing: ["Nothing was measured yet", "Latencies come with the first events and orders."],
    columns: [
      { label: "From → to", wrap: true, text: (row) => row.name },
      { label: "p50", num: true, text: (row) => micros(row.p50) },
      { label: "p95", num: true, text: (row) => micros(row.p95) },
      { label: "p99", num: true, text: (row) => micros(row.p99) },
      { label: "Measured", num: true, opt: true, text: (row) => quantity(row.count) },
    ],
  });
  const root = panel("Latency", {}, table.element, h("p", { class: "more" }, "Without a span: of the gateway's whole life. A dash: not measured."));
  const own = () => Object.entries(desk.facts.value?.latency ?? {}).map(([name, each]) => ({ name: OWN[name] ?? words(name), ...each, count: each.measured }));
  let measured = [];
  // Those of other sessions are left out; requests come last.
  const paint = () => table.show([...own(), ...measured.filter((each) => !each.http && (!each.labels.session || each.labels.session === desk.session.value)), ...measured.filter((each) => each.http)]);
  desk.facts.on(paint);
  polled(root, 3000, async () => {
    const metrics = await readMetrics(desk.api);
    measured = metrics ? histograms(metrics) : [];
    paint();
  });
  return root;
}
