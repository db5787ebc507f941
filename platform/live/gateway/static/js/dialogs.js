// What is asked of people: a token, a confirmation, help; and messages that go by themselves.
import { check, fault, field, h } from "./dom.js";

const SECONDS = 6;

function opened(dialog, done) {
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); done(dialog.returnValue); });
  dialog.showModal();
  return dialog;
}

const actions = (label, look) => h("div", { class: "actions" },
  h("button", { type: "submit", value: "", formnovalidate: true }, "Back"),
  h("button", { type: "submit", value: "yes", class: look }, label));

/** Ask for a token; null where none is given. */
export function askToken(problem) {
  return new Promise((resolve) => {
    const input = h("input", { type: "password", autocomplete: "off", required: true, name: "token", spellcheck: "false" });
    opened(h("dialog", { "aria-labelledby": "token-title" }, h("form", { method: "dialog" },
      h("h2", { id: "token-title" }, "A token is needed"),
      h("p", {}, problem.detail),
      h("p", { class: "muted" }, "The first start of ", h("code", {}, "lockstep serve"), " has shown one; ", h("code", {}, "lockstep token make NAME --scope trade"),
        " makes others. It is kept until this tab is closed."),
      field("Token", input), actions("Use it", "primary"))), (answer) => resolve(answer === "yes" ? input.value.trim() : null));
    input.focus();
  });
}

/** Ask whether something is meant; gives {why, extra} or null. ``content`` are fields that the asker reads itself. */
export function confirm({ title, text, yes, look = "primary", content = [], extra = "", reason = false }) {
  return new Promise((resolve) => {
    const why = h("input", { name: "why", maxlength: 200, placeholder: "goes into the journal" });
    const more = check(extra);
    opened(h("dialog", { "aria-labelledby": "confirm-title" }, h("form", { method: "dialog" },
      h("h2", { id: "confirm-title" }, title), h("p", {}, text), ...content,
      extra ? more : null, reason ? field("Why", why) : null, actions(yes, look))),
    (answer) => resolve(answer === "yes" ? { why: why.value, extra: more.firstChild.checked } : null));
  });
}

/** Show something in a dialog with its own content; ``send`` may be asked for several times until it succeeds. */
export function form({ title, content, yes, send }) {
  const trouble = h("div", { role: "alert" });
  const button = h("button", { type: "submit", class: "primary" }, yes);
  const made = h("form", {}, h("h2", {}, title), ...content, trouble,
    h("div", { class: "actions" }, h("button", { type: "button", onclick: () => dialog.close() }, "Back"), button));
  const dialog = opened(h("dialog", { "aria-label": title }, made), () => {});
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      await send();
      dialog.close();
    } catch (problem) {
      trouble.replaceChildren(fault(problem));
    }
    button.disabled = false;
  });
}

export function inform(title, ...content) {
  opened(h("dialog", { "aria-label": title }, h("div", { class: "stack" }, h("h2", {}, title), ...content,
    h("form", { method: "dialog", class: "actions" }, h("button", { class: "primary" }, "Close")))), () => {});
}

export function toast(title, text = "", bad = false) {
  const made = h("div", { class: bad ? "toast bad" : "toast" }, h("b", {}, title), text);
  document.getElementById("toasts").append(made);
  setTimeout(() => made.remove(), SECONDS * 1000 * (bad ? 2 : 1));
}

/** Do something; what goes wrong is said. Gives undefined then. */
export async function tried(work, done) {
  try {
    const answer = await work();
    if (done) toast(done);
    return answer;
  } catch (problem) {
    toast(problem.title ?? "It can't be done", problem.detail ?? String(problem), true);
    return undefined;
  }
}
