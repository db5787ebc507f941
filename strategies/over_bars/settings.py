"""How a session over bars trades: the settings of a backtest, as a request spells them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from lockstep.errors import SessionError
from lockstep.kernels.risk.settings import RiskLimits
from lockstep.strategies.over_bars.execution import Execution
from lockstep.strategies.over_bars.facts import Facts
from lockstep.strategies.over_bars.order_model import OrderModel
from lockstep.strategies.over_bars.request_model import BrokerageRequest, ExitsRequest, MarketRequest


class BarSettings(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Keys of a backtest (docs/execution.md) that a run without a known end and without tables can have too."""

    fill: str = "next_open"
    rebalance: str = "on_change"
    band: float = 0.0
    commission: float = 0.0
    per_share: float = 0.0
    per_order: float = 0.0
    slippage_bps: float = 0.0
    fractional: bool = False
    direction: str = "both"
    market: MarketRequest | None = None
    brokerage: BrokerageRequest | None = None
    exits: ExitsRequest | None = None
    rates: dict[str, float] | None = None

    def execution(self) -> Execution:
        """Return the plain settings; raises ``BacktestError`` for what can't be."""
        given: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        return Execution(**given)

    def model(self, bars: Facts, limits: RiskLimits | None, *, orders: bool) -> OrderModel | None:
        """Return the full order model where a backtest would take it: for ``orders``, and where something asks for it.

        Raises ``BacktestError`` for what can't be.
        """
        parts = {"market": self.market, "brokerage": self.brokerage, "exits": self.exits}
        made: dict[str, Any] = {name: part.made() for name, part in parts.items() if part is not None}
        if not (orders or made or self.rates or limits is not None):
            return None
        if orders and self.exits is not None:
            raise SessionError(
                "exits are for positions that targets open: give orders their own, stop_loss= or bracket"
            )
        model = OrderModel(**made, rates=self.rates, limits=limits)
        model.check(bars, self.execution())
        return model


_PLAIN = (
    "fill", "rebalance", "band", "commission", "per_share", "per_order", "slippage_bps", "fractional", "direction",
)  # fmt: skip


def settings_of(values: Mapping[str, Any]) -> BarSettings:
    """Return settings from plain values; raises ``SessionError`` for keys or values that are none."""
    try:
        return msgspec.convert(dict(values), BarSettings)
    except msgspec.ValidationError as error:
        known = ", ".join(field.encode_name for field in msgspec.structs.fields(BarSettings))
        raise SessionError(
            f"a session over bars can't trade so: {error}; its settings are {known} (docs/execution.md)"
        ) from error
