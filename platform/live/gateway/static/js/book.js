// A book of price levels, as its messages build it.
export class Book {
  constructor(symbol) {
    this.symbol = symbol;
    this.bids = new Map();
    this.asks = new Map();
    this.known = false;
  }

  take({ snapshot, bids, asks }) {
    if (snapshot) {
      this.bids.clear();
      this.asks.clear();
      this.known = true;
    }
    change(this.bids, bids);
    change(this.asks, asks);
  }

  /** The best levels of both sides, [price, size] each, the best first. */
  best(count) {
    const bids = [...this.bids].sort((a, b) => b[0] - a[0]).slice(0, count);
    const asks = [...this.asks].sort((a, b) => a[0] - b[0]).slice(0, count);
    return { bids, asks };
  }
}

function change(side, levels) {
  for (const [price, size] of levels) {
    if (Number(size) === 0) side.delete(Number(price));
    else side.set(Number(price), Number(size));
  }
}
