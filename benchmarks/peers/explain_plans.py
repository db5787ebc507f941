"""Why a plan of orders parts from backtesting.py: each known difference, told by bars, orders and fills.

The names are those of ``differences.PLANS``. What is found is the order to leave out, on both sides, so that the rest
of the run can be compared.
"""

from typing import Any, NamedTuple

from benchmarks.peers.diverge import NEAR, Parting
from benchmarks.peers.order_cases import order_bars, plan

from lockstep.kernels.reasons import Reason

EXITS = (
    Reason.STOP, Reason.STOP_AT_OPEN, Reason.LIMIT, Reason.LIMIT_AT_OPEN, Reason.INSIDE_BAR,
)  # fmt: skip


class Bar(NamedTuple):
    """One bar's prices."""

    open: float
    high: float
    low: float
    close: float


class Scene(NamedTuple):
    """The order under suspicion, with the bar and the fills at which runs part."""

    case: dict[str, Any]
    step: dict[str, Any]
    bar: Bar
    before: Bar
    first: bool
    """Was its stop reached in this bar and in none before?"""
    parted: Parting
    entered: list[list[float]]
    """Our fills on the order's side, and on the other: ``left``."""
    left: list[list[float]]
    equity: float
    """Of both, at the close before the bar."""


def explain_plan(case: dict[str, Any], parted: Parting, theirs: dict[str, Any]) -> tuple[str, int] | None:
    """Return the difference that parts the runs and the number of the order to leave out; None if none is known."""
    steps, before = plan(case), [fill for fill in theirs["fills"] if fill[0] < parted.row]
    earlier = [i for i, step in enumerate(steps) if step["row"] < parted.row and step["units"]]
    # Loose orders work side by side; elsewhere each takes the place of the one before.
    for i in earlier[::-1] if case["kind"] == "loose" else earlier[-1:]:
        for name, holds in KNOWN.items():
            if holds(_scene(case, steps[i], parted, before)):
                return name, i
    for i, step in enumerate(steps):
        if case["same_close"] and step["row"] == parted.row and _cash(_scene(case, step, parted, before)):
            return CASH, i
    return None


def _scene(case: dict[str, Any], step: dict[str, Any], parted: Parting, before: list[list[float]]) -> Scene:
    made = order_bars(case)
    bars = [Bar(*(float(made[name][t, 0]) for name in Bar._fields)) for t in range(parted.row + 1)]
    side = step["side"]
    paid = sum(fill[2] * fill[3] + abs(fill[2] * fill[3]) * case["commission"] + case["fixed"] for fill in before)
    equity = case["cash"] - paid + parted.held * bars[-2].close
    at_close = step["row"] == parted.row
    inside = [fill for fill in parted.mine if (fill[2] == Reason.SAME_CLOSE) == at_close]
    return Scene(
        case, step, bars[-1], bars[-2], _first_reach(step, bars), parted,
        [fill for fill in inside if fill[0] * side > 0.0 and (step["type"] == "market" or fill[2] != Reason.NEXT_OPEN)],
        [fill for fill in inside if fill[0] * side < 0.0 and fill[2] in EXITS], equity,
    )  # fmt: skip


def _first_reach(step: dict[str, Any], bars: list[Bar]) -> bool:
    side, stop = step["side"], step["stop"]
    reached = [side * ((bar.high if side > 0 else bar.low) - stop) >= 0.0 for bar in bars[step["row"] + 1 :]]
    return bool(stop) and reached[-1:] == [True] and not any(reached[:-1])


def _theirs(scene: Scene, units: float, price: float) -> bool:
    """Did they trade these units at this price? What turns a position around is two or more fills of theirs."""
    there = [fill[0] for fill in scene.parted.theirs if _near(fill[1], price)]
    return units in there or (bool(there) and abs(sum(there) - units) <= NEAR)


def _rarer_there(scene: Scene, units: float, price: float) -> bool:
    """Did they trade these units at this price less often than we? What was held before may have gone there too."""
    here, there = (
        sum(abs(fill[0] - units) <= NEAR and _near(fill[1], price) for fill in fills)
        for fills in (scene.parted.mine, scene.parted.theirs)
    )
    return there < here


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= NEAR * abs(b)


def _asked(scene: Scene) -> float:
    return float(scene.step["side"] * scene.step["units"])


def _whole(scene: Scene) -> list[list[float]]:
    """Return our fills of all that was asked, or of all that the cash pays for."""
    return [fill for fill in scene.entered if _near(fill[0], _asked(scene)) or _takes_all_cash(scene, fill)]


def _takes_all_cash(scene: Scene, fill: list[float]) -> bool:
    """Is what we hold after a fill of fewer units than asked worth all the equity, but for fees and part of a unit?"""
    side = scene.step["side"]
    mine = scene.parted.mine
    held = scene.parted.held + sum(one[0] for one in mine[: mine.index(fill) + 1])
    fewer = abs(fill[0]) < abs(_asked(scene))
    return bool(fewer and side * held > 0.0 and abs(held + side) * fill[1] > 0.98 * scene.equity)


