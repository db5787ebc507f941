"""A strategy bound to its compiled loop."""

from typing import Any

import numpy as np
import pytest
from tests.strategies.markets import block_of, targets

from lockstep.strategies.base import Strategy
from lockstep.strategies.mean_reversion import MeanReversion
from lockstep.strategies.momentum import Momentum
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.vector.jax_signals import JaxSignals


class Asserts(Strategy):
    """Compiled well, and stops itself."""

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        if bar.close > 1000.0:
            raise AssertionError("a split was missed")
        return state, 0.0


def test_what_a_compiled_step_raises_is_not_taken_for_a_failure_to_compile() -> None:
    with pytest.raises(AssertionError, match="a split was missed"):
        targets(Asserts(), block_of([[1.0, 2000.0]]))


def test_instances_of_a_class_share_their_machine_code() -> None:
    assert NumbaSignals(MeanReversion(), 3)._run is NumbaSignals(MeanReversion(lookback=7), 50)._run


def test_the_state_can_be_read() -> None:
    strategy = Momentum(lookback=3, skip=0)
    signals = NumbaSignals(strategy, 2)
    targets(strategy, block_of([[1.0, 2.0], [3.0, 4.0]]), signals=signals)
    np.testing.assert_array_equal(signals.state(1).past.values, [3.0, 4.0, np.nan])
    assert signals.state(0).past.head == 2


LEVEL = 1.0


class Leans(Strategy):
    """Reads a constant of this module."""

    @staticmethod
    def init(params: Any) -> Any:
        return (0.0,)

    @staticmethod
    def step(state: Any, bar: Any, params: Any) -> Any:
        return state, LEVEL


@pytest.mark.parametrize("kind", [NumbaSignals, JaxSignals])
def test_a_constant_changed_between_two_runs_of_a_notebook_is_seen(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    block = block_of([[1.0, 2.0]])
    assert targets(Leans(), block, signals=kind(Leans(), 1)).tolist() == [[1.0, 1.0]]
    monkeypatch.setitem(globals(), "LEVEL", 0.5)
    assert targets(Leans(), block, signals=kind(Leans(), 1)).tolist() == [[0.5, 0.5]]
    monkeypatch.setitem(globals(), "LEVEL", 1.0)
    assert targets(Leans(), block, signals=kind(Leans(), 1)).tolist() == [[1.0, 1.0]]
