"""Generated order flow: prices nobody ever paid, with the bursts and the queues of real books.

Market orders, limit orders and cancels of both sides are a Hawkes process of six kinds: each arrival raises the rate
of others, quickly and slowly fading. Order flow of real markets is described so by E. Bacry, I. Mastromatteo and
J.-F. Muzy, "Hawkes processes in finance", Market Microstructure and Liquidity 1 (2015). The numbers below are round
ones of ours, estimated from no market. What arrivals bring is in marks.py, what becomes of them in generate.py, both
among the flow's kernels.

One seed gives the same history for any size of blocks. Between machines the last digit of a logarithm may differ, and
with it the history.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from lockstep.data.instrument import Instrument
from lockstep.data.ticks.reader import Level
from lockstep.data.ticks.ticks import BLOCK_EVENTS, Ticks
from lockstep.errors import DataError
from lockstep.kernels.book.events import EventFlag, TickBlock
from lockstep.kernels.book.frame import Book
from lockstep.kernels.flow.frame import Flow, Hawkes, LevelView, Marks, mean_rates
from lockstep.kernels.flow.tables import SIDES

Float64Array = npt.NDArray[np.float64]
Row = tuple[float, float, float]
START_NS = 1_672_617_600 * 10**9
"""2023-01-02 00:00 UTC"""
SYNTHETIC = Instrument("SYNTHETIC", tick=0.01, lot=1.0)


@dataclass(frozen=True)
class FlowParameters:
    """How orders arrive, in the order market, limit, cancel, the same for both sides of the book.

    `base` are arrivals per second and side that nothing excites. `same` and `other` say how many arrivals of each kind
    (column) one arrival (row) causes on average on its own side of the book (a market order's is the one it hits) and
    on the other; the share `fast_share` of them comes within about 1 / `fast` seconds, the rest within 1 / `slow`.

    `orders` is about how many rest on a side. Limit orders lie from 1 to `furthest` ticks beyond the other side's best,
    with a Pareto tail of exponent `distance_tail` from about `distance` on; lots have one of `lots_tail`.

    Raises DataError for a flow without a mean: one that excites itself too much, or whose orders pile up.
    """

    base: Row = (2.9, 13.2, 37.2)
    same: tuple[Row, Row, Row] = ((0.35, 0.30, 0.25), (0.018, 0.35, 0.30), (0.012, 0.25, 0.30))
    other: tuple[Row, Row, Row] = ((0.02, 0.35, 0.15), (0.002, 0.10, 0.10), (0.003, 0.05, 0.10))
    fast: float = 400.0
    slow: float = 4.0
    fast_share: float = 0.5
    orders: int = 200
    furthest: int = 500
    distance: float = 10.0
    distance_tail: float = 0.6
    lots_tail: float = 1.5
    most_lots: int = 100_000
    limit_lots: float = 10.0
    market_lots: float = 10.0

    def __post_init__(self) -> None:
        positive = (self.fast, self.slow, self.distance, self.distance_tail, self.lots_tail, self.limit_lots)
        if min(*positive, self.market_lots, *self.base) <= 0.0 or min(map(min, self.same + self.other)) < 0.0:
            raise DataError("rates, decays, scales and exponents must be above 0, and branching not below")
        if self.orders < 10 or self.furthest < 2 or self.most_lots < 1 or not 0.0 <= self.fast_share <= 1.0:
            raise DataError("expected orders from 10, furthest from 2 and most_lots from 1 up, fast_share from 0 to 1")
        if not 0.0 < self.whole_cancels < 1.0:
            raise DataError(
                f"{self.whole_cancels:.0%} of the cancels would have to take a whole order to hold the number of orders"
                " steady, expected 0 to 100 %: change the rates of limit orders, market orders or cancels"
            )

    @property
    def rates(self) -> Float64Array:
        """Mean arrivals per second and side."""
        try:
            rates = mean_rates(_both_sides(self.base), self.branching)
        except ValueError as error:
            raise DataError(str(error)) from error
        return rates[::SIDES]

    @property
    def whole_cancels(self) -> float:
        """Share of cancels that take a whole order where the number of orders is steady."""
        market, limit, cancel = self.rates
        return float((limit - market) / cancel)

    @property
    def branching(self) -> Float64Array:
        """float64[2 scales, 6, 6] of direct children, kinds as FLOW has them: bid and ask of each arrival."""
        own, across = np.eye(SIDES), 1.0 - np.eye(SIDES)
        total = np.kron(self.same, own) + np.kron(self.other, across)
        return np.stack([self.fast_share * total, (1.0 - self.fast_share) * total])


def _both_sides(rates: Row) -> Float64Array:
    return np.repeat(np.array(rates), SIDES)


def synthetic_arrivals(
    arrivals: int, *, seed: int = 7, parameters: FlowParameters | None = None, start_ns: int = START_NS
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
    """Generate arrivals without a book: times int64[n] in ns UTC and kinds uint8[n], 2 * Arrival + side."""
    return _process(parameters or FlowParameters(), seed, start_ns).simulate(arrivals)


def flow_blocks(
    level: Level = "L3", *, seed: int = 7, middle: int = 100_000, parameters: FlowParameters | None = None,
    start_ns: int = START_NS, size: int = BLOCK_EVENTS,
) -> Iterator[TickBlock]:  # fmt: skip
    """Generate a history without an end, in blocks of at most about `size` events, each valid until the next.

    `middle` is the price about which it starts, in ticks. Raises DataError for a level that books of orders don't show.
    """
    p = parameters or FlowParameters()
    if level not in ("L2", "L3"):
        raise DataError(f"a generated flow has level 'L2' or 'L3', found {level!r}")
    if middle <= p.furthest:
        raise DataError(f"middle is {middle}, but prices reach {p.furthest} ticks below it: start higher")
    flow = Flow(_process(p, seed, start_ns), _marks(p), middle=middle, orders=p.orders, rows=size)
    return flow.blocks() if level == "L3" else _levels(flow, size)


def synthetic_flow(
    events: int = 1_000_000, level: Level = "L3", *, instrument: Instrument = SYNTHETIC, **how: Any
) -> Ticks:
    """Generate a history of at least so many events, up to the end of the arrival with the last one, in memory.

    L3 has every order; L2 shows the same flow as level totals and trades. `how` is as `flow_blocks` has it.
    """
    if events < 1:
        raise DataError(f"events must be a whole number from 1 up, found {events!r}")
    taken: list[TickBlock] = []
    rows = 0
    for block in flow_blocks(level, **how):
        stop = _end(block, events - rows)
        taken.append(TickBlock._make(column[:stop].copy() for column in block))
        rows += stop
        if rows >= events and taken[-1].flags[-1] & EventFlag.LAST:
            break
    return Ticks.from_blocks(taken, instrument, level=level, source="synthetic")


def _end(block: TickBlock, events: int) -> int:
    """Return where to cut a block so that the book is whole and it has ``events`` or more, if it has them."""
    whole = np.flatnonzero(block.flags[max(events, 1) - 1 :] & EventFlag.LAST)
    return max(events, 1) + int(whole[0]) if len(whole) else len(block.flags)


def _levels(flow: Flow, size: int) -> Iterator[TickBlock]:
    view = LevelView(Book(int(flow.book.row["base"][0]), window=flow.window, slots=len(flow.position)), rows=size)
    for block in flow.blocks():
        yield from view.blocks(block)


def _process(p: FlowParameters, seed: int, start_ns: int) -> Hawkes:
    return Hawkes(_both_sides(p.base), p.branching, np.array([p.fast, p.slow]), seed=seed, time_ns=start_ns)


def _marks(p: FlowParameters) -> Marks:
    return Marks(
        p.furthest, p.distance, p.distance_tail, p.most_lots, p.lots_tail, p.limit_lots, p.market_lots,
        p.whole_cancels / p.orders,
    )  # fmt: skip
