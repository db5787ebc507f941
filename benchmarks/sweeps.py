"""The searches that are measured: what we and every peer run. Standard library and NumPy only."""

from itertools import product
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from benchmarks.market import bars

METRICS = ("total_return", "sharpe", "max_drawdown", "trades", "win_rate")
CASH = 100_000.0


class Search(NamedTuple):
    """A strategy's grid of 1,000 sets, and the prices it is run on."""

    title: str
    strategy: str
    """Where our strategy stands, as ``module:class``."""
    grid: dict[str, list[Any]]
    goal: float
    """So many times as fast as vectorbt, its sets all in one call."""
    commission: float
    """As a share of the traded value; what trades every ten minutes would lose all it has to a tenth of a percent."""
    cents: bool
    """Prices in whole cents; a z-score falls on its threshold among those, and rounding decides what it says."""

    def short(self) -> "Search":
        """Return the same with a tenth of the sets, taken from all over the grid."""
        first = next(iter(self.grid))
        values = self.grid[first]
        return self._replace(grid={**self.grid, first: values[:: max(len(values) // 3, 1)][:3]})

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return each parameter's values [sets], the last parameter running fastest."""
        sets = list(product(*self.grid.values()))
        return {name: np.array(values) for name, values in zip(self.grid, zip(*sets, strict=True), strict=True)}

    def prices(self, rows: int) -> dict[str, npt.NDArray[Any]]:
        """Return minute bars as ``market.bars`` has them."""
        made = bars(rows)
        if self.cents:
            return made
        # A hundredth of a cent is added at random: no price repeats itself.
        blur = np.random.default_rng(2).random(rows) * 1e-4
        return {name: made[name] + blur if name in ("open", "high", "low", "close") else made[name] for name in made}


SEARCHES = {
    "ema": Search(
        "EMA cross",
        "benchmarks.first_seeded:FirstSeededCross",
        {"fast": list(range(5, 54, 2)), "slow": list(range(60, 256, 5))},
        250.0,
        commission=0.001,
        cents=True,
    ),
    "zscore": Search(
        "z-score",
        "lockstep.strategies:MeanReversion",
        {
            "lookback": list(range(10, 60, 2)),
            "entry_z_score": [1.5 + 0.25 * i for i in range(8)],
            "exit_z_score": [0.1, 0.3, 0.5, 0.7, 0.9],
        },
        75.0,
        commission=0.0001,
        cents=False,
    ),
}
