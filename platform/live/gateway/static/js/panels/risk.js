// Risk limits with how much of each is used, how to change them, and what the risk check has said and been told.
import { form } from "../dialogs.js";
import { dress, empty, field, h, panel, say } from "../dom.js";
import { money, percent, quantity, sentence, stamp, words } from "../format.js";
import { polled } from "../polled.js";
import { button, Table } from "../table.js";

const HIGH = 0.75;
const UNTOLD = ["by", "flags", "force", "display", "prevention", "action", "refusal", "code"];
const KINDS = ["risk", "limit_change", "kill", "release", "trading_state", "restriction", "flatten", "cancel_all", "trading_halted"];

export function risk(desk) {
  const list = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Risk limits" });
  const nothing = empty("No limits are set", "Add one: maxOrderSize, maxPositionSize, maxDailyLoss, maxGrossExposure, maxSymbolExposure and others.");
  const state = h("span", { class: "badge" });
  const root = panel("Risk limits", { tools: [state, button("Change a limit", () => change(desk), { class: "" })] }, list, nothing);
  const held = new Map();
  desk.limits.on((limits) => {
    say(state, limits ? (limits.killed ? "KILL SWITCH ON" : limits.state.toUpperCase()) : "–");
    dress(state, limits?.killed || limits?.state === "halted" ? "badge alarm" : limits?.state === "reducing" ? "badge notice" : "badge up");
    const uses = (limits?.accounts ?? []).flatMap((account) => account.limits.map((use) => ({ ...use, lane: account.lane })));
    nothing.hidden = uses.length > 0;
    const keys = new Set();
    for (const use of uses) {
      const key = `${use.lane} ${use.key} ${use.where}`;
      keys.add(key);
      if (!held.has(key)) { held.set(key, line(desk)); list.append(held.get(key).element); }
      held.get(key).show(use);
    }
    for (const [key, each] of held) if (!keys.has(key)) { each.element.remove(); held.delete(key); }
  });
  return root;
}

function line(desk) {
  let now = null;
  const [name, used, share] = [h("div"), h("div", { class: "num" }), h("div", { class: "num" })];
  const bar = h("div", { class: "bar", role: "meter", "aria-valuemin": "0", "aria-valuemax": "100" }, h("i"));
  const element = h("div", { class: "limit" }, name, used, bar, share, button("Change", () => change(desk, now), { "aria-label": "Change the limit" }));
  return {
    element,
    show(use) {
      now = use;
      const part = use.limit && use.used !== null && use.used !== undefined ? Math.abs(use.used) / Math.abs(use.limit) : null;
      say(name, words(use.key) + (use.where ? ` · ${use.where}` : "") + (use.lane ? ` · ${use.lane}` : ""));
      say(used, use.ofEachOrder ? `${quantity(use.limit)} an order` : `${money(use.used)} of ${quantity(use.limit)}`);
      say(share, use.ofEachOrder ? "" : percent(part));
      bar.setAttribute("aria-label", name.textContent);
      bar.setAttribute("aria-valuenow", String(Math.round((part ?? 0) * 100)));
      bar.style.setProperty("--share", Math.min(part ?? 0, 1).toFixed(4));
      dress(bar, `bar${use.ofEachOrder ? " none" : part >= 1 ? " over" : part >= HIGH ? " high" : ""}`);
    },
  };
}

function change(desk, use = null) {
  const key = h("input", { name: "limit", required: true, value: use?.key ?? "", placeholder: "maxOrderSize", autocomplete: "off" });
  const value = h("input", { class: "number", name: "value", inputmode: "decimal", value: use ? String(use.limit) : "", placeholder: "empty: no more limit" });
  form({
    title: "Change a limit", yes: "Change",
    content: [h("p", { class: "muted" }, "A lower one holds from now on; to raise one needs an admin token. It goes into the journal."), field("Limit", key), field("Value", value)],
    send: () => desk.send("PATCH", "/api/risk", { query: { lane: use?.lane || undefined }, body: { [key.value.trim()]: value.value === "" ? null : Number(value.value) } }),
  });
}

export function riskHistory(desk) {
  const table = new Table({
    name: "History of limits and refusals", asked: true, tell: true, key: (row) => row.row, nothing: ["Nothing yet", "Refused orders, changes of limits, the kill switch and trading states are listed here."],
    columns: [
      { label: "Time (UTC)", text: (row) => stamp(row.timeNs) },
      { label: "What", text: (row) => (row.kind === "risk" ? `Refused: ${words(row.body.refusal ?? "").toLowerCase()}` : words(row.kind)), look: (row) => (row.kind === "risk" || row.kind === "kill" ? "alarm" : "") },
      { label: "Where", text: (row) => [row.lane.split(":")[0], row.symbol].filter(Boolean).join(" · ") || "account" },
      { label: "How", long: true, text: (row) => (row.kind === "risk" ? refused(row.body) : told(row.body)) },
    ],
  });
  const root = panel("History of risk", { note: "refusals, limits, kill switch" }, table.element);
  const read = polled(root, 4000, async () => table.show((await desk.get("/api/audit", { kind: KINDS, limit: 100 })).rows));
  desk.risks.on(read);
  return root;
}

function refused({ refusal, message, action, side, quantity: amount, type, price, limit, current, attempted }) {
  const order = [action === "submit" ? "" : words(action).toLowerCase(), side, quantity(amount), type, price ? `at ${quantity(price)}` : ""].filter(Boolean).join(" ");
  return [order, message, refusal === "self_trade" ? `would meet an own order at ${quantity(current)}` : `limit ${quantity(limit)} · now ${quantity(current)} · with it ${quantity(attempted)}`].filter(Boolean).join(" · ");
}

const told = (body) => body.message || sentence(Object.fromEntries(Object.entries(body).filter(([name]) => !UNTOLD.includes(name))));
