"""``backtest``: run strategies or columns over bars and return what happened."""

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.data.bars import Bars
from lockstep.data.instrument import ALWAYS_OPEN
from lockstep.data.interval import interval_ns
from lockstep.errors import BacktestError
from lockstep.strategies.base import Strategy
from lockstep.strategies.manager import StrategyManager
from lockstep.strategies.over_bars.checks import number, whole
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.promotion import Promotion
from lockstep.vector.columns import Columns
from lockstep.vector.parts import Part, parts_of
from lockstep.vector.prepare import BLOCK_ROWS, Question, order_model_of
from lockstep.vector.result import Result
from lockstep.vector.run import walk

if TYPE_CHECKING:
    from lockstep.data.ticks.execution import TickExecution
    from lockstep.data.ticks.ticks import Ticks
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.strategies.event import BaseStrategy
    from lockstep.strategies.order_kernel import OrderKernel
    from lockstep.strategies.over_bars.exits import Exits
    from lockstep.strategies.over_bars.margin import Brokerage
    from lockstep.strategies.over_bars.market import Market
    from lockstep.vector.order_list import OrderList
    from lockstep.vector.ticks.result import TickResult


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


@overload
def backtest(
    bars: "Ticks",
    strategy: "OrderKernel | BaseStrategy",
    *,
    cash: float = 100_000.0,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    progress: Callable[[int], None] | None = None,
    limits: "RiskLimits | Mapping[str, Any] | None" = None,
    ticks: "TickExecution | None" = None,
) -> "TickResult": ...
@overload
def backtest(
    bars: Any,
    strategy: "Strategy | StrategyManager | Promotion | Columns | OrderList",
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
    market: "Market | None" = None,
    brokerage: "Brokerage | None" = None,
    exits: "Exits | None" = None,
    limits: "RiskLimits | Mapping[str, Any] | None" = None,
    actions: bool = False,
    rates: Mapping[str, Any] | None = None,
    funding: Mapping[str, Any] | None = None,
    scores: Any = None,
    detail: Any = None,
    **execution: Unpack[ExecutionOptions],
) -> Result: ...
def backtest(
    bars: Any,
    strategy: Any,
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
    market: "Market | None" = None,
    brokerage: "Brokerage | None" = None,
    exits: "Exits | None" = None,
    limits: "RiskLimits | Mapping[str, Any] | None" = None,
    actions: bool = False,
    rates: Mapping[str, Any] | None = None,
    funding: Mapping[str, Any] | None = None,
    scores: Any = None,
    detail: Any = None,
    ticks: "TickExecution | None" = None,
    **execution: Unpack[ExecutionOptions],
) -> "Result | TickResult":
    """Run a strategy, a list of them, or precomputed columns over bars; or one of ticks over ticks.

    Args:
        bars: ``Bars`` from a store, or a polars or pandas frame or dict of columns (see ``Bars.from_frame``); or
            ``Ticks``, with an ``OrderKernel`` or a ``BaseStrategy``, cash, risk_free, convention, limits, progress and
            ticks.
        strategy: a strategy; a ``Promotion``, of which strategy and parameters are taken, settings are not; a
            ``StrategyManager`` whose entries each trade ``allocation`` x cash; or ``Targets``, ``Orders``, ``Signals``
            or an ``OrderList``.
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
        market, brokerage, exits, limits, actions, rates, funding, scores: the full order model (``OrderModel``).
            With none of them, and targets or plain orders, the simple one runs, which is faster.
        detail: finer bars of the same symbols: decisions are made on ``bars``, orders fill on these.
        ticks: latency, queue model and fees of a run over ticks.
        **execution: settings of ``Execution`` (docs/execution.md).

    Raises:
        BacktestError: for settings that can't be run.
        StrategyError: for a strategy that is not sound.
        DataError: for bars that break the rules.
    """
    given = {
        "market": market, "brokerage": brokerage, "exits": exits, "limits": limits, "actions": actions, "rates": rates,
        "funding": funding, "scores": scores,
    }  # fmt: skip
    if getattr(bars, "level", None) is not None or ticks is not None or _are_ticks(bars):
        for_bars = given | {"columns": columns, "benchmark": benchmark, "detail": detail} | execution
        return _over_ticks(bars, strategy, cash, risk_free, convention, progress, ticks, for_bars)
    settings, block_rows = execution_of(execution), whole("block_rows", block_rows, 1)
    asked = question(
        bars, strategy, cash=cash, columns=columns, benchmark=benchmark, risk_free=risk_free, convention=convention,
        backend=backend,
    )  # fmt: skip
    if detail is not None:
        order_model_of(given, asked.parts, asked.asked, settings)  # first: what can't be run shouldn't wait for that
        asked = asked.on_finer(detail)
    prepared = asked.prepare(settings, given, keep_rows)
    walk(asked.bars, [prepared.run], block_rows, progress or quiet)
    return asked.collect(prepared)


