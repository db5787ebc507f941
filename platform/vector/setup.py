"""The full order model of a run, from what ``backtest`` was asked."""

from collections.abc import Mapping
from typing import Any

from lockstep.data.bars import Bars
from lockstep.errors import BacktestError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies.over_bars.exits import Exits
from lockstep.strategies.over_bars.margin import Brokerage
from lockstep.strategies.over_bars.market import Market
from lockstep.strategies.over_bars.order_model import OrderModel
from lockstep.vector.columns import matrix


def order_model(bars: Bars, given: Mapping[str, Any]) -> OrderModel:
    """Return the model of ``backtest``'s keywords, None being left out; raises ``BacktestError`` for a wrong type."""
    known = {name: value for name, value in given.items() if value is not None}
    for name, kind in (("market", Market), ("brokerage", Brokerage), ("exits", Exits)):
        if name in known and not isinstance(known[name], kind):
            raise BacktestError(f"{name} must be a {kind.__name__}, found {known[name]!r}")
    if not isinstance(known.get("actions", False), bool):
        raise BacktestError(f"actions must be True or False, found {known['actions']!r}")
    if "limits" in known and not isinstance(known["limits"], RiskLimits):
        known["limits"] = RiskLimits.from_mapping(known["limits"])
    for name in ("rates", "funding"):
        if name in known and not isinstance(known[name], Mapping):
            raise BacktestError(f"{name} must be a mapping, found {type(known[name]).__name__}")
    if "scores" in known:
        known["scores"] = matrix("scores", known["scores"], bars.rows, bars.symbols)
    return OrderModel(**known)
