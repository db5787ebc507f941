"""The room that a command asks for is enough: tried with exactly as much, command by command."""

import numpy as np
import pytest
from tests.kernels.matching.flow import INSTRUMENTS, OWNERS, commands

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.apply import run
from lockstep.kernels.matching.codes import CommandKind, Shortage
from lockstep.kernels.matching.frame import Exchange, new_commands
from lockstep.kernels.matching.tables import MARK


def test_no_command_writes_more_reports_than_it_asked_room_for() -> None:
    exchange, marks = Exchange(owners=OWNERS, reports=1 << 14), np.zeros(0, MARK)
    for _ in range(INSTRUMENTS):
        exchange.list_instrument(90, window=64)
    flow = commands(21, 4_000)
    for k in range(len(flow)):
        exchange.venue["reports"] = 0
        assert reports_of_room(exchange, flow[k : k + 1], marks) <= 1.0, f"command {k}: {flow[k]}"


@pytest.mark.parametrize("display", [0, 1])
def test_a_sweep_uses_nearly_all_the_room_it_asked_for(display: int) -> None:
    exchange, marks = Exchange(reports=1 << 14), np.zeros(0, MARK)
    exchange.list_instrument(0)
    exchange.submit(CommandKind.PHASE, lots=Phase.CONTINUOUS)
    for k in range(1 if display else 400):
        exchange.submit(id=1 + k, side=1, tick=10, lots=400 if display else 1, display=display)
    exchange.venue["reports"] = 0
    sweep = new_commands(1)
    sweep["id"], sweep["lots"], sweep["tick"] = 900, 400, 10
    assert 0.98 < reports_of_room(exchange, sweep, marks) <= 1.0  # 801 reports
    assert exchange.venue["reports"] == 1 + 2 * 400


def reports_of_room(exchange: Exchange, command: np.ndarray, marks: np.ndarray) -> float:
    """Carry out a command in the least room that it takes; return what share of it was used."""
    room = 0
    while True:
        exchange.venue["report_room"] = room
        _, lacking = run(exchange.venue, command, 0, marks)
        if lacking == Shortage.NONE:
            return float(exchange.venue["reports"][0]) / max(room, 1)
        if lacking == Shortage.REPORTS:
            room += 1
        else:
            exchange._grow(Shortage(lacking))
