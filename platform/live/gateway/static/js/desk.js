// What the page knows of the session it shows, and where that comes from: the stream, and questions by HTTP.
import { Api, Problem, UNREACHABLE } from "./api.js";
import { Book } from "./book.js";
import { Cell } from "./cell.js";
import { Curve } from "./curve.js";
import { askToken } from "./dialogs.js";
import { Stream } from "./stream.js";

const SESSION_TOPICS = ["orders", "fills", "positions", "pnl", "risk", "logs", "jobs"];
const [KEPT, PAGE] = [500, 200];
const EVERY_MS = { sessions: 4000, facts: 2000, waiting: 1000 };
const PACE_KEY = "lockstep.interval";
/** Of candles where nobody has chosen; while a market is so young that it has fewer bars than these, the finer one. */
const [USUAL, FEW, FINER] = ["1m", 5, "15s"];

export class Desk {
  constructor() {
    this.api = new Api((problem) => askToken(problem));
    this.connection = new Cell({ state: "connecting", why: "" });
    this.sessions = new Cell([]);
    this.session = new Cell("");
    this.facts = new Cell(null);
    this.symbol = new Cell("");
    this.symbols = new Cell([]);
    this.interval = new Cell(localStorage.getItem(PACE_KEY) ?? USUAL);
    this.unchosen = !localStorage.getItem(PACE_KEY);
    this.quotes = new Cell(new Map());
    this.book = new Cell(new Book(""));
    this.trades = new Cell([]);
    this.bars = new Cell({ all: [], last: null });
    this.orders = new Cell([]);
    this.positions = new Cell([]);
    this.account = new Cell(null);
    this.limits = new Cell(null);
    this.fills = new Cell([]);
    this.changed = new Cell(null); // the latest message about an order
    this.risks = new Cell([]);
    this.logs = new Cell([]);
    this.jobs = new Cell(new Map());
    this.curve = new Cell(new Curve());
    this.ticket = new Cell(null); // what a click elsewhere puts into the ticket
    this.heard = 0; // when the market was heard of last, by performance.now()
    this.stream = new Stream({
      token: () => this.api.token,
      tell: (message) => this.take(message),
      changed: (state, why) => this.connected(state, why),
    });
  }

  /** Begin: find sessions, then follow the first or the one that the address names. */
  async start() {
    await this.look();
    if (!this.session.value) this.stream.open("");
    const again = async () => {
      await this.look();
      setTimeout(again, this.waiting ? EVERY_MS.waiting : EVERY_MS.sessions);
    };
    setTimeout(again, EVERY_MS.waiting);
    setInterval(() => this.ask(), EVERY_MS.facts);
  }

  /** How the session that is shown is, as the list of sessions has it. */
  get shown() {
    return this.sessions.value.find((each) => each.id === this.session.value);
  }

  /** Is it only about to run? Then nothing is asked of it. */
  get waiting() {
    return ["starting", "restarting"].includes(this.shown?.state);
  }

  check() {
    if (this.waiting) throw new Problem({ title: `Session ${this.session.value} is ${this.shown.state}`, code: "NOT_READY", status: 0, detail: "The first start on a machine compiles, which takes a minute or two; this page goes on by itself." });
  }

  /** A question about the session that is shown. */
  async get(path, query = {}) {
    this.check();
    return this.api.get(path, { sessionId: this.session.value || undefined, ...query });
  }

  async send(method, path, { query = {}, ...rest } = {}) {
    this.check();
    return this.api.request(method, path, { query: { sessionId: this.session.value || undefined, ...query }, ...rest });
  }

  async look() {
    try {
      const { sessions } = await this.api.get("/api/sessions");
      this.sessions.set(sessions);
      this.reached(true);
      const named = decodeURIComponent(location.hash.split("@")[1] ?? "");
      const shown = sessions.find((each) => each.id === this.session.value);
      const running = sessions.filter((each) => each.state === "running");
      if (!shown) this.choose((sessions.find((each) => each.id === named) ?? running[0] ?? sessions[0])?.id ?? "");
      else if (shown.state === "running" && !this.facts.value) this.refresh();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      this.reached(problem.code !== UNREACHABLE, problem);
    }
  }

  reached(yes, problem = null) {
    this.trouble = yes ? null : problem;
    this.connection.touch();
  }

  /** Show a session from now on. */
  choose(id) {
    this.session.set(id);
    for (const each of [this.orders, this.positions, this.fills, this.risks, this.logs, this.trades]) each.set([]);
    for (const each of [this.facts, this.account, this.limits]) each.set(null);
    this.quotes.set(new Map());
    this.curve.set(new Curve());
    const found = this.sessions.value.find((each) => each.id === id);
    this.symbols.set(found?.symbols ?? []);
    this.watch(found?.symbols[0] ?? "");
    if (id) {
      this.stream.open(id);
      this.refresh();
    }
  }

  /** Show a symbol from now on. */
  watch(symbol) {
    this.symbol.set(symbol);
    this.book.set(new Book(symbol));
    this.trades.set([]);
    this.bars.set({ all: [], last: null });
    this.listen();
  }

