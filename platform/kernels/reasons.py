"""Why an order filled where it did: the code that every fill carries."""

from enum import IntEnum


class Reason(IntEnum):
    """The rule of docs/execution.md that gave a fill its price, before spread, slippage and impact."""

    NEXT_OPEN = 0
    """A market order at the first open after its decision."""
    SAME_CLOSE = 1
    """A market order at the very close at which it was decided."""
    CARRIED_OVER = 2
    """The rest of an order that the bar before could not fill, at the open."""
    ON_OPEN = 3
    """An order for the opening, at the session's first open."""
    ON_CLOSE = 4
    """An order for the close, at the session's last close."""
    LIMIT = 5
    """The bar reached the limit: at the limit."""
    LIMIT_AT_OPEN = 6
    """The bar opened at the limit or better: at the open."""
    STOP = 7
    """The bar reached the stop: at the stop."""
    STOP_AT_OPEN = 8
    """The bar opened beyond the stop: at the open."""
    TRAILING_STOP = 9
    """The bar fell back from its best price to the trailing stop: at the stop."""
    TRAILING_STOP_AT_OPEN = 10
    TOUCHED = 11
    """The bar touched the level of a market-if-touched order: at the level."""
    TOUCHED_AT_OPEN = 12
    INSIDE_BAR = 13
    """An order that became active inside a bar, at the price that had been reached."""
    LIQUIDATION = 14
    """Equity fell below the maintenance margin: everything is closed at the price that was reached."""
    DELISTED = 15
    """The instrument ceased to trade: at its final price."""
