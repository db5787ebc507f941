// A heat map of two parameters as a table: every number can be read, and its shade says where it stands.
import { h } from "./dom.js";
import { number } from "./format.js";

/** Shades from dark blue to yellow that also fall in order in grey (after viridis). */
const STOPS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

export function shade(share) {
  const at = Math.min(Math.max(share, 0), 1) * (STOPS.length - 1);
  const k = Math.min(Math.floor(at), STOPS.length - 2);
  return STOPS[k].map((from, c) => Math.round(from + (STOPS[k + 1][c] - from) * (at - k)));
}

export function heatMap({ rows, columns, rowName, columnName, value, name, chosen }) {
  const all = rows.flatMap((r) => columns.map((c) => value(r, c))).filter((each) => Number.isFinite(each));
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const head = h("tr", {}, h("th", { scope: "col" }, `${rowName} ↓  ${columnName} →`), columns.map((c) => h("th", { class: "num", scope: "col" }, String(c))));
  const lines = rows.map((r) => h("tr", {}, h("th", { scope: "row" }, String(r)), columns.map((c) => cell(value(r, c), low, high, () => chosen(r, c)))));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name },
    h("table", { class: "heat" }, h("caption", { class: "sr" }, name), h("thead", {}, head), h("tbody", {}, lines)));
}

function cell(value, low, high, chosen) {
  if (!Number.isFinite(value)) return h("td", { class: "num muted" }, "–");
  const rgb = shade(high > low ? (value - low) / (high - low) : 0.5);
  const made = h("td", { class: "num" }, h("button", { type: "button", class: "bare", onclick: chosen }, number(value, 2, 2)));
  made.style.background = `rgb(${rgb.join(" ")})`;
  made.style.color = rgb[0] * 0.3 + rgb[1] * 0.59 + rgb[2] * 0.11 > 120 ? "#10151c" : "#ffffff";
  return made;
}
