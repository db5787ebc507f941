"""Requests become messages of the local exchange, and what it says our own numbers."""

from typing import Any

from lockstep.data.instrument import Instrument
from lockstep.kernels.order_terms import Force, OrderFlag, OrderType, Prevention, Reason, has_limit, is_stop
from lockstep.kernels.ticks.remote import VenueReport
from lockstep.kernels.ticks.tables import Action
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.listing import Steps
from lockstep.live.venues.heard import Heard, Standing

_SIDES: tuple[m.Side, m.Side] = ("buy", "sell")
_ENDS = {
    "filled": VenueReport.FILLED, "canceled": VenueReport.CANCELED, "expired": VenueReport.EXPIRED,
    "rejected": VenueReport.REJECTED,
}  # fmt: skip
_GONE = ("unknown_order", "ambiguous_id")


class Words:
    """Speaks of one instrument."""

    def __init__(self, instrument: Instrument) -> None:
        self.symbol = instrument.symbol
        self._prices, self._sizes = Steps(str(instrument.tick)), Steps(str(instrument.lot))

    def request(self, client_id: str, intent: Any) -> m.New | m.Cancel | m.Replace:
        """Return an INTENT record as a message."""
        if intent["action"] == Action.CANCEL:
            return m.Cancel(client_id=client_id)
        price, quantity = self._prices.text(int(intent["tick"])), self._sizes.text(int(intent["lots"]))
        if intent["action"] == Action.REPLACE:
            return m.Replace(client_id=client_id, price=price, quantity=quantity)
        kind, force, flags, display = (int(intent[name]) for name in ("type", "force", "flags", "display"))
        return m.New(
            client_id=client_id, symbol=self.symbol, side=_SIDES[int(intent["side"])], quantity=quantity,
            type=_word(OrderType(kind)), price=price if has_limit(kind) else None,
            trigger=self._prices.text(int(intent["trigger"])) if is_stop(kind) else None, force=_word(Force(force)),
            expiry_ns=int(intent["expiry_ns"]) if force == Force.GTD else 0,
            display=self._sizes.text(display) if display else None, post_only=bool(flags & OrderFlag.POST_ONLY),
            reduce_only=bool(flags & OrderFlag.REDUCE_ONLY), prevention=_word(Prevention(int(intent["prevention"]))),
        )  # fmt: skip

    def heard(self, message: m.Report) -> Heard:
        """Return a report."""
        base = Heard(VenueReport.ACCEPTED, message.client_id, message.sequence, time_ns=message.time_ns)
        match message:
            case m.Accepted():
                return base._replace(side=_SIDES.index(message.side), remaining=self._lots(message.remaining))
            case m.Fill():
                return base._replace(
                    kind=VenueReport.FILLED, side=_SIDES.index(message.side), tick=self._tick(message.price),
                    lots=self._lots(message.quantity), remaining=self._lots(message.remaining),
                    maker=message.liquidity == "maker",
                )  # fmt: skip
            case m.Canceled():
                reason = reason_of(message.reason)
                return base._replace(kind=VenueReport.CANCELED, lots=self._lots(message.quantity), reason=reason)
            case m.Expired():
                gone = self._lots(message.quantity)
                return base._replace(kind=VenueReport.EXPIRED, lots=gone, reason=Reason.EXPIRED)
            case m.Replaced():
                return base._replace(
                    kind=VenueReport.CHANGED, tick=self._tick(message.price), lots=self._lots(message.quantity),
                    remaining=self._lots(message.remaining),
                )  # fmt: skip
            case m.Rejected():
                new = message.what == "new"
                return base._replace(
                    kind=VenueReport.REJECTED if new else VenueReport.REFUSED, reason=reason_of(message.reason),
                    of_cancel=message.what == "cancel", gone=message.reason in _GONE, words=message.text,
                )  # fmt: skip
            case _:  # reduced is nothing that a session asks for
                return base._replace(kind=VenueReport.TRIGGERED)

    def standing(self, state: m.OrderState) -> Standing:
        """Return an order as the exchange has it."""
        price = 0 if state.price is None else self._tick(state.price)
        end, reason = _ENDS.get(state.status), reason_of(state.reason) if state.reason else Reason.NONE
        side = _SIDES.index(state.side)
        return Standing(
            state.client_id, side, price, self._lots(state.quantity), self._lots(state.filled), end, reason
        )  # fmt: skip

    def lots(self, quantity: str) -> int:
        """Return a signed quantity in lots."""
        return self._lots(quantity)

    def _tick(self, price: str) -> int:
        return self._prices.count(price, "bad_price", "off_tick")

    def _lots(self, quantity: str) -> int:
        return self._sizes.count(quantity, "bad_quantity", "off_lot")


def reason_of(word: str) -> Reason:
    """Return the Reason that an exchange's word is, VENUE for one that is none of ours."""
    return Reason.__members__.get(word.upper(), Reason.VENUE)


def _word(code: Any) -> Any:
    return code.name.lower()
