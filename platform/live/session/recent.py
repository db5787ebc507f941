"""What became of a session's orders: counts of each lane, what open ones have traded, the latest that are over."""

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from lockstep.kernels.risk.codes import RiskCode, explain
from lockstep.live.session.slippage import slippage_bps
from lockstep.live.session.view_types import FillView, OrderView, RefusalView

KEPT = 200
"""Ended orders and fills that are remembered: the journal has all of them."""
_FORCES = ("gtc", "day", "gtd", "ioc", "fok")
"""By the number that rows have (kernels/order_terms.py, which brings the compiler that gateways do without)."""
_COUNTED = ("canceled", "rejected", "expired")


class Counts(msgspec.Struct):
    """Of one lane, since its mode began."""

    sent: int = 0
    refused: int = 0
    rejected: int = 0
    canceled: int = 0
    expired: int = 0
    fills: int = 0


class Traded(msgspec.Struct):
    """What an order has traded so far."""

    quantity: float = 0.0
    value: float = 0.0
    """Price times quantity."""
    fees: float = 0.0

    @property
    def average(self) -> float | None:
        """Price of a unit."""
        return self.value / self.quantity if self.quantity else None


class Name(NamedTuple):
    """Whose an order by hand is, and what a row of its refusal doesn't say."""

    client_order_id: str = ""
    tags: tuple[str, ...] = ()
    time_in_force: str = ""
    post_only: bool = False
    reduce_only: bool = False
    stop_price: float | None = None
    trail: dict[str, float] | None = None

    @classmethod
    def of_row(cls, content: Mapping[str, Any]) -> "Name":
        """Return the name of the order that a row of kind submit_order gives."""
        order, wire = content["order"], content["wire"]
        return cls(
            order["clientOrderId"], tuple(order.get("tags", ())), _FORCES[wire["force"]],
            bool(order.get("postOnly")), bool(order.get("reduceOnly")), order.get("stopPrice"),
            order.get("trail"),
        )  # fmt: skip

    def whose(self) -> dict[str, Any]:
        """Return what an order's view has of it, however it ended."""
        return {"client_order_id": self.client_order_id, "tags": self.tags}

    def terms(self) -> dict[str, Any]:
        """Return what the view of one that was refused has of it besides; nothing where it is nobody's."""
        rest = self._asdict() if self.client_order_id else {}
        return {name: value for name, value in rest.items() if name not in self.whose()}


NOBODYS = Name()


class _State(msgspec.Struct):
    counts: dict[str, Counts]
    asked: dict[str, dict[str, Any]]
    traded: dict[str, Traded]
    ended: list[OrderView]
    fills: list[FillView]
    names: dict[str, Name]


