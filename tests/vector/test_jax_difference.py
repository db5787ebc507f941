"""Where JAX rounds otherwise than numba, the first difference is found and explained."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.strategies.cases import CASES, symbols_of
from tests.strategies.markets import block_of, market

from lockstep.strategies.base import Strategy
from lockstep.vector import jax_difference
from lockstep.vector.jax_difference import Difference, first_difference
from lockstep.vector.jax_signals import JaxSignals


@pytest.mark.parametrize("strategy", CASES[::3], ids=repr)
def test_there_is_none_where_jax_is_exact(strategy: Strategy) -> None:
    if not JaxSignals(strategy, symbols_of(strategy)).exact:
        pytest.skip("JAX can't be exact here")
    assert first_difference(strategy, market("ticks", symbols_of(strategy), 2000)) is None


SCRIPT = """
import sys
import numpy as np
from lockstep.vector.jax_difference import first_difference
from lockstep.vector.jax_start import start_jax
from tests.strategies.cases import CASES, symbols_of
from tests.strategies.markets import market

if start_jax().exact:
    sys.exit(77)
found = {}
for strategy in CASES:
    for seed in (0, 1):
        difference = first_difference(strategy, market("steps", symbols_of(strategy), 10_000, seed=seed))
        if difference is not None:
            assert difference.rounding, (strategy, str(difference))
            assert "rounding explains it" in str(difference)
            found[strategy.name] = difference
assert {"mean_reversion", "sma_cross"} <= set(found), found
"""


def test_where_jax_contracts_every_difference_is_within_1e_9_of_its_threshold(root: Path) -> None:
    """On prices that stand still for 25 bars averages tie, and a rounding decides."""
    environment = os.environ | {"XLA_FLAGS": "--xla_cpu_max_isa=AVX2", "PYTHONPATH": str(root), "JAX_PLATFORMS": "cpu"}
    command = [sys.executable, "-W", "error", "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode == 77:
        pytest.skip("this processor rounds products and sums one by one anyway")
    assert done.returncode == 0, done.stderr


class Flipped:
    """Stands in for JAX: numba's targets with a fault planted at one bar."""

    def __init__(self, strategy: Strategy, symbols: int) -> None:
        self._real = JaxSignals(strategy, symbols)

    def run(self, block: Any, extra: Any, targets: Any) -> None:
        self._real.run(block, extra, targets)
        if targets.shape[1] > 70:
            targets[1, 70] = 0.25

    def state(self, symbol: int = 0) -> Any:
        return self._real.state(symbol)


def test_a_difference_that_rounding_does_not_explain_is_said_to_be_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jax_difference, "JaxSignals", Flipped)
    rng = np.random.default_rng(3)
    block = block_of(100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.01, (2, 90)), axis=1)))
    difference = first_difference(CASES[0], block)
    assert isinstance(difference, Difference)
    assert (difference.row, difference.symbol, difference.jax) == (70, 1, 0.25)
    assert not difference.rounding
    assert difference.distance > 1e-9
    assert "first differ at row 70, symbol 1" in str(difference)
    assert "rounding does not explain it: please report this" in str(difference)
