"""Places in a sweep: found by name and value, or refused with the names and values that there are."""

from typing import Any

import numpy as np
import pytest
from tests.vector.sweep.test_sweep import bars_of

from lockstep.errors import SweepError
from lockstep.strategies import EmaCross
from lockstep.vector.sweep import Sweep, sweep
from lockstep.vector.sweep.places import names_in, placed

GRID = {"fast": [3, 5, 8], "slow": range(10, 31)}


@pytest.fixture
def grid() -> Sweep:
    return sweep(bars_of(rows=120, symbols=("AAPL", "MSFT")), EmaCross, GRID, metrics=["trades"])


@pytest.fixture
def listed() -> Sweep:
    sets = [{"fast": 3, "slow": 20}, {"fast": 3, "slow": 30}, {"fast": 5, "slow": 40}]
    return sweep(bars_of(rows=120, symbols=("AAPL",)), EmaCross, sets, metrics=["trades"])


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ({"fats": 3}, r"has no 'fats'; it has symbol, fast, slow, short; did you mean 'fast'\?$"),
        ({"block": 3}, "has no 'block'"),
        ({"symbol": "AAPL", "fast": 7}, r"no fast is 7 where symbol='AAPL'; fast is 3, 5 or 8; the nearest is 8$"),
        ({"slow": 99}, r"no slow is 99; slow is one of 21 values from 10 to 30; the nearest is 30$"),
        ({"slow": "20"}, r"no slow is '20'; slow is one of 21 values from 10 to 30$"),
        ({"symbol": "APPL"}, r"no symbol is 'APPL'; symbol is 'AAPL' or 'MSFT'; did you mean 'AAPL'\?$"),
        ({"symbol": ["AAPL", "IBM"]}, "no symbol is 'IBM'"),
        ({"short": False}, "no short is False; short is True$"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(grid: Sweep, at: dict[str, Any], words: str) -> None:
    with pytest.raises(SweepError, match=words):
        grid.again(**at)


def test_a_misspelt_name_or_symbol_of_the_best_is_told(grid: Sweep) -> None:
    with pytest.raises(SweepError, match=r"has no 'symbl'; .*did you mean 'symbol'\?"):
        grid.best(symbl="AAPL")
    with pytest.raises(SweepError, match="no symbol is 'IBM'; symbol is 'AAPL' or 'MSFT'"):
        grid.best(symbol="IBM")
    with pytest.raises(SweepError, match="symbols and policies can be picked, found 'fast': cut first"):
        grid.best(fast=3)


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ({"fast": 4}, r"no fast is 4; fast is 3 or 5; the nearest is 3$"),
        ({"fast": 3, "slow": 40}, r"no slow is 40 where fast=3; slow is 20 or 30; the nearest is 30$"),
        ({"set": 17}, "no set is 17; set is 0, 1 or 2; the nearest is 2$"),
        ({"fast": 3}, "one cell is expected, found 2: say which set"),
    ],
)
def test_sets_are_found_by_their_parameters_together(listed: Sweep, at: dict[str, Any], words: str) -> None:
    with pytest.raises(SweepError, match=words):
        listed.again(**at)


def test_what_is_there_is_found(grid: Sweep, listed: Sweep) -> None:
    assert names_in(listed) == ["symbol", "set", "fast", "slow", "short"]
    assert placed(listed, {"fast": 5})["slow"].values.tolist() == [40]
    assert placed(listed, {"slow": slice(None, 30), "short": True})["set"].values.tolist() == [0, 1]
    some = placed(grid, {"slow": slice(12, 14), "fast": np.array([3, 8]), "symbol": "MSFT"})
    assert dict(some.sizes) == {"fast": 2, "slow": 3, "block": 64}
    assert listed.again(fast=3, slow=30).metrics()["trades"] == listed["trades"].values[0, 1]
    assert placed(grid.sel(symbol="AAPL"), {"symbol": "AAPL", "fast": 5}).sizes["slow"] == 21
