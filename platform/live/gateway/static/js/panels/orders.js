// Working orders with cancel and replace, orders that are over, and the life of each as a timeline.
import { Problem } from "../api.js";
import { confirm, form, inform, tried } from "../dialogs.js";
import { choice, fault, field, h, panel } from "../dom.js";
import { age, clock, price, quantity, words } from "../format.js";
import { button, Table } from "../table.js";
import { trailed, trailField } from "../trail.js";

const LOOKS = { REJECTED: "alarm", UNKNOWN: "alarm", CANCELED: "muted", EXPIRED: "muted", FILLED: "good", PENDING_CANCEL: "notice", PENDING_REPLACE: "notice", PENDING_NEW: "notice" };
const AGAIN_MS = 1000;

export function orders(desk) {
  const columns = [
    { label: "Time", opt: true, text: (row) => clock(row.sentNs ?? row.createdNs, "s") },
    { label: "Symbol", text: (row) => row.symbol },
    { label: "Side", text: (row) => (row.side === "buy" ? "▲ buy" : "▼ sell"), look: (row) => (row.side === "buy" ? "up" : "down") },
    { label: "Type", opt: true, text: (row) => words(row.type).toLowerCase() + (row.trail ? ` · ${trailed(row.trail)}` : "") + (row.postOnly ? " · post" : "") + (row.reduceOnly ? " · reduce" : "") },
    { label: "Price", num: true, text: (row) => price(row.limitPrice ?? row.stopPrice) },
    { label: "Quantity", num: true, text: (row) => `${quantity(row.filledQuantity)} / ${quantity(row.quantity)}`, hint: "filled / asked for" },
    { label: "Status", text: (row) => words(row.status.toLowerCase()), look: (row) => LOOKS[row.status] ?? "" },
    { label: "Strategy", opt: true, text: (row) => (row.strategyId ?? row.lane).split(":")[0] },
  ];
  const working = new Table({
    name: "Working orders", key: (row) => row.orderId, open: (row) => life(desk, row), nothing: ["No working orders", "Give one in the ticket: press b to buy or s to sell."],
    columns: [...columns, { label: "", acts: (row) => h("span", {},
      sized("Replace", "✎", () => replace(desk, row())), " ", sized("Cancel", "✕", () => cancel(desk, row())), " ", button("Life", () => life(desk, row()), { class: "small opt" })) }],
  });
  const over = new Table({
    name: "Orders that are over", asked: true, key: (row) => row.orderId, open: (row) => life(desk, row), nothing: ["No order is over yet", "Filled, canceled, expired and rejected ones come here."],
    columns: [...columns, { label: "Average", num: true, text: (row) => price(row.averagePrice) },
      { label: "Why", opt: true, text: (row) => row.refusal?.message ?? (row.why === "none" ? "" : row.why ?? "") }, { label: "", acts: (row) => button("Life", () => life(desk, row())) }],
  });
  const trouble = h("div", { hidden: true });
  over.element.hidden = true;
  const tabs = choice("Orders", [["working", "Working"], ["over", "Over"]], "working", (each) => {
    working.element.hidden = each !== "working";
    over.element.hidden = each === "working";
    if (each === "over") read();
  });
  const all = button("Cancel all", () => cancelAll(desk), { class: "" });
  const root = panel("Orders", { at: "at-orders", tools: [tabs, all] }, trouble, working.element, over.element);
  desk.orders.on((rows) => { working.show(rows); all.disabled = !rows.length; });
  desk.session.on(() => over.wait());
  desk.changed.on(() => {
    if (over.element.hidden) return;
    clearTimeout(root.soon);
    root.soon = setTimeout(read, AGAIN_MS);
  });

  async function read() {
    try {
      over.show((await desk.get("/api/orders", { status: "closed", limit: 100 })).orders);
      trouble.hidden = true;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      trouble.hidden = false;
      trouble.replaceChildren(fault(problem));
    }
  }

  return root;
}

/** A button whose word has no room on a phone. */
const sized = (word, sign, click) => {
  const made = button("", click, { "aria-label": `${word} the order`, title: word });
  made.append(h("span", { class: "opt" }, word), h("span", { class: "phone" }, sign));
  return made;
};

const path = (row) => `/api/orders/${encodeURIComponent(row.orderId)}`;

function cancel(desk, row) {
  return tried(() => desk.send("DELETE", path(row)), `Cancel asked for: ${row.symbol} ${row.orderId}`);
}

async function cancelAll(desk) {
  const sure = await confirm({ title: "Cancel all orders?", text: "Every working order of the session is canceled, those of strategies too; strategies go on and may give new ones.", yes: "Cancel all", look: "kill", reason: true });
  if (sure) await tried(() => desk.send("DELETE", "/api/orders", { query: { why: sure.why } }), "All orders are being canceled");
}

function replace(desk, row) {
  // Where a trailing stop stands the market says: what can be changed is how far behind it stays.
  const inputs = { quantity: row.quantity, limitPrice: row.limitPrice, stopPrice: row.trail ? null : row.stopPrice };
  const trail = row.trail ? trailField(() => {}, row.trail) : null;
  const made = Object.entries(inputs).filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => [name, h("input", { class: "number", name, inputmode: "decimal", value: String(value), required: true })]);
  form({
    title: `Replace ${row.side} ${row.symbol} ${row.orderId}`, yes: "Replace",
    content: [h("p", { class: "muted" }, "The quantity is all of it, what is filled too. It goes through the risk check again."), ...made.map(([name, input]) => field(words(name), input)), trail?.element],
    send: () => {
      const body = Object.fromEntries(made.filter(([name, input]) => Number(input.value) !== inputs[name]).map(([name, input]) => [name, input.value]));
      if (trail && trail.told() !== trailed(row.trail)) body.trail = trail.value();
      return desk.send("PATCH", path(row), { body });
    },
  });
}

/** Everything that happened to an order, in the words of its journal. */
async function life(desk, row) {
  const answer = await tried(() => desk.get(`/api/audit/orders/${encodeURIComponent(row.orderId)}`));
  if (!answer) return;
  const began = answer.story[0]?.timeNs ?? 0;
  inform(`${words(row.side)} ${quantity(row.quantity)} ${row.symbol} · ${row.orderId}`,
    h("ol", { class: "timeline" }, answer.story.map((step) => h("li", {},
      h("span", { class: "muted mono" }, clock(step.timeNs), step.timeNs > began ? ` +${age((step.timeNs - began) / 1e9)}` : ""), h("div", {}, step.what), h("small", { class: "muted" }, `row ${step.row}`)))));
}
