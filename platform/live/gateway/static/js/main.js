// The page: one desk, the strip above, and the views that look at it.
import { Desk } from "./desk.js";
import { inform } from "./dialogs.js";
import { h } from "./dom.js";
import { keysHelp, onKey } from "./keys.js";
import { alerts } from "./panels/alerts.js";
import { audit } from "./panels/audit.js";
import { backtests } from "./panels/backtests.js";
import { candles } from "./panels/candles.js";
import { equity } from "./panels/equity.js";
import { fills } from "./panels/fills.js";
import { ladder } from "./panels/ladder.js";
import { latency } from "./panels/latency.js";
import { logs } from "./panels/logs.js";
import { orders } from "./panels/orders.js";
import { positions } from "./panels/positions.js";
import { risk, riskHistory } from "./panels/risk.js";
import { sessions } from "./panels/sessions.js";
import { strategies } from "./panels/strategies.js";
import { killSwitch, strip } from "./panels/strip.js";
import { sweeps } from "./panels/sweeps.js";
import { system } from "./panels/system.js";
import { ticket } from "./panels/ticket.js";
import { walkForwards } from "./panels/walkforward.js";
import { switchTheme } from "./theme.js";
import { Views } from "./views.js";

const desk = new Desk();
strip(document.getElementById("strip"), desk);

const view = (look, ...panels) => h("div", { class: `view ${look}` }, panels);
const views = new Views(document.getElementById("tabs"), document.getElementById("views"), [
  ["trade", "Trade", () => view("trade", candles(desk), ladder(desk), ticket(desk), orders(desk), equity(desk), fills(desk), positions(desk))],
  ["strategies", "Strategies", () => view("", strategies(desk))],
  ["risk", "Risk", () => view("two", risk(desk), riskHistory(desk))],
  ["backtests", "Backtests", () => view("", ...backtests(desk))],
  ["sweeps", "Sweeps", () => view("", ...sweeps(desk))],
  ["walk-forward", "Walk-forward", () => view("", ...walkForwards(desk))],
  ["alerts", "Alerts", () => view("", ...alerts(desk))],
  ["audit", "Audit", () => view("", audit(desk))],
  ["logs", "Logs", () => view("two", ...logs(desk))],
  ["system", "System", () => view("two", latency(desk), system(desk), sessions(desk))],
]);

function trade(side) {
  views.show("trade", true);
  desk.ticket.set({ side, focus: true });
}

onKey("b", "Buy: to the ticket", () => trade("buy"));
onKey("s", "Sell: to the ticket", () => trade("sell"));
onKey("k", "Kill switch", () => killSwitch(desk));
onKey("/", "Search what was recorded", () => { views.show("audit", true); document.querySelector("#audit-text")?.focus(); });
onKey("t", "Dark or light", switchTheme);
onKey("?", "These keys", () => inform("Keys", keysHelp()));

const banner = document.getElementById("banner");
function tell() {
  const { state, why } = desk.connection.value;
  const starting = desk.waiting ? { title: `Session ${desk.session.value} is ${desk.shown.state}`, detail: desk.shown.trouble || "The first start on a machine compiles, which takes a minute or two; this page goes on by itself." } : null;
  const lost = desk.trouble ?? starting ?? (state === "lost" ? { title: "The stream is interrupted", detail: why || "It is connected again by itself." } : null);
  banner.hidden = !lost;
  banner.className = desk.trouble ? "banner alarm" : "banner";
  if (lost) banner.replaceChildren(h("b", {}, lost.title), `. ${lost.detail}`);
}

for (const each of [desk.connection, desk.sessions, desk.session]) each.on(tell);

desk.start();
