"""What a log says is true: orders, fills and positions of each epoch, from the reports that the venue made."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lockstep.errors import ExchangeError
from lockstep.live.exchange.log import Line


@dataclass
class Witnessed:
    """An order that was accepted. It is live while some of it remains."""

    account: str
    client_id: str
    symbol: str
    order: int
    side: str
    remaining: Decimal
    filled: Decimal = Decimal(0)
    executions: list[int] = field(default_factory=list)


class Epoch:
    """What happened between a start of the exchange and its end."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch
        self.orders: dict[int, Witnessed] = {}
        self._traded: dict[tuple[str, str], Decimal] = {}

    def accepted(self, account: str) -> Counter[str]:
        """How many orders were accepted under each client id: more than one is a doubled order."""
        return Counter(order.client_id for order in self.orders.values() if order.account == account)

    def live(self, account: str) -> list[Witnessed]:
        """The orders that live at the end of the log, in the order of their acceptance."""
        return [order for order in self.orders.values() if order.account == account and order.remaining]

    def positions(self, account: str) -> dict[str, Decimal]:
        """Bought less sold at the end of the log, by the symbols that were traded."""
        return {symbol: lots for (name, symbol), lots in self._traded.items() if name == account}

    def hear(self, message: dict[str, Any]) -> None:
        """Take a report."""
        kind, number = message["message"], message.get("order", 0)
        if kind == "accepted":
            words = {name: message[name] for name in ("account", "client_id", "symbol", "side")}
            self.orders[number] = Witnessed(order=number, remaining=Decimal(0), **words)
        elif kind == "rejected" or number not in self.orders:
            return
        order = self.orders[number]
        order.remaining = Decimal(message.get("remaining", 0))
        if kind == "fill":
            lots = Decimal(message["quantity"])
            order.filled += lots
            order.executions.append(message["execution"])
            held = self._traded.get((order.account, order.symbol), Decimal(0))
            self._traded[order.account, order.symbol] = held + (lots if order.side == "buy" else -lots)


def epochs_of(lines: Iterable[Line]) -> list[Epoch]:
    """Return what a log (see ``read_log``) says, epoch by epoch. Raises ExchangeError where the first has no start."""
    epochs: list[Epoch] = []
    for line in lines:
        if line.event == "started":
            epochs.append(Epoch(line.epoch))
        elif not epochs:
            raise ExchangeError(f"a log begins with 'started', found {line.event!r}: is its beginning missing?")
        elif line.event == "made":
            epochs[-1].hear(line.message)
    return epochs
