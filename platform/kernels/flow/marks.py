"""What an arrival brings: how far from the market, how many lots, which order.

Distances and sizes have Pareto tails. New orders' distances fall off with an exponent near 0.6 (J.-P. Bouchaud,
M. Mezard and M. Potters, "Statistical properties of stock order books", Quantitative Finance 2 (2002)), sizes of trades
with one near 1.5 (P. Gopikrishnan and others, "Statistical properties of share volume traded in financial markets",
Physical Review E 62 (2000)).
"""

from lockstep.kernels._jit import kernel
from lockstep.kernels.book.tables import int64
from lockstep.kernels.flow.hawkes import draw
from lockstep.kernels.flow.tables import Flow, Hawkes


@kernel
def distance(f: Flow, h: Hawkes) -> int:
    """Return how many ticks beyond the other side's best a limit order is placed: 1 to ``furthest``."""
    # Lomax, cut off: the uniform number never falls below the share of the tail beyond the furthest.
    beyond = (1.0 + f.furthest / f.distance) ** -f.distance_tail
    share = beyond + (1.0 - beyond) * draw(h)
    far = f.distance * (share ** (-1.0 / f.distance_tail) - 1.0)
    return int64(min(far, float(f.furthest - 1))) + 1


@kernel
def size(f: Flow, h: Hawkes, scale: float) -> int:
    """Return a number of lots from 1 up: Lomax with mean ``scale / (tail - 1)``, rounded up, never above the most."""
    lots = scale * (draw(h) ** (-1.0 / f.lots_tail) - 1.0)
    return int64(min(lots, float(f.most_lots - 1))) + 1


@kernel
def any_of(h: Hawkes, count: int) -> int:
    """Return a whole number from 0 to ``count`` - 1."""
    return int64(min(draw(h) * count, count - 1.0))
