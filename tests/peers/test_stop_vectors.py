"""vectorbt's own vectors of stops (reference research_and_analytics 5.2): closes 5 to 1, 100 in cash, in at row 0."""

from typing import Any

import numpy as np
import pytest

from lockstep.strategies.over_bars.exits import Exits
from lockstep.vector import Targets, backtest

CLOSE = np.arange(5.0, 0.0, -1.0)
ALONE = {"open": CLOSE, "high": CLOSE, "low": CLOSE, "close": CLOSE}
RANGES = {"open": CLOSE + 0.25, "high": CLOSE + 0.5, "low": CLOSE - 0.5, "close": CLOSE}

# bars, side, exits; row and price of the exit.
VECTORS: dict[str, tuple[Any, ...]] = {
    "stop, closes only": (ALONE, 1.0, {"stop_loss": 0.1}, (1, 4.0)),
    "far stop, closes only": (ALONE, 1.0, {"stop_loss": 0.5}, (3, 2.0)),
    "gap to the open": (RANGES, 1.0, {"stop_loss": 0.1}, (1, 4.25)),
    "the open is the stop": (RANGES, 1.0, {"stop_loss": 0.15}, (1, 4.25)),
    "inside the bar": (RANGES, 1.0, {"stop_loss": 0.2}, (1, 4.0)),
    "profit of a short": (ALONE, -1.0, {"take_profit": 0.1}, (1, 4.0)),
    "far profit of a short": (ALONE, -1.0, {"take_profit": 0.5}, (3, 2.0)),
}


@pytest.mark.parametrize("name", VECTORS)
def test_published_stops(name: str) -> None:
    prices, side, exits, (row, price) = VECTORS[name]
    time = np.arange("2020-01-01", "2020-01-06", dtype="M8[D]").astype("M8[ns]")
    result = backtest(
        {"date": time, **prices, "volume": np.ones(5)}, Targets([side, *[np.nan] * 4]), exits=Exits(**exits),
        cash=100.0, fractional=True, fill="same_close",
    )  # fmt: skip
    fills = [(int(f["row"]), float(f["quantity"]), float(f["price"])) for f in result.total.fills]
    assert fills == [(0, side * 20.0, 5.0), (row, -side * 20.0, price)]
