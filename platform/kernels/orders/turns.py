"""In which order symbols that trade at one moment share the cash."""

import math

from lockstep.kernels._jit import kernel
from lockstep.kernels.orders.world import (
    Sequence,
    World,
    policy_of,
    stands_of,
    turn_of,
)


@kernel
def _score(w: World, s: int) -> float:
    score = stands_of(w)[s].score
    return -math.inf if math.isnan(score) else score


@kernel(inline=False)
def take_turns(w: World) -> None:
    """Write the symbols in the order in which they share the cash: by the scores of the last row that closed."""
    symbols = w.symbols
    for s in range(symbols):
        turn_of(w)[s] = s
    if policy_of(w).sequence != Sequence.SCORE or not w.scored:
        return
    for i in range(1, symbols):  # stable: equal scores, and those without one, stay as named
        s = turn_of(w)[i]
        at = i
        while at > 0 and _score(w, s) > _score(w, turn_of(w)[at - 1]):
            turn_of(w)[at] = turn_of(w)[at - 1]
            at -= 1
        turn_of(w)[at] = s
