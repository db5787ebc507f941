// Equity, drawdown and the day's profit as curves, and what they are made of.
import { soon } from "../cell.js";
import { figure, h, panel } from "../dom.js";
import { money, number, side, signed } from "../format.js";
import { Lines } from "../lines.js";

export function equity(desk) {
  const axis = (value) => number(value, 0, 2);
  const curves = {
    equity: new Lines({ name: "Equity", height: 0, times: false, axis, sync: "equity", series: [{ label: "Equity", colour: "up", fill: true }] }),
    drawdown: new Lines({ name: "Drawdown", height: 0, times: false, axis: (value) => `${number(value * 100, 0, 3)} %`, sync: "equity", zero: true, series: [{ label: "Drawdown", colour: "down", fill: true, fillTo: 0 }] }),
    day: new Lines({ name: "Profit of the day", height: 0, axis, sync: "equity", zero: true, series: [{ label: "Day P&L", colour: "good", fill: true, fillTo: 0 }] }),
  };
  const figures = h("div", { class: "figures pad" });
  const root = panel("Equity", { at: "at-equity" }, figures, h("div", { class: "curves fitted" },
    h("h3", {}, "Equity"), curves.equity.element, h("h3", {}, "Drawdown"), curves.drawdown.element, h("h3", {}, "Day P&L"), curves.day.element));
  desk.account.on((account) => figures.replaceChildren(
    figure("Realised", signed(account?.realised), side(account?.realised)), figure("Unrealised", signed(account?.unrealised), side(account?.unrealised)),
    figure("Fees", money(account?.fees)), figure("Cash", money(account?.cash))));
  let painted = 0;
  const paint = () => {
    const now = performance.now();
    if (now - painted < 900) return;
    painted = now;
    const { times, equity: values, day } = desk.curve.value;
    curves.equity.show([times, values]);
    curves.drawdown.show([times, desk.curve.value.drawdown()]);
    curves.day.show([times, day]);
  };
  desk.curve.on(paint);
  desk.session.on(() => { painted = 0; soon(paint); });
  return root;
}
