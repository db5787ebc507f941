"""The batch driver: whole histories through the compiled kernels, and what comes of them."""

from lockstep.vector.backtest import backtest
from lockstep.vector.columns import Orders, Signals, Targets
from lockstep.vector.execution import Execution
from lockstep.vector.result import Result

__all__ = ["Execution", "Orders", "Result", "Signals", "Targets", "backtest"]
