"""``backtest``: run strategies or columns over bars and return what happened."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypedDict, Unpack

import numpy as np

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.data.instrument import ALWAYS_OPEN
from lockstep.data.interval import interval_ns
from lockstep.errors import BacktestError
from lockstep.strategies.base import Strategy
from lockstep.strategies.manager import StrategyManager
from lockstep.vector.backends import choose_backend
from lockstep.vector.checks import number, whole
from lockstep.vector.columns import Columns
from lockstep.vector.execution import Execution
from lockstep.vector.extra import ExtraColumns
from lockstep.vector.parts import Part, parts_of
from lockstep.vector.result import Result, Settings, collect
from lockstep.vector.run import Benchmark, Curve, GivenBenchmark, Lane, walk
from lockstep.vector.signals import NumbaSignals
from lockstep.vector.subaccount import ColumnDecider, Decider, SubAccount

BLOCK_ROWS = 16384


class ExecutionOptions(TypedDict, total=False):
    """The fields of ``Execution``, as keywords of ``backtest``."""

    fill: str
    rebalance: str
    band: float
    commission: float
    per_share: float
    per_order: float
    slippage_bps: float
    fractional: bool
    direction: str
    close_at_end: bool


def backtest(
    bars: Any,
    strategy: Strategy | StrategyManager | Columns,
    *,
    cash: float = 100_000.0,
    columns: Mapping[str, Any] | None = None,
    benchmark: Any = None,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    backend: str = "auto",
    keep_rows: bool = True,
    block_rows: int = BLOCK_ROWS,
    progress: Callable[[int], None] | None = None,
    **execution: Unpack[ExecutionOptions],
) -> Result:
    """Run a strategy, a list of them, or precomputed columns over bars.

    Args:
        bars: ``Bars`` from a store, or a polars or pandas frame or dict of columns (see ``Bars.from_frame``).
        strategy: a strategy; a ``StrategyManager`` whose entries each trade ``allocation`` x cash; or ``Targets``,
            ``Orders`` or ``Signals``.
        cash: initial capital in account currency.
        columns: the user's columns that strategies read, by name (see ``ExtraColumns``).
        benchmark: a symbol of the bars, or a series of levels with one value per row; without it, all the run's
            symbols bought in equal weights and held.
        risk_free: annual rate for the metrics, 0.02 for two percent.
        convention: name of a preset of docs/metrics.md, or a ``Convention``.
        backend: ``numba``, ``jax`` or ``auto``.
        keep_rows: keep equity and exposure of every row (48 bytes each); without, metrics, orders, fills, trades
            and the returns of sessions remain.
        block_rows: rows fetched at a time; results don't depend on it.
        progress: called after each block with the number of its rows.
        **execution: settings of ``Execution`` (docs/execution.md).

    Raises:
        BacktestError: for settings that can't be run.
        StrategyError: for a strategy that is not sound.
        DataError: for bars that break the rules.
    """
    if not isinstance(bars, Bars):
        bars = Bars.from_frame(bars)
    if bars.adjust == "total":
        raise BacktestError(
            "bars with adjust='total' have dividends taken out of their prices: nobody could trade at them; read the "
            "bars with adjust='split' or 'none'"
        )
    settings = _execution(execution)
    rules = preset(convention)
    cash, risk_free, block_rows = _cash(cash), _rate(risk_free), whole("block_rows", block_rows, 1)
    facts = Facts(
        initial_cash=cash,
        interval_ns=interval_ns(bars.interval),
        sessions_per_year=365.0 if all(i.calendar == ALWAYS_OPEN for i in bars.instruments) else 252.0,
        risk_free=risk_free,
    )
    parts = parts_of(strategy, bars)
    _all_read(columns, parts)
    lanes, reasons = [], {}
    # Exact where all symbols have the same calendar; elsewhere the merged one may be longer.
    rows = max(history.rows for history in bars.histories)
    kept = rows if keep_rows else 0
    for part in parts:
        decider, reasons[part.id] = _decider(bars, part, backend)
        names = part.decides.columns if isinstance(part.decides, Strategy) else ()
        extra = ExtraColumns(names, columns, [bars.symbols[s] for s in part.symbols])
        lots = np.array([bars.instruments[s].lot for s in part.symbols])
        capital = part.allocation * cash
        account = SubAccount(part.id, part.symbols, lots, capital, decider, settings, bars.span[1], rows)
        own = None
        if len(parts) > 1:
            held = Benchmark(part.symbols, capital)
            own_facts = replace(facts, initial_cash=capital, warm_up=part.warm_up)
            own = Curve(statistics_for(rules, own_facts), held, kept)
        lanes.append(Lane(account, extra, own))
    facts = replace(facts, warm_up=max(part.warm_up for part in parts))
    total = Curve(statistics_for(rules, facts), _benchmark(bars, benchmark, parts, cash), kept)
    idle = cash - sum(lane.account.cash for lane in lanes)
    walk(bars, lanes, total, idle, block_rows, progress or _quiet)
    return collect(bars, parts, lanes, total, Settings(settings, rules, facts, reasons))


def _quiet(rows: int) -> None:
    """Report to nobody."""


def _execution(given: ExecutionOptions) -> Execution:
    known = ExecutionOptions.__annotations__
    unknown = [name for name in given if name not in known]
    if unknown:
        raise BacktestError(f"backtest has no setting {unknown[0]!r}; those of execution are {', '.join(known)}")
    return Execution(**given)  # type: ignore[arg-type]  # words are checked by Execution itself


def _all_read(columns: Mapping[str, Any] | None, parts: list[Part]) -> None:
    """Refuse a column that nobody reads: it is a misspelt one."""
    read = {name for part in parts if isinstance(part.decides, Strategy) for name in part.decides.columns}
    unread = [name for name in columns if name not in read] if isinstance(columns, Mapping) else []
    if unread:
        raise BacktestError(
            f"no strategy of the run reads the column {unread[0]!r}; read are {', '.join(sorted(read)) or 'none'}: "
            "a strategy names its columns in its class, columns = ('earnings',)"
        )


def _cash(given: Any) -> float:
    cash = number("cash", given)
    if not 0.0 < cash < math.inf:
        raise BacktestError(f"cash must be a number above zero, found {given!r}")
    return cash


def _rate(given: Any) -> float:
    rate = number("risk_free", given)
    if not -1.0 < rate < math.inf:
        raise BacktestError(f"risk_free must be an annual rate above -1, 0.02 for two percent, found {given!r}")
    return rate


def _decider(bars: Bars, part: Part, backend: str) -> tuple[Decider, str]:
    if not isinstance(part.decides, Strategy):
        names = tuple(bars.symbols[s] for s in part.symbols)
        return ColumnDecider(*part.decides.resolve(bars.rows, names)), "columns need no backend"
    chosen, reason = choose_backend(part.decides, backend, len(part.symbols))
    if chosen == "jax":
        from lockstep.vector.jax_signals import JaxSignals  # JAX takes a second to import

        return JaxSignals(part.decides, len(part.symbols)), reason
    return NumbaSignals(part.decides, len(part.symbols)), reason


def _benchmark(bars: Bars, given: Any, parts: list[Part], cash: float) -> Benchmark | GivenBenchmark:
    if given is None:
        return Benchmark(np.unique(np.concatenate([part.symbols for part in parts])), cash)
    if isinstance(given, str):
        if given not in bars.symbols:
            raise BacktestError(
                f"benchmark {given!r} is not among the bars' symbols: {', '.join(bars.symbols)}; "
                "read its bars with them and name the symbols each strategy trades"
            )
        return Benchmark(np.array([bars.symbols.index(given)]), cash)
    try:
        levels = np.asarray(given.to_numpy() if hasattr(given, "to_numpy") else given, np.float64)
    except (TypeError, ValueError):
        raise BacktestError(
            f"benchmark must be a symbol of the bars or one level per row, found {type(given).__name__}"
        ) from None
    if levels.shape != (bars.rows,):
        raise BacktestError(f"benchmark must have one level per row, {bars.rows} here; found shape {levels.shape}")
    if not (np.isfinite(levels).all() and (levels > 0.0).all()):
        row = int(np.flatnonzero(~(np.isfinite(levels) & (levels > 0.0)))[0])
        raise BacktestError(f"benchmark levels must be finite and above zero, found {levels[row]!r} at row {row}")
    return GivenBenchmark(levels)
