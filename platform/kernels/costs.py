"""What trading costs: fees and the distance between the market's price and the price paid."""

from typing import NamedTuple

from lockstep.kernels._jit import kernel
from lockstep.kernels.ops import absolute, where


class Costs(NamedTuple):
    """Costs of one fill; all zero or more."""

    percent: float
    """Share of the traded value, 0.001 for ten basis points."""
    per_share: float
    """Currency per unit traded."""
    per_order: float
    """Currency per order that trades at all."""
    slippage: float
    """Share of the price lost to the market: buyers pay price * (1 + slippage), sellers get (1 - slippage)."""


@kernel
def unit_fee(costs: Costs, price: float) -> float:
    """Return the fee in currency of one more unit at ``price``."""
    return costs.per_share + costs.percent * price


@kernel
def fee(costs: Costs, quantity: float, price: float) -> float:
    """Return the fee in currency of trading ``quantity`` signed units at ``price``; zero for nothing."""
    return where(quantity == 0.0, 0.0, costs.per_order + unit_fee(costs, price) * absolute(quantity))


@kernel
def fill_price(costs: Costs, side: float, price: float) -> float:
    """Return what a buyer (``side`` above zero) or a seller pays when the market stands at ``price``."""
    return price * (1.0 + where(side > 0.0, costs.slippage, -costs.slippage))
