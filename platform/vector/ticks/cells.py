"""The cells of a sweep over ticks: each is a backtest of its own, some at a time in threads.

Kernels run without Python's lock, so that threads keep all processors busy; event strategies, which are Python, take
turns. An order kernel is compiled once for all cells. Of each run only its metrics and the sums of its returns stay.
"""

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.errors import LockstepError
from lockstep.kernels.layout import Layout
from lockstep.kernels.ticks.bind import Bound
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_ticks.frame import compiled
from lockstep.vector.sweep.cells import TIME_BLOCKS
from lockstep.vector.sweep.cores import cores
from lockstep.vector.sweep.plan import Portion
from lockstep.vector.sweep.portion import Found, Status
from lockstep.vector.ticks.backtest import tick_backtest
from lockstep.vector.ticks.result import TickResult
from lockstep.vector.ticks.search import TickSearch

Floats = npt.NDArray[np.float64]


class TickCell(NamedTuple):
    """One set on one history under one policy."""

    portion: Portion
    found: Found
    returns: int
    """How many returns were told into blocks."""


def run_cells(search: TickSearch) -> Iterator[TickCell]:
    """Run every cell, as many at a time as there are processors; yield each when it is done, in any order."""
    bound = bound_to(search.example())
    waiting: set[Future[TickCell]] = set()
    pool = ThreadPoolExecutor(cores(), "lockstep-ticks")
    try:
        for portion in portions(search):
            waiting.add(pool.submit(run_cell, search, portion, bound))
            if len(waiting) > 2 * cores():
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        while waiting:
            done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in done)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def portions(search: TickSearch) -> Iterator[Portion]:
    """Yield the place of every cell; one history after another, so that its pages are read once."""
    for part in range(len(search.slices)):
        for policy in range(len(search.policies)):
            for place in range(search.space.size):
                yield Portion(policy, part, place, place + 1)


def bound_to(strategy: OrderKernel | BaseStrategy) -> Bound | None:
    """Compile a strategy for all sets whose state is shaped like this one's; None for one that Python runs."""
    if isinstance(strategy, BaseStrategy):
        return None
    return compiled(strategy, type(strategy).init(strategy.params))


def run_cell(search: TickSearch, portion: Portion, bound: Bound | None) -> TickCell:
    """Run and measure one cell; what a set raises is its own."""
    place = portion.start
    if search.space.refused_between(place, place + 1)[0]:
        return TickCell(portion, _nothing(Status.REFUSED, place, search.space.reason(place) or ""), 0)
    try:
        return _measured(search, portion, bound)
    except Exception as error:  # whatever a user's code raises
        kind = "" if isinstance(error, LockstepError) else f"{type(error).__name__}: "
        return TickCell(portion, _nothing(Status.FAILED, place, f"{kind}{error}"), 0)


def _measured(search: TickSearch, portion: Portion, bound: Bound | None) -> TickCell:
    strategy: Any = search.space.strategy(portion.start)
    fits = bound is not None and bound.state == Layout(type(strategy).init(strategy.params))
    result = tick_backtest(
        search.slices[portion.slice].ticks, strategy, cash=search.cash, risk_free=search.risk_free,
        convention=search.rules, execution=list(search.policies.values())[portion.policy],
        bound=bound if fits else None,
    )  # fmt: skip
    measured = result.metrics()
    returns, ruined = _returns(result, search.cash)
    sums, squares = _blocks(returns)
    status = np.array([Status.RUINED if ruined else Status.DONE], np.int8)
    metrics = {name: _column(measured[name]) for name in search.metrics}
    return TickCell(portion, Found(status, metrics, sums[None], squares[None], {}), len(returns))


def _returns(result: TickResult, cash: float) -> tuple[Floats, bool]:
    """Return the returns from sample to sample, and whether the equity ever fell to nothing; then there are none."""
    equity: Floats = np.concatenate([[cash], result.records["samples"]["equity"]])
    if not (equity > 0.0).all():
        return np.empty(0), True
    return equity[1:] / equity[:-1] - 1.0, False


def _blocks(returns: Floats) -> tuple[Floats, Floats]:
    if not len(returns):
        return np.full(TIME_BLOCKS, np.nan), np.full(TIME_BLOCKS, np.nan)
    block = np.arange(len(returns)) * TIME_BLOCKS // len(returns)
    sums, squares = (np.bincount(block, values, TIME_BLOCKS) for values in (returns, returns * returns))
    return np.asarray(sums, np.float64), np.asarray(squares, np.float64)


def _column(value: Any) -> npt.NDArray[Any]:
    return np.array([value], "datetime64[ns]" if isinstance(value, np.datetime64) else np.float64)


def _nothing(status: Status, place: int, reason: str) -> Found:
    unknown = np.full((1, TIME_BLOCKS), np.nan)
    return Found(np.array([status], np.int8), {}, unknown, unknown, {place: reason})
