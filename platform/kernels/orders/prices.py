"""What a fill costs beyond the level that the rules gave it: spread, slippage and impact."""

from typing import Any

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.activity import session_duration, session_sigma, session_volume
from lockstep.kernels.orders.impact import Impact, impact, impacted
from lockstep.kernels.orders.slippage import Slippage, Spread, against, half_spread, slipped
from lockstep.kernels.orders.terms import OrderType
from lockstep.kernels.orders.world import World, contracts_of, ohlcv_of, policy_of, stands_of

VOLUME = 4  # row of a block's ohlcv


@kernel(inline=False)
def traded_price(w: World, s: int, order: Any, level: float, quantity: float, t: int) -> float:
    """Return the price of a fill of signed units at a level, in the instrument's currency.

    What rests makes the price and pays none of the three. A limit is never passed.
    """
    if order.rests or quantity == 0.0:
        return level
    policy, contract, activity = policy_of(w), contracts_of(w)[s], stands_of(w)[s].activity
    price = level
    if policy.spread_model != Spread.NONE:
        price = against(quantity, price, half_spread(policy.spread_model, policy.spread, level, contract.tick))
    if policy.slippage_model != Slippage.NONE:
        price = slipped(
            policy.slippage_model, policy.slippage, quantity, price, quantity, ohlcv_of(w)[s, VOLUME, t],
            activity.sigma, contract.tick,
        )  # fmt: skip
    if policy.impact_model != Impact.NONE:
        bars = policy.bars_per_session
        share = impact(
            policy.impact_model, policy.impact, quantity, session_volume(activity.volume, bars),
            session_sigma(activity.sigma, bars), session_duration(bars), 0.0,
        )  # fmt: skip
        price = impacted(quantity, price, share)
    if order.type == OrderType.LIMIT or order.type == OrderType.STOP_LIMIT:
        return min(price, order.limit) if quantity > 0.0 else max(price, order.limit)
    return price
