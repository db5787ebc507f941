"""Slices through a grid equal what xarray selects."""

import numpy as np
import pytest
from tests.analytics.plots.search.datasets import grid

from lockstep.analytics.plots.search.searched import searched
from lockstep.analytics.plots.search.slices import slices_of
from lockstep.errors import SearchViewError


def test_each_slice_is_what_xarray_selects() -> None:
    data = grid(3, 9, 4, 8)
    search = searched(data)
    cut = slices_of(search)
    assert (cut.across.name, cut.up.name) == ("slow", "take")
    assert [control.name for control in cut.controls] == ["symbol", "fast", "stop"]
    for state in cut.states():
        at = {c.name: data[c.name].values[c.places[place]] for c, place in zip(cut.controls, state, strict=True)}
        expected = data["sharpe"].sel(at).transpose("take", "slow").values
        assert np.array_equal(cut.values[state], expected)


def test_it_starts_at_the_winner() -> None:
    search = searched(grid(4, 5, 3, seed=2))
    cut = slices_of(search, controls=1)
    assert cut.winner is not None
    x, y = cut.winner
    assert cut.values[cut.start][y, x] == np.nanmax(search.scores)
    assert list(cut.held) == ["stop"]


def test_what_is_held_elsewhere_has_no_winner() -> None:
    data = grid(4, 5, 3)
    best = searched(data).describe(searched(data).winner or 0)["stop"]
    other = next(value for value in data["stop"].values if f"{value:.6g}" != best)
    cut = slices_of(searched(data), at={"stop": other})
    assert cut.winner is None
    assert cut.held == {"stop": f"{other:.6g}"}


def test_long_sides_are_pooled_to_the_best_of_neighbours() -> None:
    data = grid(205, 3, runs={"portfolio": ["all"]})
    data["sharpe"][0, 2:4, 1] = np.nan
    cut = slices_of(searched(data), x="fast", y="slow", side=100)
    assert (cut.across.pooled, cut.up.pooled, cut.values.shape) == (3, 1, (3, 69))
    table = data["sharpe"].values[0].T
    assert cut.values[1, 0] == np.nanmax(table[1, :3])
    assert cut.values[2, 68] == table[2, 204]
    assert cut.across.texts[:2] == ("1 to 3", "4 to 6")
    assert cut.status is None
    assert cut.notes == ["fast: each cell is the best of 3 values"]
    assert cut.winner is not None
    assert cut.values[cut.winner[::-1]] == table.max(initial=-9, where=np.isfinite(table))


def test_too_many_slices_are_thinned_with_the_winner_among_them() -> None:
    data = grid(3, 4, 2, 30, seed=4, runs={"symbol": [f"S{n}" for n in range(40)]})
    cut = slices_of(searched(data), "fast", "slow", slices=50)
    assert np.prod([len(control.places) for control in cut.controls]) <= 50
    assert cut.values[cut.start].max() == data["sharpe"].max()
    assert any("values to choose from" in note for note in cut.notes)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x": "symbol"}, "one of the parameters fast, slow, found 'symbol'"),
        ({"x": "fast", "y": "fast"}, "two different parameters"),
        ({"at": {"speed": 1}}, "names among symbol, found 'speed'"),
        ({"at": {"symbol": "IBM"}}, r"a value of symbol \(AAPL, MSFT\), found 'IBM'"),
    ],
)
def test_what_is_not_there_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(SearchViewError, match=message):
        slices_of(searched(grid(3, 3)), **options)  # type: ignore[arg-type]


def test_values_that_share_a_text_stay_apart() -> None:
    data = grid(3, 2, runs={}).assign_coords(fast=[0.1, 0.1 + 1e-9, 0.2])
    assert len(set(slices_of(searched(data)).across.texts)) == 3
