// The gateway's metrics, as Prometheus reads them: samples by name, and quantiles of histograms.
import { words } from "./format.js";

const TITLES = { decision: "Event → decision recorded", journal_commit: "Row given → durable", order_ack: "Order sent → accepted", order_fill: "Order sent → filled", loop_lag: "The gateway's loop is late by" };

/** Return samples [{name, labels, value}]; null where there are no metrics. */
export async function readMetrics(api) {
  try {
    return parse(await api.request("GET", "/metrics", { headers: { Accept: "text/plain" } }));
  } catch (problem) {
    if (problem.status === 404) return null;
    throw problem;
  }
}

function parse(text) {
  const samples = [];
  for (const line of String(text).split("\n")) {
    const found = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/.exec(line);
    if (!found) continue;
    const labels = Object.fromEntries([...(found[2] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, value]) => [name, value]));
    samples.push({ name: found[1], labels, value: Number(found[3].replace("+Inf", "Infinity")) });
  }
  return samples;
}

/** Return {name, p50, p95, p99, count} of each histogram of seconds, in microseconds. */
export function histograms(samples) {
  const found = new Map();
  for (const { name, labels, value } of samples) {
    if (!name.endsWith("_seconds_bucket")) continue;
    const { le, ...rest } = labels;
    const http = /http/.test(name);
    const title = http ? Object.values(rest).join(" ") : [titled(name.replace(/^lockstep_/, "").replace(/_seconds_bucket$/, "")), ...Object.values(rest).filter(Boolean)].join(" · ");
    if (!found.has(title)) found.set(title, { name: title, labels: rest, http, buckets: [] });
    found.get(title).buckets.push([le === "+Inf" ? Infinity : Number(le), value]);
  }
  return [...found.values()].map((each) => ({ ...each, ...summary(each.buckets.sort((a, b) => a[0] - b[0])) })).filter((each) => each.count > 0);
}

function summary(buckets) {
  const count = buckets[buckets.length - 1]?.[1] ?? 0;
  const at = (share) => {
    const wanted = share * count;
    let [below, before] = [0, 0];
    for (const [bound, sum] of buckets) {
      if (sum >= wanted) return bound === Infinity ? below * 1e6 : (below + (bound - below) * ((wanted - before) / Math.max(sum - before, 1))) * 1e6;
      [below, before] = [bound, sum];
    }
    return null;
  };
  return { count, p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const titled = (name) => TITLES[name] ?? words(name);
