"""A metric that a sweep has not measured is refused with what was probably meant."""

import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep import sweep
from lockstep.vector.sweep.measured import metrics_in, require_metric


def test_a_misspelt_metric_is_refused_with_the_nearest_wherever_it_is_asked_for() -> None:
    found = sweep(bars_of(rows=120, symbols=("A",)), EmaCross, {"fast": [3, 4]}, metrics=["trades", "calmar"])
    assert metrics_in(found) == ["trades", "calmar", "sharpe"]
    said = r"no metric 'sharp'; it has trades, calmar, sharpe; did you mean 'sharpe'\?"
    for asked in (found.best, found.report):
        with pytest.raises(SweepError, match=said):
            asked("sharp")
    with pytest.raises(SweepError, match=r"no metric 'zzz'; it has trades, calmar, sharpe$"):
        require_metric("zzz", metrics_in(found))


@pytest.mark.parametrize("name", ["status", "block_sum"])
def test_what_is_no_metric_is_none(name: str) -> None:
    found = sweep(bars_of(rows=120, symbols=("A",)), EmaCross, {"fast": [3, 4]}, metrics=["trades"])
    with pytest.raises(SweepError, match=f"no metric '{name}'"):
        found.best(name)
