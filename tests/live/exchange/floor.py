"""An exchange in memory: a gate, its connections and a clock that is set by hand."""

import json
from typing import Any

from lockstep.kernels.book.events import Phase
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.conversation import Conversation
from lockstep.live.exchange.fault_rules import read_rules
from lockstep.live.exchange.faults import Faults
from lockstep.live.exchange.flow import SeededFlow
from lockstep.live.exchange.gate import Gate
from lockstep.live.exchange.listing import read_listings
from lockstep.live.exchange.log import Log
from lockstep.live.exchange.peer import Action, End, Pause, Resume, Send
from lockstep.live.exchange.venue import Venue

START_NS = 1_000_000_000
MS = 1_000_000


class Floor:
    """Everything but sockets. ``log`` are the lines that were written, decoded."""

    def __init__(
        self, instruments: str = "ACME:0.01:1", *, rules: Any = (), seed: int = 0, admin: bool = False,
        phase: Phase = Phase.CONTINUOUS, flow: int | None = None, epoch: int = 7,
    ) -> None:  # fmt: skip
        self.now = START_NS
        self.seats: dict[int, Seat] = {}
        self.log: list[dict[str, Any]] = []
        self.venue = Venue(read_listings(instruments), epoch=epoch, start_ns=self.now, phase=phase, admin=admin)
        fed = None if flow is None else SeededFlow(self.venue.trading, seed=flow, start_ns=self.now)
        faults = Faults(read_rules(list(rules)), seed=seed, start_ns=self.now)
        self.gate = Gate(self.venue, time_ns=self.now, log=Log(self._write), faults=faults, flow=fed, fault_seed=seed)

    def _write(self, content: bytes) -> None:
        self.log += [json.loads(line) for line in content.splitlines()]

    def connect(self) -> "Seat":
        """Open a connection that has said nothing yet."""
        seat = Seat(self, len(self.seats) + 1)
        self.seats[seat.number] = seat
        self.act(self.gate.open(seat.number, self.now))
        return seat

    def join(self, account: str, **hello: Any) -> "Seat":
        """Open a connection and log in."""
        seat = self.connect()
        welcome = seat.say(m.Hello(account=account, **hello))
        assert isinstance(welcome[0], m.Welcome), welcome
        seat.heard.clear()
        return seat

    def wait(self, ms: float) -> None:
        """Let time pass as a driver does: the gate is woken whenever it asks for that."""
        end, again = self.now + round(ms * MS), 0
        while (due := self.gate.next_ns()) <= end:
            again = again + 1 if due <= self.now else 0
            assert again < 10_000, "the gate asks to be woken for ever"
            self.now = max(due, self.now)
            self.act(self.gate.advance(self.now))
            for number, seat in self.seats.items():
                seat.give(b"") if self.gate.waits(number) else None
        self.now = end

    def act(self, actions: list[Action]) -> None:
        for action in actions:
            self.seats[action.connection].act(action)

    def lines(self, event: str, **message: Any) -> list[dict[str, Any]]:
        """The log's lines of an event, those whose message has such fields."""
        lines = [line for line in self.log if line["event"] == event]
        return [line for line in lines if message.items() <= line.get("message", {}).items()]


class Seat:
    """A client's end of a connection. ``heard`` is all that came."""

    def __init__(self, floor: Floor, number: int) -> None:
        self.floor, self.number = floor, number
        self.talk = Conversation()
        self.heard: list[Any] = []
        self.ended = self.paused = False

    def say(self, message: m.FromClient) -> list[Any]:
        """Send a message; return what came for it."""
        return self.give(self.talk.say(message)[1])

    def give(self, data: bytes) -> list[Any]:
        before = len(self.heard)
        self.floor.act(self.floor.gate.receive(self.number, data, self.floor.now))
        while self.floor.gate.waits(self.number):
            self.floor.act(self.floor.gate.receive(self.number, b"", self.floor.now))
        return self.heard[before:]

    def drop(self) -> None:
        """The connection breaks."""
        self.ended = True
        self.floor.act(self.floor.gate.close(self.number, self.floor.now))

    def act(self, action: Action) -> None:
        match action:
            case Send(_, data):
                assert not self.ended
                self.heard += self.talk.hear(data)
            case End():
                self.ended = True
            case Pause():
                self.paused = True
            case Resume():
                self.paused = False

    def buy(self, client_id: str, quantity: int, price: str, **more: Any) -> list[Any]:
        return self.say(order(client_id, "buy", quantity, price, **more))

    def sell(self, client_id: str, quantity: int, price: str, **more: Any) -> list[Any]:
        return self.say(order(client_id, "sell", quantity, price, **more))

    def ask_order(self, client_id: str) -> list[m.OrderState]:
        (answer,) = self.say(m.QueryOrder(client_id=client_id))
        assert isinstance(answer, m.Orders)
        return answer.orders

    def ask_open(self) -> list[m.OrderState]:
        (answer,) = self.say(m.QueryOpen())
        assert isinstance(answer, m.Orders)
        return answer.orders

    def ask_fills(self, since: int = 0) -> list[m.Fill]:
        (answer,) = self.say(m.QueryFills(since=since))
        assert isinstance(answer, m.Fills)
        return answer.fills

    def ask_positions(self) -> dict[str, str]:
        (answer,) = self.say(m.QueryPosition())
        assert isinstance(answer, m.Positions)
        return answer.positions


def order(client_id: str, side: m.Side, quantity: int, price: str, **more: Any) -> m.New:
    return m.New(client_id=client_id, symbol="ACME", side=side, quantity=str(quantity), price=price, **more)


def kinds(messages: list[Any]) -> list[str]:
    """What the messages are."""
    return [type(message).__name__ for message in messages]
