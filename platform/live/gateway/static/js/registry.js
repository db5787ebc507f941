// Registered strategies and stored data, asked for once, and the fields that choose among them.
import { field, fill, h, select } from "./dom.js";
import { words } from "./format.js";

export class Registry {
  constructor(api) {
    this.api = api;
  }

  strategies() {
    this.found ??= this.api.get("/api/registered-strategies").then(({ strategies }) => strategies);
    this.found.catch(() => { this.found = null; });
    return this.found;
  }

  datasets() {
    this.stored ??= this.api.get("/api/data").then(({ datasets }) => datasets);
    this.stored.catch(() => { this.stored = null; });
    return this.stored;
  }
}

/** A strategy and its parameters; over bars alone, as backtests have them. ``changed`` is told when another is chosen. */
export class StrategyFields {
  constructor(registry, { searched = false, changed = () => {} } = {}) {
    Object.assign(this, { registry, searched, changed });
    this.name = select([["", "Being read …"]], { name: "strategy", required: true, onchange: () => this.chosen() });
    this.about = h("p", { class: "muted" });
    this.inputs = h("div", { class: "pair" });
  }

  async load() {
    const all = (await this.registry.strategies()).filter((each) => Object.keys(each.parameters).length || each.name === "buy_and_hold");
    this.all = new Map(all.map((each) => [each.name, each]));
    fill(this.name, all.map((each) => [each.name, each.title ?? each.name]));
    if (this.all.has("mean_reversion")) this.name.value = "mean_reversion";
    this.chosen();
  }

  chosen() {
    const found = this.all.get(this.name.value);
    this.about.textContent = found?.summary ?? "";
    this.held = Object.entries(found?.parameters ?? {}).map(([name, each]) => [name, each, h("input", {
      class: "number", name: `parameter-${name}`, autocomplete: "off", placeholder: String(each.default ?? ""), title: [each.doc, this.searched ? "one value, several as 10,20,40, or from:to:step" : ""].filter(Boolean).join(" · "),
    })]);
    this.inputs.replaceChildren(...this.held.map(([name, , input]) => field(words(name), input)));
    this.changed();
  }

  /** What was written, by parameter; those left empty keep their defaults. */
  written() {
    return Object.fromEntries(this.held.filter(([, , input]) => input.value.trim()).map(([name, , input]) => [name, input.value.trim()]));
  }

  values() {
    const read = (text) => (text === "true" ? true : text === "false" ? false : Number.isNaN(Number(text)) ? text : Number(text));
    return Object.fromEntries(Object.entries(this.written()).map(([name, text]) => [name, read(text)]));
  }

  put(name, text) {
    const found = this.held.find(([each]) => each === name);
    if (found) found[2].value = text;
  }
}
