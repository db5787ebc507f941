"""The batch driver: whole histories through the compiled kernels, and what comes of them."""

from importlib import import_module
from typing import TYPE_CHECKING

from lockstep.strategies.over_bars.execution import Execution
from lockstep.vector.backtest import backtest
from lockstep.vector.columns import Orders, Signals, Targets
from lockstep.vector.result import Result

if TYPE_CHECKING:
    from lockstep.data.ticks.execution import Impact, Latency, TickExecution
    from lockstep.kernels.risk.settings import RiskLimits
    from lockstep.strategies.over_bars.exits import Exits
    from lockstep.strategies.over_bars.margin import Brokerage
    from lockstep.strategies.over_bars.market import Market
    from lockstep.vector.order_list import OrderList
    from lockstep.vector.ticks.agents import Agent, run_agents
    from lockstep.vector.ticks.calibration.calibrate import Calibration, calibrate
    from lockstep.vector.ticks.inject import inject
    from lockstep.vector.ticks.latency_curve import latency_curve
    from lockstep.vector.ticks.result import TickResult
    from lockstep.vector.ticks.venue import Venue
    from lockstep.vector.validation import WalkForward, walk_forward

__all__ = [
    "Agent",
    "Brokerage",
    "Calibration",
    "Execution",
    "Exits",
    "Impact",
    "Latency",
    "Market",
    "OrderList",
    "Orders",
    "Result",
    "RiskLimits",
    "Signals",
    "Targets",
    "TickExecution",
    "TickResult",
    "Venue",
    "WalkForward",
    "backtest",
    "calibrate",
    "inject",
    "latency_curve",
    "run_agents",
    "walk_forward",
]

_HOME = {
    "Agent": "lockstep.vector.ticks.agents",
    "Brokerage": "lockstep.strategies.over_bars.margin",
    "Calibration": "lockstep.vector.ticks.calibration",
    "Exits": "lockstep.strategies.over_bars.exits",
    "Impact": "lockstep.data.ticks.execution",
    "Latency": "lockstep.data.ticks.execution",
    "Market": "lockstep.strategies.over_bars.market",
    "OrderList": "lockstep.vector.order_list",
    "RiskLimits": "lockstep.kernels.risk.settings",
    "TickExecution": "lockstep.data.ticks.execution",
    "TickResult": "lockstep.vector.ticks.result",
    "Venue": "lockstep.vector.ticks.venue",
    "WalkForward": "lockstep.vector.validation",
    "calibrate": "lockstep.vector.ticks.calibration",
    "inject": "lockstep.vector.ticks.inject",
    "latency_curve": "lockstep.vector.ticks.latency_curve",
    "run_agents": "lockstep.vector.ticks.agents",
    "walk_forward": "lockstep.vector.validation",
}
"""Names of the full order model, ticks and validation, which bring kernels that a plain backtest never loads."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _HOME:
            raise AttributeError(f"lockstep.vector has no name {name!r}; it has {', '.join(__all__)}")
        value = getattr(import_module(_HOME[name]), name)
        globals()[name] = value
        return value
