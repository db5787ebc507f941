"""What backtesting.py says: jobs for its own environment."""

import gzip
import warnings
from importlib.metadata import version
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
from backtesting import Backtest, Strategy, backtesting
from backtesting.lib import crossover
from benchmarks.peers.cases import cross_prices, days

backtesting._tqdm = lambda bars, **_: bars
warnings.simplefilter("ignore")


def cross(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Run SMA crosses on generated bars."""
    return {"versions": _versions(), "stats": [_cross(case) for case in cases]}


def _cross(case: dict[str, Any]) -> dict[str, Any]:
    made = cross_prices(case)
    frame = pd.DataFrame(
        {name.title(): value for name, value in made.items()}, pd.DatetimeIndex(days(case["rows"]).view("M8[ns]"))
    )
    return _run(frame, case)


def goog(runs: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Run SMA crosses on the sample's GOOG, by name."""
    with gzip.open(files("bokeh_sampledata") / "_data" / "stocks.csv.gz") as packed:
        table = pd.read_csv(packed, parse_dates=["Date"])
    frame = table[table["Ticker"] == "GOOG"].set_index("Date")[["Open", "High", "Low", "Close", "Volume"]]
    return {"versions": _versions(), "stats": {name: _run(frame, case) for name, case in runs.items()}}


def _run(frame: pd.DataFrame, case: dict[str, Any]) -> dict[str, Any]:
    commission = (case["fixed"], case["commission"]) if "fixed" in case else case["commission"]
    test = Backtest(
        frame, _strategy(case), cash=case["cash"], commission=commission, spread=case.get("spread", 0.0),
        trade_on_close=case.get("same_close", False), exclusive_orders=True, finalize_trades=case["finalize"],
    )  # fmt: skip
    stats = test.run()
    return {label: _plain(value) for label, value in stats.items() if not label.startswith("_")}


def _strategy(case: dict[str, Any]) -> type[Strategy]:
    class Cross(Strategy):
        def init(self) -> None:
            close = pd.Series(self.data.Close)
            self.fast = self.I(lambda: close.rolling(case["fast"]).mean())
            self.slow = self.I(lambda: close.rolling(case["slow"]).mean())

        def next(self) -> None:
            if crossover(self.fast, self.slow):
                self.buy()
            elif crossover(self.slow, self.fast):
                if case.get("short", True):
                    self.sell()
                else:
                    self.position.close()

    return Cross


def _plain(value: Any) -> Any:
    """Return times as ISO dates, durations in days, numbers as they are, nan as None."""
    if isinstance(value, pd.Timestamp):
        return value.isoformat()
    if isinstance(value, pd.Timedelta):
        return value / pd.Timedelta(days=1)
    if isinstance(value, (np.integer, int)):
        return int(value)
    return None if pd.isna(value) else float(value)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("backtesting", "numpy", "pandas", "bokeh_sampledata")}
