"""What is asked of a history, apart from how orders fill; runs that differ in that alone share the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.analytics.metrics.conventions import Convention
from lockstep.analytics.metrics.facts import Facts, statistics_for
from lockstep.data.bars import Bars
from lockstep.data.extra import ExtraColumns
from lockstep.data.interval import interval_ns
from lockstep.errors import BacktestError
from lockstep.strategies.base import Strategy
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.signals import NumbaSignals
from lockstep.strategies.over_bars.subaccount import ColumnDecider, Decider, SubAccount, chosen
from lockstep.vector.backends import choose_backend
from lockstep.vector.columns import Resolved
from lockstep.vector.parts import Part
from lockstep.vector.result import Result, Settings, collect
from lockstep.vector.run import Account, Benchmark, Curve, GivenBenchmark, Lane, Run
from lockstep.vector.shared import SharedDecider

if TYPE_CHECKING:
    from lockstep.strategies.over_bars.order_model import OrderModel

BLOCK_ROWS = 16384


class Prepared(NamedTuple):
    """A run that has not been walked yet, and how it was asked for."""

    run: Run
    settings: Settings


@dataclass(frozen=True, eq=False)
class Question:
    """A strategy, its bars and its capital."""

    asked: Bars
    """The bars on which decisions are made."""
    bars: Bars
    """Those on which orders fill: the same, or finer ones."""
    parts: list[Part]
    columns: Mapping[str, Any] | None
    benchmark: Any
    cash: float
    rules: Convention
    facts: Facts
    backend: str
    shared: dict[str, tuple[SharedDecider, str]] | None = None
    """Part -> its decider, where several runs share what it decides; None where there is one run."""

    def prepare(
        self, execution: Execution, given: dict[str, Any], keep_rows: bool, curve: Callable[..., Curve] = Curve
    ) -> Prepared:
        """Return a run under these settings; ``curve`` makes the curve of its total.

        Raises ``BacktestError`` for settings that can't be run.
        """
        model = order_model_of(given, self.parts, self.asked, execution)
        if model is not None and model.scores is not None and self.bars is not self.asked:
            raise BacktestError("scores are rows of the bars that fill: leave out detail, or run on the finer bars")
        # Exact where all symbols have the same calendar; elsewhere the merged one may be longer.
        rows = max(history.rows for history in self.bars.histories)
        kept = rows if keep_rows else 0
        lanes: list[Lane] = []
        reasons: dict[str, str] = {}
        for part in self.parts:
            capital = part.allocation * self.cash
            account, reasons[part.id] = self._account(part, capital, execution, model, rows)
            own = None
            if len(self.parts) > 1:
                own_facts = replace(self.facts, initial_cash=capital, warm_up=part.warm_up)
                own = Curve(statistics_for(self.rules, own_facts), Benchmark(part.symbols, capital), kept)
            lanes.append(Lane(account, extra_columns(self.bars, part, self.columns), own))
        facts = replace(self.facts, warm_up=max(part.warm_up for part in self.parts))
        compared = benchmark_of(self.bars, self.benchmark, self.parts, self.cash)
        total = curve(statistics_for(self.rules, facts), compared, kept)
        idle = self.cash - sum(lane.account.cash for lane in lanes)
        described = model.to_dict() if model is not None else None
        return Prepared(Run(lanes, total, idle), Settings(execution, self.rules, facts, reasons, described))

    def collect(self, prepared: Prepared) -> Result:
        """Return the result of a run that was walked."""
        return collect(self.bars, self.parts, prepared.run.lanes, prepared.run.total, prepared.settings)

    def on_finer(self, detail: Any) -> "Question":
        """Return the question with decisions of these bars, filled on finer ones."""
        if any(part.gives_orders for part in self.parts):
            raise BacktestError("orders need no detail: run them on the finer bars themselves")
        bars, parts = _detailed(self.asked, detail, self.parts, self.columns, self.backend)
        facts = replace(self.facts, interval_ns=interval_ns(bars.interval))
        return replace(self, bars=bars, parts=parts, columns=None, facts=facts)

    def _account(
        self, part: Part, cash: float, execution: Execution, model: "OrderModel | None", rows: int
    ) -> tuple[Account, str]:
        """Return the account that trades a part, and why its backend was chosen."""
        bars = self.bars
        if model is None:
            lots = np.array([bars.instruments[s].lot for s in part.symbols])
            decider, reason = self._decider(part)
            return SubAccount(part.id, part.symbols, lots, cash, decider, execution, bars.span[1], rows), reason
        from lockstep.strategies.over_bars.broker_account import BrokerAccount

        if part.gives_orders and isinstance(part.decides, Strategy):
            from lockstep.strategies.over_bars.event_account import EventAccount

            account = EventAccount(part.id, bars, part.symbols, cash, part.decides, execution, model)
            return account, "event strategies run in Python"
        if part.gives_orders:
            from lockstep.vector.order_list import KnownIntents

            known = KnownIntents(part.decides.resolve(_close_times(bars), bars.symbols))
            return BrokerAccount(part.id, bars, part.symbols, cash, known, execution, model), "orders need no backend"
        decider, reason = self._decider(part)
        return BrokerAccount(part.id, bars, part.symbols, cash, decider, execution, model), reason

    def _decider(self, part: Part) -> tuple[Decider, str]:
        if self.shared is None:
            return decider_of(self.bars, part, self.backend)
        if part.id not in self.shared:
            decider, reason = decider_of(self.bars, part, self.backend)
            self.shared[part.id] = SharedDecider(decider), reason
        once, reason = self.shared[part.id]
        return once.reader(), reason


def order_model_of(given: dict[str, Any], parts: list[Part], bars: Bars, execution: Execution) -> "OrderModel | None":
    """Return the full order model where something asks for it."""
    if not any(part.gives_orders for part in parts) and all(
        value is None or value is False for value in given.values()
    ):
        return None
    from lockstep.vector.setup import order_model  # kernels that the simple model never loads

    model = order_model(bars, given)
    model.check(bars, execution)
    if model.exits is not None and all(part.gives_orders for part in parts):
        raise BacktestError("exits are for positions that targets open: give orders their own, stop_loss= or bracket")
    return model


def extra_columns(bars: Bars, part: Part, columns: Mapping[str, Any] | None) -> ExtraColumns:
    """Return the user's columns that a part reads."""
    names = part.decides.columns if isinstance(part.decides, Strategy) else ()
    return ExtraColumns(names, columns, [bars.symbols[s] for s in part.symbols])


