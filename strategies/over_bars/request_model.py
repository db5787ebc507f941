"""The full order model as a request spells it: the fields of Market, Brokerage and Exits with camelCase keys."""

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from lockstep.strategies.over_bars.exits import Exits
    from lockstep.strategies.over_bars.margin import Brokerage
    from lockstep.strategies.over_bars.market import Market

Model = tuple[str, float]
"""A model and its amount, ["bps", 2]."""


class MarketRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """How the market answers; what is left out, or null, is as in ``Market``."""

    path: str | None = None
    penetration: float | None = None
    participation: float | None = None
    latency: int | None = None
    sequence: str | None = None
    spread: Model | None = None
    slippage: Model | None = None
    impact: Model | None = None
    bars_per_session: float | None = None
    activity_span: int | None = None
    range_period: int | None = None

    def made(self) -> "Market":
        """Return the settings; raises ``BacktestError`` for what can't be."""
        from lockstep.strategies.over_bars.market import Market

        return Market(**_given(self))


class BrokerageRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Terms of the account; what is left out, or null, is as in ``Brokerage``."""

    account: str | None = None
    leverage: float | None = None
    maintenance: float | None = None
    currency: str | None = None
    settlement: int | None = None
    credit_rate: float | None = None
    debit_rate: float | None = None
    tiers: list[tuple[float, float, float]] | None = None
    minimum: float | None = None
    maximum: float | None = None
    maximum_share: float | None = None

    def made(self) -> "Brokerage":
        """Return the terms; raises ``BacktestError`` for what can't be."""
        from lockstep.strategies.over_bars.margin import Brokerage

        return Brokerage(**_given(self))


class ExitsRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Exits of every position; what is left out, or null, is none."""

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing: Model | None = None

    def made(self) -> "Exits":
        """Return the exits; raises ``BacktestError`` for what can't be."""
        from lockstep.strategies.over_bars.exits import Exits

        return Exits(**_given(self))


def _given(request: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(request, name) for name in request.__struct_fields__ if getattr(request, name) is not None}
