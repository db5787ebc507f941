"""A reference exchange in plain Python: lists that are sorted and searched, and no cleverness.

Written from docs/books.md, apart from the kernels: the best order is found by looking at all of them, the price of an
auction by trying every price, what a fill-or-kill order would get by trying it on a copy of the lists.
"""

from collections.abc import Callable

from tests.twins.matching_lists import NO_TICK, Market, Order, mixed

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Prevention, Reason

NEVER = (1 << 63) - 1
WORD = 2**64 - 1
Report = tuple[int, ...]


class ReferenceExchange:
    """Takes the same commands as Exchange; ``submit`` returns the reports as tuples."""

    def __init__(self, *, owners: int = 2) -> None:
        self.owners = owners
        self.markets: list[Market] = []
        self.now, self.day_end, self.sequence, self.entered = 0, NEVER, 0, 0
        self.positions: dict[tuple[int, int], int] = {}
        self.out: list[Report] = []

    def list_instrument(self, base: int = 0, *, reference: int | None = None) -> int:
        """Add an instrument, closed and empty."""
        self.markets.append(Market(reference))
        return len(self.markets) - 1

    def digest(self, instrument: int) -> int:
        """The state hash of the book, summed over all orders."""
        return sum(mixed(o.id, o.side, o.tick, o.left, o.rank) for o in self.markets[instrument].book) & WORD

    def waiting_digest(self, instrument: int) -> int:
        """The state hash of the stops: their price is the trigger, and buys count as asks."""
        stops = self.markets[instrument].stops
        return sum(mixed(o.id, 1 - o.side, o.trigger, o.left, o.rank) for o in stops) & WORD

    def position(self, owner: int, instrument: int) -> int:
        """Lots bought less lots sold."""
        return self.positions.get((owner, instrument), 0)

    def _report(
        self, kind: int, reason: int, instrument: int, order: Order, tick: int, lots: int, left: int, other: int = 0,
        maker: int = 0,
    ) -> None:  # fmt: skip
        self._write(kind, reason, instrument, order.owner, order.side, maker, order.id, other, tick, lots, left)

    def _write(self, *values: int) -> None:
        self.sequence += 1
        self.out.append((*(int(value) for value in values), self.sequence, self.now))

    def submit(self, kind: int = CommandKind.NEW, **given: int) -> list[Report]:
        """Carry out one command; fields that are not given are 0, the time is the latest."""
        c = dict.fromkeys(("instrument", "id", "owner", "side", "type", "force", "flags", "tick", "trigger"), 0)
        c |= dict.fromkeys(("lots", "display", "expiry_ns", "prevention"), 0) | {"time_ns": self.now} | given
        self.out = []
        reason = self._carry_out(kind, c)
        if reason != Reason.NONE:
            self._write(
                ReportKind.REJECTED, reason, c["instrument"], c["owner"], c["side"], 0, c["id"], 0, c["tick"],
                c["lots"], 0,
            )  # fmt: skip
        if 0 <= c["instrument"] < len(self.markets) and kind != CommandKind.TIME:
            self._release_stops(c["instrument"])
        return self.out

    def _carry_out(self, kind: int, c: dict[str, int]) -> Reason:
        if c["time_ns"] < self.now:
            return Reason.BACKWARD
        self.now = c["time_ns"]
        self._expire()
        if kind == CommandKind.TIME:
            self.day_end = c["expiry_ns"] if c["expiry_ns"] > 0 else self.day_end
            return Reason.NONE
        commands: dict[int, Callable[[int, Market, dict[str, int]], Reason]] = {
            CommandKind.NEW: self._new, CommandKind.CANCEL: self._cancel, CommandKind.REDUCE: self._reduce,
            CommandKind.REPLACE: self._replace, CommandKind.PHASE: self._phase,
        }  # fmt: skip
        if kind not in commands:
            return Reason.UNKNOWN_KIND
        if not 0 <= c["instrument"] < len(self.markets):
            return Reason.UNKNOWN_INSTRUMENT
        return commands[kind](c["instrument"], self.markets[c["instrument"]], c)

    def _expire(self) -> None:
        while True:
            ending = [
                (o.expiry, o.entered, i, o)
                for i, m in enumerate(self.markets)
                for o in [*m.book, *m.stops]
                if o.expiry <= self.now
            ]
            if not ending:
                return
            _, _, i, order = min(ending, key=lambda e: e[:2])
            self._end(i, order, ReportKind.EXPIRED, Reason.NONE)

    def _end(self, i: int, order: Order, kind: ReportKind, reason: Reason, other: int = 0) -> None:
        """A resting order or a waiting stop ends."""
        market = self.markets[i]
        waits = order in market.stops
        (market.stops if waits else market.book).remove(order)
        self._report(kind, reason, i, order, order.trigger if waits else order.tick, order.left, 0, other)

    # --- new orders ---------------------------------------------------------------------------------------------------

    def _new(self, i: int, market: Market, c: dict[str, int]) -> Reason:
        reason = self._malformed(c)
        if reason != Reason.NONE:
            return reason
        order = Order(
            c["id"], c["owner"], c["side"], c["type"], c["force"], c["flags"], c["tick"], c["trigger"], c["lots"],
            c["display"], self._expiry(c), c["prevention"], self.entered + 1,
        )  # fmt: skip
        if not self._admits(market, order):
            return Reason.WRONG_PHASE
        if order.expiry <= self.now:
            return Reason.EXPIRED
        if any(o.id == order.id for o in [*market.book, *market.stops]):
            return Reason.DUPLICATE_ORDER
        if not order.stop:
            reason = self._hindered(i, market, order)
            if reason != Reason.NONE:
                return reason
        self.entered += 1
        price = order.trigger if order.stop else order.price
        self._report(ReportKind.ACCEPTED, Reason.NONE, i, order, price, c["lots"], order.left)
        if order.stop:
            self._wait(market, order)
        else:
            self._enter(i, market, order)
        return Reason.NONE

    def _malformed(self, c: dict[str, int]) -> Reason:
        stays = c["type"] in (0, 3) and c["force"] in (0, 1, 2)
        rules = {
            Reason.BAD_ID: c["id"] >= 1,
            Reason.UNKNOWN_OWNER: 0 <= c["owner"] < self.owners,
            Reason.BAD_SIDE: c["side"] in (0, 1),
            Reason.BAD_TYPE: c["type"] in (0, 1, 2, 3),
            Reason.BAD_FORCE: c["force"] in (0, 1, 2, 3, 4),
            Reason.BAD_FLAGS: c["flags"] in (0, 2) or (c["flags"] in (1, 3) and stays),
            Reason.BAD_PREVENTION: c["prevention"] in (0, 1, 2, 3, 4),
        }
        for reason, kept in rules.items():
            if not kept:
                return reason
        return self._bad_amounts(c, c["type"], stays)

    @staticmethod
    def _bad_amounts(c: dict[str, int], order_type: int, stays: bool) -> Reason:
        if not 1 <= c["lots"] <= 2**40:
            return Reason.BAD_SIZE
        if c["display"] < 0 or (c["display"] > 0 and not stays):
            return Reason.BAD_DISPLAY
        if c["display"] > 0 and c["lots"] > 1000 * c["display"]:
            return Reason.BAD_DISPLAY
        if order_type in (0, 3) and abs(c["tick"]) > 2**48:
            return Reason.BAD_TICK
        if order_type in (2, 3) and abs(c["trigger"]) > 2**48:
            return Reason.BAD_TICK
        return Reason.NONE

    def _expiry(self, c: dict[str, int]) -> int:
        if c["type"] == OrderType.MARKET:
            return NEVER
        return {Force.GTD: c["expiry_ns"], Force.DAY: self.day_end}.get(Force(c["force"]), NEVER)

    @staticmethod
    def _admits(market: Market, order: Order) -> bool:
        if market.phase == Phase.CONTINUOUS:
            return True
        return market.phase == Phase.AUCTION and (order.stop or order.rests)

    def _hindered(self, i: int, market: Market, order: Order) -> Reason:
        """Why an order can't come in now; a reduce-only order is cut on the way."""
        if order.has(OrderFlag.REDUCE_ONLY):
            order.left = min(order.left, self._reducible(i, order))
            if order.left == 0:
                return Reason.NOTHING_TO_REDUCE
        if market.phase != Phase.CONTINUOUS:
            return Reason.NONE
        if order.has(OrderFlag.POST_ONLY) and self._opposite(market, order):
            return Reason.WOULD_TRADE
        if order.force == Force.FOK and not self._would_fill(market, order):
            return Reason.NOT_ENOUGH
        return Reason.NONE

    def _reducible(self, i: int, order: Order) -> int:
        position = self.position(order.owner, i) if order.owner else 0
        return max(-position if order.side == 0 else position, 0)

    @staticmethod
    def _opposite(market: Market, order: Order) -> list[Order]:
        """The orders it may trade with, the first first."""
        others = market.side(1 - order.side)
        if order.type == OrderType.MARKET:
            return others
        return [o for o in others if (o.tick <= order.tick if order.side == 0 else o.tick >= order.tick)]

    @staticmethod
    def _itself(order: Order, other: Order) -> bool:
        return order.owner == other.owner != 0 and order.prevention != Prevention.NONE

    def _would_fill(self, market: Market, order: Order) -> bool:
        """Act it out on copies: portions of icebergs go to the end of their level, reduce-only orders are not there."""
        others = self._opposite(market, order)
        others = [o for o in others if not o.has(OrderFlag.REDUCE_ONLY) or self._itself(order, o)]
        queue = [(o.tick, o.shown, o.left, o) for o in others]
        wanted = order.left
        while queue and wanted > 0:
            tick, shown, left, other = queue.pop(0)
            if self._itself(order, other):
                if order.prevention != Prevention.OLDEST:
                    return False
                continue
            wanted -= shown
            if left > shown:
                behind = sum(1 for entry in queue if entry[0] == tick)
                queue.insert(behind, (tick, min(other.display, left - shown), left - shown, other))
        return wanted <= 0

    def _enter(self, i: int, market: Market, order: Order) -> None:
        if market.phase == Phase.CONTINUOUS:
            self._match(i, market, order)
        if order.left == 0:
            return
        if order.type == OrderType.MARKET or order.force in (Force.IOC, Force.FOK):
            self._cancel_taker(i, order, Reason.NOT_FILLED)
        else:
            self._queue(market, order)
            market.book.append(order)

    @staticmethod
    def _queue(market: Market, order: Order) -> None:
        market.rank += 1
        order.rank = market.rank
        order.shown = min(order.display, order.left) if order.display else order.left

    @staticmethod
    def _wait(market: Market, order: Order) -> None:
        market.stop_rank += 1
        order.rank = market.stop_rank
        market.stops.append(order)

    def _cancel_taker(self, i: int, order: Order, reason: Reason, other: int = 0) -> None:
        self._report(ReportKind.CANCELED, reason, i, order, order.price, order.left, 0, other)
        order.left = 0

    # --- trading ------------------------------------------------------------------------------------------------------

    def _match(self, i: int, market: Market, order: Order) -> None:
        while order.left > 0:
            others = self._opposite(market, order)
            if not others:
                return
            other = others[0]
            if self._itself(order, other):
                self._prevent(i, order, other)
                continue
            lots = min(order.left, self._may_trade(i, other))
            if lots == 0:
                self._end(i, other, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE)
                continue
            self._fill(i, market, order, other.tick, lots, other.id, 0)
            self._fill(i, market, other, other.tick, lots, order.id, 1)

    def _may_trade(self, i: int, order: Order) -> int:
        return min(order.shown, self._reducible(i, order)) if order.has(OrderFlag.REDUCE_ONLY) else order.shown

    def _fill(self, i: int, market: Market, order: Order, tick: int, lots: int, other: int, maker: int) -> None:
        order.left -= lots
        order.filled += lots
        self._report(ReportKind.FILL, Reason.NONE, i, order, tick, lots, order.left, other, maker)
        if order.owner:
            signed = lots if order.side == 0 else -lots
            self.positions[order.owner, i] = self.position(order.owner, i) + signed
        market.prices.append(tick)
        market.last = tick
        if maker == 0:
            return
        order.shown -= lots
        if order.left == 0:
            market.book.remove(order)
        elif order.shown == 0:
            self._queue(market, order)

    def _prevent(self, i: int, order: Order, other: Order) -> None:
        if order.prevention == Prevention.DECREMENT:
            lots = min(order.left, other.left)
            self._lose(i, other, lots, order.id)
            if lots == order.left:
                self._cancel_taker(i, order, Reason.SELF_TRADE, other.id)
            else:
                order.left -= lots
                self._report(
                    ReportKind.REDUCED, Reason.SELF_TRADE, i, order, order.price, lots, order.left, other.id
                )  # fmt: skip
            return
        if order.prevention in (Prevention.OLDEST, Prevention.BOTH):
            self._end(i, other, ReportKind.CANCELED, Reason.SELF_TRADE, order.id)
        if order.prevention in (Prevention.NEWEST, Prevention.BOTH):
            self._cancel_taker(i, order, Reason.SELF_TRADE, other.id)

    def _lose(self, i: int, order: Order, lots: int, other: int) -> None:
        """A resting order loses lots to self-trade prevention."""
        if lots == order.left:
            self._end(i, order, ReportKind.CANCELED, Reason.SELF_TRADE, other)
            return
        self._shorten(order, lots)
        self._report(ReportKind.REDUCED, Reason.SELF_TRADE, i, order, order.tick, lots, order.left, other)

    @staticmethod
    def _shorten(order: Order, lots: int) -> None:
        """Lots that are hidden go first, so what is shown is cut only to what is left."""
        order.left -= lots
        order.shown = min(order.shown, order.left)

    def _release_stops(self, i: int) -> None:
        market = self.markets[i]
        while market.phase == Phase.CONTINUOUS and (order := market.due()) is not None:
            market.stops.remove(order)
            order.type = OrderType.MARKET if order.type == OrderType.STOP else OrderType.LIMIT
            lots = order.left
            reason = self._hindered(i, market, order)
            if reason != Reason.NONE:
                order.left = lots
            self._report(ReportKind.TRIGGERED, Reason.NONE, i, order, order.trigger, lots, order.left)
            if reason != Reason.NONE:
                self._cancel_taker(i, order, reason)
            else:
                self._enter(i, market, order)
        market.prices = []

    # --- changes ------------------------------------------------------------------------------------------------------

    @staticmethod
    def _find(market: Market, c: dict[str, int]) -> Order | None:
        found = (o for o in [*market.book, *market.stops] if o.id == c["id"] and o.owner == c["owner"])
        return next(found, None)

    def _cancel(self, i: int, market: Market, c: dict[str, int]) -> Reason:
        order = self._find(market, c)
        if order is None:
            return Reason.UNKNOWN_ORDER
        self._end(i, order, ReportKind.CANCELED, Reason.REQUESTED)
        return Reason.NONE

    def _reduce(self, i: int, market: Market, c: dict[str, int]) -> Reason:
        order = self._find(market, c)
        if order is None:
            return Reason.UNKNOWN_ORDER
        if not 1 <= c["lots"] <= order.left:
            return Reason.BAD_SIZE
        if c["lots"] == order.left:
            return self._cancel(i, market, c)
        self._shorten(order, c["lots"])
        price = order.trigger if order.stop else order.tick
        self._report(ReportKind.REDUCED, Reason.REQUESTED, i, order, price, c["lots"], order.left)
        return Reason.NONE

    def _replace(self, i: int, market: Market, c: dict[str, int]) -> Reason:
        order = self._find(market, c)
        if order is None:
            return Reason.UNKNOWN_ORDER
        reason = self._bad_amounts(c, order.type, order.rests)
        if reason == Reason.NONE and not self._admits(market, order):
            reason = Reason.WRONG_PHASE
        if reason != Reason.NONE:
            return reason
        if c["lots"] <= order.filled:
            return self._cancel(i, market, c)
        asked = c["lots"]
        c = c | {"lots": asked - order.filled}
        smaller = c["lots"] <= order.left and c["display"] == order.display
        if order.stop:
            self._replace_stop(market, order, c, smaller and c["trigger"] == order.trigger)
        elif smaller and c["tick"] == order.tick:
            self._shorten(order, order.left - c["lots"])
        else:
            return self._come_anew(i, market, order, c, asked)
        price = order.trigger if order.stop else order.tick
        self._report(ReportKind.REPLACED, Reason.REQUESTED, i, order, price, asked, order.left)
        return Reason.NONE

    def _replace_stop(self, market: Market, order: Order, c: dict[str, int], stays: bool) -> None:
        order.left, order.display, order.trigger = c["lots"], c["display"], c["trigger"]
        order.tick = c["tick"] if order.type == OrderType.STOP_LIMIT else order.tick
        if not stays:
            market.stops.remove(order)
            self._wait(market, order)

    def _come_anew(self, i: int, market: Market, order: Order, c: dict[str, int], asked: int) -> Reason:
        was = order.left, order.tick, order.display
        order.left, order.tick, order.display = c["lots"], c["tick"], c["display"]
        reason = self._hindered(i, market, order)
        if reason != Reason.NONE:
            order.left, order.tick, order.display = was
            return reason
        market.book.remove(order)
        self._report(ReportKind.REPLACED, Reason.REQUESTED, i, order, order.tick, asked, order.left)
        self._enter(i, market, order)
        return Reason.NONE

    # --- phases -------------------------------------------------------------------------------------------------------

    def _phase(self, i: int, market: Market, c: dict[str, int]) -> Reason:
        if c["lots"] not in tuple(Phase):
            return Reason.BAD_PHASE
        tick, lots = NO_TICK, 0
        if c["lots"] == Phase.CONTINUOUS or (market.phase == Phase.AUCTION and c["lots"] == Phase.CLOSED):
            tick, lots = self._uncross(i, market)
        market.phase = c["lots"]
        self._write(ReportKind.PHASE, Reason.REQUESTED, i, 0, -1, 0, 0, 0, tick, lots, c["lots"])
        return Reason.NONE

    def _uncross(self, i: int, market: Market) -> tuple[int, int]:
        traded = NO_TICK, 0
        while (price := market.uncross()[0]) != NO_TICK:
            while True:
                bids = [o for o in market.side(0) if o.tick >= price]
                asks = [o for o in market.side(1) if o.tick <= price]
                if not bids or not asks:
                    break
                traded = self._pair(i, market, bids[0], asks[0], price, traded)
        return traded

    def _pair(
        self, i: int, market: Market, bid: Order, ask: Order, price: int, traded: tuple[int, int]
    ) -> tuple[int, int]:
        buys, sells = self._may_trade(i, bid), self._may_trade(i, ask)
        for order, may in ((bid, buys), (ask, sells)):
            if may == 0:
                self._end(i, order, ReportKind.CANCELED, Reason.NOTHING_TO_REDUCE)
        lots = min(buys, sells)
        if lots == 0:
            return traded
        self._fill(i, market, bid, price, lots, ask.id, -1)
        self._fill(i, market, ask, price, lots, bid.id, -1)
        return price, traded[1] + lots
