// The order ticket: what the risk check says and what it would cost stands there before anything is sent.
import { tried } from "../dialogs.js";
import { check, choice, fault, field, fill, h, panel, say, select } from "../dom.js";
import { money, price, quantity, words } from "../format.js";
import { trailField } from "../trail.js";

const TYPES = [["limit", "Limit"], ["market", "Market"], ["stop", "Stop"], ["stop_limit", "Stop limit"], ["trailing_stop", "Trailing stop"]];
/** Prices that an order of a type has, by the names of their fields. */
const PRICES = { limit: ["limitPrice"], market: [], stop: ["stopPrice"], stop_limit: ["limitPrice", "stopPrice"], trailing_stop: ["trail"] };
const FORCES = [["gtc", "Until canceled"], ["day", "Day"], ["ioc", "Now or never"], ["fok", "All now or never"]];
const PREVIEW_MS = 250;

export function ticket(desk) {
  let direction = "buy";
  const symbol = select([], { name: "symbol", onchange: changed });
  const type = select(TYPES, { name: "type", onchange: changed });
  const force = select(FORCES, { name: "force", onchange: changed });
  const [amount, limit, stop] = ["quantity", "limitPrice", "stopPrice"].map((name) => h("input", { class: "number", name, inputmode: "decimal", autocomplete: "off", oninput: changed, pattern: "[0-9]+([.][0-9]*)?" }));
  amount.value = "100";
  const [post, reduce] = [check("Post only", { name: "postOnly", onchange: changed }), check("Reduce only", { name: "reduceOnly", onchange: changed })];
  const sides = choice("Side", [["buy", "Buy", "buy"], ["sell", "Sell", "sell"]], direction, (each) => { direction = each; changed(); }, "seg wide");
  const trail = trailField(changed);
  const fields = { limitPrice: field("Limit price", limit), stopPrice: field("Stop price", stop), trail: trail.element };
  const has = (name) => PRICES[type.value].includes(name);
  const send = h("button", { type: "submit", class: "buy", id: "send", title: "Ctrl+Enter" });
  const told = h("div", { class: "preview", "aria-live": "polite" });
  const made = h("form", { class: "pad ticket", id: "ticket", autocomplete: "off" }, sides, h("div", { class: "pair" }, field("Symbol", symbol), field("Type", type)),
    h("div", { class: "pair" }, field("Quantity", amount), Object.values(fields)), field("Time in force", force), h("div", { class: "row" }, post, reduce), told, send);
  const root = panel("Order", { at: "at-ticket" }, made);

  desk.symbols.on((all) => fill(symbol, all));
  desk.symbol.on((each) => { symbol.value = each; limit.value = ""; changed(); });
  desk.quotes.on(() => { if (!limit.value && document.activeElement !== limit) suggest(); });
  desk.ticket.on((wish) => {
    if (!wish) return;
    if (wish.symbol) symbol.value = wish.symbol;
    if (wish.side) { direction = wish.side; sides.pick(direction); }
    if (wish.quantity) amount.value = String(wish.quantity);
    if (wish.limitPrice) {
      if (!has("limitPrice")) type.value = "limit";
      limit.value = String(wish.limitPrice);
    }
    desk.ticket.value = null;
    changed();
    if (wish.focus) amount.focus();
  });
  made.addEventListener("submit", (event) => { event.preventDefault(); give(); });
  made.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); give(); } });

  function suggest() {
    const quote = desk.quotes.value.get(symbol.value);
    const at = direction === "buy" ? quote?.bid : quote?.ask;
    if (at) { limit.value = String(at); changed(); }
  }

  function order() {
    const asked = { symbol: symbol.value, side: direction, quantity: amount.value, orderType: type.value, timeInForce: force.value };
    if (has("limitPrice")) asked.limitPrice = limit.value;
    if (has("stopPrice")) asked.stopPrice = stop.value;
    if (has("trail")) asked.trail = trail.value();
    if (post.firstChild.checked) asked.postOnly = true;
    if (reduce.firstChild.checked) asked.reduceOnly = true;
    return asked;
  }

  const whole = (asked) => asked.symbol && ["quantity", "limitPrice", "stopPrice"].every((name) => !(name in asked) || Number(asked[name]) > 0) && (!has("trail") || trail.whole());

  function changed() {
    for (const [name, each] of Object.entries(fields)) each.hidden = !has(name);
    const asked = order();
    dressSend(asked);
    clearTimeout(changed.soon);
    changed.soon = setTimeout(preview, PREVIEW_MS);
  }

  function dressSend(asked) {
    send.className = direction;
    const at = [asked.stopPrice && ` from ${asked.stopPrice} on`, asked.limitPrice && ` at ${asked.limitPrice}`, has("trail") && trail.whole() && ` ${trail.told()} behind`, type.value === "market" && " at market"];
    say(send, `${direction === "buy" ? "Buy" : "Sell"} ${asked.quantity || "…"} ${asked.symbol}${at.filter(Boolean).join("")}`);
    send.disabled = !whole(asked) || !desk.session.value;
  }

  let asks = 0;
  async function preview() {
    const asked = order();
    if (!whole(asked) || !desk.session.value || desk.waiting) return told.replaceChildren(h("p", { class: "muted" }, "Quantity and price, and the risk check says here what it makes of it."));
    const mine = ++asks;
    try {
      const answer = await desk.api.request("POST", "/api/orders/preview", { body: { ...asked, sessionId: desk.session.value }, quiet: true });
      if (mine === asks) told.replaceChildren(...shown(answer));
    } catch (problem) {
      if (mine === asks) told.replaceChildren(fault(problem));
    }
    return undefined;
  }

  async function give() {
    const asked = order();
    if (!whole(asked)) return;
    send.disabled = true;
    const key = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
    const answer = await tried(() => desk.api.request("POST", "/api/orders", { body: { ...asked, sessionId: desk.session.value }, headers: { "Idempotency-Key": key } }),
      `${direction === "buy" ? "Buy" : "Sell"} ${asked.quantity} ${asked.symbol}: given`);
    if (answer) desk.changed.set({ type: "order", orderId: answer.orderId, status: answer.status });
    changed();
  }

  setInterval(() => { if (!document.hidden && root.offsetParent) preview(); }, 3000);
  changed();
  return root;
}

function shown(answer) {
  const passes = answer.passes ?? answer.refusal === null;
  const head = passes ? h("p", { class: "good" }, "✓ The risk check lets it pass") : h("div", { class: "fault" }, h("b", {}, "Risk check failed"), answer.refusal.message, limits(answer.refusal));
  const pairs = [["Passes up to", answer.maxQuantity === null ? "no limit" : quantity(answer.maxQuantity) + (answer.boundBy ? ` · ${words(answer.boundBy).toLowerCase().replace(/^max /, "")}` : "")],
    ["Price", price(answer.price)], ["Trades at once", quantity(answer.quantityNow)], ["Value", money(answer.notional)], ["Fees", money(answer.fees)],
    ["Position after", quantity(answer.position)], ["Cash after", money(answer.accountCash)]];
  return [head, h("dl", { class: "pairs" }, pairs.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))];
}

/** An own order that would be met has a price, which the sentence says, and no limit. */
const limits = ({ code, limit, current, attempted }) => limit === null || limit === undefined || code === "RISK_SELF_TRADE" ? null
  : h("div", { class: "muted" }, `limit ${quantity(limit)} · now ${quantity(current)} · with it ${quantity(attempted)}`);
