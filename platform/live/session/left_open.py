"""What is open in a session: said when closing it begins, and when it ends and leaves positions behind."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from lockstep.live.session.core import Core

POSITIONS_LEFT = "positions_left"


def closing_in(core: Core) -> dict[str, Any] | None:
    """Return what is still open where positions are being closed, None where they are not."""
    if core.controls.flattening:
        return open_in(core)
    return open_in(core, core.controls.closing) if core.controls.closing else None


def open_in(core: Core, lanes: Collection[str] | None = None) -> dict[str, Any]:
    """Return how many orders work, and the positions of some lanes, or of all, in units, as values of JSON."""
    over_ticks = {name: lane for name, lane in core.lanes.items() if lanes is None or name in lanes}
    over_bars = {name: lane for name, lane in core.bar_lanes.items() if lanes is None or name in lanes}
    held = [
        {"lane": name, "symbol": lane.instrument.symbol, "quantity": lane.position}
        for name, lane in over_ticks.items()
        if lane.position
    ]
    held += [
        {"lane": name, "symbol": symbol, "quantity": units}
        for name, lane in over_bars.items()
        for symbol, units in lane.positions().items()
        if units
    ]
    orders = [lane.open_orders for lane in over_ticks.values()]
    orders += [lane.counts["waiting"] for lane in over_bars.values()]
    return {"orders": sum(orders), "positions": held}


def named(positions: Iterable[Mapping[str, Any]]) -> str:
    """Return positions as people read them."""
    return ", ".join(f"{each['lane']} {each['quantity']:g} {each['symbol']}" for each in positions)
