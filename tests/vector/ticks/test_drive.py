"""Runs that would go on without end, that are interrupted, that fail, and that seldom listen."""

import os
import signal
import threading
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, NamedTuple

import pytest
from tests.vector.ticks.histories import BOOK, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import StrategyError
from lockstep.kernels.book.events import TickBlock
from lockstep.kernels.book.tables import BID
from lockstep.kernels.ticks import frame
from lockstep.kernels.ticks.desk import cancel, now, order_at, submit_limit, wake_at
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.vector import backtest
from lockstep.vector.ticks import drive
from lockstep.vector.ticks.drive import Driven

QUIET = (*BOOK, (10.0, TRADE, BID, 100, 1))


class State(NamedTuple):
    acts: int


class Timed(OrderKernel):
    """Wakes itself so many nanoseconds later, again and again; at its last act but one it asks about a row."""

    wait: int = param(0)
    row: int = param(-2)
    on_feed = False

    @staticmethod
    def init(params: Any) -> State:
        return State(0)

    @staticmethod
    def act(state: State, desk: Any, params: Any) -> State:
        if params.row > -2 and state.acts == 2:
            cancel(desk, params.row)
        wake_at(desk, now(desk) + params.wait)
        return State(state.acts + 1)


class Again(OrderKernel):
    """Answers each rejection with the order that was rejected."""

    on_feed = False
    on_report = True

    @staticmethod
    def init(params: Any) -> State:
        return State(0)

    @staticmethod
    def act(state: State, desk: Any, params: Any) -> State:
        submit_limit(desk, BID, 100, 0)
        return State(state.acts + 1)


class Deaf(OrderKernel):
    """Sends an order when the history begins and never looks again."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> State:
        return State(0)

    @staticmethod
    def act(state: State, desk: Any, params: Any) -> State:
        submit_limit(desk, BID, 100, 2)
        return State(order_at(desk, 0).id)


@pytest.mark.parametrize("wait", [-5, 0, 1, 99])
def test_a_timer_that_rings_without_end_stops_the_run(wait: int) -> None:
    with pytest.raises(StrategyError, match=r"Timed acted more than 1,000,000 times within 0\.1 s .* until 1970-01-01"):
        backtest(ticks_of(*QUIET), Timed(wait=wait), cash=1e3)


def test_a_timer_that_rings_often_may() -> None:
    ticks = ticks_of(*BOOK, (1.15, TRADE, BID, 100, 1))
    assert backtest(ticks, Timed(wait=101), cash=1e3).metrics()["events"] == 3


def test_an_answer_to_each_rejection_stops_the_run() -> None:
    with pytest.raises(StrategyError, match=r"Again acted more than .* don't answer a rejection at once"):
        backtest(ticks_of(*QUIET), Again(), cash=1e3)


def test_what_a_strategy_raises_has_its_name_and_the_time() -> None:
    with pytest.raises(StrategyError, match=r"Timed\.act failed at 1970-01-01T00:00:03\.0*: ValueError: no own order"):
        backtest(ticks_of(*QUIET), Timed(wait=1_000_000_000, row=7), cash=1e3)
    late = TickExecution(Latency(report=500_000_000, feed=500_000_000))  # hears of the first event half a second later
    with pytest.raises(StrategyError, match=r"at 1970-01-01T00:00:03\.0"):
        backtest(ticks_of(*QUIET), Timed(wait=1_000_000_000, row=7), cash=1e3, ticks=late)


@pytest.fixture
def _heeds_interrupts() -> Iterator[None]:
    """Python's own handler: a shell without job control has what it starts in the background ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heeds_interrupts")
def test_an_interrupt_in_mid_run_is_one() -> None:
    backtest(ticks_of(*QUIET), Timed(wait=1_000_000_000), cash=1e3)  # compiled: the signal is to meet the run
    began = threading.Event()

    def interrupt() -> None:
        began.wait()
        os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=interrupt)
    sender.start()
    with pytest.raises(KeyboardInterrupt):  # it would take a minute
        backtest(ticks_of(*BOOK, (60.0, TRADE, BID, 100, 1)), Timed(wait=110), cash=1e3, progress=lambda _: began.set())
    sender.join()


def test_the_error_that_numba_makes_of_an_interrupt_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> None:
        raise SystemError("returned a result with an exception set") from KeyboardInterrupt()

    monkeypatch.setattr(frame, "advance", interrupted)
    with pytest.raises(KeyboardInterrupt):
        backtest(ticks_of(*QUIET), Deaf(), cash=1e3)


def test_what_nobody_hears_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drive, "_UNHEARD", 200)
    (whole,) = synthetic_flow(4000, "L2", seed=5).blocks(1 << 20)
    late = TickBlock._make(c.copy() for c in whole)._replace(received_ns=whole.received_ns + 1_000_000)
    waiting = []

    def blocks() -> Any:
        for a, b in pairwise(range(0, 4001, 100)):
            yield TickBlock._make(c[a:b] for c in late)
            waiting.append(len(driven._unheard))

    driven = Driven(blocks(), Deaf(), TickExecution(), slots=0, cash=1e6, tick_size=1.0, lot_size=1.0, multiplier=1.0)
    driven.drive()
    assert len(waiting) == 40
    assert max(waiting) <= 4  # what is under way, at a hundred events in a third of a millisecond
