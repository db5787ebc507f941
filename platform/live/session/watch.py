"""What a session looks at now and then beside its feed: the room on its disk, and what its losses have led to."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lockstep.kernels.risk.codes import RiskCode, TradingState
from lockstep.kernels.ticks.tables import OrderState
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.storage.watermark import Room, Watermark
from lockstep.strategies.over_ticks.controls import BEGIN, CLOSE, FLATTEN, ROOM, Controls

LOOK_NS = 1_000_000_000
"""Between two looks at the disk, and between two attempts to close a position."""
MOST_VAIN = 30
"""Attempts in a row that close nothing: then it is given up, and a row says so."""
_OPEN = (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)


class Found(NamedTuple):
    """Something to be written down, and to be obeyed too where it is a command."""

    kind: str
    content: dict[str, Any]
    command: bool = False


class Watch:
    """Looks, and says what it has found; what is done about it is the session's.

    With ``flatten`` positions are closed when the day's loss breaches its limit.
    """

    def __init__(self, disk: Watermark, *, flatten: bool = False) -> None:
        self._disk, self._flatten = disk, flatten
        self._looked_ns = -LOOK_NS
        self._warned = Room.ENOUGH
        self._closed_ns = -LOOK_NS
        self._held: dict[str, float] = {}
        self._vain = 0
        self._states: dict[int, tuple[int, int]] = {}

    def look(self, core: Core, now_ns: int) -> Iterator[Found]:
        """Give what is new since the last look."""
        controls = core.controls
        yield from self._risk(controls)
        if controls.flattening or controls.closing:
            yield from self._close(core, now_ns)
        elif controls.changing:
            yield from _begin(core)
        if abs(now_ns - self._looked_ns) >= LOOK_NS:
            self._looked_ns = now_ns
            self._disk.look()
            yield from self._room(controls)

    def _close(self, core: Core, now_ns: int) -> Iterator[Found]:
        """Have positions closed once nothing works any more, again and again until there are none."""
        meant = (*core.lanes, *core.bar_lanes) if core.controls.flattening else tuple(sorted(core.controls.closing))
        some = {} if core.controls.flattening else {"lanes": meant}
        lanes = [lane for lane in core.lanes.values() if lane.name in meant]  # of strategies too that go on no more
        # Over bars an account whose strategy goes on no more stands still.
        over_bars = [
            lane for lane in core.bar_lanes.values()
            if lane.name in meant and lane.name not in core.halted and not lane.ruined
        ]  # fmt: skip
        if any(_works(lane) for lane in lanes) or any(lane.works for lane in over_bars):
            return
        held: dict[str, float] = {lane.name: int(lane.frame.run["position"][0]) for lane in lanes}
        held |= {f"{lane.name} {symbol}": units for lane in over_bars for symbol, units in lane.positions().items()}
        if not any(held.values()):
            yield Found(CLOSE, {"done": True, **some}, command=True)
        elif abs(now_ns - self._closed_ns) >= LOOK_NS:
            self._closed_ns = now_ns
            self._vain, self._held = (self._vain + 1 if held == self._held else 0), held
            if self._vain < MOST_VAIN:
                yield Found(CLOSE, {**some}, command=True)
                return
            self._vain = 0
            yield Found("flatten_failed", {"held": held, "attempts": MOST_VAIN})
            yield Found(CLOSE, {"done": True, **some}, command=True)

    def _room(self, controls: Controls) -> Iterator[Found]:
        room, free = self._disk.room, self._disk.free
        if room != self._warned:
            self._warned = room
            yield Found("disk", {"room": room.name.lower(), "free_bytes": free, "why": self._disk.told()})
        if controls.has_room != (room < Room.NONE):
            yield Found(ROOM, {"enough": room < Room.NONE, "free_bytes": free}, command=True)

    def _risk(self, controls: Controls) -> Iterator[Found]:
        for k, account in enumerate(controls.risk_accounts):
            state, reason = int(account["state"]), int(account["reason"])
            before = self._states.get(k, (TradingState.ACTIVE, RiskCode.PASSED))
            if (state, reason) == before:
                continue
            self._states[k] = state, reason
            yield Found("risk_state", {
                "account": k, "state": TradingState(state).name.lower(), "reason": RiskCode(reason).name.lower(),
                "equity": float(account["equity"]), "day_start_equity": float(account["day_start_equity"]),
            })  # fmt: skip
            if self._flatten and reason == RiskCode.MAX_DAILY_LOSS != before[1]:
                yield Found(FLATTEN, {"why": "maxDailyLoss"}, command=True)


def _begin(core: Core) -> Iterator[Found]:
    """Have strategies begin anew of which no order works any more."""
    ready = {name: each for name, each in core.controls.changing.items() if not _busy(core, name)}
    if ready:
        yield Found(BEGIN, {"lanes": ready}, command=True)


def _busy(core: Core, name: str) -> bool:
    lane, over_bars = core.lanes.get(name), core.bar_lanes.get(name)
    if lane is not None:
        return lane.changes_mode or _works(lane)
    return over_bars is not None and name not in core.halted and over_bars.works


def _works(lane: Lane) -> bool:
    """Return whether an order of a lane may still trade, as far as it knows."""
    states = lane.frame.own["local_state"][: int(lane.frame.run["own_used"][0])]
    return bool(np.isin(states, _OPEN).any())
