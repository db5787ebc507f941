"""Deciders: what a strategy is, and the ones that ship.

Names load on first use, so importing this package compiles nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lockstep.kernels._jit import kernel
    from lockstep.strategies.avellaneda_stoikov import AvellanedaStoikov
    from lockstep.strategies.base import CrossSectionalStrategy, Strategy
    from lockstep.strategies.bollinger import Bollinger
    from lockstep.strategies.book_imbalance_taker import BookImbalanceTaker
    from lockstep.strategies.buy_and_hold import BuyAndHold
    from lockstep.strategies.cross_sectional_momentum import CrossSectionalMomentum
    from lockstep.strategies.donchian import Donchian
    from lockstep.strategies.ema_cross import EmaCross
    from lockstep.strategies.event import BaseStrategy, BookUpdate, Fill, MarketData, Quote, Signal, Trade
    from lockstep.strategies.iceberg import Iceberg
    from lockstep.strategies.macd_trend import MacdTrend
    from lockstep.strategies.manager import StrategyEntry, StrategyManager
    from lockstep.strategies.mean_reversion import MeanReversion
    from lockstep.strategies.momentum import Momentum
    from lockstep.strategies.order_kernel import OrderKernel
    from lockstep.strategies.orders import Cancel, Order, Replace, bracket, one_cancels_other
    from lockstep.strategies.pairs import Pairs
    from lockstep.strategies.parameters import param
    from lockstep.strategies.participation import Participation
    from lockstep.strategies.promotion import Promotion
    from lockstep.strategies.registry import create, find, listing, names, register
    from lockstep.strategies.rsi import Rsi
    from lockstep.strategies.simple_market_maker import SimpleMarketMaker
    from lockstep.strategies.sma_cross import SmaCross
    from lockstep.strategies.twap import Twap
    from lockstep.strategies.vwap import Vwap

__all__ = [
    "AvellanedaStoikov",
    "BaseStrategy",
    "Bollinger",
    "BookImbalanceTaker",
    "BookUpdate",
    "BuyAndHold",
    "Cancel",
    "CrossSectionalMomentum",
    "CrossSectionalStrategy",
    "Donchian",
    "EmaCross",
    "Fill",
    "Iceberg",
    "MacdTrend",
    "MarketData",
    "MeanReversion",
    "Momentum",
    "Order",
    "OrderKernel",
    "Pairs",
    "Participation",
    "Promotion",
    "Quote",
    "Replace",
    "Rsi",
    "Signal",
    "SimpleMarketMaker",
    "SmaCross",
    "Strategy",
    "StrategyEntry",
    "StrategyManager",
    "Trade",
    "Twap",
    "Vwap",
    "bracket",
    "create",
    "find",
    "kernel",
    "listing",
    "names",
    "one_cancels_other",
    "param",
    "register",
]

_LAZY = {
    "avellaneda_stoikov": ("AvellanedaStoikov",),
    "base": ("CrossSectionalStrategy", "Strategy"),
    "bollinger": ("Bollinger",),
    "book_imbalance_taker": ("BookImbalanceTaker",),
    "buy_and_hold": ("BuyAndHold",),
    "cross_sectional_momentum": ("CrossSectionalMomentum",),
    "donchian": ("Donchian",),
    "ema_cross": ("EmaCross",),
    "event": ("BaseStrategy", "BookUpdate", "Fill", "MarketData", "Quote", "Signal", "Trade"),
    "iceberg": ("Iceberg",),
    "macd_trend": ("MacdTrend",),
    "manager": ("StrategyEntry", "StrategyManager"),
    "mean_reversion": ("MeanReversion",),
    "momentum": ("Momentum",),
    "order_kernel": ("OrderKernel",),
    "orders": ("Cancel", "Order", "Replace", "bracket", "one_cancels_other"),
    "pairs": ("Pairs",),
    "parameters": ("param",),
    "participation": ("Participation",),
    "promotion": ("Promotion",),
    "registry": ("create", "find", "listing", "names", "register"),
    "rsi": ("Rsi",),
    "simple_market_maker": ("SimpleMarketMaker",),
    "sma_cross": ("SmaCross",),
    "twap": ("Twap",),
    "vwap": ("Vwap",),
}
"""Module -> the public names it defines."""

_HOME = {name: f"lockstep.strategies.{module}" for module, names in _LAZY.items() for name in names}
_HOME["kernel"] = "lockstep.kernels._jit"

# Hidden from type checkers: to them a module with __getattr__ has every name, and misspellings would pass.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"lockstep.strategies has no name {name!r}; it has {', '.join(sorted(__all__))}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