  /** Show bars of this length; what somebody has chosen is remembered. */
  paced(interval, chosen = true) {
    if (chosen) localStorage.setItem(PACE_KEY, interval);
    this.unchosen = false;
    this.interval.set(interval);
    this.bars.set({ all: [], last: null });
    this.listen();
  }

  listen() {
    const symbol = this.symbol.value;
    const market = symbol ? [`book:${symbol}`, `trade:${symbol}`, `bar:${symbol}:${this.interval.value}`] : [];
    this.stream.want([...SESSION_TOPICS, ...this.symbols.value.map((each) => `quote:${each}`), ...market]);
  }

  async refresh() {
    await Promise.all([this.ask(), this.readFills(KEPT), this.readHistory()]);
  }

  async ask() {
    const id = this.session.value;
    if (!id || document.hidden || this.waiting) return;
    try {
      const found = await this.api.get(`/api/sessions/${encodeURIComponent(id)}`);
      if (id === this.session.value) this.facts.set(found);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  /** The newest fills, a page of them unless more are wanted. */
  async readFills(most = PAGE) {
    const id = this.session.value;
    try {
      for (let [read, cursor] = [0, undefined]; read < most && cursor !== null;) {
        const { fills, next } = await this.get("/api/fills", { limit: PAGE, cursor });
        if (id !== this.session.value) return;
        const known = new Map([...fills, ...this.fills.value].map((each) => [each.fillId, each]));
        this.fills.set([...known.values()].sort((a, b) => b.fillId - a.fillId).slice(0, KEPT));
        [read, cursor] = [read + PAGE, next];
      }
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  /** What the session was worth before this page was opened. */
  async readHistory() {
    const id = this.session.value;
    try {
      const { time, equity, dayProfit } = await this.get("/api/pnl/history");
      if (id !== this.session.value) return;
      this.curve.value.before(time.map((each, k) => [Date.parse(each) / 1000, equity[k], dayProfit[k]]));
      this.curve.touch();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
    }
  }

  connected(state, why) {
    const back = state === "open" && this.connection.value.state === "lost";
    this.connection.set({ state, why });
    if (back) this.look().then(() => this.refresh());
  }

  // --- what the stream tells -------------------------------------------------------------------------------------------

  take(message) {
    this[`on_${message.type}`]?.(message);
  }

  on_subscribed({ refused, sessionId }) {
    // A session that is only just beginning is not known yet: it is asked for again.
    const waiting = Object.entries(refused).filter(([, why]) => why !== "");
    clearTimeout(this.again);
    if (waiting.length && (this.session.value || sessionId)) {
      this.again = setTimeout(() => this.stream.subscribe(waiting.map(([topic]) => topic).filter((each) => this.stream.topics.has(each))), 1500);
    }
  }

  on_quote(message) {
    this.heard = performance.now();
    this.quotes.value.set(message.symbol, message);
    this.quotes.touch();
  }

  on_book(message) {
    if (message.symbol !== this.symbol.value) return;
    this.heard = performance.now();
    this.book.value.take(message);
    this.book.touch();
  }

  on_trade(message) {
    this.heard = performance.now();
    if (message.symbol !== this.symbol.value) return;
    this.trades.set([message, ...this.trades.value].slice(0, 60));
  }

  on_bars({ symbol, interval, bars }) {
    if (symbol !== this.symbol.value || interval !== this.interval.value) return;
    if (this.unchosen && bars.length < FEW) {
      this.paced(FINER, false);
      return;
    }
    this.unchosen = false;
    this.bars.set({ all: bars.map(([start, open, high, low, close, volume]) => ({ start, open, high, low, close, volume })), last: null });
  }

  on_bar(bar) {
    if (bar.symbol !== this.symbol.value || bar.interval !== this.interval.value) return;
    const { all } = this.bars.value;
    const last = all[all.length - 1];
    if (last && bar.start < last.start) return;
    if (last && last.start === bar.start) all[all.length - 1] = bar;
    else all.push(bar);
    this.bars.value.last = bar;
    this.bars.touch();
  }

  on_orders({ orders }) {
    this.orders.set(orders);
  }

  on_order(message) {
    this.changed.set(message);
  }

  on_fill() {
    clearTimeout(this.fillsSoon);
    const since = performance.now() - (this.fillsRead ?? 0);
    this.fillsSoon = setTimeout(() => { this.fillsRead = performance.now(); this.readFills(); }, since > 1000 ? 60 : 1000 - since);
  }

  on_positions({ positions }) {
    this.positions.set(positions);
  }

  on_pnl(message) {
    this.account.set(message);
    this.curve.value.take(Date.now() / 1000, message.equity, message.dayProfit);
    this.curve.touch();
  }

  on_limits(message) {
    this.limits.set(message);
  }

  on_risk(message) {
    this.risks.set([message, ...this.risks.value].slice(0, KEPT));
  }

  on_log(message) {
    this.logs.set([message, ...this.logs.value].slice(0, KEPT));
  }

  on_job(message) {
    this.jobs.value.set(message.id, message);
    this.jobs.touch();
  }
}