def _close_times(bars: Bars) -> npt.NDArray[np.int64]:
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
        decider, _ = decider_of(bars, part, backend)
        coarse = _decisions(bars, part, decider, columns)
        fine = np.full((len(part.symbols), len(rows)), np.nan)
        fine[:, places] = coarse[:, rows[places]]
        made.append(part._replace(decides=Resolved(fine, decider.kind)))
    return detail, made


def _decisions(bars: Bars, part: Part, decider: Decider, columns: Mapping[str, Any] | None) -> npt.NDArray[np.float64]:
    """Return float64[symbols, rows]: what a part decides at each row of the bars."""
    extra = extra_columns(bars, part, columns)
    found = []
    for block in bars.blocks(BLOCK_ROWS):
        out = np.empty((len(part.symbols), len(block.close_time_ns)))
        decider.run(chosen(block, part.symbols), extra.at(block.close_time_ns), out)
        found.append(out)
    return np.concatenate(found, axis=1)


def decider_of(bars: Bars, part: Part, backend: str) -> tuple[Decider, str]:
    """Return who decides for a part, and why its backend was chosen."""
    if not isinstance(part.decides, Strategy):
        names = tuple(bars.symbols[s] for s in part.symbols)
        return ColumnDecider(*part.decides.resolve(bars.rows, names)), "columns need no backend"
    chosen_backend, reason = choose_backend(part.decides, backend, len(part.symbols))
    if chosen_backend == "jax":
        from lockstep.vector.jax_signals import JaxSignals  # JAX takes a second to import

        return JaxSignals(part.decides, len(part.symbols)), reason
    return NumbaSignals(part.decides, len(part.symbols)), reason


def benchmark_of(bars: Bars, given: Any, parts: list[Part], cash: float) -> Benchmark | GivenBenchmark:
    """Return what a run is compared with; raises ``BacktestError`` for what is no benchmark."""
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
