"""How far a trailing stop stays behind the best trade: as people say it, and as runs over ticks have it."""

from lockstep.errors import OrderError
from lockstep.kernels.book.tables import MOST_TICKS
from lockstep.kernels.order_terms import TICK_LIMIT, TRAIL_PARTS
from lockstep.strategies.orders import no_share
from lockstep.strategies.over_ticks.steps import Steps

AMOUNT, PERCENT = "amount", "percent"
POSSIBLE = (AMOUNT, PERCENT)


def trail_of(kind: str, distance: float, price: Steps) -> int:
    """Return a distance in ticks or, of a percentage, minus TRAIL_PARTS; raises ``OrderError`` for what can't be."""
    if kind == AMOUNT:
        ticks = price.count(distance)
        if ticks is None or not 0 < ticks <= MOST_TICKS:
            raise OrderError(
                f"a trailing stop's amount must be a multiple of the tick {price.step}, from one up, found {distance!r}"
            )
        return ticks
    if kind == PERCENT:
        parts = round(distance * TRAIL_PARTS)
        if not 0 < parts < TRAIL_PARTS:
            raise no_share(distance)
        return -parts
    raise OrderError(
        f"over ticks a stop trails by {' or '.join(POSSIBLE)}, found {kind!r}: there is no average true range"
    )


def trail_told(trail: int, price: Steps) -> dict[str, float] | None:
    """Return a distance as it is told of: ``{"amount": 0.5}`` or ``{"percent": 0.01}``, None for none."""
    if trail == 0:
        return None
    return {AMOUNT: price.value(trail)} if trail > 0 else {PERCENT: -trail / TRAIL_PARTS}


def stands(trigger: int) -> bool:
    """Return whether a trigger is a price: a trailing stop has none before it has seen a trade."""
    return abs(trigger) <= TICK_LIMIT


def kind_of(trail: int) -> str:
    """Return whether a distance is an amount or a percentage."""
    return PERCENT if trail < 0 else AMOUNT
