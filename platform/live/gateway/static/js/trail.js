// How far a trailing stop stays behind the best trade: an amount in the price's units, or a share of it in percent.
import { h, select } from "./dom.js";
import { number, price } from "./format.js";

const UNITS = [["amount", "price"], ["percent", "%"]];
/** Digits of a percentage that are told: more are what sums of floating-point numbers leave behind. */
const DIGITS = 8;

/** A distance as people read it. */
export const trailed = ({ amount, percent }) => (amount === undefined ? `${number(percent * 100, 0, DIGITS)} %` : price(amount));

/** A field for a distance, with what it has so far: ``value()`` as the gateway takes it, ``told()`` as people read it. */
export function trailField(changed, now = null) {
  const input = h("input", { class: "number", name: "trail", "aria-label": "Trail", inputmode: "decimal", autocomplete: "off", oninput: changed, pattern: "[0-9]+([.][0-9]*)?" });
  const unit = select(UNITS, { name: "trailUnit", "aria-label": "Unit of the trail", onchange: changed });
  if (now) {
    unit.value = now.amount === undefined ? "percent" : "amount";
    input.value = String(now.amount ?? Number((now.percent * 100).toFixed(DIGITS)));
  }
  const value = () => (unit.value === "amount" ? { amount: Number(input.value) } : { percent: Number((Number(input.value) / 100).toFixed(DIGITS + 2)) });
  return {
    element: h("div", { class: "field", title: "How far it stays behind the best trade since it began to wait" }, h("span", {}, "Trail behind"), h("div", { class: "joined" }, input, unit)),
    value, whole: () => Number(input.value) > 0, told: () => trailed(value()),
  };
}
