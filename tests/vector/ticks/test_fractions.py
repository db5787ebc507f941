"""A fraction of a tick or lot that a compiled strategy sends is refused, and never cut off."""

from typing import Any, NamedTuple

import pytest

from lockstep.data.ticks.flow import synthetic_flow
from lockstep.errors import StrategyError
from lockstep.kernels.order_terms import NO_TICK
from lockstep.kernels.ticks.desk import Desk, best_bid, submit_limit
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.parameters import param
from lockstep.vector import backtest


class State(NamedTuple):
    """Nothing."""

    acts: int


class Halves(OrderKernel):
    """Sends one order, of ``lots``, ``off`` ticks from the best bid."""

    title = "Halves"

    off: float = param(0.0)
    lots: float = param(1.0)

    @staticmethod
    def init(params: Any) -> State:
        """Return the state before the first event."""
        return State(0)

    @staticmethod
    def act(state: State, desk: Desk, params: Any) -> State:
        """Send it."""
        bid = best_bid(desk)
        if bid != NO_TICK and state.acts == 0:
            submit_limit(desk, 0, bid + params.off, params.lots)
            return State(1)
        return state


@pytest.mark.parametrize(("off", "lots"), [(-0.5, 1.0), (0.0, 1.5)])
def test_a_fraction_ends_the_run_with_an_error(off, lots):
    with pytest.raises(StrategyError, match="prices are whole ticks and sizes whole lots, found a fraction"):
        backtest(synthetic_flow(500, "L2", seed=1), Halves(off=off, lots=lots))


def test_whole_numbers_may_be_written_as_floats():
    assert backtest(synthetic_flow(500, "L2", seed=1), Halves(off=-1.0, lots=2.0)).orders["quantity"].to_list() == [2.0]
