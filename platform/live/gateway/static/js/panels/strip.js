// The strip: which session, in which mode, is it fed, is it stopped, is this page still connected.
import { confirm, inform, tried } from "../dialogs.js";
import { dress, field, fill, h, say, select } from "../dom.js";
import { age, micros, money, side, signed } from "../format.js";
import { keysHelp } from "../keys.js";
import { switchTheme } from "../theme.js";

const STATES = { open: ["good", "Connected"], connecting: ["notice", "Connecting"], lost: ["alarm", "Reconnecting"] };
const STALE_SECONDS = 5;
const SCARCE = { Feed: "narrow-not", "Decision p95": "narrow-not" };
const HINTS = { "Decision p95": "From an event's turn to the decision being recorded, in the last minute; more under System" };

export function strip(root, desk) {
  const sessions = select([["", "No session"]], { "aria-label": "Session", onchange: () => desk.choose(sessions.value) });
  const mode = h("span", { class: "badge" });
  const synthetic = h("span", { class: "badge notice", hidden: true, title: "Its market is generated: no real prices" }, "SYNTHETIC");
  const state = h("span", { class: "badge", hidden: true });
  const facts = Object.fromEntries(["Equity", "Day P&L", "Feed", "Last tick", "Decision p95"].map((name) => [name, h("b", {}, "–")]));
  const link = h("span", { class: "badge link", role: "status" }, h("i", { class: "dot" }), h("span", {}));
  const kill = h("button", { type: "button", class: "kill", id: "kill", "aria-keyshortcuts": "k", onclick: () => killSwitch(desk) }, "Kill switch");
  root.append(
    h("div", { class: "brand" }, h("img", { src: "/static/icon.svg", alt: "" }), h("h1", {}, "Lockstep")),
    sessions, mode, synthetic, state,
    h("div", { class: "facts" }, Object.entries(facts).map(([name, value]) => h("div", { class: `fact ${SCARCE[name] ?? ""}`, title: HINTS[name] }, h("span", {}, name), value))),
    h("div", { class: "push" }, link,
      h("button", { type: "button", class: "icon quiet", title: "Dark or light (t)", "aria-label": "Dark or light", onclick: switchTheme }, "◐"),
      h("button", { type: "button", class: "icon quiet", title: "Keys (?)", "aria-label": "Keys", onclick: () => inform("Keys", keysHelp()) }, "?"), kill));

  desk.sessions.on((all) => {
    fill(sessions, all.length ? all.map((each) => [each.id, each.state === "running" ? each.id : `${each.id} · ${each.state}`]) : [["", "No session"]]);
    sessions.value = desk.session.value;
    standing();
  });
  desk.session.on((id) => { sessions.value = id; });

  function standing() {
    const found = desk.sessions.value.find((each) => each.id === desk.session.value);
    const source = desk.facts.value?.source || found?.source || "";
    mode.hidden = !found;
    say(mode, (found?.mode ?? "").toUpperCase());
    dress(mode, found?.mode === "live" ? "badge alarm" : "badge up");
    synthetic.hidden = !/synthetic/.test(source);
    say(facts.Feed, source || "–");
  }

  desk.facts.on((told) => {
    standing();
    say(facts["Decision p95"], micros(told?.latency?.decision?.p95));
  });
  desk.limits.on((limits) => {
    state.hidden = !limits || (limits.state === "active" && !limits.killed);
    say(state, limits?.killed ? "KILLED" : (limits?.state ?? "").toUpperCase());
    dress(state, "badge alarm");
    say(kill, limits?.killed ? "Release kill switch" : "Kill switch");
  });
  desk.account.on((account) => {
    say(facts.Equity, money(account?.equity));
    say(facts["Day P&L"], signed(account?.dayProfit));
    dress(facts["Day P&L"], side(account?.dayProfit));
  });
  desk.connection.on(({ state: how }) => {
    const [look, text] = desk.trouble ? ["alarm", "No gateway"] : STATES[how];
    dress(link, `badge link ${look}`);
    say(link.lastChild, text);
  });
  setInterval(() => {
    const seconds = desk.heard ? (performance.now() - desk.heard) / 1000 : null;
    say(facts["Last tick"], age(seconds));
    dress(facts["Last tick"], seconds !== null && seconds > STALE_SECONDS ? "alarm" : "");
  }, 500);
}

/** Stop all trading of the session, or let it go on. */
export async function killSwitch(desk) {
  const id = desk.session.value;
  if (desk.limits.value?.killed) {
    const sure = await confirm({ title: "Release the kill switch?", text: `Session ${id} may trade again, in the trading state it had. It needs an admin token.`, yes: "Release", reason: true });
    if (sure) await tried(() => desk.send("DELETE", "/api/kill-switch", { query: { why: sure.why } }), "The kill switch is released");
    return;
  }
  const running = desk.sessions.value.filter((each) => each.state === "running").length;
  const which = select([[id, `session ${id}`], ["*", `all ${running} sessions that run`]], { name: "which" });
  const sure = await confirm({
    title: "Stop all trading?", look: "kill", yes: "Stop trading", reason: true, extra: "Close all positions at the market, too", content: running > 1 ? [field("Of", which)] : [],
    text: "Every working order is canceled, and no new one leaves until the switch is released with an admin token.",
  });
  const query = { sessionId: which.value === "*" ? undefined : id || undefined };
  if (sure) await tried(() => desk.api.request("POST", "/api/kill-switch", { query, body: { why: sure.why, flatten: sure.extra } }), "Trading is stopped");
}
