// Curves by uPlot, in the page's colours and at its width.
import uPlot from "../vendor/uplot-1.6.32/uPlot.esm.js";
import { h } from "./dom.js";
import { colour, faint, onTheme } from "./theme.js";

export class Lines {
  /**
   * ``series`` are {label, colour, fill, show(value)}; ``axis(value)`` writes numbers beside the curve; a ``height`` of 0
   * is what its place has. Until there are two points to draw a line between, it says that it waits for them.
   */
  constructor({ name, series, height = 150, axis, sync = "", zero = false, times = true }) {
    Object.assign(this, { name, series, height, axis, sync, zero, times });
    this.waiting = h("p", { class: "waiting" }, `Waiting for the first points of: ${name.toLowerCase()}`);
    this.element = h("div", { class: "lines", role: "img", "aria-label": name }, this.waiting);
    this.data = [[], ...series.map(() => [])];
    new ResizeObserver(() => this.fit()).observe(this.element);
    onTheme(() => this.build());
  }

  show(data) {
    this.data = data;
    if (data[0].length < 2) this.build();
    else if (this.plot && this.plot.series.length === data.length) this.plot.setData(data);
    else this.build();
  }

  fit() {
    const width = this.element.clientWidth;
    const height = this.height || this.element.clientHeight;
    if (!width || !height) return;
    if (!this.plot) this.build();
    else if (width !== this.plot.width || height !== this.plot.height) this.plot.setSize({ width, height });
  }

  build() {
    this.plot?.destroy();
    this.plot = null;
    const width = this.element.clientWidth;
    const height = this.height || this.element.clientHeight;
    this.waiting.hidden = this.data[0].length > 1;
    if (!width || !height || !this.waiting.hidden) return;
    const grid = { stroke: faint("muted", 0.16), width: 1 };
    const ticks = { stroke: faint("muted", 0.16), width: 1, size: 4 };
    const text = { stroke: colour("muted"), font: "11px system-ui, sans-serif", grid, ticks };
    this.plot = new uPlot({
      width, height, padding: [6, 10, this.times ? 0 : 4, 0], legend: { show: this.series.length > 1, live: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "UTC"),
      cursor: { points: { size: 6 }, drag: { x: true, y: false }, sync: this.sync ? { key: this.sync } : undefined },
      scales: { y: this.zero ? { range: (_, low, high) => [Math.min(low, 0), Math.max(high, 0)] } : {} },
      axes: [{ ...text, space: 76, size: 26, show: this.times, values: (_, values, __, ___, step) => values.map((each) => moment(each, step)) }, { ...text, size: 64, space: 28, values: (_, values) => values.map((each) => this.axis(each)) }],
      series: [{}, ...this.series.map((each) => ({
        label: each.label, stroke: colour(each.colour), width: 1.6, fill: each.fill ? faint(each.colour, 0.14) : undefined,
        dash: each.dash, points: { show: false }, spanGaps: true, fillTo: each.fillTo,
      }))],
    }, this.data, this.element);
  }
}

/** A moment on an axis whose lines are so many seconds apart. */
function moment(seconds, step) {
  const text = new Date(seconds * 1000).toISOString();
  if (step >= 86400) return text.slice(0, 10);
  return step >= 60 ? text.slice(11, 16) : text.slice(11, 19);
}
