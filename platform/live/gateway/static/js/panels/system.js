// The system: the session's processes and rows, and what the gateway measures of itself.
import { h, panel } from "../dom.js";
import { bytes, number, quantity, stamp, words } from "../format.js";
import { polled } from "../polled.js";
import { readMetrics } from "../prometheus.js";

const SHOWN = /^(process_|lockstep_)/;
const HIDDEN = /_(bucket|sum|created|info)$|^process_(virtual|max)/;

export function system(desk) {
  const session = h("dl", { class: "pairs pad" });
  const gateway = h("dl", { class: "pairs pad" });
  const root = panel("System", { at: "mid" }, h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "System" }, session, gateway));
  desk.facts.on((facts) => put(session, facts ? [
    ["Session", `${facts.id} · ${facts.state}`], ["Mode", facts.mode], ["Source", facts.source], ["Its time (UTC)", stamp(facts.time)], ["Records of the market", quantity(facts.records)],
    ["Rows of the journal", facts.rows ? `${quantity(facts.rows.durable)} durable of ${quantity(facts.rows.given)}` : "–"], ["Journal", facts.rows?.failure || facts.journal], ["Begun again", quantity(facts.restarts)],
    ...(facts.trouble ? [["Trouble", facts.trouble]] : []), ...(facts.notices ?? []).map((each) => ["Notice", each]),
  ] : [["Session", "none"]]));
  polled(root, 3000, async () => {
    const samples = await readMetrics(desk.api);
    put(gateway, (samples ?? []).filter(({ name }) => SHOWN.test(name) && !HIDDEN.test(name)).slice(0, 60).map(({ name, labels, value }) => [
      [words(name.replace(/^lockstep_/, "")), ...Object.values(labels).filter(Boolean)].join(" · "), /_bytes$/.test(name) ? bytes(value) : /_start_time_seconds$/.test(name) ? stamp(value * 1e9) : number(value, 0, 4)]));
  });
  return root;
}

function put(list, pairs) {
  list.replaceChildren(...pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, String(value ?? "–"))]));
}