def _over_ticks(
    ticks: Any, strategy: Any, cash: float, risk_free: float, convention: str | Convention,
    progress: Callable[[int], None] | None, execution: "TickExecution | None", for_bars: Mapping[str, Any],
) -> "TickResult":  # fmt: skip
    from lockstep.data.ticks.execution import TickExecution
    from lockstep.data.ticks.ticks import Ticks
    from lockstep.vector.ticks.backtest import tick_backtest

    if _are_ticks(ticks):
        raise BacktestError(
            f"a run over ticks is over one history, found {len(ticks)}: run each, or sweep a strategy over all of them"
        )
    if not isinstance(ticks, Ticks):
        raise BacktestError("ticks= belongs to a history of ticks (Store().ticks), found bars: leave it out")
    if not (execution is None or isinstance(execution, TickExecution)):
        raise BacktestError(
            f"ticks= takes a TickExecution, found {execution!r}: latency, impact and fees are its fields, as in"
            " TickExecution(Latency(submit=2_000_000), taker_fee=0.0005)"
        )
    given = [n for n, value in for_bars.items() if n != "limits" and value is not None and value is not False]
    if given:
        verb = "belongs" if len(given) == 1 else "belong"
        raise BacktestError(f"{', '.join(given)} {verb} to bars: over ticks give ticks=TickExecution(...)")
    return tick_backtest(
        ticks, strategy, cash=_cash(cash), risk_free=_rate(risk_free), convention=convention, execution=execution,
        progress=progress, limits=for_bars["limits"],
    )  # fmt: skip


def _are_ticks(given: Any) -> bool:
    """Return whether several histories of ticks were given: a run takes one."""
    return isinstance(given, list | tuple) and any(getattr(each, "level", None) is not None for each in given)


def question(
    bars: Any,
    strategy: "Strategy | StrategyManager | Promotion | Columns | OrderList",
    *,
    cash: float = 100_000.0,
    columns: Mapping[str, Any] | None = None,
    benchmark: Any = None,
    risk_free: float = 0.0,
    convention: str | Convention = "lockstep",
    backend: str = "auto",
) -> Question:
    """Return what is asked of bars and a strategy, checked, apart from how orders fill (see ``backtest``)."""
    if not isinstance(bars, Bars):
        bars = Bars.from_frame(bars)
    if bars.adjust == "total":
        raise BacktestError(
            "bars with adjust='total' have dividends taken out of their prices: nobody could trade at them; read the "
            "bars with adjust='split' or 'none'"
        )
    rules = preset(convention)
    cash, risk_free = _cash(cash), _rate(risk_free)
    facts = Facts(
        initial_cash=cash,
        interval_ns=interval_ns(bars.interval),
        sessions_per_year=365.0 if all(i.calendar == ALWAYS_OPEN for i in bars.instruments) else 252.0,
        risk_free=risk_free,
    )
    parts = parts_of(strategy, bars)
    _all_read(columns, parts)
    return Question(bars, bars, parts, columns, benchmark, cash, rules, facts, backend)


def quiet(rows: int) -> None:
    """Report to nobody."""


def execution_of(given: ExecutionOptions) -> Execution:
    """Return the settings of a run; raises ``BacktestError`` for one that is unknown or can't be."""
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
