"""What a sweep over ticks is asked for: sets, histories and policies, checked before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from lockstep._nearest import did_you_mean
from lockstep.analytics.metrics.conventions import Convention, preset
from lockstep.analytics.metrics.facts import Facts
from lockstep.analytics.metrics.formulas import chosen
from lockstep.data.ticks.execution import TickExecution
from lockstep.data.ticks.ticks import Ticks
from lockstep.errors import SweepError
from lockstep.strategies.event import BaseStrategy
from lockstep.strategies.order_kernel import OrderKernel
from lockstep.vector.sweep.request import REPORTED
from lockstep.vector.sweep.space import Space
from lockstep.vector.ticks.backtest import facts_of, tick_backtest
from lockstep.vector.ticks.result import FILL_METRICS, TickResult


class TickSlice(NamedTuple):
    """A history on which every set is run."""

    name: str
    """The symbol, with the day where a symbol has several histories."""
    ticks: Ticks
    facts: Facts


@dataclass(frozen=True, eq=False)
class TickSearch:
    """A search over ticks, and what each of its runs is told."""

    slices: tuple[TickSlice, ...]
    space: Space
    metrics: tuple[str, ...]
    policies: Mapping[str, TickExecution]
    """Name -> how orders trade; one without a name where none were given."""
    cash: float
    risk_free: float
    rules: Convention
    across: str = "symbol"

    def example(self) -> OrderKernel | BaseStrategy:
        """Return a set that its strategy takes. Raises ``SweepError`` where it refuses all."""
        for start in range(0, self.space.size, 4096):
            taken = np.flatnonzero(~self.space.refused_between(start, start + 4096))
            if len(taken):
                found: Any = self.space.strategy(start + int(taken[0]))
                return found  # type: ignore[no-any-return]  # checked where the search was made
        raise SweepError(
            f"{self.space.strategy_class.name} refuses all {self.space.size:,} sets, the first because "
            f"{self.space.reason(0)}: search other values"
        )

    def again(self, run: Mapping[str, str], parameters: Mapping[str, Any]) -> TickResult:
        """Return the backtest of one cell."""
        part = next((part for part in self.slices if part.name == run.get("symbol")), self.slices[0])
        execution = self.policies.get(run.get("policy", ""), next(iter(self.policies.values())))
        return tick_backtest(
            part.ticks, self.space.strategy_class(**parameters), cash=self.cash, risk_free=self.risk_free,
            convention=self.rules, execution=execution,
        )  # fmt: skip


def search_of(
    ticks: Any,
    space: Space,
    *,
    metrics: Any,
    policies: Any,
    execution: TickExecution | None,
    cash: float,
    risk_free: float,
    convention: str | Convention,
    for_bars: Mapping[str, Any],
) -> TickSearch:
    """Check what a sweep over ticks is told. Raises ``SweepError``, and ``ParameterError`` for a bad value."""
    named = _named(ticks)
    if not issubclass(space.strategy_class, OrderKernel | BaseStrategy):
        raise SweepError(
            "ticks are for strategies that see the order book (BaseStrategy or OrderKernel), found"
            f" {space.strategy_class.__name__}: build bars of the ticks for it"
        )
    given = [name for name, value in for_bars.items() if value is not None and value is not False]
    if "limits" in given:
        raise SweepError(
            "limits hold in one run at a time: sweep without them, then run the set you choose by"
            " backtest(..., limits=...), whose `refused` says what they changed"
        )
    if given:
        raise SweepError(f"{', '.join(given)} belong to bars: over ticks give ticks=TickExecution(...)")
    told = _policies(policies, execution)
    first = next(iter(told.values()))
    parts = [TickSlice(name, each, facts_of(each, first, cash, risk_free)) for name, each in named.items()]
    return TickSearch(tuple(parts), space, _metrics(metrics, space.names), told, cash, risk_free, preset(convention))


def is_ticks(source: Any) -> bool:
    """Return whether a source is a history of ticks, a list of them, or some by name."""
    listed = list(source.values()) if isinstance(source, Mapping) else source
    listed = listed if isinstance(listed, (list, tuple)) else [listed]
    return any(isinstance(each, Ticks) for each in listed)


def _named(ticks: Any) -> dict[str, Ticks]:
    if isinstance(ticks, Mapping):
        named = {str(name): each for name, each in ticks.items()}
    else:
        listed = list(ticks) if isinstance(ticks, (list, tuple)) else [ticks]
        named = dict(zip(_names(listed), listed, strict=True))
    stray = [name for name, each in named.items() if not isinstance(each, Ticks)]
    if stray:
        found = type(named[stray[0]]).__name__
        raise SweepError(f"over ticks expected histories of ticks (Store().ticks) alone, found {found} as {stray[0]}")
    return named


def _names(listed: list[Any]) -> list[str]:
    symbols = [str(getattr(each, "symbol", number)) for number, each in enumerate(listed)]
    if len(set(symbols)) == len(symbols):
        return symbols
    names = [
        f"{name} {np.datetime64(each.span[0], 'ns').astype('datetime64[D]')}"
        for name, each in zip(symbols, listed, strict=True)
    ]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SweepError(f"two histories are {twice[0]}: name them yourself, {{'morning': ..., 'afternoon': ...}}")
    return names


def _policies(policies: Any, execution: TickExecution | None) -> dict[str, TickExecution]:
    if policies is None:
        return {"": execution or TickExecution()}
    if not isinstance(policies, Mapping) or not policies or execution is not None:
        raise SweepError(
            "over ticks give either ticks=TickExecution(...) or policies={'near': TickExecution(...), ...}"
        )
    for name, each in policies.items():
        if not isinstance(each, TickExecution):
            raise SweepError(f"policy {name!r} must be a TickExecution, found {type(each).__name__}")
    return {str(name): each for name, each in policies.items()}


def _metrics(asked: Any, parameters: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of the metrics: all but those that a searched parameter has, where none are named."""
    known = (*(entry.name for entry in chosen(None)), *FILL_METRICS)
    if asked is None:
        return tuple(name for name in known if name not in parameters)
    names = (asked,) if isinstance(asked, str) else tuple(asked)
    for name in names:
        if name not in known:
            raise SweepError(f"a run over ticks has no metric {name!r}{did_you_mean(str(name), known)}")
        if name in parameters:
            raise SweepError(f"{name} is a parameter that is searched and a metric: leave the metric out")
    return tuple(dict.fromkeys((*names, REPORTED)))
