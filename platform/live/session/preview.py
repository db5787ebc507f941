"""What would become of an order by hand: asked of a copy of its lane, so that nothing is sent and nothing changes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lockstep.kernels.book.tables import ASK, BID
from lockstep.kernels.order_terms import LIMITED, STOPS, OrderType
from lockstep.kernels.risk.codes import RiskCode
from lockstep.live.session.recent import refusal_of
from lockstep.live.session.room import Room, own_tick, room_of, value_anew
from lockstep.live.session.view_types import PreviewView, RefusalView
from lockstep.live.session.views import cash_of, known
from lockstep.strategies.over_ticks.by_hand import read_order
from lockstep.strategies.over_ticks.rows import RowMaker
from lockstep.strategies.over_ticks.sending import send
from lockstep.strategies.over_ticks.steps import Steps

if TYPE_CHECKING:
    from lockstep.live.session.core import Core
    from lockstep.live.session.lane import Lane
    from lockstep.strategies.over_ticks.units import Wire


def previewed(core: "Core", content: Mapping[str, Any]) -> PreviewView:
    """Return what the risk check says to an order now, and its cost; raises ``CommandError`` for one that can't be."""
    asked = read_order({"clientOrderId": "preview", **content})
    lane = core.by_hand.lane_of(core, asked.symbol)
    wire = asked.wire(lane.instrument)
    now, price = _now(lane, wire), _price(lane, wire)
    lot, multiplier = lane.instrument.lot, lane.instrument.multiplier
    signed = (-wire.lots if wire.side == ASK else wire.lots) * lot
    notional = None if price is None else price * wire.lots * lot * multiplier
    taking = 1.0 if wire.order_type in (OrderType.STOP, OrderType.TRAILING_STOP) else now / wire.lots
    fees = None if notional is None else _fees(lane, taking, notional, wire.lots)
    paid = None if price is None or fees is None else signed * price * multiplier + fees
    refusal, room = _asked(core, lane, wire)
    return PreviewView(
        refusal=refusal, price=price, quantity_now=now * lot, notional=notional, fees=fees,
        position=lane.position + signed, lane=lane.name, lane_cash=None if paid is None else lane.cash - paid,
        account_cash=None if paid is None else cash_of(core) - paid, max_quantity=known(room.units),
        buying_power=known(room.value), bound_by=None if room.by is None else _key(room.by),
    )  # fmt: skip


def _asked(core: "Core", lane: "Lane", wire: "Wire") -> tuple[RefusalView | None, Room]:
    """Ask the compiled check, and for the largest order that passes, on a copy of the lane and of its account."""
    frame, before = lane.frame.copy(), lane.frame.count("declines")
    value_anew(frame, core.clock.last_ns)
    room = room_of(frame, wire)
    send(frame, wire, core.clock.last_ns)
    rows = RowMaker(lane.instrument).risks(frame.written("declines", before))
    return next((refusal_of(row) for row in rows), None), room


def _key(code: RiskCode) -> str:
    """Return a code's name as limits are named."""
    first, *rest = code.name.lower().split("_")
    return first + "".join(word.title() for word in rest)


def _levels(lane: "Lane", wire: "Wire") -> list[tuple[int, int]]:
    """Prices and lots on the other side that the order would reach as the book stands, the best first."""
    if wire.order_type in STOPS:
        return []
    other = BID if wire.side == ASK else ASK
    limit = wire.tick if wire.order_type in LIMITED else None
    levels = [(int(tick), int(lots)) for tick, lots in lane.frame.book.depth(other)[:, :2].tolist()]
    sign = 1 if wire.side == BID else -1
    return [(tick, lots) for tick, lots in levels if limit is None or sign * tick <= sign * limit]


def _now(lane: "Lane", wire: "Wire") -> int:
    """Lots that would trade at once."""
    return min(wire.lots, sum(lots for _, lots in _levels(lane, wire)))


def _price(lane: "Lane", wire: "Wire") -> float | None:
    """Of a unit on average: what would trade at once at the book's prices, the rest at the order's own."""
    left, value = wire.lots, 0
    for tick, lots in _levels(lane, wire):
        taken = min(left, lots)
        left, value = left - taken, value + taken * tick
    own = own_tick(lane.frame, wire)
    if own is not None:
        left, value = 0, value + left * own
    priced = wire.lots - left
    return Steps(lane.instrument.tick).value(value) / priced if priced else None


def _fees(lane: "Lane", taking: float, notional: float, lots: int) -> float:
    """What trades at once takes, the rest makes."""
    run = lane.frame.run[0]
    maker, taker = float(run["maker_fee"]), float(run["taker_fee"])
    return notional * (taking * taker + (1.0 - taking) * maker) + float(run["lot_fee"]) * lots
