"""What people are shown of a session: plain values, read off the core between two batches."""

from typing import NamedTuple

from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.session.utilisation import RiskView, risk_views


class LaneView(NamedTuple):
    """One lane, in units and account currency."""

    name: str
    symbol: str
    position: float
    middle: float
    """Of the book, nan where a side is empty."""
    equity: float
    profit: float
    """Since the start."""
    open_orders: int
    fills: int
    sent: int
    """Orders."""
    halted: str
    """Why it goes on no more, empty while it does."""


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


def view_of(core: Core) -> SessionView:
    """Return how a session stands."""
    lanes = tuple(_lane_view(lane, core.halted.get(name, "")) for name, lane in core.lanes.items())
    return SessionView(
        core.terms.mode, core.clock.last_ns, core.taken, lanes, risk_views(core.controls), core.hearing.lines()
    )


def _lane_view(lane: Lane, halted: str) -> LaneView:
    run, instrument = lane.frame.run[0], lane.instrument
    middle = lane.middle
    value = lane.position * middle * instrument.multiplier if lane.position else 0.0
    equity = lane.cash + value
    return LaneView(
        lane.name, instrument.symbol, lane.position, middle, equity, equity - lane.start_cash,
        lane.open_orders, int(run["fill_count"]), int(run["next_id"]), halted,
    )  # fmt: skip
