// Fills, the newest first, with what made each trade; and what they came to by strategy, symbol and side of the book.
import { choice, h, panel, say } from "../dom.js";
import { clock, money, number, price, quantity, side, signed } from "../format.js";
import { Table } from "../table.js";

export function fills(desk) {
  const each = new Table({
    name: "Fills", key: (row) => row.fillId, most: 150, nothing: ["Waiting for the first fill", "A trade of one of the session's orders comes here at once."],
    columns: [
      { label: "Time", paint: timed },
      { label: "Symbol", text: (row) => row.symbol },
      { label: "Side", text: (row) => (row.side === "buy" ? "▲ buy" : "▼ sell"), look: (row) => (row.side === "buy" ? "up" : "down") },
      { label: "Quantity", num: true, text: (row) => quantity(row.quantity) },
      { label: "Price", num: true, text: (row) => price(row.price) },
      { label: "Slippage", num: true, opt: true, hint: SLIPPAGE, text: (row) => basis(row.slippageBps), look: (row) => lost(row.slippageBps) },
      { label: "Realised", num: true, text: (row) => signed(row.realised), look: (row) => side(row.realised) },
      { label: "Fee", num: true, opt: true, text: (row) => money(row.fee) },
      { label: "Why", opt: true, text: (row) => [row.liquidity, row.reason].filter(Boolean).join(" · ") },
      { label: "Position", num: true, opt: true, text: (row) => quantity(row.position) },
      { label: "Strategy", opt: true, text: (row) => row.strategyId.split(":")[0] },
    ],
  });
  const sums = new Table({
    name: "Fills by strategy", key: (row) => row.key, nothing: ["Waiting for the first fill", "Sums stand here as soon as there is one."],
    columns: [
      { label: "Strategy", text: (row) => row.strategy }, { label: "Symbol", text: (row) => row.symbol },
      { label: "As", text: (row) => row.liquidity, hint: "maker: it rested in the book; taker: it took what rested" },
      { label: "Fills", num: true, text: (row) => quantity(row.fills) },
      { label: "Bought", num: true, opt: true, text: (row) => quantity(row.bought) }, { label: "At", num: true, opt: true, hint: "average price", text: (row) => mean(row.paid, row.bought) },
      { label: "Sold", num: true, opt: true, text: (row) => quantity(row.sold) }, { label: "At", num: true, opt: true, hint: "average price", text: (row) => mean(row.got, row.sold) },
      { label: "Slippage", num: true, hint: `${SLIPPAGE}; by quantity`, text: (row) => basis(slipped(row)), look: (row) => lost(slipped(row)) },
      { label: "Realised", num: true, text: (row) => signed(row.realised), look: (row) => side(row.realised) },
      { label: "Fees", num: true, opt: true, text: (row) => money(row.fees) },
      { label: "Of value", num: true, opt: true, hint: "realised less fees, in basis points of what was traded", text: (row) => basis((1e4 * (row.realised - row.fees)) / (row.paid + row.got)), look: (row) => side(row.realised - row.fees) },
    ],
  });
  sums.element.hidden = true;
  const which = choice("Fills", [["each", "Each"], ["sums", "By strategy"]], "each", (name) => {
    each.element.hidden = name !== "each";
    sums.element.hidden = name === "each";
    paint();
  });
  const paint = () => {
    const rows = desk.fills.value;
    if (sums.element.hidden) each.show(rows);
    else sums.show(summed(rows));
  };
  desk.fills.on(paint);
  return panel("Fills", { at: "at-fills", tools: [which] }, each.element, sums.element);
}

/** To the millisecond, where there is room for it. */
function timed(cell, row) {
  if (!cell.firstChild) cell.append(h("span"), h("span", { class: "opt" }));
  const told = clock(row.timeNs);
  say(cell.firstChild, told.slice(0, 8));
  say(cell.lastChild, told.slice(8));
}

const SLIPPAGE = "price against the middle of the market when the order was sent, in basis points of it: + is worse";
const basis = (value) => (value === null ? "–" : `${signed(value)} bp`);
/** What was lost to the market is a loss. */
const lost = (value) => side(value === null ? null : -value);
/** Of the quantity of which it is known. */
const slipped = (sum) => (sum.known ? sum.slippage / sum.known : null);
const mean = (value, amount) => number(amount ? value / amount : null, 2, 4);

/** Of the fills that the page has, the latest few hundred. */
function summed(rows) {
  const found = new Map();
  for (const row of rows) {
    const strategy = row.strategyId.split(":")[0];
    const key = `${strategy} ${row.symbol} ${row.liquidity}`;
    if (!found.has(key)) found.set(key, { key, strategy, symbol: row.symbol, liquidity: row.liquidity, fills: 0, bought: 0, paid: 0, sold: 0, got: 0, realised: 0, fees: 0, known: 0, slippage: 0 });
    const sum = found.get(key);
    const [amount, value] = row.side === "buy" ? ["bought", "paid"] : ["sold", "got"];
    sum.fills += 1;
    sum[amount] += row.quantity;
    sum[value] += row.quantity * row.price;
    sum.realised += row.realised;
    sum.fees += row.fee;
    if (row.slippageBps !== null) {
      sum.known += row.quantity;
      sum.slippage += row.quantity * row.slippageBps;
    }
  }
  return [...found.values()].sort((a, b) => a.key.localeCompare(b.key));
}
