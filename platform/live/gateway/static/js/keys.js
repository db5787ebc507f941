// Keys, and what they do; none of them works while somebody types.
import { h } from "./dom.js";

const known = [];

/** Let a key do something; what has no text is not listed under `?`. */
export function onKey(key, text, act) {
  known.push({ key, text, act });
}

const typing = (element) => element.closest?.("input, textarea, select, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const found = known.find((each) => each.key === event.key);
  if (!found) return;
  event.preventDefault();
  found.act();
});

export function keysHelp() {
  const fixed = [["Ctrl Enter", "Send the order that the ticket shows"], ["↑ ↓", "Through the book's prices, Enter takes one into the ticket"], ["Esc", "Close what is open"]];
  const rows = [...known.filter((each) => each.text).map((each) => [each.key, each.text]), ...fixed];
  return h("table", {}, h("tbody", {}, rows.map(([key, text]) => h("tr", {}, h("td", {}, h("kbd", {}, key)), h("td", { class: "wrap" }, text)))));
}
