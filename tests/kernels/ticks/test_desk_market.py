"""What a strategy sees of the market: volumes, latest trade, imbalance, phase, as far as it has heard."""

from typing import Any, NamedTuple

from tests.vector.ticks.histories import SECOND, SET, TRADE, ticks_of

from lockstep.data.ticks.execution import Latency, TickExecution
from lockstep.kernels.book.events import EventKind, Phase
from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import best, imbalance, last_trade, phase, traded, wake_at, wake_by
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector.ticks.backtest import driven_over


class Heard(NamedTuple):
    acts: int
    bid: int
    bid_traded: int
    ask_traded: int
    traded: int
    last: int
    lean: float
    phase: int


class Listener(OrderKernel):
    """Writes down what it has heard at its second act, half a second before the sixth."""

    on_feed = False

    @staticmethod
    def init(params: Any) -> Heard:
        return Heard(0, 0, 0, 0, 0, 0, 0.0, -1)

    @staticmethod
    def act(state: Heard, desk: Any, params: Any) -> Heard:
        wake_at(desk, 9 * SECOND)
        wake_by(desk, 11 * SECOND // 2)
        return Heard(
            state.acts + 1, best(desk, BID), traded(desk, BID), traded(desk, ASK), traded(desk, -1), last_trade(desk),
            imbalance(desk, 2), phase(desk),
        )  # fmt: skip


HISTORY = (
    (1.0, SET, BID, 100, 6), (1.0, SET, BID, 99, 3), (1.0, SET, BID, 98, 100), (1.0, SET, ASK, 102, 1),
    (2.0, TRADE, BID, 100, 6), (3.0, TRADE, ASK, 102, 4), (4.0, TRADE, -1, 101, 7), (5.0, TRADE, BID, 100, 5),
    (5.5, EventKind.PHASE, -1, 0, Phase.HALT), (7.0, TRADE, ASK, 102, 9),
)  # fmt: skip


def heard(execution: TickExecution, acts: int = 2) -> Heard:
    driven = driven_over(ticks_of(*HISTORY), Listener(), execution, 1000.0)
    state = driven.bound.state
    while True:
        found: Heard = state.unpack(driven.frame.state)
        if found.acts == acts:
            return found
        driven.step(1)


def test_volumes_imbalance_and_phase() -> None:
    # By 5.5: 6 and 5 lots against bids, 4 against offers, 7 unknown. Nine lots bid at two prices, one offered.
    assert heard(TickExecution()) == Heard(2, 100, 11, 4, 22, 100, 0.8, Phase.HALT)


def test_nothing_is_known_before_it_is_heard() -> None:
    # A second later, the trade at 4.0 is the latest, and the halt is not known.
    late = TickExecution(Latency(feed=SECOND))
    assert heard(late) == Heard(2, 100, 6, 4, 17, 101, 0.8, Phase.CONTINUOUS)
    nothing = heard(late, acts=1)
    assert nothing == Heard(1, NO_TICK, 0, 0, 0, NO_TICK, 0.0, Phase.CONTINUOUS)
