"""The exchange does what the reference does, after each of many commands (`make exchange`: of a million)."""

import numpy as np
import pytest
from tests.kernels.matching.agreement import agree
from tests.kernels.matching.flow import commands

from lockstep.kernels.book.events import Phase
from lockstep.kernels.matching.codes import CommandKind, ReportKind
from lockstep.kernels.matching.frame import Exchange
from lockstep.kernels.matching.tables import MARK
from lockstep.kernels.order_terms import Reason


@pytest.mark.parametrize("seed", [11, 12])
def test_reports_and_state_are_the_references_after_every_command(seed: int) -> None:
    both = agree(seed, 12_000)
    assert set(both.audit.kinds) == set(ReportKind)
    # A limit stops an order before an exchange sees it; what follows are words for other venues, and for splits.
    assert set(both.audit.reasons) == {reason for reason in Reason if reason < Reason.RISK}


def test_one_at_a_time_or_all_at_once_is_the_same() -> None:
    flow = commands(3, 2_000)
    at_once, singly = Exchange(owners=6), Exchange(owners=6)
    for exchange in (at_once, singly):
        for _ in range(3):
            exchange.list_instrument(90, window=64)
    marks = np.zeros(len(flow), MARK)
    together = at_once.run(flow, marks).tolist()
    apart = [report for k in range(len(flow)) for report in singly.run(flow[k : k + 1]).tolist()]
    assert together == apart
    assert [b.digest for b in at_once.books] == [b.digest for b in singly.books]


def test_instruments_do_not_know_of_each_other() -> None:
    exchange = Exchange()
    for _ in range(2):
        exchange.submit(CommandKind.PHASE, instrument=exchange.list_instrument(0), lots=Phase.CONTINUOUS)
    exchange.submit(id=1, instrument=0, side=1, lots=5, tick=10)
    exchange.submit(id=1, instrument=1, side=0, lots=5, tick=10)
    assert [len(exchange.queue(k, side)) for k in (0, 1) for side in (0, 1)] == [0, 1, 1, 0]
