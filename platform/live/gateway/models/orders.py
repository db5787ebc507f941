"""Orders as they are asked for and told of."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from lockstep.live.gateway.models.words import Body, Number, Told, iso, lower
from lockstep.live.gateway.sessions.running import RunningSession
from lockstep.live.session.view_types import FillView, OrderView, RefusalView

SIDE = Annotated[Literal["buy", "sell"], BeforeValidator(lower)]
TYPE = Annotated[Literal["market", "limit", "stop", "stop_limit", "trailing_stop"], BeforeValidator(lower)]
FORCE = Annotated[Literal["gtc", "day", "ioc", "fok"], BeforeValidator(lower)]
NAME = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x20-\x7e]+$")]
SYMBOL = Annotated[str, Field(min_length=1, max_length=64)]
_LIMIT: dict[str, Any] = {"symbol": "AAPL", "side": "buy", "quantity": 100, "orderType": "limit", "limitPrice": 150.00}
_STOP: dict[str, Any] = {
    "symbol": "AAPL", "side": "sell", "quantity": "25", "orderType": "stop_limit", "stopPrice": "148.50",
    "limitPrice": "148.40", "timeInForce": "day", "reduceOnly": True, "clientOrderId": "exit-1", "tags": ["exit"],
}  # fmt: skip

_TRAIL: dict[str, Any] = {
    "symbol": "AAPL", "side": "sell", "quantity": 100, "orderType": "trailing_stop", "trail": {"amount": 0.5},
}  # fmt: skip


_ORDER: dict[str, Any] = {
    "orderId": "0-1", "clientOrderId": "entry-1", "sessionId": "paper", "strategyId": "manual", "lane": "manual:AAPL",
    "symbol": "AAPL", "side": "buy", "type": "limit", "orderType": "limit", "timeInForce": "gtc", "quantity": 100.0,
    "limitPrice": 150.0, "filledQuantity": 40.0, "remainingQuantity": 60.0,
    "averagePrice": 150.0, "fees": 0.0, "status": "PARTIALLY_FILLED",
    "createdAt": "2026-11-23T14:30:00.250000Z", "mode": "paper", "source": "synthetic",
}  # fmt: skip
_FILL: dict[str, Any] = {
    "fillId": 17, "orderId": "0-1", "clientOrderId": "entry-1", "sessionId": "paper", "strategyId": "manual",
    "lane": "manual:AAPL", "symbol": "AAPL", "side": "buy", "price": 150.0, "quantity": 40.0, "fee": 0.0,
    "liquidity": "maker", "time": "2026-11-23T14:30:01.250000Z", "arrivalMid": 150.005, "slippageBps": -0.333322,
    "source": "synthetic",
}  # fmt: skip


class Trail(Body):
    """How far a trailing stop stays behind the best trade since it began to wait: one of the two."""

    amount: Number | None = Field(None, description="In the units of the price, on its tick.")
    percent: Number | None = Field(None, description="A share of that price, above 0 and below 1: 0.01 is 1 %.")

    @model_validator(mode="after")
    def _one(self) -> "Trail":
        if (self.amount is None) == (self.percent is None):
            raise ValueError("a trail has an amount or a percent: give one of them")
        return self

    def content(self) -> dict[str, float]:
        """Return it as a command of a session has it."""
        return self.model_dump(exclude_none=True)


class OrderBody(Body):
    """An order of the strategy `manual`. Numbers may be decimal strings; `orderType` and `type` are the same."""

    model_config = ConfigDict(json_schema_extra={"examples": [_LIMIT, _STOP, _TRAIL]})

    symbol: SYMBOL
    side: SIDE
    quantity: Number
    order_type: TYPE | None = None
    type: TYPE | None = None
    limit_price: Number | None = None
    stop_price: Number | None = None
    trail: Trail | None = Field(None, description="Of a trailing_stop, which has no other price.")
    time_in_force: FORCE = "gtc"
    post_only: bool = False
    reduce_only: bool = False
    client_order_id: NAME | None = Field(None, description="Used once in a session, whatever becomes of the order.")
    strategy_id: str | None = Field(None, max_length=64, description="`manual`, whose all orders of the API are.")
    session_id: str | None = Field(None, max_length=64, description="The only or first session that runs.")
    tags: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=16)

    @model_validator(mode="after")
    def _one_type(self) -> "OrderBody":
        if None not in (self.order_type, self.type) and self.order_type != self.type:
            raise ValueError(f"orderType is {self.order_type} and type is {self.type}: give one of them")
        if self.order_type is None and self.type is None:
            raise ValueError("orderType is missing: market, limit, stop, stop_limit or trailing_stop")
        return self

    def content(self, client_order_id: str) -> dict[str, Any]:
        """Return it as a command of a session has it."""
        return {
            "clientOrderId": client_order_id, "symbol": self.symbol, "side": self.side, "quantity": self.quantity,
            "type": self.order_type or self.type, "limitPrice": self.limit_price, "stopPrice": self.stop_price,
            "trail": None if self.trail is None else self.trail.content(), "timeInForce": self.time_in_force,
            "postOnly": self.post_only, "reduceOnly": self.reduce_only, "tags": self.tags,
        }  # fmt: skip


class ChangeBody(Body):
    """What is to change of an order; the quantity is all of it, what is filled too."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"limitPrice": 150.05, "quantity": 80}]})

    quantity: Number | None = None
    limit_price: Number | None = None
    stop_price: Number | None = None
    trail: Trail | None = Field(None, description="Of a trailing_stop: another distance behind the same best trade.")

    @model_validator(mode="after")
    def _some(self) -> "ChangeBody":
        if not self.model_fields_set:
            raise ValueError("nothing is to change: give quantity, limitPrice, stopPrice or trail")
        return self

    def content(self) -> dict[str, Any]:
        """Return it as a command of a session has it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class Refusal(Told):
    """Why the risk check let an order not pass."""

    code: str
    risk_code: int
    message: str
    whose: str
    limit: float | None
    current: float | None
    attempted: float | None


class Order(Told):
    """An order, open or ended. Its status is one of FIX's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ORDER]})

    order_id: str
    client_order_id: str
    session_id: str
    strategy_id: str
    symbol: str
    side: str | None
    type: str | None
    time_in_force: str | None
    quantity: float | None
    limit_price: float | None = None
    stop_price: float | None = None
    trail: dict[str, float] | None = None
    filled_quantity: float
    remaining_quantity: float | None
    average_price: float | None
    status: str
    why: str | None = None
    refusal: Refusal | None = None
    created_at: str | None
    source: str


