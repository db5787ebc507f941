"""``backtest``: run strategies or columns over bars and return what happened."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

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
from lockstep.vector.columns import Columns, Resolved
from lockstep.vector.execution import Execution
from lockstep.vector.extra import ExtraColumns
from lockstep.vector.parts import Part, parts_of
from lockstep.vector.result import Result, Settings, collect
from lockstep.vector.run import Account, Benchmark, Curve, GivenBenchmark, Lane, walk
from lockstep.vector.signals import NumbaSignals
from lockstep.vector.subaccount import ColumnDecider, Decider, SubAccount, chosen

if TYPE_CHECKING:
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.vector.exits import Exits
    from lockstep.vector.margin import Brokerage
    from lockstep.vector.market import Market
    from lockstep.vector.order_list import OrderList
    from lockstep.vector.setup import OrderModel

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
    strategy: "Strategy | StrategyManager | Columns | OrderList",
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
) -> Result:
    """Run a strategy, a list of them, or precomputed columns over bars.

    Args:
        bars: ``Bars`` from a store, or a polars or pandas frame or dict of columns (see ``Bars.from_frame``).
        strategy: a strategy; a ``StrategyManager`` whose entries each trade ``allocation`` x cash; or ``Targets``,
            ``Orders``, ``Signals`` or an ``OrderList``.
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
    given = {
        "market": market, "brokerage": brokerage, "exits": exits, "limits": limits, "actions": actions, "rates": rates,
        "funding": funding, "scores": scores,
    }  # fmt: skip
    model = _order_model(given, parts, bars, settings)
    if detail is not None:
        bars, parts = _detailed(bars, detail, parts, columns, backend)
        columns = None
        facts = replace(facts, interval_ns=interval_ns(bars.interval))
    lanes, reasons = [], {}
    # Exact where all symbols have the same calendar; elsewhere the merged one may be longer.
    rows = max(history.rows for history in bars.histories)
    kept = rows if keep_rows else 0
    for part in parts:
        names = part.decides.columns if isinstance(part.decides, Strategy) else ()
        extra = ExtraColumns(names, columns, [bars.symbols[s] for s in part.symbols])
        capital = part.allocation * cash
        account, reasons[part.id] = _account(bars, part, capital, settings, model, backend, rows)
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
    described = model.to_dict() if model is not None else None
    return collect(bars, parts, lanes, total, Settings(settings, rules, facts, reasons, described))


def _order_model(given: dict[str, Any], parts: list[Part], bars: Bars, execution: Execution) -> "OrderModel | None":
    """Return the full order model where something asks for it."""
    if not any(part.gives_orders for part in parts) and all(
        value is None or value is False for value in given.values()
    ):
        return None
    from lockstep.vector.setup import order_model  # kernels that the simple model never loads

    model = order_model(bars, given)
    model.check(bars, execution)
    return model


def _account(
    bars: Bars, part: Part, cash: float, execution: Execution, model: "OrderModel | None", backend: str, rows: int
) -> tuple[Account, str]:
    """Return the account that trades a part, and why its backend was chosen."""
    if model is None:
        lots = np.array([bars.instruments[s].lot for s in part.symbols])
        decider, reason = _decider(bars, part, backend)
        return SubAccount(part.id, part.symbols, lots, cash, decider, execution, bars.span[1], rows), reason
    from lockstep.vector.broker_account import BrokerAccount

    if part.gives_orders and isinstance(part.decides, Strategy):
        from lockstep.vector.event_account import EventAccount

        return EventAccount(
            part.id, bars, part.symbols, cash, part.decides, execution, model
        ), "event strategies run in Python"
    if part.gives_orders:
        from lockstep.vector.order_list import KnownIntents

        known = KnownIntents(part.decides.resolve(_close_times(bars), bars.symbols))
        return BrokerAccount(part.id, bars, part.symbols, cash, known, execution, model), "orders need no backend"
    decider, reason = _decider(bars, part, backend)
    return BrokerAccount(part.id, bars, part.symbols, cash, decider, execution, model), reason


def _close_times(bars: Bars) -> Any:
    return np.concatenate([block.close_time_ns.copy() for block in bars.blocks()])


def _detailed(
    bars: Bars, detail: Any, parts: list[Part], columns: Mapping[str, Any] | None, backend: str
) -> tuple[Bars, list[Part]]:
    """Return finer bars, and parts whose decisions on the coarse ones are known at the right rows of these."""
    from lockstep.data.align import align

    if not isinstance(detail, Bars):
        raise BacktestError(
            f"detail must be Bars, read like the others with a finer interval, found {type(detail).__name__}"
        )
    rows = align(bars, detail)
    places = np.flatnonzero(rows >= 0)
    made = []
    for part in parts:
        if part.gives_orders:
            raise BacktestError(f"{part.id} gives orders, which need no detail: run it on the finer bars themselves")
        decider, _ = _decider(bars, part, backend)
        coarse = _decisions(bars, part, decider, columns)
        fine = np.full((len(part.symbols), len(rows)), np.nan)
        fine[:, places] = coarse[:, rows[places]]
        made.append(part._replace(decides=Resolved(fine, decider.kind)))
    return detail, made


def _decisions(bars: Bars, part: Part, decider: Decider, columns: Mapping[str, Any] | None) -> Any:
    """Return float64[symbols, rows]: what a part decides at each row of the bars."""
    names = part.decides.columns if isinstance(part.decides, Strategy) else ()
    extra = ExtraColumns(names, columns, [bars.symbols[s] for s in part.symbols])
    found = []
    for block in bars.blocks(BLOCK_ROWS):
        out = np.empty((len(part.symbols), len(block.close_time_ns)))
        decider.run(chosen(block, part.symbols), extra.at(block.close_time_ns), out)
        found.append(out)
    return np.concatenate(found, axis=1)


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
