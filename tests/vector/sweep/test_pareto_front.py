"""The front: nothing on it is dominated, and everything beside it is."""

import numpy as np
import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep import guided_sweep, pareto, span, sweep
from lockstep.vector.sweep.pareto_front import not_dominated


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """Trials go into a ledger of their own."""
    monkeypatch.setenv("LOCKSTEP_STORE", str(tmp_path / "store"))


def by_definition(losses):
    """All pairs: at least as good in everything and better in something."""
    at_least = (losses[:, None] <= losses[None]).all(axis=2)
    better = (losses[:, None] < losses[None]).any(axis=2)
    return ~(at_least & better).any(axis=0)


@pytest.mark.parametrize("objectives", [1, 2, 3])
def test_the_front_by_its_definition(objectives):
    losses = np.random.default_rng(1).integers(0, 12, (300, objectives)).astype(np.float64)
    np.testing.assert_array_equal(not_dominated(losses), by_definition(losses))


def test_nsga2_leaves_a_front():
    pytest.importorskip("optuna")
    bars = bars_of(symbols=("A",), rows=300)
    found = guided_sweep(
        bars, EmaCross, {"fast": span(3, 30), "slow": span(20, 100)}, trials=80, sampler="nsga2",
        objectives=["total_return", ("fees", "minimize")], commission=0.001,
    )  # fmt: skip
    front, every = pareto(found), found.frame()
    assert 0 < front.height < every.height
    losses = np.array([-every["total_return"].to_numpy(), every["fees"].to_numpy()]).T
    expected = {tuple(row) for row in losses[by_definition(losses)]}
    assert set(zip(-front["total_return"].to_numpy(), front["fees"].to_numpy(), strict=True)) == expected
    assert front["total_return"].is_sorted(descending=True)


def test_any_sweep_has_a_front():
    found = sweep(bars_of(rows=200), EmaCross, {"fast": range(3, 9), "slow": [10, 20]})
    front = pareto(found, ["sharpe", "max_drawdown"])
    assert {"symbol", "fast", "slow", "sharpe"} <= set(front.columns)
    with pytest.raises(SweepError, match="name objectives"):
        pareto(found)
    with pytest.raises(SweepError, match="no metric"):
        pareto(found, "loveliness")
