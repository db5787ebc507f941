"""How a session stands: everything that others are told of it is made here, between two records of its tape."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from lockstep.data.recordings.terms import LaneTerms
from lockstep.live.session.core import Core
from lockstep.live.session.lane import Lane
from lockstep.live.session.latencies import Latencies
from lockstep.live.session.left_open import closing_in, named
from lockstep.live.session.orders_shown import open_orders
from lockstep.live.session.utilisation import risk_views
from lockstep.live.session.view_types import AccountView, LaneView, OrderView, PositionView, QuoteView, SessionView
from lockstep.strategies.over_ticks.steps import Steps

if TYPE_CHECKING:
    from lockstep.live.session.bar_lane import BarLane

SECOND = 1_000_000_000


def view_of(core: Core, latencies: Latencies | None = None) -> SessionView:
    """Return how a session stands."""
    positions, lanes = tuple(_positions(core)), tuple(_lane(core, terms) for terms in core.terms.lanes)
    return SessionView(
        id=core.terms.id, mode=core.modes.mode, state=core.controls.state, killed=core.controls.killed,
        armed_until_ns=core.modes.armed_until_ns, time_ns=core.clock.last_ns, taken=core.taken,
        sources=core.terms.sources, symbols=core.terms.symbols, account=_account(core, lanes, positions), lanes=lanes,
        positions=positions,
        orders=tuple(_orders(core)),
        ended=tuple(core.recent.ended), fills=tuple(core.recent.fills),
        risk=risk_views(core.controls, core.clock.last_ns), quotes=tuple(_quotes(core)),
        notices=(*_closing(core), *_of_the_venue(core), *core.hearing.lines()),
        latency=None if latencies is None else latencies.view(),
    )  # fmt: skip


def known(value: float) -> float | None:
    """Return a number, None where it is none."""
    return value if math.isfinite(value) else None


def _closing(core: Core) -> Iterator[str]:
    found = closing_in(core)
    if found is not None:
        held = named(found["positions"]) or "none is held"
        yield f"positions are being closed: {held}; {found['orders']} orders are open"


def _of_the_venue(core: Core) -> Iterator[str]:
    if not core.modes.live:
        return
    around = core.modes.surroundings()
    if around.venue and not around.connected:
        yield f"{around.venue} is not connected: no order leaves, and what was asked of it is not answered"
    if core.hearing.halted and core.controls.state == "halted":
        yield f"trading was halted: {core.hearing.halted}; look into it, then `session ... state active` goes on"


def _lane(core: Core, terms: LaneTerms) -> LaneView:
    counts, name = core.recent.counts[terms.name], terms.name
    lane, over_bars = core.lanes.get(name), core.bar_lanes.get(name)
    halted, state = core.halted.get(name, ""), "running"
    disabled = name in core.controls.disabled
    state = "changing" if name in core.controls.changing else state
    symbols = [terms.instrument["symbol"]] if terms.bars is None else [one.symbol for one in terms.bars.traded()]
    equity, cash, start = terms.cash, terms.cash, terms.cash
    realised = fees = 0.0
    told = {"open_orders": 0, "sent": counts.sent, "canceled": counts.canceled, "fills": counts.fills}
    if lane is not None:
        equity, cash, start = lane.equity, lane.cash, lane.start_cash
        realised, fees = lane.realised, lane.fees
        told["open_orders"] = lane.open_orders
    elif over_bars is not None:
        equity, cash, start = over_bars.equity, over_bars.cash, over_bars.start_cash
        realised, fees = over_bars.realised, over_bars.fees
        told |= {"open_orders": over_bars.counts["waiting"], "sent": over_bars.counts["made"]}
        halted = halted or ("nothing is left of its cash" if over_bars.ruined else "")
    else:
        state = "waiting"
    return LaneView(
        name=name, strategy=terms.strategy, parameters=core.controls.of(name), symbol=",".join(symbols),
        state="stalled" if name in core.stalled else "halted" if halted else "disabled" if disabled else state,
        halted=halted, disabled=disabled,
        by_hand=core.by_hand.has(name), cash=cash, equity=known(equity), profit=known(equity - start),
        realised=realised, fees=fees, refused=counts.refused, rejected=counts.rejected, **told,
    )  # fmt: skip


def _orders(core: Core) -> Iterator[OrderView]:
    for lane in core.lanes.values():
        yield from open_orders(lane, core.recent)
    if core.bar_lanes:
        from lockstep.live.session.bar_orders_shown import open_bar_orders  # brings kernels that ticks never load

        for over_bars in core.bar_lanes.values():
            yield from open_bar_orders(over_bars, core.recent)


def _positions(core: Core) -> Iterator[PositionView]:
    for lane in core.lanes.values():
        cost = lane.average_price
        yield _position(lane.name, lane.instrument.symbol, lane.position, cost, lane.middle, lane.instrument.multiplier)
    for over_bars in core.bar_lanes.values():
        for s, (symbol, units) in enumerate(over_bars.positions().items()):
            multiplier = over_bars.instruments[s].multiplier
            yield _position(
                over_bars.name, symbol, units, over_bars.average_price(s), over_bars.closes[s], multiplier
            )  # fmt: skip


def _position(lane: str, symbol: str, units: float, cost: float, price: float, multiplier: float) -> PositionView:
    held = units != 0.0
    return PositionView(
        lane=lane, symbol=symbol, units=units, average_price=known(cost) if held else None, market_price=known(price),
        value=known(units * price * multiplier) if held else 0.0,
        unrealised=known(units * (price - cost) * multiplier) if held else 0.0,
    )  # fmt: skip


def cash_of(core: Core) -> float:
    """Return the cash of all lanes together."""
    return math.fsum(_lane(core, terms).cash for terms in core.terms.lanes)


def _account(core: Core, lanes: tuple[LaneView, ...], positions: tuple[PositionView, ...]) -> AccountView:
    first = core.terms.lanes[0].instrument if core.terms.lanes else {}
    days = [row["equity"] - row["day_start_equity"] for row in core.controls.risk_accounts]
    return AccountView(
        currency=first.get("currency", "USD"), cash=math.fsum(lane.cash for lane in lanes),
        equity=_sum([lane.equity for lane in lanes]), realised=math.fsum(lane.realised for lane in lanes),
        unrealised=_sum([each.unrealised for each in positions]), fees=math.fsum(lane.fees for lane in lanes),
        profit=_sum([lane.profit for lane in lanes]),
        day_profit=_sum([float(day) for day in days if not math.isnan(day)]),
    )  # fmt: skip


def _sum(values: list[float | None]) -> float | None:
    plain = [value for value in values if value is not None]
    return math.fsum(plain) if len(plain) == len(values) else None


def _quotes(core: Core) -> Iterator[QuoteView]:
    """Give the market of each symbol that was heard of, once."""
    seen: set[str] = set()
    for lane in core.lanes.values():
        if lane.instrument.symbol not in seen:
            seen.add(lane.instrument.symbol)
            yield _quote(lane, core.clock.last_ns)
    for over_bars in core.bar_lanes.values():
        for symbol, close in zip(over_bars.symbols, over_bars.closes, strict=True):
            if symbol not in seen and not math.isnan(close):
                seen.add(symbol)
                yield _close(over_bars, symbol, close, core.clock.last_ns)


def _quote(lane: Lane, now_ns: int) -> QuoteView:
    price, size, run = Steps(lane.instrument.tick), Steps(lane.instrument.lot), lane.frame.run[0]
    sides: list[float | None] = []
    for side in (0, 1):
        best = lane.frame.book.best(side)
        sides += [price.value(best[0]), size.value(best[1])] if best else [None, None]
    traded, heard = bool(run["trades_heard"]), lane.heard_ns
    return QuoteView(
        symbol=lane.instrument.symbol, bid=sides[0], bid_size=sides[1], ask=sides[2], ask_size=sides[3],
        last=price.value(int(run["last_tick"])) if traded else None,
        last_size=size.value(int(run["last_lots"])) if traded else None,
        time_ns=heard, age_seconds=max(now_ns - heard, 0) / SECOND,
    )  # fmt: skip


def _close(lane: "BarLane", symbol: str, close: float, now_ns: int) -> QuoteView:
    return QuoteView(
        symbol=symbol, last=close, time_ns=lane.row_ns, age_seconds=max(now_ns - lane.row_ns, 0) / SECOND
    )  # fmt: skip
