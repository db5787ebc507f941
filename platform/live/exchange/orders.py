"""What the exchange knows of orders beyond the book: whose they are, what they are called, and how they ended."""

from collections.abc import Iterator

from msgspec import Struct

from lockstep.live.exchange.messages import New, OrderState, Status

LIVE = ("live", "waiting")


class Order(Struct, gc=False):
    """An order; numbers in ticks and lots. ``connection`` is where it came in."""

    number: int
    asked: New
    account: str
    owner: int
    connection: int
    instrument: int = -1
    tick: int = 0
    trigger: int = 0
    lots: int = 0
    display: int = 0
    filled: int = 0
    remaining: int = 0
    status: Status = "rejected"
    reason: str = ""

    @property
    def live(self) -> bool:
        """Whether it may still trade."""
        return self.status in LIVE


class OrderList:
    """All orders of an epoch, the ended and refused ones too. Numbers are given from 1 up."""

    def __init__(self) -> None:
        self._all: list[Order] = []
        self._named: dict[tuple[str, str], list[Order]] = {}
        self._live: dict[str, dict[int, Order]] = {}

    def add(self, asked: New, account: str, owner: int, connection: int) -> Order:
        """Write down an order that came in, until more is known as a refused one."""
        order = Order(len(self._all) + 1, asked, account, owner, connection)
        self._all.append(order)
        self._named.setdefault((account, asked.client_id), []).append(order)
        return order

    def __getitem__(self, number: int) -> Order:
        return self._all[number - 1]

    def opened(self, order: Order, status: Status) -> None:
        """The order is in."""
        order.status = status
        self._live.setdefault(order.account, {})[order.number] = order

    def ended(self, order: Order, status: Status, reason: str = "") -> None:
        """The order can't trade any more."""
        order.status, order.reason, order.remaining = status, reason, 0
        self._live.get(order.account, {}).pop(order.number, None)

    def named(self, account: str, client_id: str) -> list[Order]:
        """All orders of an account with a client id, in the order of their arrival."""
        return self._named.get((account, client_id), [])

    def live(self, account: str) -> Iterator[Order]:
        """The account's live orders, in the order of their arrival."""
        yield from list(self._live.get(account, {}).values())


def refused_state(order: Order) -> OrderState:
    """Return a refused order as it was asked for."""
    asked = order.asked
    return OrderState(
        order=order.number, client_id=asked.client_id, symbol=asked.symbol, side=asked.side, type=asked.type,
        force=asked.force, status="rejected", quantity=asked.quantity, filled="0", remaining="0", price=asked.price,
        trigger=asked.trigger, display=asked.display, reason=order.reason,
    )  # fmt: skip
