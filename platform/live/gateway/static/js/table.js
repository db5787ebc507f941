// Tables whose rows stay what they are while their values change, so that focus and selection stay too.
import { dress, empty, h, say } from "./dom.js";

export class Table {
  /**
   * Columns are {label, text(row), look(row), num, opt, wrap, long, acts(row)}: ``acts`` makes an element once for each
   * row; on a phone ``opt`` ones are left out, and in a table that is to ``tell`` something ``long`` ones have a line of
   * their own. At most ``most`` rows are shown; below them stands how many there are. Rows that are ``asked`` for are
   * waited for: until they come nobody says that there are none.
   */
  constructor({ name, columns, key, nothing, most = 200, tell = false, chosen = null, open = null, asked = false }) {
    Object.assign(this, { columns, key, most, chosen, open });
    this.rows = new Map();
    this.body = h("tbody");
    const heads = columns.map((each) => h("th", { class: look(each), scope: "col", title: each.hint }, each.label));
    this.table = h("table", { hidden: true, class: tell ? "tell" : null }, h("caption", { class: "sr" }, name), h("thead", {}, h("tr", {}, heads)), this.body);
    this.nothing = empty(...nothing);
    this.waiting = empty("", "Being read …");
    this.more = h("div", { class: "more", hidden: true });
    this.element = h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, this.table, this.nothing, this.waiting, this.more);
    this.waiting.hidden = true;
    if (asked) this.wait();
  }

  /** Show that rows are being read. */
  wait() {
    this.show([]);
    this.nothing.hidden = true;
    this.waiting.hidden = false;
  }

  show(all) {
    const rows = all.slice(0, this.most);
    const kept = new Set();
    let before = null;
    for (const row of rows) {
      const key = this.key(row);
      kept.add(key);
      const held = this.rows.get(key) ?? this.make(key);
      this.paint(held, row);
      const place = before ? before.nextSibling : this.body.firstChild;
      if (place !== held.element) this.body.insertBefore(held.element, place);
      before = held.element;
    }
    for (const [key, held] of this.rows) {
      if (kept.has(key)) continue;
      held.element.remove();
      this.rows.delete(key);
    }
    this.table.hidden = !rows.length;
    this.nothing.hidden = rows.length > 0;
    this.waiting.hidden = true;
    this.more.hidden = all.length <= rows.length;
    say(this.more, `The first ${rows.length} of ${all.length}`);
  }

  make(key) {
    const held = { row: null, cells: [], element: h("tr", { "data-key": key }) };
    for (const each of this.columns) {
      const cell = h("td", { class: look(each) });
      if (each.acts) cell.append(each.acts(() => held.row));
      held.cells.push(cell);
      held.element.append(cell);
    }
    if (this.open) held.element.addEventListener("click", (event) => { if (!event.target.closest("button, input")) this.open(held.row); });
    this.rows.set(key, held);
    return held;
  }

  paint(held, row) {
    held.row = row;
    this.columns.forEach((each, k) => {
      if (each.text) {
        say(held.cells[k], each.text(row));
        dress(held.cells[k], `${look(each)} ${each.look?.(row) ?? ""}`.trim());
      }
      each.paint?.(held.cells[k], row);
    });
    held.element.classList.toggle("chosen", this.chosen?.(row) ?? false);
  }
}

const look = (column) => [column.num && "num", column.opt && "opt", column.acts && "acts", (column.wrap || column.long) && "wrap", column.long && "long"].filter(Boolean).join(" ");

export const button = (text, click, props = {}) => h("button", { type: "button", class: "small", onclick: click, ...props }, text);
