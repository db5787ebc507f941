"""The log alone tells what is true, whatever clients heard: as the queries do, where all goes wrong at once."""

import random
from collections import Counter
from decimal import Decimal
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from tests.live.exchange.floor import Floor, Seat, order

from lockstep.errors import ExchangeError
from lockstep.live.exchange import messages as m
from lockstep.live.exchange.log import Line
from lockstep.live.exchange.testimony import Epoch, epochs_of

ACCOUNTS = ("ann", "bob", "cat")
CHAOS: list[dict[str, Any]] = [
    {"when": {"on": "message", "type": "new", "times": 0, "chance": 0.05}, "what": {"do": "cut_before"}},
    {"when": {"on": "message", "times": 0, "chance": 0.05}, "what": {"do": "cut_after", "late": True}},
    {"when": {"on": "message", "times": 0, "chance": 0.03}, "what": {"do": "pause", "ms": 7}},
    {"when": {"on": "report", "times": 0, "chance": 0.1}, "what": {"do": "lose", "silent": True}},
    {"when": {"on": "report", "times": 0, "chance": 0.1}, "what": {"do": "lose"}},
    {"when": {"on": "report", "times": 0, "chance": 0.1}, "what": {"do": "duplicate", "copies": 2, "ms": 3}},
    {"when": {"on": "report", "times": 0, "chance": 0.1}, "what": {"do": "delay", "ms": 2, "jitter_ms": 9}},
    {"when": {"on": "report", "type": "fill", "times": 0, "chance": 0.2}, "what": {"do": "late"}},
    {"when": {"on": "login", "times": 0, "chance": 0.2}, "what": {"do": "refuse", "ms": 2}},
    {"when": {"on": "time", "ms": 300}, "what": {"do": "cut"}},
]


def session(seed: int) -> Floor:
    """Three clients trade, and log in again whenever they are cut."""
    floor, chance = Floor(rules=CHAOS, seed=seed, admin=True), random.Random(seed)
    seats: dict[str, Seat] = {}
    for k in range(400):
        floor.wait(chance.random() * 3)
        name = chance.choice(ACCOUNTS)
        if name not in seats or seats[name].ended:
            seats[name] = floor.connect()
            seats[name].say(m.Hello(account=name, cancel_on_disconnect=chance.random() < 0.3))
            continue
        what, number = chance.random(), chance.randrange(max(k, 1))
        if what < 0.65:
            more = {"force": "gtd", "expiry_ns": floor.now + 40_000_000} if chance.random() < 0.2 else {}
            price = f"{100 + chance.randrange(-4, 5) / 100:.2f}"
            seats[name].say(order(f"o{k}", chance.choice(["buy", "sell"]), chance.randrange(1, 9), price, **more))
        elif what < 0.8:
            seats[name].say(m.Replace(client_id=f"o{number}", quantity=str(chance.randrange(1, 9))))
        else:
            seats[name].say(m.Cancel(client_id=f"o{number}"))
    return floor


def lines_of(floor: Floor) -> list[Line]:
    return [msgspec.convert(line, Line) for line in floor.log]


@pytest.mark.parametrize("seed", range(4))
def test_orders_fills_and_positions_are_those_that_the_venue_answers(seed: int) -> None:
    floor = session(seed)
    floor.wait(100)
    (said,) = epochs_of(lines_of(floor))
    floor.gate._leaving.faults._active.clear()
    for name in ACCOUNTS:
        seat = floor.connect()
        seat.say(m.Hello(account=name))
        live = [(state.order, Decimal(state.remaining)) for state in seat.ask_open()]
        assert [(one.order, one.remaining) for one in said.live(name)] == live
        fills = all_fills(seat)
        witnessed = [number for one in said.orders.values() if one.account == name for number in one.executions]
        assert sorted(witnessed) == [fill.execution for fill in fills]
        held = said.positions(name)
        assert {"ACME": held.get("ACME", Decimal(0))} == {
            symbol: Decimal(lots) for symbol, lots in seat.ask_positions().items()
        }


def all_fills(seat: Seat) -> list[m.Fill]:
    found: list[m.Fill] = []
    while page := seat.ask_fills(found[-1].sequence if found else 0):
        found += page
    return found


@pytest.mark.parametrize("seed", range(4))
def test_every_order_that_came_in_was_answered_or_its_connection_cut_before(seed: int) -> None:
    floor = session(seed)
    lines = floor.log
    received = Counter(line["message"]["client_id"] for line in floor.lines("received", message="new"))
    answered = Counter(
        line["message"]["client_id"]
        for line in lines
        if line["event"] == "made"
        and (line["message"]["message"] == "accepted" or line["message"].get("what") == "new")
    )
    unprocessed = Counter(
        before["message"]["client_id"] for before, line in pairwise(lines) if line.get("reason") == "cut_before"
    )
    assert received == answered + unprocessed
    assert unprocessed


@pytest.mark.parametrize("seed", range(4))
def test_what_left_was_made_and_is_what_was_made(seed: int) -> None:
    floor = session(seed)
    made = {
        line["message"]["sequence"]: line["message"] for line in floor.lines("made") if "sequence" in line["message"]
    }
    sent = [
        line["message"]
        for line in floor.lines("sent")
        if line["message"].get("sequence") and "order" in line["message"]
    ]
    assert len(sent) > 100
    for message in sent:
        without = {name: value for name, value in message.items() if name not in ("seq", "re")}
        assert without == {name: value for name, value in made[message["sequence"]].items() if name != "re"}


def test_the_same_session_with_the_same_seed_is_the_same_log() -> None:
    assert session(1).log == session(1).log != session(2).log


def test_a_doubled_order_is_seen() -> None:
    floor = Floor()
    ann = floor.join("ann")
    for client_id in ("a1", "a2", "a1"):
        ann.buy(client_id, 1, "99.00")
    (said,) = epochs_of(lines_of(floor))
    assert said.accepted("ann") == {"a1": 2, "a2": 1}
    assert said.accepted("bob") == {}


def test_each_start_is_an_epoch_of_its_own() -> None:
    lines = [line for epoch in (3, 4) for line in lines_of(Floor(epoch=epoch))]
    assert [one.epoch for one in epochs_of(lines)] == [3, 4]


def test_a_log_without_its_beginning_is_refused() -> None:
    with pytest.raises(ExchangeError, match="begins with 'started'"):
        epochs_of([Line(time_ns=1, event="made", message={"message": "accepted"})])
    assert Epoch(1).live("ann") == []
