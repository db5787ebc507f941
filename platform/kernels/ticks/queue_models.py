"""How far an own order has come in its queue when only level totals are known (L2).

Trades take from the front: that is known. When a level shrinks by more than was traded at it, orders were canceled, and
a model says what share of them stood behind the own order.

    risk averse   all of them: only trades bring the order forward
    power         g(x) = x**n:      share behind = g(b) / (g(b) + g(f))
    log           g(x) = ln(1 + x): the same
    power 2, log 2                  share behind = g(b) / g(b + f)
    power 3                         share behind = 1 - (f / (f + b))**n

with f lots ahead and b lots behind. Sources: E. Rigtorp, "Estimating order queue position" (2013), and the models that
hftbacktest made common under these names.
"""

import math
from enum import IntEnum

from lockstep.kernels._jit import kernel


class QueueModel(IntEnum):
    """Which orders a cancel is taken from."""

    RISK_AVERSE = 0
    POWER = 1
    LOG = 2
    POWER_2 = 3
    LOG_2 = 4
    POWER_3 = 5


@kernel
def share_behind(model: int, power: float, ahead: float, behind: float) -> float:
    """Return the share of canceled lots that stood behind: 0 with nobody behind, 1 with nobody ahead."""
    if behind <= 0.0:
        return 0.0
    if ahead <= 0.0:
        return 1.0
    if model == QueueModel.POWER:
        back = behind**power
        return back / (back + ahead**power)
    if model == QueueModel.LOG:
        back = math.log1p(behind)
        return back / (back + math.log1p(ahead))
    if model == QueueModel.POWER_2:
        return (behind / (behind + ahead)) ** power
    if model == QueueModel.LOG_2:
        return math.log1p(behind) / math.log1p(behind + ahead)
    return 1.0 - (ahead / (ahead + behind)) ** power


@kernel(inline=False)
def ahead_after(model: int, power: float, ahead: float, before: float, now: float, traded: float) -> float:
    """Return the lots ahead after a level went from ``before`` to ``now`` lots, ``traded`` of them by trades.

    The trades have been taken off ``ahead`` already. Never more than the level shows. Lots that own orders took count
    nowhere.
    """
    canceled = before - traded - now
    if model == QueueModel.RISK_AVERSE or canceled <= 0.0:
        return min(ahead, now)
    behind = max(before - traded - ahead, 0.0)
    from_behind = min(share_behind(model, power, ahead, behind) * canceled, behind)
    return min(max(ahead - (canceled - from_behind), 0.0), now)
