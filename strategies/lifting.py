"""Orders that close positions pass where others don't.

Kill switch, states and losses don't stop them, nor that a strategy is disabled.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lockstep.kernels.risk.codes import TradingState
from lockstep.kernels.risk.tables import Rows

_STATE, _LOSSES = ("kill_switch", "state", "reason"), ("max_daily_loss", "max_drawdown")


@contextmanager
def lifted(accounts: Sequence[Rows], limits: Sequence[Rows], guards: Sequence[Rows] = ()) -> Iterator[None]:
    """Lift these of RISK_ACCOUNT[n], RISK_LIMITS[n] and GUARD[n] for a while; afterwards they are as they were."""
    states = [account[list(_STATE)].copy() for account in accounts]
    losses = [row[list(_LOSSES)].copy() for row in limits]
    disabled = [row["disabled"].copy() for row in guards]
    for row in guards:
        row["disabled"] = 0
    for account in accounts:
        account["kill_switch"], account["state"] = 0, TradingState.ACTIVE
    for row in limits:
        row["max_daily_loss"] = row["max_drawdown"] = -1.0
    try:
        yield
    finally:
        for row, each in zip(guards, disabled, strict=True):
            row["disabled"] = each
        for account, kept in zip(accounts, states, strict=True):
            for name in _STATE:
                account[name] = kept[name]
        for row, kept in zip(limits, losses, strict=True):
            for name in _LOSSES:
                row[name] = kept[name]
