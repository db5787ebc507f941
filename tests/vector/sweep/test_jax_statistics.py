"""What branches on numba gives the same where JAX computes both sides, on numbers that reach every branch."""

from typing import Any

import numpy as np
import pytest

from lockstep.kernels.costs import Costs
from lockstep.kernels.plain import numbers, plain
from lockstep.kernels.sizing import Means, within_cash
from lockstep.kernels.stats.curve import curve_init, observe_curve
from lockstep.kernels.stats.drawdown import drawdown_init, observe_drawdown
from lockstep.kernels.stats.growth import compound, growth_init
from lockstep.vector.jax_start import double_precision, start_jax


def along(traced: Any, kernel: Any, state: Any, rows: Any) -> None:
    """Move a state along rows by both, and compare it at each."""
    import jax

    theirs, ours, exact = state, numbers(state), plain(kernel)
    with double_precision(), np.errstate(all="ignore"):
        moved = jax.jit(traced)
        for row in rows:
            theirs, ours = jax.tree.map(np.asarray, moved(theirs, *row)), exact(ours, *row)
            for a, b in zip(theirs, ours, strict=True):
                np.testing.assert_array_equal(a, b)


def test_growth_beyond_what_a_float_holds_and_to_zero() -> None:
    start_jax()
    from lockstep.vector.sweep.jax_statistics import BRANCHES

    returns = [0.1, 1e90, -0.5, 1e100, 1e40, -3.0, -1.0 + 1e-9, *[-1.0 + 1e-80] * 9, np.inf, -1.0, 0.5, np.nan, 0.1]
    rows = [(r, bool(i % 5)) for i, r in enumerate(np.repeat(returns, 2))]
    along(BRANCHES[compound], compound, growth_init(), rows)


@pytest.mark.parametrize("peak", [100.0, np.nan, -5.0])
def test_drawdowns_begin_deepen_and_end(peak: float) -> None:
    start_jax()
    from lockstep.vector.sweep.jax_statistics import BRANCHES

    equity = 100.0 + np.cumsum(np.random.default_rng(1).integers(-3, 4, 120))
    rows = [(1000 * i, float(value)) for i, value in enumerate(equity)]
    along(BRANCHES[observe_drawdown], observe_drawdown, drawdown_init(peak), rows)


@pytest.mark.parametrize("benchmark_start", [np.nan, 50.0])
def test_what_a_curve_notes_once(benchmark_start: float) -> None:
    start_jax()
    from lockstep.vector.sweep.jax_statistics import BRANCHES

    levels = [np.nan, np.nan, 51.0, np.nan, 52.0, 53.0, np.nan, 54.0]
    rows = [(i * 10, i // 2, 100.0 + i, level) for i, level in enumerate(levels)]
    along(BRANCHES[observe_curve], observe_curve, curve_init(100.0, benchmark_start, 3), rows)


def test_what_cash_pays_for() -> None:
    start_jax()
    import jax

    from lockstep.vector.sweep.jax_account import within_cash as traced

    rng = np.random.default_rng(2)
    exact = plain(within_cash)
    with double_precision():
        function = jax.jit(traced)
        for _ in range(300):
            quantity, held = (float(rng.choice([-1.0, 0.0, 1.0]) * rng.integers(0, 50)) for _ in range(2))
            means = Means(*(float(rng.choice([-20.0, 0.0, 5.0, 400.0, 3000.0])) for _ in range(3)))
            costs = Costs(*(float(rng.choice([0.0, x])) for x in (0.01, 0.5, 3.0, 0.001)))
            given = (quantity, held, means, costs, 7.5)
            expected = exact(*(numbers(each) for each in given))
            np.testing.assert_allclose(np.asarray(function(*given)), expected, rtol=1e-15)
