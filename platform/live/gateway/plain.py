"""Numbers as people and programs want them, on the way out: what floating-point sums leave behind is not told.

The engine and the journal keep what they have computed, to the last bit. Here, the one place that all answers and
messages pass, money is told to a millionth of its currency (which is exact to the cent wherever sums are of cents, and
keeps fees that are less), as slippage is in basis points, what is held against a limit to a billionth, and all else,
prices and quantities, with twelve digits: exact for a price on its tick and a quantity on its lot.
"""

from typing import Any

import msgspec

MONEY = frozenset({
    "accountCash", "amount", "buyingPower", "cash", "dayProfit", "equity", "fee", "fees", "laneCash", "marketValue",
    "notional", "profit", "realised", "slippageBps", "unrealised", "unrealisedPnl", "value",
})  # fmt: skip
_OF_LIMITS = frozenset({"attempted", "current", "limit", "used", "utilisation"})
_EXACT = frozenset({"parameters", "settings"})
"""Told as they were given."""
_LEAVES = frozenset({str, int, bool, type(None)})


def plain(value: Any, name: str = "") -> Any:
    """Return values for JSON with their numbers as they are told; ``name`` is that under which the value stands."""
    kind = type(value)
    if kind is float:
        return _number(value, name)
    if kind is dict:
        found = {
            key: each if type(each) in _LEAVES or key in _EXACT else plain(each, key) for key, each in value.items()
        }
        if found.get("why") == "none":  # rows of the journal say so where there is no reason
            found["why"] = None
        return found
    if kind is list or kind is tuple:
        return [plain(each, name) for each in value]
    return plain(msgspec.to_builtins(value), name) if isinstance(value, msgspec.Struct) else value


def _number(value: float, name: str) -> float:
    if value.is_integer():
        return value + 0.0  # no zero is below zero
    if name in MONEY:
        return round(value, 6) + 0.0
    if name in _OF_LIMITS:
        return round(value, 9) + 0.0
    return float(f"{value:.12g}")
