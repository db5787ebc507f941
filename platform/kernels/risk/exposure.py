"""How far a position can get, whichever of its working orders fill, and what that is worth.

Plain orders may all fill, in any order and part. Reduce-only orders never open, but by filling first they take away
what plain orders of their side would have closed: a long 100 with a reduce-only sell of 100 and a plain sell of 100 can
end 100 short. So reduce-only orders count as far as the position reaches. The worst case never rises by a fill or a
cancel; only accepting an order raises it.
"""

import math
from typing import Any

from lockstep.kernels._jit import kernel


@kernel
def worst_long(position: float, buying: float, reducing_buys: float) -> float:
    """Return the highest position in units that fills can lead to; below zero where none can turn a short."""
    held = min(position + reducing_buys, 0.0) if position < 0.0 else position
    return held + buying


@kernel
def worst_short(position: float, selling: float, reducing_sells: float) -> float:
    """Return the largest short position in units that fills can lead to; below zero where none can turn a long."""
    held = max(position - reducing_sells, 0.0) if position > 0.0 else position
    return selling - held


@kernel
def is_price(value: float) -> bool:
    """Return whether a value is finite and above zero."""
    return value > 0.0 and value < math.inf


@kernel
def unit_value(symbol: Any, price: float) -> float:
    """Return the account currency of one unit at a price; nan where price, multiplier or rate is none."""
    if is_price(price) and is_price(symbol.multiplier) and is_price(symbol.rate):
        return price * symbol.multiplier * symbol.rate
    return math.nan


@kernel
def revalue(account: Any, symbol: Any) -> None:
    """Value a symbol's position and worst case anew and carry the change into the account's sums."""
    held = worst = 0.0
    unvalued = 0
    up = worst_long(symbol.position, symbol.buying, symbol.reducing_buys)
    down = worst_short(symbol.position, symbol.selling, symbol.reducing_sells)
    if symbol.position != 0.0 or up > 0.0 or down > 0.0:
        value = unit_value(symbol, symbol.mark)
        if not math.isnan(value):
            held = abs(symbol.position) * value
            worst = max(up, down) * value
        elif symbol.position == 0.0 and math.isnan(symbol.mark) and not math.isnan(unit_value(symbol, 1.0)):
            # Without a quote, orders are worth their own prices.
            worst = max(symbol.buy_value, symbol.sell_value) * unit_value(symbol, 1.0)
        else:
            unvalued = 1
    account.gross += held - symbol.exposure
    account.gross_worst += worst - symbol.worst_exposure
    account.unvalued += unvalued - symbol.unvalued
    symbol.exposure = held
    symbol.worst_exposure = worst
    symbol.unvalued = unvalued
