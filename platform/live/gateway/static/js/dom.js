// Elements made by hand. Text is always text: nothing that comes from the gateway is ever read as HTML.
export function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "value" || name === "checked") made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

/** Set an element's text, only where it is another: a selection or a reader's place is not disturbed for nothing. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Give an element exactly these classes. */
export function dress(element, names) {
  if (element.className !== names) element.className = names;
}

export function field(label, input, hint = "") {
  return h("label", { class: "field", title: hint || null }, h("span", {}, label), input);
}

export function check(label, props = {}) {
  return h("label", { class: "check" }, h("input", { type: "checkbox", ...props }), label);
}

export function select(options, props = {}) {
  const made = h("select", props);
  fill(made, options);
  return made;
}

/** Give a select these options, [value, label] each, and keep what is chosen where it is still there. */
export function fill(made, options) {
  const pairs = options.map((each) => (Array.isArray(each) ? each : [each, each]));
  const key = JSON.stringify(pairs);
  if (made.dataset.options === key) return;
  const chosen = made.value;
  made.dataset.options = key;
  made.replaceChildren(...pairs.map(([value, label]) => h("option", { value }, label)));
  if (pairs.some(([value]) => value === chosen)) made.value = chosen;
}

/** Buttons of which one is chosen, moved through by the arrow keys. */
export function choice(label, options, chosen, tell, classes = "seg") {
  const group = h("div", { class: classes, role: "radiogroup", "aria-label": label });
  const pick = (value, focus) => {
    for (const each of group.children) {
      const on = each.value === value;
      each.setAttribute("aria-checked", String(on));
      each.tabIndex = on ? 0 : -1;
      if (on && focus) each.focus();
    }
    group.dataset.value = value;
  };
  for (const [value, text, look] of options) {
    group.append(h("button", { type: "button", role: "radio", value, class: look,
      onclick: () => { pick(value); tell(value); } }, text));
  }
  group.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = options.findIndex(([value]) => value === group.dataset.value);
    const next = options[(at + step + options.length) % options.length][0];
    pick(next, true);
    tell(next);
  });
  group.pick = pick;
  pick(chosen);
  return group;
}

let panels = 0;

/** A panel: a title, tools beside it, and a body. */
export function panel(title, { at = "", tools = [], note = "" } = {}, ...body) {
  const id = `panel-${++panels}`;
  return h("section", { class: `panel ${at}`, "aria-labelledby": id },
    h("header", {}, h("h2", { id }, title, note ? h("small", {}, note) : null), ...tools),
    h("div", { class: "body" }, ...body));
}

export function empty(title, cure) {
  return h("p", { class: "empty" }, h("b", {}, title), cure);
}

/** What went wrong and what can be done, as the gateway says it. */
export function fault(problem) {
  return h("div", { class: "fault", role: "alert" }, h("b", {}, problem.title ?? "It can't be done"), problem.detail ?? String(problem),
    problem.code ? h("div", {}, h("code", {}, problem.code)) : null);
}

export function figure(label, value, look = "") {
  return h("div", { class: "figure" }, h("span", {}, label), h("b", { class: look }, value));
}
