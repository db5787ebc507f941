"""What each strategy of a session trades with: named amounts in place of the same for all."""

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from msgspec.structs import replace

from lockstep.data.recordings.terms import LaneTerms
from lockstep.errors import SessionError
from lockstep.live.session.by_hand import is_by_hand


def allocated(lanes: Sequence[LaneTerms], amounts: Mapping[str, Any]) -> tuple[LaneTerms, ...]:
    """Return lanes with cash of their own.

    ``amounts`` names strategies, whose cash is spread evenly over their symbols, or lanes ("Maker:AAPL"), which come
    before. Orders by hand trade with what the account has: without an amount they have no cash beside strategies, and
    alone that of one lane. Raises ``SessionError`` for names that nobody has and amounts that are none above zero.
    """
    known = [*dict.fromkeys(_strategy(lane) for lane in lanes), *(lane.name for lane in lanes)]
    for name, amount in amounts.items():
        if name not in known:
            raise SessionError(f"--allocate {name}: this session has {', '.join(dict.fromkeys(known))}")
        if isinstance(amount, bool) or not isinstance(amount, int | float) or not isfinite(amount) or amount <= 0:
            raise SessionError(f"--allocate {name}: expected cash above zero, found {amount!r}")
    return tuple(replace(lane, cash=_cash(lane, lanes, amounts)) for lane in lanes)


def _cash(lane: LaneTerms, lanes: Sequence[LaneTerms], amounts: Mapping[str, Any]) -> float:
    name = _strategy(lane)
    if lane.name in amounts:
        return float(amounts[lane.name])
    if is_by_hand(lane) and name not in amounts:
        by_hand = sum(map(is_by_hand, lanes))
        return lane.cash / by_hand if by_hand == len(lanes) else 0.0
    symbols = sum(_strategy(each) == name for each in lanes)
    return float(amounts[name]) / symbols if name in amounts else lane.cash


def _strategy(lane: LaneTerms) -> str:
    return lane.name.partition(":")[0]
