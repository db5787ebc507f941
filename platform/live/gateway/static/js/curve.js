// Equity over time as the page has seen it, thinned as it grows; drawdown and the day's profit beside it.
const MOST = 1800;

export class Curve {
  constructor() {
    this.times = [];
    this.equity = [];
    this.day = [];
    this.step = 1; // seconds from one point to the next
  }

  take(time, equity, day) {
    if (equity === null || equity === undefined) return;
    const last = this.times[this.times.length - 1];
    if (last !== undefined && time - last < this.step) return;
    this.times.push(time);
    this.equity.push(equity);
    this.day.push(day ?? null);
    if (this.times.length > MOST) this.thin();
  }

  /** Put what happened before in front. */
  before(points) {
    const first = this.times[0] ?? Infinity;
    const older = points.filter(([time]) => time < first);
    this.times.unshift(...older.map(([time]) => time));
    this.equity.unshift(...older.map(([, equity]) => equity));
    this.day.unshift(...older.map(([, , day]) => day));
    while (this.times.length > MOST) this.thin();
  }

  thin() {
    const all = this.times.length;
    const keep = (_, k) => k % 2 === 1 || k > all - 60; // the latest minute stays whole
    [this.times, this.equity, this.day] = [this.times.filter(keep), this.equity.filter(keep), this.day.filter(keep)];
    this.step *= 2;
  }

  /** How far below the highest equity before, as a share of it. */
  drawdown() {
    let peak = -Infinity;
    return this.equity.map((value) => {
      peak = Math.max(peak, value);
      return peak > 0 ? value / peak - 1 : 0;
    });
  }
}
