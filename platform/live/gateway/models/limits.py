"""Which changes of risk limits widen what may be done."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

Limit = Annotated[float, Field(allow_inf_nan=False)] | bool | None
"""What a limit is set to over the border, None for no more limit. Nothing else is: what is no number is no limit either
once it is written down.
"""
WINDOWS = frozenset({"orderRateWindow", "duplicateWindow"})
"""Seconds of which longer ones are stricter."""
ALLOWING = frozenset({"allowLong", "allowShort", "allowOutsideHours"})
"""True lets more through; unless said otherwise the first two are."""
LIMITS = (
    "maxPositionSize", "maxOrderSize", "maxDailyLoss", "maxGrossExposure", "maxSymbolExposure", "maxOrderNotional",
    "maxDrawdown", "maxConcentration", "maxLeverage", "priceCollar", "maxMarkAge", "maxOrderRate", "orderRateWindow",
    "maxSessionOrders", "maxOpenOrders", "maxSymbolOpenOrders", "duplicateWindow", "preventSelfTrade", "allowLong",
    "allowShort", "allowOutsideHours",
)  # fmt: skip
"""As docs/risk.md has them."""
_DEFAULTS: Mapping[str, float | bool] = {
    "orderRateWindow": 1.0, "preventSelfTrade": True, "allowLong": True, "allowShort": True, "allowOutsideHours": False,
}  # fmt: skip


def raised(held: Mapping[str, float | bool], changes: Mapping[str, float | bool | None]) -> list[str]:
    """Return those of some changes that let more through than what is held."""
    return [
        name for name, value in changes.items()
        if _wider(name, held.get(name, _DEFAULTS.get(name)), _DEFAULTS.get(name) if value is None else value)
    ]  # fmt: skip


def _wider(name: str, before: float | bool | None, after: float | bool | None) -> bool:
    if before == after:
        return False
    if name in ALLOWING:
        return bool(after)
    if name == "preventSelfTrade":
        return not after
    if before is None or after is None:
        return after is None
    return not (after >= before if name in WINDOWS else after <= before)  # what can't be compared is wider
