"""Why signals part from vectorbt: each known difference, told by bars, signals and fills.

The names are those of ``differences.SIGNALS``. What is found is the signal to leave out, on both sides, so that the
rest of the run can be compared.
"""

from typing import Any, NamedTuple

import numpy as np
from benchmarks.peers.agree import same
from benchmarks.peers.diverge import NEAR, Parting
from benchmarks.peers.order_cases import order_bars, signals

from lockstep.kernels.reasons import Reason

STOPS = (Reason.STOP, Reason.STOP_AT_OPEN, Reason.TRAILING_STOP, Reason.TRAILING_STOP_AT_OPEN, Reason.INSIDE_BAR)
PROFITS = (Reason.LIMIT, Reason.LIMIT_AT_OPEN)
TRAILING = (Reason.TRAILING_STOP, Reason.TRAILING_STOP_AT_OPEN, Reason.INSIDE_BAR)


class Scene(NamedTuple):
    """The position under suspicion, with the bar and the fills at which runs part."""

    case: dict[str, Any]
    side: float
    """Of what is held before the bar, 0 for nothing."""
    entry: float
    """Its price."""
    best: float
    """The best price that a trailing stop of theirs has seen before the bar."""
    open: float
    worst: float
    """The bar's extreme against the position."""
    due: bool
    """Does a signal trade in the bar?"""
    parted: Parting


Place = tuple[int, int]


def explain_signals(case: dict[str, Any], parted: Parting, theirs: dict[str, Any]) -> tuple[str, Place] | None:
    """Return the difference that parts the runs and the signal to leave out (row, symbol); None if none is known."""
    lag = 0 if case["same_close"] else 1
    row, s = parted.row, parted.symbol
    due = row >= lag and not np.isnan(signals(case)[row - lag, s])
    earlier = [fill for fill in theirs["fills"] if fill[1] == s and fill[0] < row]
    opened, price = (int(earlier[-1][0]), float(earlier[-1][3])) if earlier else (row, np.nan)
    scene = _scene(case, parted, opened, price, due)
    for name, (holds, of_bar) in KNOWN.items():
        if holds(scene):
            return name, (row - lag if of_bar else opened - lag, s)
    return None


def _scene(case: dict[str, Any], parted: Parting, opened: int, price: float, due: bool) -> Scene:
    made, row, s = order_bars(case), parted.row, parted.symbol
    side = float(np.sign(parted.held))
    seen = made["high" if side > 0.0 else "low"][opened + 1 : row, s]
    best = side * max([side * price, *(side * seen)])
    against = made["low" if side > 0.0 else "high"][row, s]
    return Scene(case, side, price, float(best), float(made["open"][row, s]), float(against), due, parted)


def _loss(scene: Scene) -> float:
    """Return where their stop stands in the bar; nan for none."""
    distance = scene.case["stop_loss"]
    base = scene.best if scene.case["kind"] == "trailing" else scene.entry
    return float(base * (1.0 - scene.side * distance)) if distance and scene.side else float("nan")


def _profit(scene: Scene) -> float:
    distance = scene.case["take_profit"]
    return float(scene.entry * (1.0 + scene.side * distance)) if distance and scene.side else float("nan")


def _left_at(scene: Scene, fills: list[list[float]], level: float, slippage: float) -> bool:
    """Does a fill close the position at a level, or at an open beyond it?"""
    paid = level * (1.0 - scene.side * slippage)
    return any(
        abs(fill[0] + scene.parted.held) <= NEAR * abs(fill[0]) and abs(fill[1] - paid) <= NEAR * paid for fill in fills
    )


def _exit_in_entry_bar(scene: Scene) -> bool:
    """We enter at the open and leave in the same bar, they enter only."""
    mine, theirs = scene.parted.mine, scene.parted.theirs
    return (
        not scene.case["same_close"] and scene.due and len(mine) == 2 and len(theirs) == 1
        and mine[0][2] == Reason.NEXT_OPEN and mine[1][2] in STOPS + PROFITS and mine[1][0] * mine[0][0] < 0.0
        and same(mine[0][0], theirs[0][0]) and same(mine[0][1], theirs[0][1])
    )  # fmt: skip


def _signal_with_stop(scene: Scene) -> bool:
    """A signal trades in a bar that reaches an exit's level: they leave at the level and drop the signal."""
    if not scene.due or not scene.side:
        return False
    slippage, theirs = scene.case["slippage"], scene.parted.theirs
    levels = [_loss(scene), _profit(scene), scene.open]
    at_level = any(_left_at(scene, theirs, level, cost) for level in levels for cost in (0.0, slippage))
    return len(theirs) == 1 and at_level


def _profit_at_open(scene: Scene) -> bool:
    """The bar opens beyond the profit, where we leave, and reaches the loss, where they do."""
    gapped = scene.side * (scene.open - _profit(scene)) >= 0.0
    reached = scene.side * (scene.worst - _loss(scene)) <= 0.0
    slippage = scene.case["slippage"]
    left = _left_at(scene, scene.parted.mine, scene.open, 0.0)
    return gapped and reached and left and _left_at(scene, scene.parted.theirs, _loss(scene), slippage)


def _profit_slips(scene: Scene) -> bool:
    """Both leave at the profit; where their stops slip, so do their profits."""
    slippage = scene.case["slippage"]
    return slippage > 0.0 and any(
        _left_at(scene, scene.parted.mine, level, 0.0) and _left_at(scene, scene.parted.theirs, level, slippage)
        for level in (_profit(scene), scene.open)
    )


def _trails_in_bar(scene: Scene) -> bool:
    """Our trailing stop has followed prices of this bar, or of the entry's, before it trades."""
    if scene.case["kind"] != "trailing" or not scene.side:
        return False
    slip = 1.0 - scene.side * scene.case["slippage"]
    left = [fill[1] / slip for fill in scene.parted.mine if fill[2] in TRAILING and fill[0] * scene.side < 0.0]
    return any(scene.side * (level - _loss(scene)) > NEAR * level for level in left)


KNOWN = {
    "exit reached in the entry's bar": (_exit_in_entry_bar, True),
    "profit at the open, loss later in the bar": (_profit_at_open, False),
    "slippage of profits": (_profit_slips, False),
    "trailing stop that follows its own bar": (_trails_in_bar, False),
    "signal in the bar of an exit": (_signal_with_stop, True),
}
"""Name -> the test, and whether the signal to leave out is that of the bar (or that which opened the position)."""
