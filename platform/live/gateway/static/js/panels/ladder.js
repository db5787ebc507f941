// The book as a ladder: sizes on both sides, own orders at their prices; a click takes a price into the ticket.
import { dress, empty, h, panel, say } from "../dom.js";
import { digitsOf, number, quantity, short } from "../format.js";

const LEVELS = 11;

export function ladder(desk) {
  const asks = Array.from({ length: LEVELS }, () => line(desk, "sell"));
  const bids = Array.from({ length: LEVELS }, () => line(desk, "buy"));
  const middle = h("div", { class: "middle" }, h("b", {}), h("span", { class: "muted" }));
  const nothing = empty("No book yet", "This feed tells no levels, or none has come yet.");
  const head = h("div", { class: "level head", "aria-hidden": "true" }, h("span", {}, "Own"), h("span", {}, "Size"), h("span", {}, "Price"));
  const area = h("div", { class: "ladder", role: "group", "aria-label": "Book: prices and sizes" }, head, [...asks].reverse().map((each) => each.element), middle, bids.map((each) => each.element));
  area.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const all = [...area.querySelectorAll("button:not([hidden])")];
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
  });
  const root = panel("Book", { at: "at-ladder" }, area, nothing);

  const paint = () => {
    const book = desk.book.value;
    const { bids: bid, asks: ask } = book.best(LEVELS);
    const has = bid.length + ask.length > 0;
    nothing.hidden = has;
    area.hidden = !has;
    if (!has) return;
    const most = Math.max(...[...bid, ...ask].map(([, size]) => size));
    const digits = digitsOf([...bid, ...ask].map(([price]) => price));
    const own = owned(desk.orders.value, book.symbol);
    asks.forEach((each, k) => each.show(ask[k], most, digits, own));
    bids.forEach((each, k) => each.show(bid[k], most, digits, own));
    const last = desk.trades.value[0];
    say(middle.firstChild, last ? number(last.price, digits, digits) + (last.side === "buy" ? " ▲" : last.side === "sell" ? " ▼" : "") : "–");
    dress(middle.firstChild, last?.side === "buy" ? "up" : last?.side === "sell" ? "down" : "");
    say(middle.lastChild, bid[0] && ask[0] ? `spread ${number(ask[0][0] - bid[0][0], digits, digits)}` : "one-sided");
  };
  for (const each of [desk.book, desk.orders, desk.trades]) each.on(paint);
  return root;
}

/** Own open quantity by price and side. */
function owned(orders, symbol) {
  const found = new Map();
  for (const each of orders) {
    if (each.symbol !== symbol || each.limitPrice === null) continue;
    const key = `${each.side} ${each.limitPrice}`;
    found.set(key, (found.get(key) ?? 0) + (each.remainingQuantity ?? 0));
  }
  return found;
}

function line(desk, side) {
  const [own, size, price] = [h("span", { class: "own" }), h("span"), h("b")];
  const element = h("button", { type: "button", class: `level ${side === "buy" ? "bid" : "ask"}`, tabindex: "-1", onclick: () => taken && desk.ticket.set({ symbol: desk.symbol.value, limitPrice: taken }) }, own, size, price);
  if (side === "buy") element.tabIndex = 0;
  let taken = null;
  return {
    element,
    show(level, most, digits, orders) {
      element.hidden = !level;
      if (!level) return;
      taken = level[0];
      const mine = orders.get(`${side} ${level[0]}`);
      say(own, mine ? `● ${quantity(mine)}` : "");
      say(size, short(level[1]));
      say(price, number(level[0], digits, digits));
      element.style.setProperty("--share", Math.sqrt(level[1] / most).toFixed(3));
      element.classList.toggle("mine", Boolean(mine));
    },
  };
}
