// Alerts as they were told, and the webhooks that they are sent to: for admins, since an address may be a secret.
import { confirm, form, inform, toast, tried } from "../dialogs.js";
import { empty, field, h, panel } from "../dom.js";
import { stamp, words } from "../format.js";
import { polled } from "../polled.js";
import { button, Table } from "../table.js";

export const EVENTS = ["kill_switch", "halt", "daily_loss", "parity_difference", "journal_failed", "feed_stale", "session_died", "disk_room"];

export function alerts(desk) {
  const table = new Table({
    name: "Alerts", asked: true, tell: true, key: (row) => row.id, nothing: ["No alert since the gateway began", "The kill switch, halts, a lost day, feeds that fall silent, sessions that die and full disks are told here, and to webhooks."],
    columns: [
      { label: "Time (UTC)", text: (row) => stamp(row.timeNs) },
      { label: "What", wrap: true, text: (row) => row.title, look: (row) => (row.severity === "critical" ? "alarm" : "notice") },
      { label: "Session", opt: true, text: (row) => row.sessionId },
      { label: "Symbol", opt: true, text: (row) => row.symbol },
      { label: "How", long: true, text: (row) => row.detail + (row.before ? ` (and ${row.before} times before)` : "") },
      { label: "Row", num: true, opt: true, text: (row) => (row.row ? String(row.row) : "–"), hint: "of the journal: see Audit" },
    ],
  });
  const root = panel("Alerts", { at: "wide", note: "the newest first" }, table.element);
  polled(root, 3000, async () => table.show((await desk.api.get("/api/alerts", { limit: 200 })).alerts));
  return [root, webhooks(desk)];
}

function webhooks(desk) {
  const table = new Table({
    name: "Webhooks", tell: true, key: (row) => row.id, nothing: ["No webhook", "Add an address, and alerts are posted to it, signed."],
    columns: [
      { label: "Address", wrap: true, text: (row) => row.target },
      { label: "Events", wrap: true, text: (row) => row.events.map((each) => words(each).toLowerCase()).join(", ") || "all" },
      { label: "For", opt: true, wrap: true, text: (row) => row.description },
      { label: "Delivered (UTC)", opt: true, text: (row) => (row.deliveredNs ? stamp(row.deliveredNs) : "not yet") },
      { label: "State", wrap: true, text: (row) => row.failure || (row.waiting ? `${row.waiting} waiting` : "well"), look: (row) => (row.failure ? "alarm" : "good") },
      { label: "", acts: (row) => h("span", {}, button("Test", () => test(desk, row(), read)), " ", button("Delete", () => remove(desk, row(), read), { "aria-label": "Delete the webhook" })) },
    ],
  });
  const locked = empty("Webhooks are for admins", "Their addresses may be secrets: an admin token shows them.");
  locked.append(h("div", {}, button("Give a token", () => unlock(), { class: "" })));
  const add = button("Add a webhook", () => added(desk, read), { class: "" });
  const root = panel("Webhooks", { at: "wide", tools: [add] }, locked, table.element);
  let may = Boolean(desk.api.token);
  seen();

  function seen() {
    locked.hidden = may;
    table.element.hidden = add.hidden = !may;
  }

  // Nothing is asked for that is refused anyway: that would be counted as an attempt.
  const read = polled(root, 5000, async () => {
    if (!may) return;
    try {
      table.show((await desk.api.request("GET", "/api/webhooks", { quiet: true })).webhooks);
    } catch (problem) {
      if (![401, 403].includes(problem.status)) throw problem;
      may = false;
    }
    seen();
  });

  async function unlock() {
    const found = await tried(() => desk.api.get("/api/webhooks"));
    if (!found) return;
    may = true;
    seen();
    table.show(found.webhooks);
  }

  return root;
}

function added(desk, again) {
  const url = h("input", { name: "url", type: "url", required: true, placeholder: "https://…", autocomplete: "off", maxlength: 2000 });
  const about = h("input", { name: "description", maxlength: 200, placeholder: "who hears of it" });
  const chosen = EVENTS.map((each) => h("input", { type: "checkbox", value: each }));
  let made = null;
  form({
    title: "Add a webhook", yes: "Add",
    content: [field("Address", url), field("For", about), h("fieldset", {}, h("legend", {}, "Events; none chosen: all"), chosen.map((each) => h("label", { class: "check" }, each, words(each.value))))],
    send: async () => {
      made = await desk.api.request("POST", "/api/webhooks", { body: { url: url.value.trim(), description: about.value.trim(), events: chosen.filter((each) => each.checked).map((each) => each.value) } });
      again();
      inform("The webhook's secret", h("p", {}, `What is posted to ${made.target} is signed with it. It is shown this once: put it where the receiver checks it.`),
        h("input", { class: "mono", readonly: true, value: made.secret, "aria-label": "Secret", onfocus: (event) => event.target.select() }));
    },
  });
}

async function test(desk, row, again) {
  const answer = await tried(() => desk.api.request("POST", `/api/webhooks/${row.id}/test`));
  if (answer) toast(answer.delivered ? "It was delivered" : "It was not delivered", answer.delivered ? row.target : answer.failure, !answer.delivered);
  again();
}

async function remove(desk, row, again) {
  const sure = await confirm({ title: "Delete the webhook?", text: `Nothing more is sent to ${row.target}.`, yes: "Delete", look: "kill" });
  if (sure) await tried(() => desk.api.request("DELETE", `/api/webhooks/${row.id}`), "The webhook is deleted");
  again();
}
