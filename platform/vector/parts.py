"""What a run is made of: who decides, over which symbols, with which share of the capital."""

import sys
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.strategies.base import Strategy
from lockstep.strategies.manager import StrategyManager
from lockstep.strategies.promotion import Promotion
from lockstep.vector.columns import Orders, Signals, Targets


class Part(NamedTuple):
    """One strategy or column set of a run."""

    id: str
    title: str
    decides: Any
    """Strategy, Columns or OrderList."""
    symbols: npt.NDArray[np.int64]
    """Rows of the bars' blocks."""
    allocation: float
    """Share of the run's capital."""
    warm_up: int
    """Bars before the first meaningful decision."""
    gives_orders: bool = False
    """Orders instead of targets: an event strategy or an ``OrderList``."""


def parts_of(asked: Any, bars: Bars) -> list[Part]:
    """Return the parts of a run.

    Raises ``BacktestError`` for symbols that the bars don't hold, and when nothing is enabled, ``PromotionError`` for a
    promotion whose code has changed.
    """
    if isinstance(asked, Promotion):
        asked = asked.strategy()
    everything = np.arange(len(bars.symbols))
    if isinstance(asked, Targets | Orders | Signals):
        kind = type(asked).__name__
        return [Part(kind.lower(), kind, asked, everything, 1.0, 0)]
    if _is_order_list(asked):
        return [Part("orders", "Orders", asked, everything, 1.0, 0, gives_orders=True)]
    if isinstance(asked, Strategy):
        warm_up = asked.warm_up(asked.params)
        return [Part(asked.name, asked.title, asked, everything, 1.0, warm_up, asked.event_driven)]
    if not isinstance(asked, StrategyManager):
        raise BacktestError(
            f"expected a strategy, a Promotion, a StrategyManager or Targets, Orders or Signals, found {_found(asked)}"
        )
    parts = [
        Part(
            entry.id,
            entry.strategy.title,
            entry.strategy,
            _rows(entry.symbols or bars.symbols, bars, entry.id),
            entry.allocation,
            entry.strategy.warm_up(entry.strategy.params),
            entry.strategy.event_driven,
        )
        for entry in asked
    ]
    if not parts:
        raise BacktestError("no strategy is enabled: set enabled on at least one")
    return parts


def _is_order_list(asked: Any) -> bool:
    # The module brings kernels of the full order model with it; whoever made an OrderList has loaded them.
    module = sys.modules.get("lockstep.vector.order_list")
    return module is not None and isinstance(asked, module.OrderList)


def _rows(symbols: tuple[str, ...], bars: Bars, owner: str) -> npt.NDArray[np.int64]:
    missing = [symbol for symbol in symbols if symbol not in bars.symbols]
    if missing:
        raise BacktestError(f"strategy {owner!r} trades {missing[0]!r}, but the bars hold {', '.join(bars.symbols)}")
    return np.array([bars.symbols.index(symbol) for symbol in symbols])


def _found(asked: object) -> str:
    """Name what can't be run, and what was probably meant."""
    if isinstance(asked, type):
        return f"{asked.__name__}: make an instance, {asked.__name__}()"
    if isinstance(asked, str):
        return f"{asked!r}: make it with create({asked!r}) of lockstep.strategies"
    if isinstance(asked, list | tuple):
        return f"{type(asked).__name__}: register each in a StrategyManager, which shares out the capital"
    return type(asked).__name__
