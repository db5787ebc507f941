"""The exchange's memory from Python: room grows, and a command that lacks it has changed nothing."""

import numpy as np
import pytest

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.apply import run
from lockstep.kernels.matching.codes import CommandKind, ReportKind, Shortage
from lockstep.kernels.matching.frame import Exchange, new_commands
from lockstep.kernels.matching.tables import MARK
from lockstep.kernels.order_terms import Force, OrderType


def trading(**room: int) -> Exchange:
    exchange = Exchange(owners=3, reports=1 << 10, expiries=room.pop("expiries", 8))
    exchange.list_instrument(0, **({"window": 64, "slots": 4, "far_room": 2} | room))
    exchange.submit(CommandKind.PHASE, lots=Phase.CONTINUOUS)
    exchange.venue["reports"] = 0
    return exchange


def order(**fields: int) -> np.ndarray:
    command = new_commands(1)
    for name, value in ({"id": 100, "lots": 1, "tick": 10} | fields).items():
        command[name] = value
    return command


@pytest.mark.parametrize(
    ("fields", "step", "shortage"),
    [
        ({}, 0, Shortage.ORDERS),
        ({"tick": 500}, 1, Shortage.LEVELS),
        ({"type": OrderType.STOP, "trigger": 40}, 0, Shortage.STOPS),
        ({"type": OrderType.STOP, "trigger": 500}, 1, Shortage.TRIGGERS),
        ({"force": Force.GTD, "expiry_ns": 9}, 0, Shortage.EXPIRIES),
    ],
)
def test_a_command_that_lacks_room_has_changed_nothing_and_can_be_given_again(
    fields: dict[str, int], step: int, shortage: Shortage
) -> None:
    exchange, met = trading(expiries=4), set()
    for k in range(80):
        moving = {name: int(value) + k * step for name, value in fields.items() if value == 500}
        command = order(id=1 + k, **(fields | moving))
        exchange.venue["reports"] = 0
        state = [array.tobytes() for array in _memory(exchange)]
        while (lacking := run(exchange.venue, command, 0, np.zeros(0, MARK))[1]) != Shortage.NONE:
            assert [array.tobytes() for array in _memory(exchange)] == state
            met.add(lacking)
            exchange._grow(Shortage(lacking))
            state = [array.tobytes() for array in _memory(exchange)]
        assert exchange._reports["kind"][: exchange.venue["reports"][0]].tolist() == [ReportKind.ACCEPTED]
    assert shortage in met
    book = exchange.stops[0] if "trigger" in fields else exchange.books[0]
    assert (int(book.row["orders"][0]), book.recount()) == (80, book.digest)


def _memory(exchange: Exchange) -> list[np.ndarray]:
    arrays = [exchange.venue, exchange.markets, exchange.positions]
    for book in (*exchange.books, *exchange.stops):
        arrays += [book.row, book.levels, book.nodes, book.bits, book.far, book.entries]
    return arrays


def test_room_for_reports_is_asked_for_before_a_sweep() -> None:
    exchange = trading(slots=64)
    for k in range(20):
        exchange.submit(id=1 + k, side=1, lots=1, tick=10 + k)
    exchange._reports = np.zeros(16, exchange._reports.dtype)
    exchange._name_arrays()
    exchange.venue["reports"] = 0
    sweep = order(type=OrderType.MARKET, lots=20)
    assert run(exchange.venue, sweep, 0, np.zeros(0, MARK)) == (0, Shortage.REPORTS)
    assert len(exchange.queue(0, 1)) == 20
    assert len(exchange.run(sweep)) == 41


@pytest.mark.parametrize("lots", [1 << 62, (1 << 63) - 1, -(1 << 63), 0])
@pytest.mark.parametrize("kind", list(CommandKind))
def test_no_report_is_written_beyond_the_room_whatever_the_numbers(kind: CommandKind, lots: int) -> None:
    exchange = trading(slots=64)
    exchange.submit(id=1, type=OrderType.STOP_LIMIT, side=1, lots=1 << 40, tick=10, trigger=5, display=1 << 32)
    exchange.venue["reports"] = len(exchange._reports)
    bad = order(kind=kind, lots=lots, display=lots, tick=lots, trigger=lots, time_ns=1)
    assert run(exchange.venue, bad, 0, np.zeros(0, MARK)) == (0, Shortage.REPORTS)


def test_owners_and_instruments_may_come_later() -> None:
    exchange = trading()
    exchange.submit(id=1, owner=1, side=1, lots=5, tick=10)
    exchange.submit(id=2, owner=2, side=0, lots=2, tick=10)
    assert exchange.submit(id=3, owner=7, side=0, lots=1, tick=10)["kind"].tolist() == [ReportKind.REJECTED]
    exchange.admit(8)
    other = exchange.list_instrument(1000)
    exchange.submit(CommandKind.PHASE, instrument=other, lots=Phase.CONTINUOUS)
    exchange.submit(id=3, owner=7, side=0, lots=1, tick=10)
    exchange.submit(id=1, owner=7, side=0, lots=1, tick=1000, instrument=other)
    exchange.submit(id=2, owner=1, side=1, lots=1, tick=1000, instrument=other)
    assert exchange.positions[[1, 2, 7]].tolist() == [[-3, -1], [2, 0], [1, 1]]


def test_what_is_wrong_is_said() -> None:
    exchange = trading()
    with pytest.raises(ValueError, match="instrument must be one of 1 that are listed, found 1"):
        exchange.queue(1, 0)
    with pytest.raises(TypeError, match="commands must be an array of COMMAND"):
        exchange.run(np.zeros(3))
    with pytest.raises(ValueError, match="marks must be as many as commands, 2, found 1"):
        exchange.run(new_commands(2), np.zeros(1, MARK))
    with pytest.raises(ValueError, match="slots must be 1 or more, found 0"):
        exchange.list_instrument(0, slots=0)
    with pytest.raises(ValueError, match="window must be a power of two"):
        exchange.list_instrument(0, window=100)
    assert len(exchange.markets) == len(exchange.books) == len(exchange.stops) == 1
    with pytest.raises(TypeError, match=r"a command has the fields kind, instrument, .*; found price"):
        exchange.submit(id=1, price=5)
    with pytest.raises(ValueError, match="owners must be 1 or more"):
        Exchange(owners=0)
