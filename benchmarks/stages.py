"""The stages of a backtest, timed apart; a job for a fresh process."""

import time
from collections import defaultdict
from typing import Any


def stages(folder: str, repeats: int) -> dict[str, Any]:
    """Return the seconds of each stage for each repeat, the first left out."""
    runs = [_once(folder) for _ in range(repeats + 1)][1:]
    return {"runs": [seconds for seconds, _ in runs], "fills": runs[0][1]}


def _once(folder: str) -> tuple[dict[str, float], int]:
    import numpy as np
    from benchmarks.jobs import CASH, COMMISSION, ZSCORE
    from benchmarks.stores import open_bars

    from lockstep.analytics.metrics import Facts, statistics_for
    from lockstep.data.interval import MINUTE_NS
    from lockstep.strategies import MeanReversion
    from lockstep.strategies.over_bars.execution import Execution
    from lockstep.strategies.over_bars.signals import NumbaSignals
    from lockstep.strategies.over_bars.subaccount import SubAccount
    from lockstep.vector.run import Benchmark, Observer

    class Given:
        """Hands on instructions that were computed before."""

        kind = NumbaSignals(MeanReversion(), 1).kind
        targets = np.empty(0)

        def run(self, _block: Any, _extra: Any, targets: Any) -> None:
            targets[:] = self.targets

    bars, given = open_bars(folder), Given()
    signals = NumbaSignals(MeanReversion(**ZSCORE), 1)
    account = SubAccount(
        "stages", np.zeros(1, np.int64), np.zeros(1), CASH, given,
        Execution(commission=COMMISSION, fractional=True), bars.span[1], bars.rows,
    )  # fmt: skip
    observer = Observer(statistics_for("lockstep", Facts(CASH, MINUTE_NS)))
    benchmark = Benchmark(np.zeros(1, np.int64), CASH)
    took: dict[str, float] = defaultdict(float)
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        now = time.perf_counter()
        took[stage] += now - clock
        clock = now

    for block in bars.blocks():
        lap("blocks: read, adjust, merge")
        given.targets = np.empty((1, len(block.close_time_ns)))
        extra = np.empty((1, len(block.close_time_ns), 0))
        lap("buffers")
        signals.run(block, extra, given.targets)
        lap("signals: z-score and side")
        value = account.advance(block, None, extra)
        lap("engine: sizes, fills, ledger, valuation")
        level = benchmark.level(block)
        lap("benchmark: buy and hold")
        observer.observe(block.close_time_ns, block.session, value, level)
        lap("statistics of the curve")
    _, fills, trades, _ = account.finish()
    lap("records")
    observer.trades(trades)
    lap("statistics of the trades")
    return dict(took), len(fills)
