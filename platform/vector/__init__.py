"""The batch driver: whole histories through the compiled kernels, and what comes of them."""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.vector.backtest import backtest
from lockstep.vector.columns import Orders, Signals, Targets
from lockstep.vector.execution import Execution
from lockstep.vector.result import Result

if TYPE_CHECKING:
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.vector.exits import Exits
    from lockstep.vector.margin import Brokerage
    from lockstep.vector.market import Market
    from lockstep.vector.order_list import OrderList
    from lockstep.vector.validation import WalkForward, walk_forward

__all__ = [
    "Brokerage",
    "Execution",
    "Exits",
    "Market",
    "OrderList",
    "Orders",
    "Result",
    "RiskLimits",
    "Signals",
    "Targets",
    "WalkForward",
    "backtest",
    "walk_forward",
]

_HOME = {
    "Brokerage": "lockstep.vector.margin",
    "Exits": "lockstep.vector.exits",
    "Market": "lockstep.vector.market",
    "OrderList": "lockstep.vector.order_list",
    "RiskLimits": "lockstep.kernels.risk.settings",
    "WalkForward": "lockstep.vector.validation",
    "walk_forward": "lockstep.vector.validation",
}
"""Names of the full order model and of validation, which bring kernels with them that a plain backtest never loads."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"lockstep.vector has no name {name!r}; it has {', '.join(__all__)}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
