"""What a command must not be: refused with its reason, and nothing changes."""

import pytest
from tests.kernels.matching.desk import ASK, BID, Desk, refused

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind
from lockstep.kernels.order_terms import LOT_LIMIT, PORTION_LIMIT, TICK_LIMIT, Force, OrderFlag, OrderType, Reason

BAD: list[tuple[dict[str, int], Reason]] = [
    ({"id": 0}, Reason.BAD_ID),
    ({"id": -7}, Reason.BAD_ID),
    ({"owner": 5}, Reason.UNKNOWN_OWNER),
    ({"owner": -1}, Reason.UNKNOWN_OWNER),
    ({"side": 2}, Reason.BAD_SIDE),
    ({"side": -1}, Reason.BAD_SIDE),
    ({"type": 4}, Reason.BAD_TYPE),
    ({"type": -1}, Reason.BAD_TYPE),
    ({"force": 5}, Reason.BAD_FORCE),
    ({"force": -1}, Reason.BAD_FORCE),
    ({"flags": 4}, Reason.BAD_FLAGS),
    ({"flags": -1}, Reason.BAD_FLAGS),
    ({"flags": OrderFlag.POST_ONLY, "type": OrderType.MARKET}, Reason.BAD_FLAGS),
    ({"flags": OrderFlag.POST_ONLY, "type": OrderType.STOP}, Reason.BAD_FLAGS),
    ({"flags": OrderFlag.POST_ONLY, "force": Force.IOC}, Reason.BAD_FLAGS),
    ({"prevention": 5}, Reason.BAD_PREVENTION),
    ({"lots": 0}, Reason.BAD_SIZE),
    ({"lots": -1}, Reason.BAD_SIZE),
    ({"lots": LOT_LIMIT + 1}, Reason.BAD_SIZE),
    ({"lots": 1 << 62}, Reason.BAD_SIZE),
    ({"display": -1}, Reason.BAD_DISPLAY),
    ({"display": 1, "force": Force.FOK}, Reason.BAD_DISPLAY),
    ({"display": 1, "lots": PORTION_LIMIT + 1}, Reason.BAD_DISPLAY),
    ({"tick": TICK_LIMIT + 1}, Reason.BAD_TICK),
    ({"tick": -(1 << 62)}, Reason.BAD_TICK),
    ({"type": OrderType.STOP, "trigger": TICK_LIMIT + 1}, Reason.BAD_TICK),
    ({"instrument": 1}, Reason.UNKNOWN_INSTRUMENT),
    ({"instrument": -1}, Reason.UNKNOWN_INSTRUMENT),
    ({"kind": 6}, Reason.UNKNOWN_KIND),
    ({"kind": -1}, Reason.UNKNOWN_KIND),
]


@pytest.mark.parametrize(("field", "reason"), BAD, ids=lambda value: str(value))
def test_a_bad_order_is_refused_and_changes_nothing(desk: Desk, field: dict[str, int], reason: Reason) -> None:
    desk.sell(1, 5, 100)
    given = {"kind": CommandKind.NEW, "id": 2, "owner": 1, "side": BID, "lots": 5, "tick": 100} | field
    plain = {name: int(value) for name, value in given.items() if name != "kind"}
    reports = desk.send(given["kind"], **plain)  # type: ignore[arg-type]  # kinds that do not exist
    assert refused(reports) == reason
    assert (desk.queue(ASK), desk.queue(BID), desk.waiting()) == ([(1, 100, 5, 0)], [], set())


def test_the_largest_numbers_are_taken(desk: Desk) -> None:
    desk.buy(1, LOT_LIMIT, TICK_LIMIT)
    desk.sell(2, LOT_LIMIT, -TICK_LIMIT, owner=1)
    assert desk.position(1) == -LOT_LIMIT
    desk.buy(3, 5 * PORTION_LIMIT, -TICK_LIMIT, display=5)
    assert desk.queue(BID) == [(3, -TICK_LIMIT, 5, 5 * PORTION_LIMIT - 5)]


@pytest.mark.parametrize("phase", [-1, 4])
def test_a_phase_that_does_not_exist(desk: Desk, phase: int) -> None:
    assert refused(desk.phase(phase)) == Reason.BAD_PHASE
    assert desk.phase(Phase.HALT)[0].remaining == Phase.HALT
