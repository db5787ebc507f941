"""Take the statistics of a recorded run under a convention."""

from dataclasses import replace
from typing import Any

import numpy as np
from tests.analytics.metrics.recorded import DAY_NS, Run

from lockstep.analytics.metrics import FORMULAS, Facts, metrics, statistics_for
from lockstep.kernels.stats.block import (
    PERIOD,
    STATISTICS,
    TRADE_STATISTICS,
    finish_block,
    observe_block,
    observe_trades,
)
from lockstep.kernels.stats.trades import trade_statistics_init


def run_metrics(run: Run, convention: Any, **facts: Any) -> dict[str, Any]:
    known: Facts = replace(run.facts, **facts)
    state = STATISTICS.pack(statistics_for(convention, known))
    n = len(run.equity)
    periods = np.zeros(n + 1, PERIOD)
    written = observe_block(
        *state[:2], run.time_ns, run.time_ns // DAY_NS, run.equity, run.gross, run.gross, run.benchmark, periods, 0
    )
    written = finish_block(*state[:2], periods, written)
    trades = TRADE_STATISTICS.pack(trade_statistics_init())
    observe_trades(*trades[:2], run.trades)
    return metrics(
        STATISTICS.unpack(state), TRADE_STATISTICS.unpack(trades), periods[:written], known, convention
    )


def as_library(found: dict[str, Any], name: str) -> dict[str, Any]:
    """Metrics under the names a library gives them, in percent where it says so."""
    labelled = {entry.labels[name]: key for key, entry in FORMULAS.items() if name in entry.labels}
    return {
        label: found[key] * (100.0 if label.endswith("[%]") else 1.0) if isinstance(found[key], float) else found[key]
        for label, key in labelled.items()
    }