class Orders(Told):
    """Orders, the open ones first, each kind with the newest first."""

    orders: list[Order]
    next: str | None


class Fill(Told):
    """A trade of an order."""

    model_config = ConfigDict(json_schema_extra={"examples": [_FILL]})

    fill_id: int
    order_id: str
    symbol: str
    side: str
    price: float
    quantity: float
    fee: float
    arrival_mid: float | None
    slippage_bps: float | None
    time: str | None


class Fills(Told):
    """Fills, the newest first."""

    fills: list[Fill]
    next: str | None


def refusal_told(refusal: RefusalView) -> dict[str, Any]:
    """Return why the risk check let an order not pass, as the problem document of ``POST /api/orders`` says it."""
    return {
        "code": f"RISK_{refusal.name.upper()}", "riskCode": refusal.code, "message": refusal.message,
        "whose": refusal.whose, "limit": refusal.limit, "current": refusal.current, "attempted": refusal.attempted,
    }  # fmt: skip


def order_told(session: RunningSession, order: OrderView) -> dict[str, Any]:
    """Return an order as the border tells of it."""
    return {
        "orderId": order.order_id, "clientOrderId": order.client_order_id, "sessionId": session.id,
        "strategyId": strategy_of(order.lane), "lane": order.lane, "symbol": order.symbol, "side": order.side or None,
        "type": order.type or None, "orderType": order.type or None, "timeInForce": order.time_in_force or None,
        "postOnly": order.post_only,
        "reduceOnly": order.reduce_only, "quantity": order.quantity, "limitPrice": order.limit_price,
        "stopPrice": order.stop_price, "trail": order.trail, "filledQuantity": order.filled_quantity,
        "remainingQuantity": order.remaining_quantity, "averagePrice": order.average_price, "fees": order.fees,
        "status": order.state.upper(), "why": None if order.why == "none" else order.why or None, "tags": order.tags,
        "refusal": None if order.refusal is None else refusal_told(order.refusal),
        "createdAt": iso(order.sent_ns), "createdNs": order.sent_ns,
        "acceptedAt": iso(order.arrived_ns), "endedAt": iso(order.ended_ns), "endedNs": order.ended_ns or None,
        "mode": session.mode, "source": session.source,
    }  # fmt: skip


def fill_told(session: RunningSession, fill: FillView) -> dict[str, Any]:
    """Return a fill as the border tells of it."""
    return {
        "fillId": fill.fill_id, "orderId": fill.order_id, "clientOrderId": fill.client_order_id,
        "sessionId": session.id, "strategyId": strategy_of(fill.lane), "lane": fill.lane, "symbol": fill.symbol,
        "side": fill.side, "price": fill.price, "quantity": fill.quantity, "fee": fill.fee,
        "liquidity": fill.liquidity, "reason": fill.reason, "time": iso(fill.time_ns), "timeNs": fill.time_ns,
        "position": fill.position, "realised": fill.realised, "arrivalMid": fill.arrival_mid,
        "slippageBps": fill.slippage_bps, "source": session.source,
    }  # fmt: skip


def strategy_of(lane: str) -> str:
    """Return the id of the strategy that a lane is of."""
    return lane.partition(":")[0]