class Recent:
    """Hears each row that a lane writes. ``numbers`` are those of lanes, by name."""

    def __init__(self, numbers: Mapping[str, int]) -> None:
        self._numbers = numbers
        self.counts = {name: Counts() for name in numbers}
        self._asked: dict[str, dict[str, Any]] = {}
        """Of each order that works, by its id: as it was sent."""
        self._traded: dict[str, Traded] = {}
        self._names: dict[str, Name] = {}
        """Of orders by hand that work."""
        self.declined: dict[str, RefusalView] = {}
        """The latest replacement that the risk check refused, by its order's id: emptied by whoever asks."""
        self.ended: deque[OrderView] = deque(maxlen=KEPT)
        self.fills: deque[FillView] = deque(maxlen=KEPT)

    def join(self, lane: str) -> None:
        """Count of one more lane, whose number is known by now."""
        self.counts[lane] = Counts()

    def id_of(self, lane: str, order: int) -> str:
        """Return the id under which an order is told of."""
        return f"{self._numbers[lane]}-{order}"

    def name(self, lane: str, order: int, name: Name) -> None:
        """Note whose order one is that is being sent."""
        self._names[self.id_of(lane, order)] = name

    def named(self, order_id: str) -> str:
        """Return the client id of an order that works, empty for none."""
        return self._names.get(order_id, NOBODYS).client_order_id

    def tags(self, order_id: str) -> tuple[str, ...]:
        """Return the tags of an order that works."""
        return self._names.get(order_id, NOBODYS).tags

    def traded(self, order_id: str) -> Traded:
        """Return what an order that works has traded."""
        return self._traded.get(order_id) or Traded()

    def begin_anew(self) -> None:
        """Another mode begins: what is counted begins with it."""
        self.counts = {name: Counts() for name in self._numbers}

    def hear(
        self, kind: str, content: dict[str, Any], seq: int, lane: str, symbol: str, time_ns: int
    ) -> OrderView | None:  # fmt: skip
        """Take a row in, whose number is ``seq``; return the order of which it says the end."""
        if kind == "intent":
            self._hear_intent(content, lane)
        elif kind == "fill":
            self._hear_fill(content, seq, lane, symbol)
        elif kind == "order":
            return self._end(self._ended(content, lane, symbol))
        elif kind == "risk" and content["action"] == "replace" and "order" in content:
            self.declined = {self.id_of(lane, content["order"]): refusal_of(content)}
        elif kind == "risk" and content["action"] == "submit":
            self.counts[lane].refused += 1
            if "order" in content:  # over bars what does not leave is no order yet
                return self._end(self._refused(content, lane, symbol, time_ns))
        return None

    def _end(self, order: OrderView) -> OrderView:
        self.ended.appendleft(order)
        return order

    def _hear_intent(self, content: dict[str, Any], lane: str) -> None:
        if content["action"] == "submit":
            self.counts[lane].sent += 1
            self._asked[self.id_of(lane, content["order"])] = dict(content)

    def _hear_fill(self, content: dict[str, Any], seq: int, lane: str, symbol: str) -> None:
        order_id = self.id_of(lane, content["order"])
        self.counts[lane].fills += 1
        traded = self._traded.setdefault(order_id, Traded())
        traded.quantity += content["quantity"]
        traded.value += content["quantity"] * content["price"]
        traded.fees += content["fee"]
        side, price, arrival_mid = content["side"], content["price"], content.get("arrival_mid")
        self.fills.appendleft(FillView(
            fill_id=seq, order_id=order_id, client_order_id=self.named(order_id), lane=lane, order=content["order"],
            symbol=symbol, side=side, price=price, quantity=content["quantity"],
            fee=content["fee"], liquidity="maker" if content["maker"] else "taker", reason=content.get("reason", ""),
            time_ns=content["time_ns"], position=content["position"], realised=content["realised"],
            arrival_mid=arrival_mid, slippage_bps=slippage_bps(side, price, arrival_mid),
        ))  # fmt: skip

    def _ended(self, content: dict[str, Any], lane: str, symbol: str) -> OrderView:
        order_id, state, counts = self.id_of(lane, content["order"]), content["state"], self.counts[lane]
        asked, traded = self._asked.pop(order_id, {}), self._traded.pop(order_id, None) or Traded()
        if state in _COUNTED:
            setattr(counts, state, getattr(counts, state) + 1)
        return OrderView(
            **_terms(order_id, lane, symbol, asked | content), **self._names.pop(order_id, NOBODYS).whose(),
            limit_price=_limit(asked | content if "tick" in content else asked), filled_quantity=content["filled"],
            remaining_quantity=0.0, average_price=traded.average, fees=traded.fees, state=state,
            why=content["why"], arrived_ns=content.get("arrived_ns", 0), ended_ns=content["ended_ns"],
        )  # fmt: skip

    def _refused(self, content: dict[str, Any], lane: str, symbol: str, time_ns: int) -> OrderView:
        order_id, refusal = self.id_of(lane, content["order"]), refusal_of(content)
        name = self._names.pop(order_id, NOBODYS)
        return OrderView(
            **_terms(order_id, lane, symbol, {"sent_ns": time_ns} | content) | name.terms(), **name.whose(),
            limit_price=_limit(content), remaining_quantity=0.0, state="rejected", why=refusal.name, refusal=refusal,
            ended_ns=time_ns,
        )  # fmt: skip

    def save_state(self) -> Any:
        """Return all that it knows, as plain values."""
        return msgspec.to_builtins(_State(
            self.counts, self._asked, self._traded, list(self.ended), list(self.fills), self._names
        ))  # fmt: skip

    def load_state(self, values: Any) -> None:
        """Stand where ``values`` were given."""
        state = msgspec.convert(values, _State)
        self.counts, self._asked, self._traded, self._names = state.counts, state.asked, state.traded, state.names
        self.ended, self.fills = deque(state.ended, KEPT), deque(state.fills, KEPT)


def refusal_of(content: Mapping[str, Any]) -> RefusalView:
    """Return what a row of kind risk says."""
    code, numbers = content["code"], [content.get(name) for name in ("limit", "current", "attempted")]
    plain = [float("nan") if number is None else number for number in numbers]
    limit, current, attempted = numbers
    return RefusalView(
        code=code, name=RiskCode(code).name.lower(), whose=content.get("whose", ""), limit=limit, current=current,
        attempted=attempted, message=explain(code, *plain),
    )  # fmt: skip


def _terms(order_id: str, lane: str, symbol: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """What an order's rows say of how it trades."""
    flags = told.get("flags", ())
    return {
        "order_id": order_id, "lane": lane, "order": told["order"], "symbol": symbol, "side": told.get("side", ""),
        "type": told.get("type", ""), "time_in_force": told.get("force", ""), "post_only": "post_only" in flags,
        "reduce_only": "reduce_only" in flags, "quantity": told.get("quantity"), "stop_price": told.get("stop"),
        "trail": told.get("trail"), "sent_ns": told["sent_ns"],
    }  # fmt: skip


def _limit(told: Mapping[str, Any]) -> float | None:
    """Of an order that has one: rows of others say 0, or where they wait."""
    return told.get("price") if "limit" in told.get("type", "") else None