def _reached_loss(scene: Scene) -> bool:
    side, level = scene.step["side"], scene.step["stop_loss"]
    return bool(level) and side * ((scene.bar.low if side > 0 else scene.bar.high) - level) <= 0.0


def _reached_profit(scene: Scene) -> bool:
    side, level = scene.step["side"], scene.step["take_profit"]
    return bool(level) and side * ((scene.bar.high if side > 0 else scene.bar.low) - level) >= 0.0


def _exit_in_entry_bar(scene: Scene) -> bool:
    """We enter and leave, they enter only, and an exit's level lies in the bar."""
    if scene.case["kind"] == "loose" or scene.step["type"] == "market" or not (scene.entered and scene.left):
        return False
    (units, price, _), (_, leaving, _) = scene.entered[0], scene.left[0]
    levels = [(_reached_loss(scene), scene.step["stop_loss"]), (_reached_profit(scene), scene.step["take_profit"])]
    # A bar that opened beyond a level when the entry filled leaves at the entry's price.
    reached = any(there and (_near(leaving, level) or _near(leaving, price)) for there, level in levels)
    return reached and _theirs(scene, units, price) and _rarer_there(scene, -units, leaving)


def _profit_in_entry_bar(scene: Scene) -> bool:
    """Our exits wait for the close; theirs take the profit of a stop entry in its bar."""
    waits = scene.case["kind"] == "after" and scene.step["type"] == "stop" and not scene.left
    side = scene.step["side"]
    price = side * max(side * scene.bar.open, side * scene.step["take_profit"])
    return waits and _reached_profit(scene) and _theirs(scene, -_asked(scene), price)


def _profit_at_open(scene: Scene) -> bool:
    """The bar opens beyond the profit, where we leave, and reaches the loss, where they do."""
    side, bar, step = scene.step["side"], scene.bar, scene.step
    if not (step["take_profit"] and step["stop_loss"] and scene.left):
        return False
    gapped = side * (bar.open - step["take_profit"]) >= 0.0 and _near(scene.left[0][1], bar.open)
    return gapped and _reached_loss(scene) and _theirs(scene, scene.left[0][0], step["stop_loss"])


def _stop_limit_waits(scene: Scene) -> bool:
    """Stop and then limit are reached in one bar, the limit on the near side of the stop."""
    step, side = scene.step, scene.step["side"]
    if step["type"] != "stop_limit" or not scene.first or side * (step["limit"] - step["stop"]) > 0.0:
        return False
    filled = [fill for fill in _whole(scene) if side * (step["limit"] - fill[1]) >= 0.0]
    return any(not _theirs(scene, fill[0], fill[1]) for fill in filled)


def _stop_limit_gap(scene: Scene) -> bool:
    """The bar opens beyond the stop: they fill at the stop, or not; we at the open or at the limit."""
    step, side = scene.step, scene.step["side"]
    if step["type"] != "stop_limit" or not scene.first or side * (scene.bar.open - step["stop"]) <= 0.0:
        return False
    ours = [fill for fill in _whole(scene) if _near(fill[1], scene.bar.open) or _near(fill[1], step["limit"])]
    return _theirs(scene, _asked(scene), step["stop"]) and (bool(ours) or not scene.entered)


def _stop_gap_on_close(scene: Scene) -> bool:
    """Filling at the close, a stop that the open jumps over costs them the close before, or its level."""
    step, side = scene.step, scene.step["side"]
    if not scene.case["same_close"] or step["type"] != "stop" or side * (scene.bar.open - step["stop"]) <= 0.0:
        return False
    price = side * max(side * scene.before.close, side * step["stop"])
    return _theirs(scene, _asked(scene), price) and any(_near(fill[1], scene.bar.open) for fill in _whole(scene))


def _cash(scene: Scene) -> bool:
    """Cash does not pay for all: we trade what it pays for, they cancel the order."""
    asked = _asked(scene)
    theirs = [fill for fill in scene.parted.theirs if fill[0] * asked > 0.0]
    cut = any(_takes_all_cash(scene, fill) for fill in scene.entered)
    return cut and not any(_near(fill[0], asked) for fill in theirs)


CASH = "more than the cash pays for"
KNOWN = {
    "exit reached in the entry's bar": _exit_in_entry_bar,
    "profit reached in the bar of a stop entry": _profit_in_entry_bar,
    "profit at the open, loss later in the bar": _profit_at_open,
    "stop-limit whose limit lies behind its stop": _stop_limit_waits,
    "stop-limit jumped over": _stop_limit_gap,
    "stop jumped over, filling at the close": _stop_gap_on_close,
    CASH: _cash,
}
