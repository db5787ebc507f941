"""One suite, two exchanges: the compiled one and the reference, spoken to in the same words."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.twins.matching import ReferenceExchange

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.order_terms import OrderType, Reason

BID, ASK = 0, 1


class Report(NamedTuple):
    """A report, field by field."""

    kind: int
    reason: int
    instrument: int
    owner: int
    side: int
    maker: int
    id: int
    other: int
    tick: int
    lots: int
    remaining: int
    sequence: int
    time_ns: int


class Desk:
    """An exchange with one instrument in continuous trading, four owners and hardly any room."""

    def __init__(self, exchange: Exchange | ReferenceExchange, reference: int | None = None) -> None:
        self.exchange = exchange
        room: dict[str, Any] = {"window": 64, "slots": 2, "far_room": 1} if isinstance(exchange, Exchange) else {}
        exchange.list_instrument(70, reference=reference, **room)
        self.phase(Phase.CONTINUOUS)

    def send(self, kind: CommandKind, **fields: int) -> list[Report]:
        """Carry out one command."""
        return [Report(*r) for r in as_tuples(self.exchange.submit(kind, **fields))]

    def buy(self, order_id: int, lots: int, tick: int | None = None, **fields: int) -> list[Report]:
        """Send a new bid, a market order without a tick."""
        return self._new(BID, order_id, lots, tick, fields)

    def sell(self, order_id: int, lots: int, tick: int | None = None, **fields: int) -> list[Report]:
        """Send a new ask, a market order without a tick."""
        return self._new(ASK, order_id, lots, tick, fields)

    def _new(self, side: int, order_id: int, lots: int, tick: int | None, fields: dict[str, int]) -> list[Report]:
        kind = OrderType.LIMIT if tick is not None else OrderType.MARKET
        return self.send(
            CommandKind.NEW, **({"id": order_id, "side": side, "lots": lots, "tick": tick or 0, "type": kind} | fields)
        )

    def cancel(self, order_id: int, **fields: int) -> list[Report]:
        return self.send(CommandKind.CANCEL, id=order_id, **fields)

    def reduce(self, order_id: int, lots: int, **fields: int) -> list[Report]:
        return self.send(CommandKind.REDUCE, id=order_id, lots=lots, **fields)

    def replace(self, order_id: int, lots: int, tick: int = 0, **fields: int) -> list[Report]:
        return self.send(CommandKind.REPLACE, id=order_id, lots=lots, tick=tick, **fields)

    def phase(self, phase: int) -> list[Report]:
        return self.send(CommandKind.PHASE, lots=phase)

    def time(self, time_ns: int, day_end_ns: int = 0) -> list[Report]:
        return self.send(CommandKind.TIME, time_ns=time_ns, expiry_ns=day_end_ns)

    def queue(self, side: int) -> list[tuple[int, int, int, int]]:
        """Resting orders of a side, the first to trade first: id, tick, shown, hidden."""
        if isinstance(self.exchange, ReferenceExchange):
            return [(o.id, o.tick, o.shown, o.left - o.shown) for o in self.exchange.markets[0].side(side)]
        return [(o[0], o[2], o[3], o[4]) for o in self.exchange.queue(0, side).tolist()]

    def waiting(self) -> set[int]:
        """Ids of stops that wait."""
        if isinstance(self.exchange, ReferenceExchange):
            return {o.id for o in self.exchange.markets[0].stops}
        return {o[0] for side in (BID, ASK) for o in self.exchange.queue(0, side, waiting=True).tolist()}

    def position(self, owner: int) -> int:
        if isinstance(self.exchange, ReferenceExchange):
            return self.exchange.position(owner, 0)
        return int(self.exchange.positions[owner, 0])

    def indicative(self) -> tuple[int, int, int]:
        if isinstance(self.exchange, ReferenceExchange):
            return self.exchange.markets[0].uncross()
        tick, lots, surplus = self.exchange.indicative(0)
        return tick, lots, surplus


def as_tuples(reports: Any) -> Iterable[tuple[int, ...]]:
    found: Iterable[tuple[int, ...]] = reports if isinstance(reports, list) else reports.tolist()
    return found


def new_desk(which: str, reference: int | None = None) -> Desk:
    """Return the desk of the exchange "compiled" or "reference"."""
    if which == "compiled":
        return Desk(Exchange(owners=5, reports=2, expiries=1), reference)
    return Desk(ReferenceExchange(owners=5), reference)


def trades(reports: list[Report]) -> list[tuple[int, int, int, int]]:
    """The trades among reports: id that came in (of an auction, the bid's), other id, tick, lots."""
    return [
        (r.id, r.other, r.tick, r.lots)
        for r in reports
        if r.kind == ReportKind.FILL and (r.maker == 0 or (r.maker == -1 and r.side == BID))
    ]


def story(reports: list[Report]) -> list[tuple[int, ReportKind, Reason, int, int]]:
    """What happened but for trades: id, kind, reason, lots, remaining."""
    return [
        (r.id, ReportKind(r.kind), Reason(r.reason), r.lots, r.remaining) for r in reports if r.kind != ReportKind.FILL
    ]


def refused(reports: list[Report]) -> Reason:
    """The reason of the one report that refuses."""
    (report,) = reports
    assert report.kind == ReportKind.REJECTED
    return Reason(report.reason)
