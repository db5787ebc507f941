"""A backtest over ticks: an order kernel or an event strategy beside the history of a book."""

from collections.abc import Callable, Mapping
from typing import Any

from lockstep._version import __version__
from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.data.instrument import ALWAYS_OPEN
from lockstep.data.ticks.day_ends import day_ends
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.hours import trading_hours
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import BacktestError
from lockstep.kernels.book.codes import Code
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.kernels.ticks.bind import Bound
from lockstep.kernels.ticks.guards import Guarded, Guards
from lockstep.strategies.base import Strategy
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.strategies.over_ticks.requests import requests_of
from lockstep.vector.ticks.drive import BLOCK, Driven
from lockstep.vector.ticks.event_run import EventDriven
from lockstep.vector.ticks.result import TickResult
from lockstep.vector.ticks.slow_start import slow_start

_COUNTERS = {"events": "events", "acts": "acts", "entries": "entries", "position": "exchange_position"}
"""Name -> field of TICK_RUN."""
_RECORDS = ("fills", "orders", "declines", "trades", "samples", "flows")


def tick_backtest(
    ticks: Ticks,
    strategy: Any,
    *,
    cash: float,
    risk_free: float,
    convention: str | Convention,
    execution: TickExecution | None = None,
    progress: Callable[[int], None] | None = None,
    bound: Bound | None = None,
    limits: RiskLimits | Mapping[str, Any] | None = None,
) -> TickResult:
    """Run a strategy over the ticks of one symbol (see ``backtest``); ``bound`` spares compiling a kernel again."""
    settings = execution or TickExecution()
    rules = limits if isinstance(limits, RiskLimits) or limits is None else RiskLimits.from_mapping(limits)
    guards = None if rules is None else guards_over(ticks, cash, rules)
    with slow_start(progress) as report:
        if isinstance(strategy, BaseStrategy):
            driven: Driven = EventDriven(ticks, strategy, settings, cash, guards)
            close_days(driven, ticks)
        elif isinstance(strategy, OrderKernel):
            driven = driven_over(ticks, strategy, settings, cash, bound, guards=guards)
        else:
            raise BacktestError(
                f"ticks are for strategies that see the order book (OrderKernel), found {_found(strategy)}"
            )
        driven.drive(report)
    result = _collected(
        ticks, strategy, settings, driven, facts_of(ticks, settings, cash, risk_free), preset(convention)
    )
    if rules is not None:
        result.provenance["limits"] = rules.to_mapping()
    return result


def facts_of(ticks: Ticks, settings: TickExecution, cash: float, risk_free: float) -> Facts:
    """Return what metrics need to know of a run."""
    return Facts(
        initial_cash=cash,
        interval_ns=settings.sample,
        sessions_per_year=365.0 if ticks.instrument.calendar == ALWAYS_OPEN else 252.0,
        risk_free=risk_free,
    )


def driven_over(
    ticks: Ticks,
    strategy: OrderKernel,
    settings: TickExecution,
    cash: float,
    bound: Bound | None = None,
    state: Any = None,
    guards: Guards | None = None,
) -> Driven:
    """Return a run at its start, that can be driven to its end or stepped."""
    instrument = ticks.instrument
    driven = Driven(
        ticks.blocks(BLOCK), strategy, settings, slots=ticks.slots, cash=cash, tick_size=instrument.tick,
        lot_size=instrument.lot, multiplier=instrument.multiplier, bound=bound, state=state,
        guards=guards,
    )  # fmt: skip
    close_days(driven, ticks)
    return driven


def guards_over(ticks: Ticks, cash: float, limits: RiskLimits) -> Guards:
    """Return what a run's orders are held against."""
    one = ticks.instrument
    lane = Guarded(one.symbol, cash, one.tick, one.lot, one.multiplier, short_available=one.short_available)
    guards = Guards([lane], limits)
    hours = None if limits.allow_outside_hours else trading_hours(one, *ticks.span)
    if hours is not None:
        guards.set_hours(0, hours)
    return guards


def close_days(driven: Driven, ticks: Ticks) -> None:
    """Tell a run when the days of its instrument end, and what its short positions are charged then."""
    driven.frame.close_days(day_ends(ticks.instrument, *ticks.span))
    driven.frame.charge_shorts(ticks.instrument.borrow_rate)


def _collected(
    ticks: Ticks, strategy: Strategy, settings: TickExecution, driven: Driven, facts: Facts, rules: Convention
) -> TickResult:
    (start, end), frame = ticks.span, driven.frame
    requests = {"requests": requests_of(frame.written("intents"))} if settings.keep_requests else {}
    return TickResult(
        ticks=ticks,
        instrument=ticks.instrument,
        strategy=type(strategy).title,
        parameters=strategy.params._asdict(),
        goal=_goal(strategy),
        execution=settings,
        # The frame ends here: its records need no copy, and room that was never written to takes no memory.
        records={name: frame.written(name) for name in _RECORDS} | requests,
        counters={name: int(frame.run[field][0]) for name, field in _COUNTERS.items()},
        facts=facts,
        convention=rules,
        provenance={
            "dataset": ticks.dataset, "source": "synthetic" if ticks.synthetic else ticks.source, "level": ticks.level,
            "data_hash": ticks.data_hash, "span": (start, end), "lockstep": __version__,
        },
        digest=frame.book.digest,
        refusals={code.name.lower(): int(n) for code, n in zip(Code, frame.refusals, strict=True) if n},
    )  # fmt: skip


def _found(asked: object) -> str:
    """Name what can't be run over ticks, and the cure."""
    if isinstance(asked, type):
        return f"{asked.__name__}: make an instance, {asked.__name__}()"
    if isinstance(asked, str):
        return f"{asked!r}: make it with create({asked!r}) of lockstep.strategies"
    return (
        f"{type(asked).__name__}: build bars of the ticks for it, or write an act(state, desk, params), or a"
        " BaseStrategy with on_quote"
    )


def _goal(strategy: Strategy) -> float | None:
    """Return the lots that a strategy is to trade in all."""
    return strategy.params._asdict()[strategy.goal] if isinstance(strategy, OrderKernel) and strategy.goal else None
