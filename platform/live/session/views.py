"""What people are shown of a session: plain values, read off the core between two batches."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from lockstep.kernels.order_terms import OrderType, has_limit, is_stop
from lockstep.kernels.ticks.tables import OrderState
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.session.latencies import Latencies, LatencyView
from lockstep.live.session.utilisation import RiskView, risk_views

if TYPE_CHECKING:
    from lockstep.live.session.bar_lane import BarLane

ORDERS = 8
_STATES = {int(state): state.name.lower() for state in (OrderState.SENT, OrderState.RESTING, OrderState.WAITING)}


class LaneView(NamedTuple):
    """One lane, in units and account currency."""

    name: str
    symbol: str
    position: float
    middle: float
    """Of the book, nan where a side is empty."""
    equity: float
    profit: float
    """Since the mode began."""
    open_orders: int
    fills: int
    """Since the mode began, like the next."""
    sent: int
    """Orders."""
    halted: str
    """Why it goes on no more, empty while it does."""
    holdings: dict[str, float] = {}  # noqa: RUF012 - never written to
    """Units of each symbol of a lane over bars; of one that trades several ``position`` and ``middle`` are nan."""


class OrderView(NamedTuple):
    """An order that is open, as far as its strategy knows."""

    lane: str
    order: int
    side: str
    quantity: float
    """Units left."""
    price: float
    """nan for a market order."""
    type: str
    state: str
    """sent, resting or waiting."""
    asked: bool
    """Is an answer to a cancel or replacement awaited?"""


class SessionView(NamedTuple):
    """A session at one moment."""

    mode: str
    time_ns: int
    """By the session's clock."""
    taken: int
    """Records of the tape."""
    lanes: tuple[LaneView, ...]
    risk: tuple[RiskView, ...]
    """Each account: limits and how much of them is used, trading state, kill switch."""
    feed: tuple[str, ...]
    """What people should know of the source, a line each."""
    orders: tuple[OrderView, ...] = ()
    """The latest ORDERS of each lane."""
    latency: LatencyView | None = None


def view_of(core: Core, latencies: Latencies | None = None) -> SessionView:
    """Return how a session stands."""
    lanes = tuple(_lane_view(lane, core.halted.get(name, "")) for name, lane in core.lanes.items())
    lanes += tuple(_bars_view(lane, core.halted.get(name, "")) for name, lane in core.bar_lanes.items())
    return SessionView(core.modes.mode, core.clock.last_ns, core.taken, lanes, risk_views(core.controls),
                       (*_of_the_venue(core), *core.hearing.lines()),
                       tuple(order for lane in core.lanes.values() for order in _orders(lane)),
                       None if latencies is None else latencies.view())  # fmt: skip


def _of_the_venue(core: Core) -> Iterator[str]:
    if not core.modes.live:
        return
    around = core.modes.surroundings()
    if around.venue and not around.connected:
        yield f"{around.venue} is not connected: no order leaves, and what was asked of it is not answered"
    if core.hearing.halted and core.controls.state == "halted":
        yield f"trading was halted: {core.hearing.halted}; look into it, then `session ... state active` goes on"


def _lane_view(lane: Lane, halted: str) -> LaneView:
    run, instrument = lane.frame.run[0], lane.instrument
    middle = lane.middle
    value = lane.position * middle * instrument.multiplier if lane.position else 0.0
    equity = lane.cash + value
    return LaneView(
        lane.name, instrument.symbol, lane.position, middle, equity, equity - lane.start_cash,
        lane.open_orders, int(run["fill_count"]) - lane.past.fills, int(run["next_id"]) - lane.past.sent, halted,
    )  # fmt: skip


def _bars_view(lane: "BarLane", halted: str) -> LaneView:
    held, counts, alone = lane.positions(), lane.counts, len(lane.symbols) == 1
    return LaneView(
        lane.name, ",".join(lane.symbols), held[lane.symbols[0]] if alone else math.nan,
        lane.closes[0] if alone else math.nan, lane.equity, lane.equity - lane.start_cash, counts["waiting"],
        counts["fills"], counts["made"], halted or ("nothing is left of its cash" if lane.ruined else ""), held,
    )  # fmt: skip


def _orders(lane: Lane) -> Iterator[OrderView]:
    """Give the latest orders that are open, the newest first."""
    own = lane.frame.own[: int(lane.frame.run["own_used"][0])]
    rows = sorted((row for row in own if int(row["local_state"]) in _STATES), key=lambda row: -int(row["id"]))
    tick, lot = lane.instrument.tick, lane.instrument.lot
    for row in rows[:ORDERS]:
        kind = OrderType(int(row["type"]))
        price = row["local_tick"] if has_limit(kind) else row["trigger"] if is_stop(kind) else math.nan
        yield OrderView(
            lane.name, int(row["id"]), ("buy", "sell")[int(row["side"])], float(row["local_remaining"]) * lot,
            float(price) * tick, kind.name.lower(), _STATES[int(row["local_state"])], bool(row["asked"]),
        )  # fmt: skip
