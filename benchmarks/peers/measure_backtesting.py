"""backtesting.py's side of the measurements: jobs for its own environment."""

import time
import warnings
from typing import Any


def zscore_run(rows: int, repeats: int, zscore: dict[str, float], cash: float, fees: float) -> dict[str, Any]:
    """Time a run with its statistics; z-scores are computed inside, with pandas."""
    import pandas as pd
    from backtesting import Backtest, Strategy, backtesting
    from benchmarks.market import FIELDS, bars

    warnings.simplefilter("ignore")
    backtesting._tqdm = lambda bars, **_: bars
    made = bars(rows)
    frame = pd.DataFrame(
        {field.title(): made[field] for field in FIELDS}, pd.DatetimeIndex(made["open_time"].view("M8[ns]"))
    )

    def score(close: Any) -> Any:
        rolling = pd.Series(close).rolling(int(zscore["lookback"]))
        return (close - rolling.mean()) / rolling.std(ddof=0)

    class Reversion(Strategy):
        def init(self) -> None:
            self.z = self.I(score, self.data.Close)

        def next(self) -> None:
            z = self.z[-1]
            if z <= -zscore["entry_z_score"]:
                if not self.position.is_long:
                    self.buy()
            elif z >= zscore["entry_z_score"]:
                if not self.position.is_short:
                    self.sell()
            elif abs(z) <= zscore["exit_z_score"] and self.position:
                self.position.close()

    test = Backtest(frame, Reversion, cash=cash, commission=fees, exclusive_orders=True)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        stats = test.run()
        times.append(time.perf_counter() - start)
    return {"times": times, "trades": int(stats["# Trades"]), "final": float(stats["Equity Final [$]"])}
