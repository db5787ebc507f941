// Candles of a symbol with the session's own fills and working orders.
import { CandlestickSeries, createChart, createSeriesMarkers, HistogramSeries, LineStyle } from "../../vendor/lightweight-charts-5.2.1/lightweight-charts.standalone.production.mjs";
import { choice, empty, fill, h, panel, select } from "../dom.js";
import { digitsOf, quantity } from "../format.js";
import { colour, faint, onTheme } from "../theme.js";

const INTERVALS = ["1s", "5s", "15s", "1m", "5m", "15m", "1h", "1d"];
const MOST_MARKS = 120;
const SECOND_NS = 1e9;
/** Bars of room at the right edge: what is written beside the latest one is seen whole. */
const ROOM = 5;

export function candles(desk) {
  const symbols = select([], { "aria-label": "Symbol", onchange: () => desk.watch(symbols.value) });
  const intervals = choice("Interval", INTERVALS.map((each) => [each, each]), desk.interval.value, (each) => desk.paced(each));
  const area = h("div", { class: "chart", role: "img", "aria-label": "Candles with own fills" });
  const nothing = empty("Waiting for the first trade", "Candles are built of trades as they come; the strip says when the feed was heard last.");
  const root = panel("Chart", { at: "at-chart", tools: [symbols, intervals] }, area, nothing,
    h("p", { class: "credit" }, "Times are UTC · ", h("a", { href: "https://www.tradingview.com/", target: "_blank", rel: "noopener noreferrer" }, "TradingView Lightweight Charts™"), " © TradingView, Inc."));
  const chart = new Chart(area, desk);
  desk.symbols.on((all) => { fill(symbols, all); symbols.value = desk.symbol.value; });
  desk.symbol.on((symbol) => { symbols.value = symbol; chart.clear(); });
  desk.interval.on((interval) => { intervals.pick(interval); chart.clear(); });
  desk.bars.on((bars) => { chart.bars(bars); nothing.hidden = bars.all.length > 0; area.classList.toggle("unseen", !bars.all.length); });
  desk.fills.on(() => chart.marks());
  desk.orders.on(() => chart.lines());
  onTheme(() => chart.paint());
  return root;
}

class Chart {
  constructor(area, desk) {
    this.desk = desk;
    this.chart = createChart(area, { autoSize: true, layout: { attributionLogo: false, fontSize: 11, fontFamily: "system-ui, sans-serif" },
      timeScale: { timeVisible: true, secondsVisible: true, rightOffset: ROOM, barSpacing: 11 }, localization: { locale: "en-US" } });
    this.series = this.chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.volumes = this.chart.addSeries(HistogramSeries, { priceScaleId: "volume", priceFormat: { type: "volume" }, lastValueVisible: false, priceLineVisible: false });
    this.chart.priceScale("volume").applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    this.series.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.2 } });
    this.marked = createSeriesMarkers(this.series, []);
    this.held = new Map(); // order -> its price line
    this.first = null;
    this.digits = 2;
    this.paint();
  }

  paint() {
    this.look = { up: colour("up"), down: colour("down"), upSoft: faint("up", 0.35), downSoft: faint("down", 0.35) };
    const line = { color: faint("muted", 0.13) };
    this.chart.applyOptions({ layout: { background: { color: colour("panel") }, textColor: colour("muted") }, grid: { vertLines: line, horzLines: line },
      rightPriceScale: { borderColor: faint("muted", 0.25) }, timeScale: { borderColor: faint("muted", 0.25) } });
    const { up, down } = this.look;
    this.series.applyOptions({ upColor: up, wickUpColor: up, downColor: down, wickDownColor: down });
    this.lines(true);
    if (this.first !== null) this.bars(this.desk.bars.value, true);
  }

  clear() {
    this.first = null;
    this.series.setData([]);
    this.volumes.setData([]);
    this.marked.setMarkers([]);
  }

  bars({ all, last }, anew = false) {
    if (!all.length) return;
    if (anew || this.first !== all[0].start) {
      this.first = all[0].start;
      this.series.setData(all.map(candle));
      this.volumes.setData(all.map((each) => this.volume(each)));
      this.precise(all);
      this.chart.timeScale().scrollToPosition(ROOM, false);
    } else if (last) {
      // Between two frames one bar may have closed and the next begun.
      for (const each of all.slice(-2)) {
        if (this.shown !== undefined && each.start < this.shown) continue;
        this.series.update(candle(each));
        this.volumes.update(this.volume(each));
      }
    }
    this.shown = all[all.length - 1].start;
    this.marks();
  }

  precise(all) {
    const digits = digitsOf(all.slice(-50).flatMap((each) => [each.open, each.close]));
    if (digits !== this.digits) this.series.applyOptions({ priceFormat: { type: "price", precision: digits, minMove: 10 ** -digits } });
    this.digits = digits;
  }

  volume(bar) {
    return { time: bar.start / SECOND_NS, value: bar.volume, color: bar.close >= bar.open ? this.look.upSoft : this.look.downSoft };
  }

  /** Own fills, those of a bar and side together. */
  marks() {
    const { all } = this.desk.bars.value;
    if (!all.length) return;
    const found = new Map();
    for (const each of this.desk.fills.value) {
      if (each.symbol !== this.desk.symbol.value || each.timeNs < all[0].start) continue;
      const start = barOf(all, each.timeNs);
      const key = `${start}-${each.side}`;
      found.set(key, { start, side: each.side, quantity: (found.get(key)?.quantity ?? 0) + each.quantity });
    }
    const marks = [...found.values()].sort((a, b) => a.start - b.start).slice(-MOST_MARKS);
    this.marked.setMarkers(marks.map((each) => {
      const buy = each.side === "buy";
      return { time: each.start / SECOND_NS, position: buy ? "belowBar" : "aboveBar", shape: buy ? "arrowUp" : "arrowDown",
        color: buy ? this.look.up : this.look.down, text: quantity(each.quantity), size: 1 };
    }));
  }

  /** Own working orders, a line each. */
  lines(anew = false) {
    const wanted = new Map(this.desk.orders.value
      .filter((each) => each.symbol === this.desk.symbol.value && (each.limitPrice ?? each.stopPrice) !== null)
      .map((each) => [`${each.orderId} ${each.limitPrice ?? each.stopPrice} ${each.remainingQuantity}`, each]));
    for (const [key, line] of this.held) {
      if (!anew && wanted.has(key)) continue;
      this.series.removePriceLine(line);
      this.held.delete(key);
    }
    for (const [key, each] of wanted) {
      if (this.held.has(key)) continue;
      this.held.set(key, this.series.createPriceLine({ price: each.limitPrice ?? each.stopPrice, color: each.side === "buy" ? this.look.up : this.look.down,
        lineWidth: 1, lineStyle: LineStyle.Dashed, axisLabelVisible: true, title: `${each.side} ${quantity(each.remainingQuantity)}` }));
    }
  }
}

const candle = ({ start, open, high, low, close }) => ({ time: start / SECOND_NS, open, high, low, close });

/** The start of the bar in which a moment lies. */
function barOf(all, timeNs) {
  let [low, high] = [0, all.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle].start <= timeNs) low = middle;
    else high = middle - 1;
  }
  return all[low].start;
}
