"""The whole exchange beside the plain-Python twin of the matching: the same reports, orders and positions."""

import random
from typing import Any

import pytest
from tests.live.exchange.floor import START_NS, Floor, Seat
from tests.twins.matching import ReferenceExchange

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.order_terms import Reason
from lockstep.live.exchange import messages as m

ACCOUNTS = ("ann", "bob", "cat")
SYMBOLS = {"ACME": (0.01, 1), "COIN": (0.5, 0.001)}
TYPES, FORCES = ("limit", "market", "stop", "stop_limit"), ("gtc", "day", "gtd", "ioc", "fok")
PREVENTIONS = ("none", "newest", "oldest", "both", "decrement")


def price_text(symbol: str, tick: int) -> str:
    return f"{tick * SYMBOLS[symbol][0]:.2f}"


def size_text(symbol: str, lots: int) -> str:
    return f"{lots * SYMBOLS[symbol][1]:.3f}"


class Pair:
    """The same requests, to the exchange as text and to the twin as numbers."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.floor = Floor("ACME:0.01:1:10,COIN:0.5:0.001:500", admin=True)
        self.twin = ReferenceExchange(owners=len(ACCOUNTS) + 1)
        self.twin.submit(CommandKind.TIME, time_ns=START_NS)
        for number in range(2):
            self.twin.list_instrument(reference=1000)
            self.twin.submit(CommandKind.PHASE, instrument=number, lots=Phase.CONTINUOUS)
        self.seats = {name: self.floor.join(name) for name in ACCOUNTS}
        self.orders: list[tuple[str, str]] = []

    def step(self) -> None:
        chance = self.chance
        self.floor.now += chance.randrange(3)
        name = chance.choice(ACCOUNTS)
        self.twin.submit(CommandKind.TIME, time_ns=self.floor.now)
        self.expired = list(self.twin.out)
        what = chance.random()
        if what < 0.6 or not self.orders:
            self.new(name, chance.choice(list(SYMBOLS)))
        elif what < 0.97:
            self.change(name)
        else:
            self.set_phase()

    def new(self, name: str, symbol: str) -> None:
        c = self.chance
        kind, force = c.choices(range(4), (8, 2, 1, 1))[0], c.choices(range(5), (6, 1, 1, 2, 1))[0]
        tick, trigger, lots = 1000 + c.randrange(-6, 7), 1000 + c.randrange(-6, 7), c.randrange(1, 30)
        display, expiry = c.choice([0, 0, 0, 3]), self.floor.now + c.randrange(1, 40)
        flags, prevention, side = c.choice([0, 0, 0, 1, 2]), c.randrange(5), c.randrange(2)
        self.orders.append((name, symbol))
        number, instrument, owner = len(self.orders), list(SYMBOLS).index(symbol), ACCOUNTS.index(name) + 1
        self.twin.submit(
            CommandKind.NEW, instrument=instrument, id=number, owner=owner, side=side, type=kind, force=force,
            flags=flags, tick=tick if kind in (0, 3) else 0, trigger=trigger if kind >= 2 else 0, lots=lots,
            display=display, expiry_ns=expiry if force == 2 else 0, prevention=prevention, time_ns=self.floor.now,
        )  # fmt: skip
        asked: dict[str, Any] = {
            "client_id": f"c{number}", "symbol": symbol, "side": ("buy", "sell")[side], "type": TYPES[kind],
            "force": FORCES[force], "quantity": size_text(symbol, lots), "post_only": flags == 1,
            "reduce_only": flags == 2, "prevention": PREVENTIONS[prevention],
            "price": price_text(symbol, tick) if kind in (0, 3) else None,
            "trigger": price_text(symbol, trigger) if kind >= 2 else None,
            "display": size_text(symbol, display) if display else None, "expiry_ns": expiry if force == 2 else 0,
        }  # fmt: skip
        self.compare(name, m.New(**asked))

    def change(self, name: str) -> None:
        """Cancel, reduce or replace an order of late: live, ended or another's."""
        c = self.chance
        number = max(len(self.orders) - c.randrange(12), 1)
        sender, symbol = self.orders[number - 1]
        name = sender if c.random() < 0.8 else name
        instrument, owner = list(SYMBOLS).index(symbol), ACCOUNTS.index(name) + 1
        market = self.twin.markets[instrument]
        found = [o for o in [*market.book, *market.stops] if o.id == number and o.owner == owner]
        kind = c.choice([CommandKind.CANCEL, CommandKind.REDUCE, CommandKind.REPLACE])
        lots, tick = c.randrange(1, 30), 1000 + c.randrange(-6, 7)
        client_id = f"c{number}"
        asked: m.FromClient = m.Cancel(client_id=client_id)
        given = {"instrument": instrument, "id": number, "owner": owner}
        if kind == CommandKind.REDUCE:
            asked, given = m.Reduce(client_id=client_id, quantity=size_text(symbol, lots)), given | {"lots": lots}
        elif kind == CommandKind.REPLACE:
            # What is not named stays as it is: the twin is told all of it.
            named = {"lots": lots, "tick": tick} if not found or found[0].type in (0, 3) else {"lots": lots}
            stays = found[0] if found else None
            given |= {"tick": stays.price, "trigger": stays.trigger, "display": stays.display} if stays else {}
            given |= named
            price = price_text(symbol, tick) if "tick" in named else None
            asked = m.Replace(client_id=client_id, quantity=size_text(symbol, lots), price=price)
        if found:
            self.twin.submit(kind, **given, time_ns=self.floor.now)
        else:
            self.twin.out = []
        self.compare(name, asked, unknown=not found)

    def set_phase(self) -> None:
        number, phase = self.chance.randrange(2), self.chance.choice([1, 2, 2, 2, 3])
        self.twin.submit(CommandKind.PHASE, instrument=number, lots=phase, time_ns=self.floor.now)
        names: tuple[m.PhaseName, ...] = ("closed", "auction", "continuous", "halt")
        self.compare("ann", m.SetPhase(symbol=list(SYMBOLS)[number], phase=names[phase]))

    def compare(self, name: str, asked: m.FromClient, *, unknown: bool = False) -> None:
        before = len(self.floor.log)
        self.seats[name].say(asked)
        made = [line["message"] for line in self.floor.log[before:] if line["event"] == "made"]
        expected = [self.expected(report) for report in (*self.expired, *self.twin.out)]
        if unknown:
            assert (made[-1]["message"], made[-1]["reason"]) == ("rejected", "unknown_order")
            made.pop()
        assert [self.told(message) for message in made] == expected

    def expected(self, report: tuple[int, ...]) -> tuple[Any, ...]:
        kind, reason, instrument, owner, side, maker, order, _, tick, lots, remaining, sequence, time_ns = report
        symbol = list(SYMBOLS)[instrument]
        if kind == ReportKind.PHASE:
            return "phase", symbol, ("closed", "auction", "continuous", "halt")[remaining], time_ns
        said: dict[str, Any] = {}
        size, price = size_text(symbol, lots), price_text(symbol, tick)
        if kind == ReportKind.REJECTED:
            said = {"reason": Reason(reason).name.lower()}
        elif kind == ReportKind.FILL:
            said = {"price": price, "quantity": size, "side": ("buy", "sell")[side]}
            said["liquidity"] = {1: "maker", 0: "taker", -1: "auction"}[maker]
        elif kind in (ReportKind.CANCELED, ReportKind.EXPIRED, ReportKind.REDUCED):
            said = {"quantity": size}
        elif kind == ReportKind.REPLACED:
            said = {"quantity": size, "price": price}
        if kind == ReportKind.CANCELED:
            said["reason"] = Reason(reason).name.lower()
        if kind in (
            ReportKind.ACCEPTED,
            ReportKind.FILL,
            ReportKind.REPLACED,
            ReportKind.REDUCED,
            ReportKind.TRIGGERED,
        ):
            said["remaining"] = size_text(symbol, remaining)
        common = (ReportKind(kind).name.lower(), symbol, ACCOUNTS[owner - 1], f"c{order}", order, sequence, time_ns)
        return *common, numbers(said)

    @staticmethod
    def told(message: dict[str, Any]) -> tuple[Any, ...]:
        if message["message"] == "phase":
            return "phase", message["symbol"], message["phase"], message["time_ns"]
        names = ("message", "symbol", "account", "client_id", "order", "sequence", "time_ns")
        more = ["reason", "price", "quantity", "side", "liquidity", "remaining"]
        more = ["remaining"] if message["message"] == "accepted" else more
        return *(message[name] for name in names), numbers({name: message[name] for name in more if name in message})

    def check_state(self) -> None:
        for name, seat in self.seats.items():
            owner = ACCOUNTS.index(name) + 1
            lots = [self.twin.position(owner, k) for k in range(2)]
            held = [size_text(symbol, n) for symbol, n in zip(SYMBOLS, lots, strict=True)]
            assert numbers(seat.ask_positions()) == numbers(dict(zip(SYMBOLS, held, strict=True)))
            resting = sorted(
                (o.id, float(size_text(symbol, o.left)), "waiting" if waits else "live")
                for k, symbol in enumerate(SYMBOLS)
                for waits, orders in ((False, self.twin.markets[k].book), (True, self.twin.markets[k].stops))
                for o in orders
                if o.owner == owner
            )
            shown = [(state.order, float(state.remaining), state.status) for state in all_open(seat)]
            assert shown == resting
        for k, book in enumerate(self.floor.venue.trading.matching.exchange.books):
            assert book.digest == self.twin.digest(k)


def all_open(seat: Seat) -> list[m.OrderState]:
    found: list[m.OrderState] = []
    while True:
        (page,) = seat.say(m.QueryOpen(after=found[-1].order if found else 0))
        found += page.orders
        if not page.more:
            return found


def numbers(said: dict[str, Any]) -> dict[str, Any]:
    """Texts of numbers as numbers, so that trailing zeros don't matter."""
    return {k: float(v) if v.replace(".", "", 1).lstrip("-").isdigit() else v for k, v in said.items()}


@pytest.mark.parametrize("seed", range(4))
def test_every_request_leads_to_the_reports_of_the_twin(seed: int) -> None:
    pair = Pair(seed)
    for step in range(500):
        pair.step()
        if step % 50 == 49:
            pair.check_state()
    events = {line["message"]["message"] for line in pair.floor.lines("made")}
    assert events == {
        "accepted", "rejected", "fill", "canceled", "expired", "replaced", "reduced", "triggered", "phase",
    }  # fmt: skip
