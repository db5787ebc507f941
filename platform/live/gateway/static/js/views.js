// The views and their tabs: one is shown, the address remembers which; panels are built when their view is first opened.
import { h } from "./dom.js";
import { onKey } from "./keys.js";

export class Views {
  /** ``views`` are [name, title, build()]; build gives the view's element. */
  constructor(tabs, area, views) {
    Object.assign(this, { tabs, area, views });
    this.made = new Map();
    views.forEach(([name, title], k) => {
      tabs.append(h("button", { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `view-${name}`, "aria-keyshortcuts": key(k), onclick: () => this.show(name, true) }, title));
      onKey(key(k), title, () => this.show(name, true));
    });
    tabs.addEventListener("keydown", (event) => {
      const at = views.findIndex(([name]) => name === this.shown);
      const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
      if (next === undefined) return;
      event.preventDefault();
      this.show(views.at(next % views.length)[0], true);
      tabs.querySelector("[aria-selected=true]").focus();
    });
    addEventListener("hashchange", () => this.show(named()));
    area.replaceChildren();
    this.show(named());
  }

  show(wanted, remember = false) {
    const [name, title, build] = this.views.find(([each]) => each === wanted) ?? this.views[0];
    if (!this.made.has(name)) {
      const made = build();
      made.id = `view-${name}`;
      made.setAttribute("role", "tabpanel");
      made.setAttribute("aria-labelledby", `tab-${name}`);
      this.made.set(name, made);
      this.area.append(made);
    }
    for (const [each, element] of this.made) element.hidden = each !== name;
    for (const each of this.tabs.children) {
      const on = each.id === `tab-${name}`;
      each.setAttribute("aria-selected", String(on));
      each.tabIndex = on ? 0 : -1;
      if (on) each.scrollIntoView({ block: "nearest", inline: "center" });
    }
    this.shown = name;
    document.title = `${title} · Lockstep`;
    this.made.get(name).dispatchEvent(new Event("lockstep:shown"));
    if (remember) history.replaceState(null, "", `#${name}`);
  }
}

/** The tenth view is reached by 0. */
const key = (k) => String((k + 1) % 10);
const named = () => location.hash.slice(1).split("@")[0];
