"""Which orders a session has at a venue, by what was asked and by what the venue says.

Whatever changes an order here goes on the tape first, as a report (``emit``), and takes effect when it is taken from
there (``taken``): whoever takes the same tape again comes to the same orders. What the venue says twice, too late or in
another order than it happened is told once and rightly; what doesn't fit together makes an order doubtful, and then the
venue's answer to a query decides (``stands``). A time-out and a lost connection decide nothing.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lockstep.data.recordings.tape_layout import TAPE, Input
from lockstep.kernels.order_terms import Reason, is_stop
from lockstep.kernels.ticks.remote import ANSWER, MAKER, OF_CANCEL, VenueReport
from lockstep.kernels.ticks.tables import Action
from lockstep.live.venues.heard import Heard, Standing
from lockstep.live.venues.orders import Request, VenueOrder

GRACE_NS = 1_000_000_000
"""An order that the venue doesn't know is given up after so long: until then it may still be under way."""
_DIGITS = 18
"""Of a number at most: then it has room in a record."""
_ENDS = (VenueReport.REJECTED, VenueReport.CANCELED, VenueReport.EXPIRED)


class Tracker:
    """The orders of a session of some lanes. ``emit`` takes TAPE[1], a report to be stamped, taped and taken."""

    def __init__(self, session: str, emit: Callable[[Any], None], lanes: int = 1) -> None:
        self.session, self._lanes = session, lanes
        self._emit = emit
        self.orders: dict[str, VenueOrder] = {}
        """Those that are not over, by client id."""
        self.positions: dict[int, int] = {}
        """Lots by lane."""
        self.epoch = 0
        self.known = 0
        """All fills up to this report of the venue are on the tape."""
        self._fills: set[int] = set()
        self._given_up: set[str] = set()

    def client_id(self, lane: int, order: int) -> str:
        """Return the permanent id of a lane's order."""
        return f"{self.session}-{lane}-{order}"

    def place(self, client_id: str) -> tuple[int, int] | None:
        """Return (lane, order) of a client id, None for one that is not of this session."""
        session, _, rest = client_id.rpartition("-")
        session, _, lane = session.rpartition("-")
        if session != self.session or not (_is_number(lane) and _is_number(rest)):
            return None
        return (int(lane), int(rest)) if int(lane) < self._lanes else None

    def save_state(self) -> dict[str, Any]:
        """Return all that it knows, as plain values."""
        orders = [order.values() for order in self.orders.values()]
        positions = list(self.positions.items())
        return {
            "orders": orders, "positions": positions, "epoch": self.epoch, "known": self.known,
            "fills": sorted(self._fills), "given_up": sorted(self._given_up),
        }  # fmt: skip

    def load_state(self, values: dict[str, Any]) -> None:
        """Know what another did when it saved its state."""
        made = [VenueOrder.of(each) for each in values["orders"]]
        self.orders = {order.client_id: order for order in made}
        self.positions = dict(map(tuple, values["positions"]))
        self.epoch, self.known = values["epoch"], values["known"]
        self._fills, self._given_up = set(values["fills"]), set(values["given_up"])

    # --- what is asked ------------------------------------------------------------------------------------------------

    def asked(self, row: int, lane: int, intent: Any) -> tuple[VenueOrder, Request] | None:
        """Take a request of a lane, an INTENT record that the journal's ``row`` holds; None where the order is over."""
        client_id = self.client_id(lane, int(intent["order"]))
        if intent["action"] == Action.SUBMIT:
            self.orders[client_id] = VenueOrder(
                lane, int(intent["order"]), client_id, int(intent["side"]), int(intent["type"]), int(intent["tick"]),
                int(intent["lots"]),
            )  # fmt: skip
        order = self.orders.get(client_id)
        if order is None:
            return None
        request = Request(int(intent["action"]), row, intent)
        order.requests = [*order.requests, request]
        return order, request

    def lost(self, *, all_of_them: bool = False) -> None:
        """The connection is gone: of what was sent nobody knows what became, nor after a crash of anything."""
        for order in self.orders.values():
            for request in order.requests:
                request.doubtful = request.doubtful or request.sent_ns > 0 or all_of_them

    def give_up(self, order: VenueOrder, request: Request, why: Reason = Reason.NOT_SENT) -> None:
        """A request could not be sent, and won't be."""
        if request.action == Action.SUBMIT:
            self._tell(VenueReport.REJECTED, order, reason=why)
        else:
            self.refuse(order, request, why)

    # --- what the venue says ------------------------------------------------------------------------------------------

    def hear(self, heard: Heard) -> bool:
        """Take a report; return False for one about an order that is not this session's."""
        if self.place(heard.client_id) is None:
            return False
        order = self.orders.get(heard.client_id)
        if heard.kind == VenueReport.FILLED:
            self._hear_fill(order, heard)
        elif order is None:
            if heard.kind == VenueReport.ACCEPTED and heard.client_id in self._given_up:
                self._adopt(heard.client_id, heard.side, 0, heard.remaining, heard.sequence)
        elif heard.kind == VenueReport.ACCEPTED:
            if not order.accepted:
                self._tell(VenueReport.ACCEPTED, order, lots=heard.remaining, sequence=heard.sequence)
        elif heard.kind == VenueReport.REJECTED:
            if not order.accepted:
                self._tell(VenueReport.REJECTED, order, reason=heard.reason)
        elif heard.kind == VenueReport.REFUSED:
            self._hear_refusal(order, heard)
        elif heard.sequence > order.sequence:
            self._hear_change(order, heard)
        return True

    def _hear_fill(self, order: VenueOrder | None, heard: Heard) -> None:
        if heard.sequence <= self.known or heard.sequence in self._fills:
            return
        if order is None:
            order = self._adopt(heard.client_id, heard.side, heard.tick, heard.lots + max(heard.remaining, 0), 0)
        self._accept(order)
        self._tell(
            VenueReport.FILLED, order, tick=heard.tick, lots=heard.lots, sequence=heard.sequence,
            flags=MAKER if heard.maker else 0, time_ns=heard.time_ns,
        )  # fmt: skip
        if heard.remaining >= 0 and heard.client_id in self.orders and order.remaining != heard.remaining:
            order.doubtful = True

    def _hear_change(self, order: VenueOrder, heard: Heard) -> None:
        """Canceled, expired, changed or triggered."""
        self._accept(order)
        if heard.kind in _ENDS:
            if order.remaining != heard.lots:
                order.doubtful = True  # a fill or a change was not heard of
            else:
                self._tell(heard.kind, order, reason=heard.reason, sequence=heard.sequence, time_ns=heard.time_ns)
        elif heard.kind == VenueReport.TRIGGERED:
            if not order.triggered:
                self._tell(VenueReport.TRIGGERED, order, sequence=heard.sequence, time_ns=heard.time_ns)
        else:
            request = order.first(Action.REPLACE)
            meant = request is not None and (heard.tick, heard.lots) == _wanted(request)
            self._tell(
                VenueReport.CHANGED, order, tick=heard.tick, lots=heard.lots, sequence=heard.sequence,
                flags=ANSWER if meant else 0, time_ns=heard.time_ns,
            )  # fmt: skip
            if heard.remaining >= 0 and order.remaining != heard.remaining:
                order.doubtful = True

    def _hear_refusal(self, order: VenueOrder, heard: Heard) -> None:
        request = order.first(Action.CANCEL if heard.of_cancel else Action.REPLACE)
        if heard.gone:
            order.doubtful = True
        elif request is not None:
            self.refuse(order, request, heard.reason)

    # --- how orders stand when the venue is asked ---------------------------------------------------------------------

    def stands(self, order: VenueOrder, standing: Standing | None, now_ns: int) -> None:
        """Take the venue's answer about an order that is in doubt; all fills up to it were asked for before."""
        if standing is None:
            self._not_there(order, now_ns)
            return
        order.missing_ns = 0
        if standing.end == VenueReport.REJECTED:
            self._tell(VenueReport.REJECTED, order, reason=standing.reason)
            return
        if not order.accepted:
            self._tell(VenueReport.ACCEPTED, order, lots=standing.lots - order.filled)
        if order.filled != standing.filled:
            order.doubtful = True  # a fill came between the two answers: ask again
        elif standing.end is not None:
            kind = VenueReport.CANCELED if standing.end == VenueReport.FILLED else standing.end
            self._tell(kind, order, reason=standing.reason)
        else:
            self._lives(order, standing)

    def _not_there(self, order: VenueOrder, now_ns: int) -> None:
        order.missing_ns = order.missing_ns or now_ns
        if now_ns - order.missing_ns >= GRACE_NS:
            kind = VenueReport.CANCELED if order.accepted else VenueReport.REJECTED
            self._tell(kind, order, reason=Reason.NOT_ARRIVED)

    def _lives(self, order: VenueOrder, standing: Standing) -> None:
        order.doubtful = False
        asked = [one for one in order.requests if one.doubtful and one.action == Action.REPLACE]
        for request in asked:
            done = (standing.tick, standing.lots) == _wanted(request)
            self._tell(
                VenueReport.CHANGED, order, tick=standing.tick, lots=standing.lots, flags=ANSWER,
                reason=Reason.NONE if done else Reason.NOT_ARRIVED,
            )  # fmt: skip
        if not asked and (order.tick, order.lots) != (standing.tick, standing.lots) and not is_stop(order.type):
            self._tell(VenueReport.CHANGED, order, tick=standing.tick, lots=standing.lots)
        for request in order.requests:
            if request.doubtful:
                request.doubtful, request.sent_ns = False, 0  # a cancel that did nothing: it is sent again

    def found(self, standing: Standing) -> None:
        """The venue has a live order of this session that is over here, or never was: it is to be canceled."""
        self._adopt(standing.client_id, standing.side, standing.tick, standing.lots - standing.filled, 0)

    def restarted(self, epoch: int) -> None:
        """The venue counts in another epoch: what it had before is forgotten there, and over here."""
        before = self.epoch
        self._put(VenueReport.STARTED, -1, epoch)
        for order in list(self.orders.values()) if before else []:
            if any(request.action == Action.SUBMIT and not request.sent_ns for request in order.requests):
                continue  # it has not left yet
            kind = VenueReport.CANCELED if order.accepted else VenueReport.REJECTED
            self._tell(kind, order, reason=Reason.RESTARTED)

    def synced(self, sequence: int) -> None:
        """All fills up to a report of the venue were heard."""
        if self._fills:
            self._put(VenueReport.SYNCED, -1, 0, sequence=sequence)

    # --- telling ------------------------------------------------------------------------------------------------------

    def _accept(self, order: VenueOrder) -> None:
        """The venue speaks of an order as of one that is in: the word of it was lost, or is late."""
        if not order.accepted:
            self._tell(VenueReport.ACCEPTED, order, lots=order.remaining)

    def refuse(self, order: VenueOrder, request: Request, reason: Reason) -> None:
        """A request to cancel or replace changes nothing."""
        flags = OF_CANCEL if request.action == Action.CANCEL else 0
        self._tell(VenueReport.REFUSED, order, tick=order.tick, lots=order.lots, flags=flags, reason=reason)

    def _adopt(self, client_id: str, side: int, tick: int, lots: int, sequence: int) -> VenueOrder:
        lane, number = self.place(client_id) or (-1, 0)
        self._put(VenueReport.ADOPTED, lane, number, side=side, tick=tick, lots=lots, sequence=sequence)
        return self.orders[client_id]

    def _tell(self, kind: VenueReport, order: VenueOrder, **fields: int) -> None:
        self._put(kind, order.lane, order.id, side=order.side, **fields)

    def _put(self, kind: VenueReport, lane: int, order: int, **fields: int) -> None:
        record = np.zeros(1, TAPE)
        record["input"], record["kind"], record["slot"], record["id"] = Input.REPORT, kind, lane, order
        record["sequence"] = -1
        for name, value in fields.items():
            record[name] = value
        self._emit(record)

    # --- what is on the tape ------------------------------------------------------------------------------------------

    def taken(self, report: Any) -> None:
        """Let a report of the tape, a TAPE record, take effect."""
        kind, lane, sequence = int(report["kind"]), int(report["slot"]), int(report["sequence"])
        if kind == VenueReport.STARTED:
            self.epoch, self.known = int(report["id"]), 0
            self._fills.clear()
            self._given_up.clear()
            return
        if kind == VenueReport.SYNCED:
            self.known = max(self.known, sequence)
            self._fills = {one for one in self._fills if one > sequence}
            return
        client_id = self.client_id(lane, int(report["id"]))
        if kind == VenueReport.ADOPTED:
            self.orders[client_id] = VenueOrder(
                lane, int(report["id"]), client_id, int(report["side"]), 0, int(report["tick"]), int(report["lots"]),
                accepted=True, stray=True,
            )  # fmt: skip
            self._given_up.discard(client_id)
            return
        order = self.orders[client_id]
        order.sequence = max(order.sequence, sequence)
        if kind == VenueReport.FILLED:
            self._filled(order, report)
        elif kind in _ENDS:
            self._over(order)
            if report["reason"] == Reason.NOT_ARRIVED:
                self._given_up.add(client_id)
        else:
            _change(order, kind, report)

    def _filled(self, order: VenueOrder, report: Any) -> None:
        lots = int(report["lots"])
        self._fills.add(int(report["sequence"]))
        signed = -lots if order.side else lots
        self.positions[order.lane] = self.positions.get(order.lane, 0) + signed
        order.filled += lots
        order.lots = max(order.lots, order.filled)
        if order.remaining == 0:
            self._over(order)

    def _over(self, order: VenueOrder) -> None:
        del self.orders[order.client_id]
        order.requests, order.doubtful = [], False


def _change(order: VenueOrder, kind: int, report: Any) -> None:
    answered = None
    if kind == VenueReport.ACCEPTED:
        order.accepted, order.lots, answered = True, order.filled + int(report["lots"]), order.first(Action.SUBMIT)
    elif kind == VenueReport.CHANGED:
        order.tick, order.lots = int(report["tick"]), int(report["lots"])
        answered = order.first(Action.REPLACE) if report["flags"] & ANSWER else None
    elif kind == VenueReport.REFUSED:
        answered = order.first(Action.CANCEL if report["flags"] & OF_CANCEL else Action.REPLACE)
    else:
        order.triggered = True
    order.requests = [request for request in order.requests if request is not answered]


def _is_number(text: str) -> bool:
    """Is it how ``client_id`` writes a number?"""
    return text.isascii() and text.isdecimal() and len(text) <= _DIGITS and str(int(text)) == text


def _wanted(request: Request) -> tuple[int, int]:
    return int(request.intent["tick"]), int(request.intent["lots"])
