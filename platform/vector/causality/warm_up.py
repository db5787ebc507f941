"""How long a strategy's memory is: runs that start later, until they agree with the one from the first bar."""

import numpy as np
import numpy.typing as npt

from lockstep.vector.causality.certificate import WarmUp
from lockstep.vector.causality.market import Floats, Market
from lockstep.vector.causality.outputs import SAME, Output, same
from lockstep.vector.causality.search import Search

STARTS = 16
"""Later starts that are tried; half as many where each run is plain Python."""
UNSETTLED = 10
"""A run that still differs in the last tenth of what follows its start has not settled."""


def measure_warm_up(search: Search, declared: int | None) -> WarmUp:
    """Return how many bars later starts need until they agree with the run from the first bar."""
    market = search.market
    rng = np.random.default_rng([search.seed, 3])
    # Where a symbol has no bar yet there is nothing to be warmed up.
    first = max(int(np.argmax(there)) for there in market.present)
    rows = np.arange(first + 1, (first + market.rows) // 2)
    count = min(STARTS if search.subject.compiled else STARTS // 2, len(rows))
    starts = sorted(rng.choice(rows, count, replace=False).tolist()) if count else []
    bars = []
    for start in starts:
        other = search.run(market.part(start, market.rows))
        if other is not None:
            bars.append([_settled(market, start, search.clean, other, tolerance) for tolerance in (0.0, SAME)])
    exact, close = ([pair[at] for pair in bars] for at in (0, 1))
    settled = [value for value in close if value is not None]
    return WarmUp(declared, len(bars), len(settled), _most(exact), _most(close),
                  int(np.median(settled)) if settled else None)  # fmt: skip


def _most(bars: list[int | None]) -> int | None:
    known = [value for value in bars if value is not None]
    return max(known) if known and len(known) == len(bars) else None


def _settled(market: Market, start: int, full: list[Output], later: list[Output], tolerance: float) -> int | None:
    """Return the rows from a start until all outputs agree, None where they don't."""
    others = {output.name: output for output in later}
    last = start - 1
    for output in full:
        if output.name in others:
            times = _apart(output, others[output.name], int(market.close_time[start]), tolerance)
            if len(times):
                last = max(last, int(np.searchsorted(market.close_time, times.max(), side="right")) - 1)
    needed = last + 1 - start
    return None if last >= market.rows - max((market.rows - start) // UNSETTLED, 1) else needed


def _apart(full: Output, later: Output, since_ns: int, tolerance: float) -> npt.NDArray[np.int64]:
    """Return the times at which two runs hold different values."""
    mine, theirs = _held(full), _held(later)
    there = full.known_at >= since_ns
    if np.array_equal(full.known_at[there], later.known_at):
        equal = same(mine[there], theirs, tolerance)
        return later.known_at[~equal]
    known = {(int(t), str(s)): v for t, s, v in zip(full.known_at, full.symbol, mine, strict=True)}
    pairs = [(t, known.get((int(t), str(s))), v) for t, s, v in zip(later.known_at, later.symbol, theirs, strict=True)]
    return np.array(
        [t for t, a, b in pairs if a is not None and not same(np.array([a]), np.array([b]), tolerance)[0]], np.int64
    )


def _held(output: Output) -> Floats:
    """Return what is held: a target that is no opinion leaves the one before."""
    if output.name != "target" or not len(output.values):
        return output.values
    _, at = np.unique(output.symbol, return_index=True)
    starts = np.zeros(len(output.values), np.int64)
    starts[at] = at
    told = np.where(np.isnan(output.values), 0, np.arange(len(output.values)))
    latest = np.maximum.accumulate(np.maximum(told, np.maximum.accumulate(starts)))
    return np.nan_to_num(output.values[latest])
