"""Lockstep: one strategy source for fast backtests, parameter sweeps, paper and live trading.

    from lockstep import Store, backtest
    from lockstep.strategies import MeanReversion

    bars = Store().bars(["AAPL", "GOOG", "MSFT"], interval="1d", start="2005-01-01", end="2012-12-31")
    result = backtest(bars, MeanReversion(lookback=20), cash=100_000)

The names below and the layers (``lockstep.data``, ``lockstep.vector``, ...) load on first use, so
``import lockstep`` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep._layout import LINKS, search_path
from lockstep._version import __version__
from lockstep.errors import LockstepError

if TYPE_CHECKING:
    from lockstep.data import Bars, Instrument, Store
    from lockstep.strategies import Promotion, Strategy, StrategyManager, param
    from lockstep.vector import Orders, Result, Signals, Targets, Venue
    from lockstep.vector.backtest import backtest
    from lockstep.vector.sweep import Space, Sweep, between, guided_sweep, log_span, pareto, span, sweep
    from lockstep.vector.validation import (
        WalkForward,
        anchored,
        combinatorial_purged,
        expanding,
        purged_k_fold,
        rolling,
        walk_forward,
    )

__all__ = [
    "Bars",
    "Instrument",
    "LockstepError",
    "Orders",
    "Promotion",
    "Result",
    "Signals",
    "Space",
    "Store",
    "Strategy",
    "StrategyManager",
    "Sweep",
    "Targets",
    "Venue",
    "WalkForward",
    "__version__",
    "anchored",
    "backtest",
    "between",
    "combinatorial_purged",
    "expanding",
    "guided_sweep",
    "log_span",
    "param",
    "pareto",
    "purged_k_fold",
    "rolling",
    "span",
    "sweep",
    "walk_forward",
]

# A checkout without symbolic links has no layers in this folder; empty everywhere else.
__path__.extend(search_path(__path__[0]))

_LAZY = {
    "Bars": "lockstep.data",
    "Instrument": "lockstep.data",
    "Orders": "lockstep.vector",
    "Promotion": "lockstep.strategies",
    "Result": "lockstep.vector",
    "Signals": "lockstep.vector",
    "Space": "lockstep.vector.sweep",
    "Store": "lockstep.data",
    "Strategy": "lockstep.strategies",
    "StrategyManager": "lockstep.strategies",
    "Sweep": "lockstep.vector.sweep",
    "Targets": "lockstep.vector",
    "Venue": "lockstep.vector",
    "WalkForward": "lockstep.vector.validation",
    "anchored": "lockstep.vector.validation",
    "backtest": "lockstep.vector.backtest",
    "between": "lockstep.vector.sweep",
    "combinatorial_purged": "lockstep.vector.validation",
    "expanding": "lockstep.vector.validation",
    "guided_sweep": "lockstep.vector.sweep",
    "log_span": "lockstep.vector.sweep",
    "param": "lockstep.strategies",
    "pareto": "lockstep.vector.sweep",
    "purged_k_fold": "lockstep.vector.validation",
    "rolling": "lockstep.vector.validation",
    "span": "lockstep.vector.sweep",
    "sweep": "lockstep.vector.sweep",
    "walk_forward": "lockstep.vector.validation",
}
"""Public name -> the module that defines it; ``__all__`` and the imports for type checkers name it too."""

# Hidden from type checkers: to them a module with __getattr__ has every name, and misspellings would pass.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in LINKS:
            return import_module(f"lockstep.{name}")
        if name not in _LAZY:
            raise AttributeError(f"lockstep has no name {name!r}; it has {', '.join(sorted(__all__))}")
        value = getattr(import_module(_LAZY[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__, *LINKS})
