"""The driver of a tick run: fetches blocks, calls ``advance``, and hands over what was written. No arithmetic here."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lockstep.data.ticks.execution import TickExecution
from lockstep.errors import BacktestError, LockstepError, StrategyError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.book.events import EventKind, TickBlock
from lockstep.kernels.ticks.advance import BUSY_ACTS, BUSY_NS, ROWS_PER_ACT, Stop
from lockstep.kernels.ticks.bind import Bound
from lockstep.kernels.ticks.frame import Frame
from lockstep.kernels.ticks.guards import Guards
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_ticks.frame import Acting, Market, acting, make_frame

BLOCK = 1 << 18
REQUESTS = 1 << 14
"""Room for requests that are kept, to begin with."""
_UNHEARD = 4 * BLOCK
"""Events that wait for a strategy which has not heard of them, before it is made to."""
_FIRST, _QUICK_S, _SLOW_S = 1 << 12, 0.02, 0.1
"""Things done before Python gets control again, so that Ctrl-C is answered: more where a stretch was quick."""


class Driven:
    """A run over one instrument, that can be driven to its end or stepped.

    ``blocks`` are TickBlocks in order of time; ``slots`` is the room for orders of an L3 history, 0 for L1 and L2.
    ``state`` replaces the one that the strategy's ``init`` makes. With ``guards``, of one lane, orders are held against
    their limits.
    """

    def __init__(
        self, blocks: Iterator[TickBlock], strategy: OrderKernel | BaseStrategy, execution: TickExecution, *,
        slots: int, cash: float, tick_size: float, lot_size: float, multiplier: float, bound: Bound | None = None,
        state: Any = None, guards: Guards | None = None,
    ) -> None:  # fmt: skip
        self._blocks = blocks
        self._unheard: deque[TickBlock] = deque()
        self.strategy, self.execution = strategy, execution
        first = next(blocks, None)
        if first is None or not len(first.time_ns):
            raise BacktestError("the history has no events: choose another span")
        self.start_ns = int(first.time_ns[0])
        how = self._acting(bound, state)
        self.bound: Any = how.bound
        market = Market(tick_size, lot_size, multiplier, slots, _middle(first), self.start_ns)
        rooms = {"intent_room": REQUESTS} if execution.keep_requests else None
        self.frame = make_frame(how, market, execution, cash, late=_late(first), rooms=rooms)
        if guards is not None:
            self.frame.watch(guards, 0)
        self._give(first)
        if self.frame.seen is not None:
            self.frame.give(self._unheard.popleft(), seen=True)

    def _acting(self, bound: Bound | None, state: Any) -> Acting:
        strategy: Any = self.strategy
        return acting(strategy, bound, state)

    def _give(self, block: TickBlock) -> None:
        if self.frame.seen is None and _late(block):
            self.frame.part()
        self.frame.give(block)
        if self.frame.seen is not None:
            self._unheard.append(block)
            if sum(len(waiting.time_ns) for waiting in self._unheard) > _UNHEARD:
                self._hear()

    def _hear(self) -> None:
        """Let a strategy that seldom acts hear what has reached it: what it has not heard is kept in memory."""
        while self._unheard and self.frame.hear() == Stop.SEEN:
            self.frame.give(self._unheard.popleft(), seen=True)

    def step(self, most: int) -> tuple[Stop, int]:
        """Do the next ``most`` things; return (Stop.DONE or Stop.END, things done).

        Raises ``StrategyError`` for what the strategy raises, with its name and the time.
        """
        total = 0
        while True:
            try:
                stop, done = self.frame.advance(most - total)
            except LockstepError:
                raise
            except Exception as error:  # whatever a user's code raises
                raise StrategyError(
                    f"{self._name}.act failed at {self._now}: {type(error).__name__}: {error}"
                ) from error
            total += done
            if stop == Stop.END or (stop == Stop.DONE and total == most):
                return stop, total
            if stop != Stop.DONE:
                self._serve(stop)

    def _serve(self, stop: Stop) -> None:
        if stop == Stop.EVENTS:
            block = next(self._blocks, None)
            if block is None:
                self.frame.run["finished"] = 1
            else:
                self._give(block)
        elif stop == Stop.SEEN and not self._unheard:
            self.frame.run["seen_finished"] = 1
        elif stop == Stop.SEEN:
            self.frame.give(self._unheard.popleft(), seen=True)
        elif stop == Stop.EVENT:
            raise BacktestError(self._impossible())
        elif stop == Stop.BUSY:
            raise StrategyError(
                f"{self._name} acted more than {BUSY_ACTS:,} times within {BUSY_NS / 1e9} s of the history, until"
                f" {self._now}, by its timer and upon reports: it would never end. Wake it at a moment after"
                " now(desk), and don't answer a rejection at once"
            )
        else:
            raise BacktestError(
                f"{self._name}.act sent more than {ROWS_PER_ACT} orders or {2 * ROWS_PER_ACT}"
                " requests in one act: spread them over several"
            )

    @property
    def _name(self) -> str:
        return type(self.strategy).__name__

    @property
    def _now(self) -> np.datetime64:
        """The time by the strategy's clock."""
        run = self.frame.run[0]
        return np.datetime64(int(run["now_ns"]) + int(run["lead_ns"]), "ns")

    def _impossible(self) -> str:
        run = self.frame.run[0]
        code = Code(int(run["refused"]))
        return (
            f"event {int(run['events']) + 1} of the history can't be ({code.name.lower().replace('_', ' ')}) at"
            f" {np.datetime64(int(run['now_ns']), 'ns')}: repair the history, or run with strict=False to count such"
            " events and go on"
        )

    def drive(self, progress: Callable[[int], None] | None = None) -> Frame:
        """Run to the end; ``progress`` hears the number of events of each stretch."""
        seen, stretch, began = 0, _FIRST, time.perf_counter()
        while self.step(stretch)[0] != Stop.END:
            stretch, began = _next_stretch(stretch, began)
            events = int(self.frame.run["events"][0])
            if progress is not None:
                progress(events - seen)
            seen = events
        self._end()
        return self.frame

    def _end(self) -> None:
        self.frame.finish()


def _next_stretch(stretch: int, began: float) -> tuple[int, float]:
    """Return how many things to do next, and when: what is done does not depend on it, only when Python looks up."""
    now = time.perf_counter()
    if now - began < _QUICK_S:
        stretch = min(2 * stretch, BLOCK)
    elif now - began > _SLOW_S:
        stretch = max(stretch // 2, 1)
    return stretch, now


def _late(block: TickBlock) -> bool:
    """Return whether anything of a block was received later than it happened."""
    return bool((block.received_ns > block.time_ns).any())


def _middle(block: TickBlock) -> int:
    """Return a price about which trading goes on: the median of what the first events name."""
    named = np.isin(block.kind, (EventKind.SET, EventKind.ADD, EventKind.QUOTE, EventKind.TRADE, EventKind.EXECUTE))
    ticks = block.tick[named][:10_000]
    return int(np.median(ticks)) if len(ticks) else 0
