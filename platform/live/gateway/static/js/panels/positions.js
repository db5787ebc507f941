// Positions with their exposures; one can be closed, and all.
import { confirm, tried } from "../dialogs.js";
import { figure, h, panel } from "../dom.js";
import { money, price, quantity, side, signed } from "../format.js";
import { button, Table } from "../table.js";

export function positions(desk) {
  const table = new Table({
    name: "Positions", key: (row) => `${row.strategyId} ${row.symbol}`, nothing: ["Nothing is held", "Positions come here with the first fill."],
    columns: [
      { label: "Symbol", text: (row) => row.symbol },
      { label: "Strategy", text: (row) => row.strategyId },
      { label: "Quantity", num: true, text: (row) => quantity(row.quantity), look: (row) => side(row.quantity) },
      { label: "Average", num: true, opt: true, text: (row) => price(row.averagePrice) },
      { label: "Market", num: true, opt: true, text: (row) => price(row.marketPrice) },
      { label: "Value", num: true, opt: true, text: (row) => money(row.marketValue) },
      { label: "Unrealised", num: true, text: (row) => signed(row.unrealisedPnl), look: (row) => side(row.unrealisedPnl) },
      { label: "", acts: (row) => button("Close", () => close(desk, row()), { "aria-label": "Close the position" }) },
    ],
  });
  const sums = h("div", { class: "figures pad" });
  const all = button("Flatten all", () => flatten(desk), { class: "" });
  desk.positions.on((rows) => {
    const held = rows.filter((row) => row.quantity);
    table.show(held);
    all.disabled = !held.length;
    const total = (of) => held.reduce((sum, row) => sum + of(row.marketValue ?? 0), 0);
    const equity = desk.account.value?.equity;
    sums.replaceChildren(figure("Gross", money(total(Math.abs))), figure("Net", signed(total(Number)), side(total(Number))), figure("Long", money(total((value) => Math.max(value, 0)))),
      figure("Short", money(total((value) => Math.min(value, 0)))), figure("Gross / equity", equity ? `${(total(Math.abs) / equity).toFixed(2)} ×` : "–"));
  });
  return panel("Positions", { at: "at-positions", tools: [all] }, sums, table.element);
}

async function close(desk, row) {
  const sure = await confirm({ title: `Close ${row.symbol}?`, text: `Open orders by hand in ${row.symbol} are canceled and ${quantity(Math.abs(row.quantity))} are ${row.quantity > 0 ? "sold" : "bought"} at the market.`, yes: "Close", look: "kill" });
  if (sure) await tried(() => desk.send("DELETE", `/api/positions/${encodeURIComponent(row.symbol)}`), `${row.symbol} is being closed`);
}

async function flatten(desk) {
  const sure = await confirm({ title: "Close all positions?", text: "Every open order is canceled, then every position is closed at the market; strategies go on when that is done.", yes: "Flatten", look: "kill", reason: true });
  if (sure) await tried(() => desk.send("DELETE", "/api/positions", { query: { why: sure.why } }), "All positions are being closed");
}
