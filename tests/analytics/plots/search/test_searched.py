"""What is read from a search's Dataset."""

import numpy as np
import pytest
from tests.analytics.plots.search.datasets import grid, listed, nothing

from lockstep.analytics.plots.search.searched import format_of, metrics_of, searched, ticks_of, title_of, word
from lockstep.errors import SearchViewError


def test_dimensions_are_told_apart() -> None:
    one = searched(grid(3, 4, runs={"policy": ["a", "b"], "symbol": ["X"]}))
    assert (one.runs, one.parameters, one.sparse) == (("policy", "symbol"), ("fast", "slow"), False)
    many = searched(listed(30))
    assert (many.runs, many.parameters, many.sparse) == (("symbol",), ("fast", "slow", "stop"), True)


@pytest.mark.parametrize("lowest", [False, True])
def test_the_winner_is_the_best_cell(lowest: bool) -> None:
    data = grid(3, 4, seed=5)
    data["sharpe"][0, 1, 1] = np.inf
    data["sharpe"][0, 1, 2] = -np.inf
    finite = data["sharpe"].where(np.isfinite(data["sharpe"]))
    best = finite.min() if lowest else finite.max()
    place = finite.where(finite == best, drop=True)
    expected = {name: str(place[name].item()) for name in ("symbol", "fast", "slow")}
    search = searched(data, lowest=lowest)
    assert search.winner is not None
    assert search.describe(search.winner) == expected
    assert f"winner {best.item():.3f}" in search.verdict


def test_the_order_of_dimensions_does_not_matter() -> None:
    data = grid(3, 4)
    assert searched(data).verdict == searched(data.transpose("fast", "block", "slow", "symbol")).verdict


def test_nothing_has_no_winner() -> None:
    assert searched(nothing()).winner is None
    assert searched(nothing()).verdict == "no set has a Sharpe ratio"


def test_times_blocks_and_status_are_no_metrics() -> None:
    assert metrics_of(grid(2, 2)) == ("sharpe", "total_return", "max_drawdown", "trades")


@pytest.mark.parametrize("metric", ["start", "status", "block_sum", "sharp"])
def test_what_is_no_metric_is_refused(metric: str) -> None:
    with pytest.raises(SearchViewError, match="there are: sharpe, total_return"):
        searched(grid(2, 2), metric)


def test_a_result_without_parameters_is_refused() -> None:
    with pytest.raises(SearchViewError, match="a search with parameters"):
        searched(grid(2, 2).isel(fast=0, slow=0))


def test_words() -> None:
    assert [word(value) for value in (np.float64(0.1) * 3, np.int64(7), np.bool_(True), "x")] == [
        "0.3",
        "7",
        "True",
        "x",
    ]
    assert (title_of("max_drawdown"), title_of("my_own")) == ("Max drawdown", "my own")
    assert (format_of("max_drawdown"), ticks_of(".2%")) == (".2%", ".2~%")
