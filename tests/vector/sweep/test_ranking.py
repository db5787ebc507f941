"""The best cells in order, with what names them."""

import numpy as np
import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep import sweep
from lockstep.vector.sweep.measured import metrics_in
from lockstep.vector.sweep.ranking import best_cells, counts_of


@pytest.mark.parametrize("lowest", [False, True])
def test_cells_come_in_order_and_name_their_place(lowest: bool) -> None:
    bars = bars_of(rows=150, seed=77)
    grid = {"fast": [3, 5, 12], "slow": [10, 20]}
    found = sweep(bars, EmaCross, grid, policies={"free": {}, "dear": {"commission": 0.01}})
    ranked = best_cells(found, "total_return", lowest, 5)
    values = found["total_return"].values.ravel()
    values = np.sort(values[np.isfinite(values)])
    expected = values[:5] if lowest else values[::-1][:5]
    assert [one.metrics["total_return"] for one in ranked] == expected.tolist()
    for one in ranked:
        cell = found.sel({**one.run, **one.parameters})
        assert cell["total_return"].item() == one.metrics["total_return"]
    assert set(ranked[0].to_dict()) == {"policy", "symbol", "parameters", "metrics"}
    assert counts_of(found) == {"done": 20, "refused": 4}


def test_a_random_part_has_its_parameters() -> None:
    bars = bars_of(rows=150, seed=77, symbols=("A",))
    found = sweep(bars, EmaCross, {"fast": range(2, 9), "slow": range(10, 30)}, subset=20, metrics=["sharpe"])
    (best,) = best_cells(found, "sharpe", False, 1)
    assert best.run == {}
    assert list(best.parameters) == ["fast", "slow"]
    assert best.metrics["sharpe"] == np.nanmax(found["sharpe"].values)
    assert metrics_in(found) == ["sharpe"]
    with pytest.raises(SweepError, match="no metric 'sortino'; it has sharpe"):
        best_cells(found, "sortino", False, 1)
